"""Whether the pages of a built site load anything from elsewhere.

python -m docs.site.check_offline build/site

Exit status 1 names each page and what it would load. Links that a reader may follow are none of it.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

_ELSEWHERE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_IN_STYLES = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)
_LOADING_LINKS = frozenset(
    {"stylesheet", "icon", "preload", "modulepreload", "preconnect", "dns-prefetch", "manifest"}
)


class _Loads(HTMLParser):
    """Collects what a page has its browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        loads = [told[name] for name in ("src", "srcset", "poster", "data") if name in told]
        if tag == "link" and _LOADING_LINKS & set(told.get("rel", "").split()):
            loads.append(told.get("href", ""))
        self.found += [each for each in loads if _ELSEWHERE.match(each)]
        self.found += _IN_STYLES.findall(told.get("style", ""))


def loaded_from_elsewhere(name: str, text: str) -> list[str]:
    """Return what a page or a style sheet would load from other hosts."""
    if name.endswith(".css"):
        return _IN_STYLES.findall(text)
    page = _Loads()
    page.feed(text)
    return page.found


def _problems(site: Path) -> Iterator[str]:
    for file in sorted([*site.rglob("*.html"), *site.rglob("*.css")]):
        for found in loaded_from_elsewhere(file.name, file.read_text()):
            yield f"{file.relative_to(site)} loads {found}"


def main() -> None:
    """Check the site that is named."""
    site = Path(sys.argv[1])
    if not (site / "index.html").exists():
        sys.exit(f"{site}: there is no site; `make site` builds one")
    problems = list(_problems(site))
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
