"""The contract's pages have every element that the generated code has, with its comment, and their links lead somewhere."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

import pytest
from docs.site.comments import read_contract
from docs.site.contract_pages import contract_pages

from telesock.v1 import (
    agent_pb2,
    events_pb2,
    faults_pb2,
    operations_pb2,
    options_pb2,
    recordings_pb2,
    sessions_pb2,
    sockets_pb2,
    types_pb2,
)

FILES: tuple[Any, ...] = (
    agent_pb2,
    events_pb2,
    faults_pb2,
    operations_pb2,
    options_pb2,
    recordings_pb2,
    sessions_pb2,
    sockets_pb2,
    types_pb2,
)
CONTRACT = read_contract()
PAGES = contract_pages(CONTRACT)
ANCHOR = re.compile(r'\{#([\w.]+)\}|<a id="([\w.]+)">')
LINK = re.compile(r"\]\(([a-z_]+\.md)#([\w.]+)\)")


def anchors(text: str) -> list[str]:
    return [first or second for first, second in ANCHOR.findall(text)]


def elements(file: Any) -> Iterator[str]:
    for service in file.services_by_name.values():
        yield service.full_name
        yield from (method.full_name for method in service.methods)
    for enum in file.enum_types_by_name.values():
        yield from in_enum(enum)
    for message in file.message_types_by_name.values():
        yield from in_message(message)


def in_message(message: Any) -> Iterator[str]:
    yield message.full_name
    yield from (field.full_name for field in message.fields)
    for enum in message.enum_types:
        yield from in_enum(enum)
    for nested in message.nested_types:
        if not nested.GetOptions().map_entry:
            yield from in_message(nested)


def in_enum(enum: Any) -> Iterator[str]:
    yield enum.full_name
    yield from (f"{enum.full_name}.{value.name}" for value in enum.values)


@pytest.mark.parametrize("module", FILES, ids=lambda module: module.DESCRIPTOR.name)
def test_a_page_has_an_anchor_for_each_element_of_its_file_and_for_nothing_else(module: Any) -> None:
    name = posixpath.basename(module.DESCRIPTOR.name).removesuffix(".proto")
    assert sorted(anchors(PAGES[f"reference/contract/{name}.md"])) == sorted(elements(module.DESCRIPTOR))


def test_there_is_a_page_for_each_file_and_one_that_lists_them() -> None:
    names = {posixpath.basename(module.DESCRIPTOR.name).removesuffix(".proto") for module in FILES}
    assert PAGES.keys() == {f"reference/contract/{name}.md" for name in names | {"index"}}


def test_every_element_has_its_comment() -> None:
    wanted = [name for module in FILES for name in elements(module.DESCRIPTOR)]
    assert [name for name in wanted if not CONTRACT.comments.get(name)] == []


def test_every_link_between_the_pages_leads_to_an_anchor() -> None:
    found = {posixpath.basename(place): set(anchors(text)) for place, text in PAGES.items()}
    links = [(page, name) for text in PAGES.values() for page, name in LINK.findall(text)]

    assert len(links) // 100 >= 4
    assert [link for link in links if link[1] not in found[link[0]]] == []


def test_a_field_is_shown_with_its_number_type_and_comment() -> None:
    retention = "[`Retention`](sessions.md#telesock.v1.Retention)"
    anchor = '<a id="telesock.v1.Session.retention"></a>'
    row = f"| {anchor}`retention` | 5 | {retention} | What a full journal does. |"

    assert row in PAGES["reference/contract/sessions.md"].splitlines()


def test_a_method_says_what_is_a_stream() -> None:
    page = PAGES["reference/contract/sessions.md"]
    asked, answered = (
        f"[`{name}`](sessions.md#telesock.v1.{name})" for name in ("AttachRequest", "AttachResponse")
    )

    assert f"stream of {asked} → stream of {answered}" in page.splitlines()


def test_names_in_comments_are_links_and_its_own_name_is_none() -> None:
    page = PAGES["reference/contract/sessions.md"]

    assert "Every method but\n[`OpenSession`](sessions.md#telesock.v1.SessionService.OpenSession)" in page
    assert (
        "RETENTION_UNTIL_ACKNOWLEDGED`](sessions.md#telesock.v1.Retention.RETENTION_UNTIL_ACKNOWLEDGED)"
        in page
    )
    assert "| 1 | [`RETENTION_UNTIL_ACKNOWLEDGED`]" not in page
