"""What mkdocs calls when it builds the site: adds the pages that are printed from code, and mends links that leave docs/."""

from collections.abc import Iterator

from docs.site import links
from docs.site.agent_pages import agent_pages
from docs.site.command_pages import command_pages
from docs.site.comments import read_contract
from docs.site.contract_pages import contract_pages
from docs.site.python_pages import python_pages
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is printed, the texts of the repository's root, and the sources that any page links to."""
    printed = {**contract_pages(read_contract()), **python_pages(), **agent_pages(), **command_pages()}
    roots = {place: (links.ROOT / path).read_text() for path, place in links.ROOT_PAGES.items()}
    linked = links.shown_sources(_pages(files), lambda path: (links.ROOT / path).exists())
    for place, text in {**printed, **roots, **links.source_pages(linked)}.items():
        files.append(File.generated(config, place, content=text))
    return files


def _pages(files: Files) -> Iterator[tuple[str, str]]:
    yield from ((path, (links.ROOT / path).read_text()) for path in links.ROOT_PAGES)
    yield from ((f"docs/{file.src_uri}", file.content_string) for file in files.documentation_pages())


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to other places of the repository into links of the site."""
    place = page.file.src_uri
    paths = {there: path for path, there in links.ROOT_PAGES.items()}
    return links.rewritten(markdown, paths.get(place, f"docs/{place}"), place)
