"""The page of a timeline: it carries all it needs, forbids all else, and what others said cannot become a part of it."""

import base64
import hashlib
import json
import re
from typing import Any

import pytest

from telesock.client.core.clocks import ClockEstimate
from telesock.client.timeline import Entry, Timeline, page
from telesock.client.timeline.page import page_data, page_text

EVIL = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "\u2028\u2029",
    "@SCRIPT@ @DATA@ \\1 \\g<0>",
    '"><img src=x onerror=alert(1)>',
    "</title><script>alert(1)</script>",
]


def blocks(text: str, tag: str) -> list[str]:
    """What stands in elements of scripts or styles, as browsers find it."""
    return re.findall(rf"<{tag}[^>]*>(.*?)</{tag}\s*>", text, re.DOTALL | re.IGNORECASE)


def data_of(text: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(blocks(text, "script")[0])
    return data


@pytest.mark.parametrize("evil", EVIL)
def test_what_others_said_is_data_and_nothing_else(evil: str) -> None:
    entry = Entry(0, "note", evil, evil, details=evil, peer=evil, request=evil, session=evil)
    harmless = Entry(0, "note", "x", "x", details="x", peer="x", request="x", session="x")
    text = page_text(Timeline((entry,), (evil,), title=evil))
    plain = page_text(Timeline((harmless,), ("x",), title="x"))

    assert data_of(text)["entries"][0]["details"] == evil
    assert [len(blocks(text, tag)) for tag in ("script", "style")] == [3, 1]
    assert blocks(text, "script")[1:] == blocks(plain, "script")[1:]
    assert text.count("<") == plain.count("<")


def test_its_policy_names_what_is_in_it_by_digest_and_forbids_everything_else() -> None:
    text = page_text(Timeline())
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    digests = [
        f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'"
        for part in (*blocks(text, "script")[1:], *blocks(text, "style"))
    ]

    assert found is not None
    assert found[1].split("; ") == [
        "default-src 'none'",
        f"script-src {digests[0]} {digests[1]}",
        f"style-src {digests[2]}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert text.index(found[0]) < text.index("<style")


def test_it_asks_for_nothing() -> None:
    own = page_text(Timeline()).replace(blocks(page_text(Timeline()), "script")[1], "")

    assert re.findall(r"""\b(?:src|href|action)\s*=|https?://|@import|url\(""", own) == []


def test_its_library_is_the_one_that_is_written_down() -> None:
    readme = (page._PARTS / "README.md").read_text()
    library = (page._PARTS / "d3.min.js").read_text()
    version = re.match(r"// https://d3js\.org v([\d.]+) ", library)

    assert version is not None
    assert f"[D3](https://d3js.org) {version[1]}, " in readme
    assert f"`d3@{version[1]}`" in readme
    assert (page._PARTS / "d3.LICENSE").read_text().startswith("Copyright 2010-")


def test_it_is_told_what_it_shows() -> None:
    sent = Entry(
        (1 << 60) + 2_500,
        "operation",
        "send",
        "b",
        500,
        (1 << 60) + 1_000,
        3,
        "s-1",
        (1 << 63) + 4,
        7,
        "10.0.0.1:5",
        "10.0.0.2:80",
        "5 bytes",
        "CONNECTION_RESET",
        "by the peer",
    )
    note = Entry((1 << 60) + 9_000, "note", "now", uncertainty_ns=None)
    timeline = Timeline((sent, note), ("a", "b"), 5, {"b": ClockEstimate(1, 2, 3)}, 4, "t")

    assert page_data(timeline) == {
        "title": "t",
        "kinds": ("operation", "indication", "fault", "note", "agent", "gap"),
        "lifelines": ("test", "a", "b", "clients at 10.0.0.2"),
        "agents": 2,
        "clocks": {"b": {"offset_ns": 1, "uncertainty_ns": 2}},
        "wall_offset_ms": 5e-06,
        "beginning_ns": str((1 << 60) + 1_000),
        "beginning_ms": ((1 << 60) + 1_000) / 1e6,
        "forgotten": 4,
        "entries": [
            {
                "at": 1_500,
                "kind": "operation",
                "what": "send",
                "agent": "b",
                "lane": 2,
                "peer_lane": 3,
                "way": "out",
                "began": 0,
                "uncertainty": 500,
                "sequence": 3,
                "session": "s-1",
                "socket": "~4",
                "operation": 7,
                "local": "10.0.0.1:5",
                "peer": "10.0.0.2:80",
                "request": "5 bytes",
                "status": "CONNECTION_RESET",
                "details": "by the peer",
                "failed": True,
                "searched": "b operation send 5 bytes connection_reset by the peer 10.0.0.1:5 10.0.0.2:80",
            },
            {
                "at": 8_000,
                "kind": "note",
                "what": "now",
                "lane": 0,
                "uncertainty": -1,
                "sequence": 0,
                "operation": 0,
                "searched": " note now  ",
            },
        ],
    }
