"""The contract as protoc reads it: descriptors, and the comment of every element. Fails where protoc does."""

import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

ROOT = Path(__file__).parents[2] / "proto"
_SYNTAX = (12,)
# The numbers of fields in descriptor.proto, by which SourceCodeInfo says where a comment stands.
_MESSAGES, _ENUMS, _SERVICES = 4, 5, 6
_NESTED, _NESTED_ENUMS, _FIELDS, _ONEOFS = 3, 4, 2, 8
_CHILDREN = 2  # values of an enum, methods of a service


class Contract(NamedTuple):
    """Its files in the order of their names, and comments by the full names of what they are about."""

    files: tuple[FileDescriptorProto, ...]
    comments: dict[str, str]
    """A file's own stands under the file's name."""


def read_contract(root: Path = ROOT) -> Contract:
    """Read all files below a root of imports."""
    sources = sorted(str(path.relative_to(root)) for path in root.rglob("*.proto"))
    described = _described(root, sources)
    comments = {name: text for file in described for name, text in _comments(file)}
    return Contract(described, comments)


def _described(root: Path, sources: list[str]) -> tuple[FileDescriptorProto, ...]:
    known = str(files("grpc_tools") / "_proto")
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "set"
        command = [
            "protoc",
            f"-I{root}",
            f"-I{known}",
            "--include_source_info",
            f"--descriptor_set_out={found}",
        ]
        if protoc.main([*command, *sources]) != 0:
            raise RuntimeError(f"protoc does not read the contract in {root}")
        return tuple(
            sorted(FileDescriptorSet.FromString(found.read_bytes()).file, key=lambda file: file.name)
        )


def _comments(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    told = {tuple(each.path): _plain(each.leading_comments) for each in file.source_code_info.location}
    head = (each for each in file.source_code_info.location if tuple(each.path) == _SYNTAX)
    yield file.name, "\n\n".join(_plain(text) for each in head for text in _all_above(each))
    for path, name in _places(file):
        yield name, told.get(path, "")


def _all_above(location: Any) -> list[str]:
    return [*location.leading_detached_comments, *filter(None, [location.leading_comments])]


def _plain(comment: str) -> str:
    return "\n".join(line.removeprefix(" ").rstrip() for line in comment.splitlines()).strip()


def _places(file: FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Say where each element's comment stands, and the element's full name."""
    for number, message in enumerate(file.message_type):
        yield from _in_message((_MESSAGES, number), f"{file.package}.{message.name}", message)
    for number, enum in enumerate(file.enum_type):
        yield from _with_children((_ENUMS, number), f"{file.package}.{enum.name}", enum.value)
    for number, service in enumerate(file.service):
        yield from _with_children((_SERVICES, number), f"{file.package}.{service.name}", service.method)


def _in_message(path: tuple[int, ...], name: str, message: Any) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    for kind, children in ((_FIELDS, message.field), (_ONEOFS, message.oneof_decl)):
        for number, child in enumerate(children):
            yield (*path, kind, number), f"{name}.{child.name}"
    for number, nested in enumerate(message.nested_type):
        yield from _in_message((*path, _NESTED, number), f"{name}.{nested.name}", nested)
    for number, enum in enumerate(message.enum_type):
        yield from _with_children((*path, _NESTED_ENUMS, number), f"{name}.{enum.name}", enum.value)


def _with_children(path: tuple[int, ...], name: str, children: Any) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    for number, child in enumerate(children):
        yield (*path, _CHILDREN, number), f"{name}.{child.name}"
