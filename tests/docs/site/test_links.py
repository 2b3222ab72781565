"""Links that leave docs/ lead to the same thing in the site."""

import pytest
from docs.site.links import place_of, rewritten, shown_sources, source_pages


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("docs/client.md", "client.md"),
        ("docs/faults/streams.svg", "faults/streams.svg"),
        ("CHANGELOG.md", "changelog.md"),
        ("proto/telesock/v1", "reference/contract/index.md"),
        ("proto/telesock/v1/faults.proto", "reference/contract/faults.md"),
        ("deploy/systemd", "source/deploy/systemd.md"),
        ("tests/wire/test_making.py", "source/tests/wire/test_making.py.md"),
    ],
)
def test_everything_of_the_repository_has_a_place(path: str, place: str) -> None:
    assert place_of(path) == place


@pytest.mark.parametrize(
    ("page", "place", "text", "wanted"),
    [
        (
            "docs/faults.md",
            "faults.md",
            "[a](../proto/telesock/v1/faults.proto)",
            "[a](reference/contract/faults.md)",
        ),
        ("docs/faults.md", "faults.md", "[a](client.md#labs)", "[a](client.md#labs)"),
        ("docs/faults.md", "faults.md", "![a](faults/streams.svg)", "![a](faults/streams.svg)"),
        ("docs/faults.md", "faults.md", "[a](https://x.example/y)", "[a](https://x.example/y)"),
        ("docs/faults.md", "faults.md", "[a](#here)", "[a](#here)"),
        ("docs/a/b.md", "a/b.md", "[a](../../SECURITY.md#x)", "[a](../security.md#x)"),
        ("CHANGELOG.md", "changelog.md", "[a](docs/labs.md#a-file)", "[a](labs.md#a-file)"),
        ("README.md", "readme.md", "[a](LICENSE)", "[a](source/LICENSE.md)"),
        ("deploy/README.md", "source/deploy/README.md.md", "[a](../docs/labs.md)", "[a](../../labs.md)"),
    ],
)
def test_only_links_that_leave_are_rewritten(page: str, place: str, text: str, wanted: str) -> None:
    assert rewritten(text, page, place) == wanted


def test_what_is_linked_to_and_has_no_page_is_shown() -> None:
    pages = [("docs/a.md", "[x](../deploy/x.yaml) [y](b.md) [z](../SECURITY.md) [w](../deploy/nothing)")]
    assert shown_sources(pages, lambda path: path != "deploy/nothing") == {"deploy/x.yaml"}


def test_a_file_is_shown_whole_and_is_not_searched() -> None:
    (text,) = source_pages(["LICENSE"]).values()
    head, _, rest = text.partition("# LICENSE\n")

    assert head == "---\nsearch:\n  exclude: true\n---\n\n"
    assert rest.startswith("\n``````text\n")
    assert "Apache License" in rest


def test_a_folder_lists_what_is_in_it_and_brings_it_along() -> None:
    pages = source_pages(["deploy/prometheus"])

    assert "- [alerts.yaml](./prometheus/alerts.yaml.md)" in pages["source/deploy/prometheus.md"]
    assert "source/deploy/prometheus/alerts.yaml.md" in pages
