"""Links of a page that lead out of docs/: to the same thing in the site, so that they hold there and in the repository.

What they may lead to is a file or folder of the repository. Texts of its root are pages of the site, a .proto file is its
page of the contract, and whatever else is linked to becomes a page that shows it.
"""

import posixpath
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from docs.site.contract_pages import FOLDER as CONTRACT

ROOT = Path(__file__).parents[2]
ROOT_PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "README.md": "readme.md",
}
"""Pages that stand outside docs/, and their places in the site."""
SOURCES = "source"
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)\s#]+)")
_PROTO = "proto/telesock/v1"
_WORDS = {
    ".py": "python",
    ".yaml": "yaml",
    ".toml": "toml",
    ".sh": "sh",
    ".service": "ini",
    ".proto": "protobuf",
}


def place_of(path: str) -> str:
    """Where something of the repository stands in the site; what is in docs/ stands where it does there."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path in ROOT_PAGES:
        return ROOT_PAGES[path]
    if path == _PROTO:
        return f"{CONTRACT}/index.md"
    if path.startswith(_PROTO) and path.endswith(".proto"):
        return f"{CONTRACT}/{posixpath.basename(path).removesuffix('.proto')}.md"
    return f"{SOURCES}/{path}.md"


def rewritten(text: str, page: str, place: str) -> str:
    """Return a page's text with links as the site has them. `page` is its path in the repository, `place` in the site."""

    def rewrite(found: re.Match[str]) -> str:
        path = _target(page, found[1])
        return (
            found[1] if path is None else posixpath.relpath(place_of(path), posixpath.dirname(place) or ".")
        )

    return _LINK.sub(rewrite, text)


def shown_sources(pages: Iterable[tuple[str, str]], exists: Callable[[str], bool]) -> set[str]:
    """Which files and folders pages link to that the site has to show. Pages are path and text."""
    found = {_target(page, link) for page, text in pages for link in _LINK.findall(text)}
    return {path for path in found if path and place_of(path).startswith(f"{SOURCES}/") and exists(path)}


def _target(page: str, link: str) -> str | None:
    """What of the repository a link leads to; None where it stays in its own folder of the site."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
    inside = page.startswith("docs/") and path.startswith("docs/")
    return None if inside or path.startswith("..") else path


def source_pages(paths: Iterable[str]) -> dict[str, str]:
    """Pages that show files, and folders with what is in them, by their places."""
    whole = {each for path in paths for each in (path, *_inside(path))}
    return {place_of(path): _source_page(path) for path in sorted(whole)}


def _inside(path: str) -> list[str]:
    folder = ROOT / path
    found = (
        sorted(each for each in folder.rglob("*") if each.is_file() or each.is_dir())
        if folder.is_dir()
        else []
    )
    return [str(each.relative_to(ROOT)) for each in found if "__pycache__" not in each.parts]


def _source_page(path: str) -> str:
    head = f"---\nsearch:\n  exclude: true\n---\n\n# {path}\n\n"
    if (ROOT / path).is_dir():
        names = [each for each in _inside(path) if posixpath.dirname(each) == path]
        return head + "\n".join(
            f"- [{posixpath.basename(each)}](./{posixpath.basename(path)}/{posixpath.basename(each)}.md)"
            for each in names
        )
    text = (ROOT / path).read_text()
    if path.endswith(".md"):
        return f"---\nsearch:\n  exclude: true\n---\n\n{rewritten(text, path, place_of(path))}"
    fence = "`" * 6
    return f"{head}{fence}{_WORDS.get(Path(path).suffix, 'text')}\n{text}\n{fence}\n"
