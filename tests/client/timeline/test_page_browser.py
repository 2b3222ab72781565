"""The page in a real browser: what is drawn, chosen, filtered, searched and zoomed, and that it asks nobody for anything."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.client.timeline.browsing import Page, chromium, opened
from tests.client.timeline.stories import record_story
from tests.client.timeline.test_page import EVIL
from tests.wire.servers import needs

from telesock.client.timeline import Entry, Timeline

pytestmark = needs("chromium")

MANY = 10_000


@pytest.fixture(scope="module")
def story() -> Timeline:
    return asyncio.run(record_story())


@pytest.fixture(scope="module")
def browser(story: Timeline) -> Iterator[Browser]:
    """After the story: playwright has a loop of its own on this thread, beside which no other can run."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def file(story: Timeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "story.html"
    story.write_page(path)
    return path


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    with opened(browser) as page:
        yield page


@pytest.fixture
def page(window: Page, file: Path) -> Iterator[Page]:
    """The story, loaded anew."""
    window.open(file)
    yield window
    assert window.complaints == []
    assert window.requests == [file.as_uri()]


def test_it_draws_the_story_without_a_word_in_the_console_or_on_the_network(
    page: Page, story: Timeline
) -> None:
    failed = sum(entry.failed for entry in story.entries)

    assert page.text("#title") == story.title
    assert page.text("#summary") == f"{len(story.entries)} entries · {failed} failed · 3 agents"
    assert page.drawn("shown") == len(story.entries)
    assert page.drawn("drawn") > 10
    assert page.pixels() > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_light_or_dark_as_the_system_is_until_told_otherwise(
    browser: Browser, file: Path, scheme: str
) -> None:
    with opened(browser, color_scheme=scheme) as page:
        page.open(file)
        theme = "document.documentElement.dataset.theme"
        first = page.browser_page.evaluate(theme)
        for _ in ("light", "dark"):
            page.browser_page.click("#theme")

        assert (first, page.browser_page.evaluate(theme), page.text("#theme")) == (
            scheme,
            "dark",
            "Theme: dark",
        )


def test_the_network_is_forbidden_even_to_scripts_of_the_page(page: Page) -> None:
    blocked = page.browser_page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
            const image = new Image();
            image.src = 'http://127.0.0.1:9/x.png';
        })"""
    )

    assert blocked == "img-src"
    page.complaints.clear()  # the browser says so too
    page.requests[1:] = [each for each in page.requests[1:] if not each.startswith("http://127.0.0.1:9/")]


def test_a_click_on_a_row_shows_all_about_it(page: Page, story: Timeline) -> None:
    page.press("Home", "ArrowDown")
    chain = page.details()
    page.browser_page.click("#close")
    page.click_row(1)

    assert page.text("#details-title") == "1 chain"
    assert page.details() == chain
    assert (chain["kind"], chain["agent"], chain["status"], chain["asked for"]) == (
        "operation",
        "server",
        "SUCCESS",
        "2 links",
    )
    assert set(chain) == {
        "kind", "agent", "status", "asked for", "ended at", "wall time", "asked at", "took", "operation", "event", "session"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (7, "7 ns"),
        (220_000, "220 µs"),
        (1_500, "1.5 µs"),
        (100_000_000, "100 ms"),
        (2_340_000, "2.34 ms"),
        (30_000_000_000, "30 s"),
    ],
)
def test_spans_are_told_as_they_are(window: Page, tmp_path: Path, nanoseconds: int, text: str) -> None:
    path = tmp_path / "span.html"
    entry = Entry(
        nanoseconds, "operation", "send", "a", nanoseconds, began_ns=0, sequence=1, status="SUCCESS"
    )
    Timeline((entry,), ("a",)).write_page(path)
    window.open(path)
    window.press("Home")

    details = window.details()
    assert (details["took"], details["ended at"].partition(" ± ")[2]) == (text, text)


def test_keys_go_from_entry_to_entry_and_from_failure_to_failure(page: Page, story: Timeline) -> None:
    failures = [entry.status for entry in story.entries if entry.failed]
    found = []
    for _ in failures:
        page.press("n")
        found.append(page.details()["status"])
    page.press("End")
    last = page.details()["kind"]
    page.press("Escape")

    assert sorted(found) == sorted(failures)
    assert (last, page.details()) == ("operation", {})


def test_a_filter_narrows_and_clearing_it_shows_all_again(page: Page, story: Timeline) -> None:
    def counted(**wanted: object) -> int:
        return len(story.select(**wanted).entries)  # type: ignore[arg-type]  # as the cases say

    narrowed = []
    page.browser_page.select_option("#status", "failed")
    narrowed.append(page.drawn("shown"))
    page.browser_page.click("#clear")
    page.browser_page.click("#kinds [data-kind=operation]")
    narrowed.append(page.drawn("shown"))
    page.browser_page.click("#clear")
    page.browser_page.click("#agents-summary")
    page.browser_page.uncheck("#agents input >> nth=0")
    narrowed.append(page.drawn("shown"))
    agents = page.text("#agents-summary")
    page.browser_page.click("#clear")

    assert narrowed == [
        counted(failed=True),
        counted(kinds=["indication", "fault", "note", "agent", "gap"]),
        counted(agents=["client-1", "client-2"]),
    ]
    assert (agents, page.drawn("shown")) == ("Agents 2 of 3", len(story.entries))


def test_a_socket_can_be_followed(page: Page, story: Timeline) -> None:
    names = page.browser_page.locator("#socket option").all_inner_texts()
    followed = next(name for name in names if name.startswith("client-2 · 2"))
    page.browser_page.select_option("#socket", label=followed)

    wanted = [entry for entry in story.entries if (entry.agent, entry.socket_id) == ("client-2", 2)]
    assert page.drawn("shown") == len(wanted)


def test_a_search_narrows_to_what_says_all_its_words(page: Page, story: Timeline) -> None:
    page.browser_page.keyboard.press("/")
    page.browser_page.keyboard.type("GET /SLOW send")

    wanted = [
        e
        for e in story.entries
        if all(word in f"{e.agent} {e.text}".lower() for word in ("get", "/slow", "send"))
    ]
    assert page.drawn("shown") == len(wanted)
    assert len(wanted) < len(story.entries)
    page.browser_page.keyboard.type(" nowhere")
    assert page.text("#empty") == "Nothing matches: clear a filter."
    page.browser_page.keyboard.press("Escape")
    assert page.drawn("shown") == len(story.entries)


def test_zooming_changes_the_scale_by_buttons_keys_and_the_wheel(page: Page) -> None:
    scales = [page.drawn("scale")]
    page.browser_page.click("#zoom-in")
    scales.append(page.drawn("scale"))
    page.press("+")
    scales.append(page.drawn("scale"))
    page.browser_page.mouse.move(500, 500)
    page.browser_page.keyboard.down("Control")
    page.browser_page.mouse.wheel(0, -300)
    page.browser_page.keyboard.up("Control")
    scales.append(page.drawn("scale"))
    page.browser_page.click("#fit")
    fitted = page.drawn("scale")

    assert scales[0] == 1
    assert scales == sorted(set(scales))
    assert fitted < 1
    assert page.drawn("drawn") > 60  # all of it


def test_the_wheel_moves_through_the_story_without_zooming(page: Page) -> None:
    before = page.browser_page.screenshot()
    page.browser_page.mouse.move(500, 500)
    page.browser_page.mouse.wheel(0, 600)

    assert page.drawn("scale") == 1
    assert page.browser_page.screenshot() != before


def test_rows_can_stand_as_far_apart_as_they_were_in_time(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "uneven.html"
    moments = (*range(49), 10_000_000_000)  # ns: all but the last at one moment, as far as can be seen
    Timeline(tuple(Entry(moment, "note", "", "said") for moment in moments), ()).write_page(path)

    with opened(browser) as page:
        page.open(path)
        in_order = page.drawn("drawn")
        page.browser_page.select_option("#spacing", "time")

        assert in_order < 40 < 49 <= page.drawn("drawn")


def test_what_others_said_runs_nowhere(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "evil.html"
    entries = tuple(
        Entry(number, "note", evil, evil, details=evil, peer=evil) for number, evil in enumerate(EVIL)
    )
    Timeline(entries, tuple(EVIL), title="".join(EVIL)).write_page(path)

    with opened(browser) as page:
        page.open(path)
        page.press("Home", *["ArrowDown"] * len(EVIL))

        assert page.drawn("shown") == len(EVIL)
        assert page.browser_page.locator("script").count() == 3
        assert page.browser_page.locator("img").count() == 0
        assert page.complaints == []
        assert page.requests == [path.as_uri()]


def test_ten_thousand_entries_are_drawn_filtered_and_walked_through_without_stalling(
    browser: Browser, tmp_path: Path
) -> None:
    """Bounds are wide: they tell what is in proportion to the window from what is in proportion to the story."""
    entries = tuple(
        Entry(
            number * 1000 + 900,
            "operation",
            "send" if number % 7 else "receive",
            f"agent-{number % 5}",
            began_ns=number * 1000,
            sequence=number + 1,
            socket_id=number % 50 + 1,
            operation_id=number,
            peer=f"10.0.0.{number % 5}:80",
            status="SUCCESS" if number % 500 else "CONNECTION_RESET",
        )
        for number in range(MANY)
    )
    path = tmp_path / "many.html"
    Timeline(entries, tuple(f"agent-{number}" for number in range(5))).write_page(path)

    with opened(browser) as page:
        page.open(path)
        page.browser_page.select_option("#status", "failed")
        failed = page.drawn("shown")
        page.browser_page.click("#clear")
        page.press("End")
        last = page.details()["operation"]
        milliseconds = []
        for _ in range(5):
            page.press("ArrowUp")
            milliseconds.append(page.drawn("milliseconds"))
        in_view = page.drawn("drawn")
        page.browser_page.click("#fit")

        assert (failed, last) == (MANY / 500, str(MANY - 1))
        assert in_view < 60
        assert min(milliseconds) < 100
        assert page.drawn("drawn") >= MANY
        assert page.complaints == []
