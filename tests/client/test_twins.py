"""Both clients are one API: the same names, the same parameters, the same words, but for what is listed here."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.client.aio import conftest
from tests.client.facade import PAIRS
from tests.client.twin import LAB_NAMES, METHODS, NAMES, ROOT, SHARES, printed

from telesock import client
from telesock.client import sync
from telesock.client.lab import sync as lab

# What only one of them has, and why.
ONLY_ASYNCIO = {
    ("Operation", "__await__"): "waiting: result",
    ("ActiveFault", "__await__"): "waiting: keep",
    ("Relay", "__await__"): "waiting: keep",
    ("Partition", "__await__"): "waiting: keep",
}
ONLY_THREADS = {
    ("Operation", "result"): "waiting",
    ("Operation", "add_done_callback"): "an asyncio program awaits, or makes a task",
    ("ActiveFault", "keep"): "waiting",
    ("Relay", "keep"): "waiting",
    ("Partition", "keep"): "waiting",
}
# What is said of the same thing in other words, because the thing is another.
OWN_WORDS = {
    ("Client", ""): "one event loop, any number of threads",
    ("Operation", ""): "how to wait",
    ("Chain", ""): "an example",
    ("EventStream", ""): "an iterator, and from which threads",
    ("Indications", ""): "an iterator",
    ("Options", ""): "an example",
    ("ActiveFault", ""): "how it is made",
    ("ActiveFault", "__del__"): "coroutines",
    ("Relay", ""): "how it is made",
    ("Partition", ""): "how it is made",
    ("Lab", "partition"): "how it is made",
    ("Session", "fault"): "how it is made",
    ("Session", "relay"): "how it is made",
    ("Socket", ""): "what interrupts",
    ("Listener", ""): "what interrupts",
}
TWINS = {
    twin.__name__: (twin, original)
    for twin, original in PAIRS.items()
    if twin.__name__ in {*sync.__all__, *lab.__all__}
}
BASES = {"__init__", "__repr__", "__del__", "__enter__", "__exit__", "__iter__", "__next__", "__await__"}


def as_threads(text: str) -> str:
    """Read a signature or words of the asyncio client as the blocking client says them."""
    text = text.replace("telesock.client.aio.", "telesock.client.sync.")
    text = text.replace("telesock.client.lab.aio.", "telesock.client.lab.sync.")
    text = re.sub(r"\basync (?=with\b|for\b)|\bawait (?=\w)", "", text)
    text = text.replace("Awaitable[telesock", "[telesock").replace(
        "collections.abc.Awaitable[~Answer]", "~Answer"
    )
    renamed = {**NAMES, **LAB_NAMES, **METHODS, "AsyncIterator": "Iterator", "Asked": "LockedAsked"}
    return re.sub(r"\w+", lambda word: renamed.get(word[0], word[0]), text)


def members(kind: type) -> dict[str, Any]:
    """What a program can use of a class, by the blocking client's names."""
    named = {METHODS.get(name, name): inspect.getattr_static(kind, name) for name in dir(kind)}
    return {
        name: member
        for name, member in named.items()
        if (not name.startswith("_") or name in BASES) and getattr(object, name, None) is not member
    }


def common(name: str) -> Iterator[tuple[str, Any, Any]]:
    twin, original = (members(kind) for kind in TWINS[name])
    yield from ((each, twin[each], original[each]) for each in sorted(twin.keys() & original.keys()))


def interface(member: Any) -> tuple[list[tuple[str, Any, str, str]], str]:
    """Parameters and result; a coroutine function has that of its coroutine."""
    function = inspect.unwrap(member.__func__ if isinstance(member, classmethod) else member)
    signature = inspect.signature(function)
    taken = [
        (each.name, each.default, str(each.kind), as_threads(str(each.annotation)))
        for each in signature.parameters.values()
    ]
    return taken, as_threads(str(signature.return_annotation))


@pytest.mark.parametrize("name", sorted(TWINS))
def test_both_have_the_same_names(name: str) -> None:
    twin, original = (set(members(kind)) for kind in TWINS[name])

    assert {(name, each) for each in original - twin} == {each for each in ONLY_ASYNCIO if each[0] == name}
    assert {(name, each) for each in twin - original} == {each for each in ONLY_THREADS if each[0] == name}


@pytest.mark.parametrize("name", sorted(TWINS))
def test_both_take_and_yield_the_same(name: str) -> None:
    verbs = [
        (each, mine, theirs)
        for each, mine, theirs in common(name)
        if callable(inspect.unwrap(mine)) and (not each.startswith("_") or TWINS[name][0] is sync.Client)
    ]

    assert [(each, interface(mine)) for each, mine, _ in verbs] == [
        (each, interface(theirs)) for each, _, theirs in verbs
    ]


@pytest.mark.parametrize("name", sorted(TWINS))
def test_both_say_the_same_of_themselves(name: str) -> None:
    twin, original = TWINS[name]
    said = [("", twin.__doc__, original.__doc__)]
    said += [(each, mine.__doc__, theirs.__doc__) for each, mine, theirs in common(name)]
    other = {(name, each) for each, mine, theirs in said if (mine or "") != as_threads(theirs or "")}

    assert other == {each for each in OWN_WORDS if each[0] == name}


def test_both_are_exported() -> None:
    assert {name: hasattr(client, name) for name in NAMES.values()} == dict.fromkeys(NAMES.values(), True)
    assert set(sync.__all__) - {"WaitsForItself"} == {
        *NAMES.values(), "Chain", "EventStream", "Indications", "Operation", "Options"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "name"), [(folder, name) for folder, share in SHARES.items() for name in sorted(share)]
)
def test_what_is_printed_is_what_is_committed(folder: Path, name: str) -> None:
    committed = (folder.with_name("sync") / name).read_text()

    assert committed == printed(name, folder), "run `make twin`, and commit what it prints"


def test_the_suite_of_both_names_only_tests_that_there_are() -> None:
    suite = "".join(path.read_text() for path in (ROOT / "tests/client/aio").glob("test_*.py"))

    assert [name for name in conftest.ASYNCIO_ONLY if f"def {name}(" not in suite] == []
