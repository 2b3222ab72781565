"""The contract as pages: one for each file, each element with its comment and an anchor, its full name.

Names of the contract in a comment become links to what they name, where only one thing has that name.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from docs.site.comments import Contract
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

FOLDER = "reference/contract"
_WORD = re.compile(r"`[^`\n]*`|\b(?:[A-Z][a-z]+(?:[A-Z][a-z]*)+|[A-Z]+(?:_[A-Z0-9]+)+)\b")
_ELSEWHERE = "google.protobuf."
_REPEATED = FieldDescriptorProto.LABEL_REPEATED


def contract_pages(contract: Contract) -> dict[str, str]:
    """Return Markdown by the page's place in the site."""
    places = Places(contract)
    pages = {f"{FOLDER}/{_stem(file)}.md": _page(file, contract, places) for file in contract.files}
    return {f"{FOLDER}/index.md": _index(contract, places), **pages}


class Places:
    """Where each element stands, by its full name, and what a word in a comment may mean."""

    def __init__(self, contract: Contract) -> None:
        self._pages = {name: f"{_stem(file)}.md" for file in contract.files for name in _names(file)}
        short = Counter(name.rpartition(".")[2] for name in self._pages)
        self._short = {
            name.rpartition(".")[2]: name for name in self._pages if short[name.rpartition(".")[2]] == 1
        }

    def link(self, name: str, words: str = "") -> str:
        """Link to an element by its full name; what is not ours is only named."""
        words = words or f"`{name.removeprefix(_ELSEWHERE).rpartition('.')[2]}`"
        page = self._pages.get(name)
        return words if page is None else f"[{words}]({page}#{name})"

    def linked(self, comment: str, here: str) -> str:
        """Make links of the names in a comment, but not of its own."""

        def link(found: re.Match[str]) -> str:
            word = found[0].strip("`")
            name = self._short.get(word)
            return found[0] if name is None or name == here else self.link(name, f"`{word}`")

        return _WORD.sub(link, comment)


def _stem(file: FileDescriptorProto) -> str:
    return file.name.rpartition("/")[2].removesuffix(".proto")


def _names(file: FileDescriptorProto) -> Iterator[str]:
    for service in file.service:
        yield f"{file.package}.{service.name}"
        yield from (f"{file.package}.{service.name}.{method.name}" for method in service.method)
    for name, message in _messages(file.package, file.message_type):
        yield name
        yield from (f"{name}.{field.name}" for field in message.field)
    for name, enum in _enums(file):
        yield name
        yield from (f"{name}.{value.name}" for value in enum.value)


def _messages(prefix: str, messages: Any) -> Iterator[tuple[str, Any]]:
    for message in messages:
        if not message.options.map_entry:
            yield f"{prefix}.{message.name}", message
            yield from _messages(f"{prefix}.{message.name}", message.nested_type)


def _enums(file: FileDescriptorProto) -> Iterator[tuple[str, Any]]:
    yield from ((f"{file.package}.{enum.name}", enum) for enum in file.enum_type)
    for name, message in _messages(file.package, file.message_type):
        yield from ((f"{name}.{enum.name}", enum) for enum in message.enum_type)


def _index(contract: Contract, places: Places) -> str:
    lines = [
        "# The contract",
        "",
        "What agents and clients say to each other, `telesock.v1`: printed from the comments of its",
    ]
    lines += [
        "[sources](../../../proto/telesock/v1). Every method is gRPC's; [versions](../../versions.md) says how it changes.",
        "",
    ]
    for file in contract.files:
        first = contract.comments[file.name].partition("\n\n")[0].replace("\n", " ")
        lines += [f"## [{_stem(file)}]({_stem(file)}.md)", "", first, ""]
        lines += [
            f"- {places.link(f'{file.package}.{service.name}.{method.name}')}"
            for service in file.service
            for method in service.method
        ]
        lines.append("")
    return "\n".join(lines)


def _page(file: FileDescriptorProto, contract: Contract, places: Places) -> str:
    def told(name: str) -> str:
        return places.linked(contract.comments.get(name, ""), name)

    lines = [f"# {_stem(file)}.proto", "", told(file.name), ""]
    for service in file.service:
        lines += _service(f"{file.package}.{service.name}", service, told, places)
    for name, message in _messages(file.package, file.message_type):
        lines += [*_heading(name), told(name), "", *_fields(name, message, told, places), ""]
    for name, enum in _enums(file):
        lines += [*_heading(name), told(name), "", *_values(name, enum, told), ""]
    return "\n".join(lines)


def _heading(name: str, level: str = "##") -> list[str]:
    return [f"{level} {name.rpartition('.')[2]} {{#{name}}}", ""]


def _service(name: str, service: Any, told: Any, places: Places) -> list[str]:
    lines = [*_heading(name), told(name), ""]
    for method in service.method:
        asks = "stream of " * method.client_streaming + places.link(method.input_type[1:])
        answers = "stream of " * method.server_streaming + places.link(method.output_type[1:])
        lines += [*_heading(f"{name}.{method.name}", "###"), f"{asks} → {answers}", ""]
        lines += [told(f"{name}.{method.name}"), ""]
    return lines


def _fields(name: str, message: Any, told: Any, places: Places) -> list[str]:
    if not message.field:
        return ["It has no fields."]
    maps = {f".{name}.{each.name}": each for each in message.nested_type if each.options.map_entry}
    lines = ["| field | number | type | |", "|---|---|---|---|"]
    for field in message.field:
        comment = told(f"{name}.{field.name}")
        if field.HasField("oneof_index") and not field.proto3_optional:
            comment = f"*One of `{message.oneof_decl[field.oneof_index].name}`.* {comment}"
        lines.append(_row(f"{name}.{field.name}", field.number, _type(field, maps, places), _cell(comment)))
    return lines


def _values(name: str, enum: Any, told: Any) -> list[str]:
    rows = [
        _row(f"{name}.{each.name}", each.number, _cell(told(f"{name}.{each.name}"))) for each in enum.value
    ]
    return ["| value | number | |", "|---|---|---|", *rows]


def _row(name: str, *cells: Any) -> str:
    anchor = f'<a id="{name}"></a>`{name.rpartition(".")[2]}`'
    return f"| {' | '.join([anchor, *map(str, cells)])} |"


def _cell(comment: str) -> str:
    return " ".join(comment.split()).replace("|", "\\|")


def _type(field: FieldDescriptorProto, maps: dict[str, Any], places: Places) -> str:
    if field.type_name in maps:
        key, value = maps[field.type_name].field
        return f"map of {_type(key, {}, places)} to {_type(value, {}, places)}"
    named = places.link(field.type_name[1:]) if field.type_name else f"`{_scalar(field)}`"
    optional = "optional " * field.proto3_optional
    return f"repeated {named}" if field.label == _REPEATED else f"{optional}{named}"


def _scalar(field: FieldDescriptorProto) -> str:
    return FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
