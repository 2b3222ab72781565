"""A page of a timeline in headless Chromium, from Debian's package.

with chromium() as browser, opened(browser) as page:   # a Page: a window of its own
    page.open(path)                                     # what it drew, what it asked the network for, its complaints
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as BrowserPage

# Nothing of the browser's own wants the network, nor a sandbox that root cannot have.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_HEAD, _ROW = 50, 30  # pixels: names above, and a row (story.js)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        yield browser
        browser.close()


class Page:
    """A timeline's page, as a person has it before them."""

    def __init__(self, page: BrowserPage) -> None:
        self.browser_page = page
        self.complaints: list[str] = []
        """What stood in the console, and errors of scripts."""
        self.requests: list[str] = []
        """What was asked for, the page itself included."""
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: Path) -> None:
        """Load it, and wait until it has drawn."""
        self.complaints.clear()
        self.requests.clear()
        self.browser_page.goto(path.as_uri())
        # A function would do at the first look only: looking again takes eval, which the page forbids.
        self.browser_page.wait_for_selector("#diagram[data-drawn]")
        self.settled()

    def settled(self) -> None:
        """Wait until all that was asked of it is drawn: two frames later."""
        self.browser_page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def drawn(self, name: Literal["shown", "drawn", "scale", "milliseconds"]) -> float:
        """What the diagram says of its last drawing."""
        self.settled()
        return float(self.browser_page.evaluate(f"document.getElementById('diagram').dataset.{name}"))

    def text(self, selector: str) -> str:
        """What is to be read there."""
        return self.browser_page.inner_text(selector)

    def details(self) -> dict[str, str]:
        """What the details show, by name; nothing while they are closed."""
        if self.browser_page.is_hidden("#details"):
            return {}
        names, values = (
            self.browser_page.locator(f"#fields {tag}").all_inner_texts() for tag in ("dt", "dd")
        )
        return dict(zip(names, values, strict=True))

    def press(self, *keys: str) -> None:
        """Press keys on the diagram."""
        self.browser_page.focus("#diagram")
        for key in keys:
            self.browser_page.keyboard.press(key)
        self.settled()

    def click_row(self, number: int) -> None:
        """Click on a row, counted from 0, where nothing was moved."""
        box = self.browser_page.locator("#diagram").bounding_box()
        assert box is not None, "it is in view"
        self.browser_page.mouse.click(box["x"] + 300, box["y"] + _HEAD + _ROW * (number + 0.5))
        self.settled()

    def pixels(self) -> int:
        """How many different colours the diagram has: an empty one has very few."""
        script = """() => {
            const canvas = document.getElementById('diagram');
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return new Set(new Uint32Array(data.buffer)).size;
        }"""
        self.settled()
        return int(self.browser_page.evaluate(script))


@contextlib.contextmanager
def opened(browser: Browser, **settings: Any) -> Iterator[Page]:
    """Open a window, in which nothing is loaded yet."""
    page = Page(browser.new_page(viewport={"width": 1400, "height": 900}, **settings))
    yield page
    page.browser_page.close()
