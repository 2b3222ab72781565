"""What a failed test leaves for whoever reads its report: the timeline up to the failure, as text and as a page.

The text stands in the report and in JUnit's properties, the page in a file of its own whose name is printed. Whatever goes
wrong here is told in the report and never stands in the way of it.
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from telesock.client.testing.labs import WantedLab
from telesock.client.timeline import Timeline, TimelineRecorder
from telesock.client.timeline.ending import last_part

_TITLE = "Telesock timeline"
_NAME = 100  # bytes of a test's name in that of its file: file systems count those, and allow 255


class Recorded(Protocol):
    """A lab, as far as it is evidence."""

    def note(self, text: str) -> None:
        """Add words to its timeline."""

    def timeline(self) -> Timeline:
        """Return what happened."""


class Evidence:
    """Of one test. `recorder` has what happened in its sessions, each lab has its own."""

    def __init__(self, test: str, directory: Path) -> None:
        self.recorder = TimelineRecorder(title=test)
        self.labs: list[Recorded] = []
        self.wanted_lab: WantedLab | None = None
        """What the fixture that opens a lab on an event loop is to open."""
        self._test = test
        self._directory = directory
        self._failures = 0

    def note_failure(self, call: "pytest.CallInfo[None]") -> None:
        """Mark the moment at which the test fails."""
        if call.excinfo is None or call.excinfo.errisinstance(pytest.skip.Exception):
            return
        note = f"✗ {call.when} failed: {call.excinfo.typename}"  # what it said, the report says
        self._failures += 1
        for recorded in (self.recorder, *self.labs):
            recorded.note(note)

    def attach(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Put the timelines into the report of a failure."""
        try:
            for place, timeline in enumerate(self._timelines()):
                self._attach(item, report, timeline, "" if place == 0 else f"-{place + 1}")
        except Exception as error:  # the report of the failure counts more
            report.sections.append((_TITLE, f"the timeline could not be made: {error!r}"))

    def so_far(self) -> str:
        """Return the end of what has happened, as text, for whoever interrupts a test that hangs."""
        try:
            return "\n".join(last_part(timeline) for timeline in self._timelines())
        except Exception as error:  # an interrupt has to go on
            return f"the timeline could not be made: {error!r}"

    def _timelines(self) -> Iterator[Timeline]:
        """Those in which more happened than that the test failed."""
        own = self.recorder.timeline()
        if own.agents or len(own.entries) > self._failures:
            yield own
        for lab in self.labs:
            yield replace(lab.timeline(), title=self._test)

    def _attach(self, item: pytest.Item, report: pytest.TestReport, timeline: Timeline, suffix: str) -> None:
        path = self._directory / f"{file_name(self._test)}{suffix}.html"
        text = last_part(timeline)
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            timeline.write_page(path)
            where = f"all of it: {path}"
        except OSError as error:
            where = f"{path} could not be written: {error.strerror}"
        report.sections.append((_TITLE, f"{text}\n{where}"))
        for name, value in ((f"telesock_timeline{suffix}", str(path)), (f"telesock_text{suffix}", text)):
            _set_property(item.user_properties, name, value)
            _set_property(report.user_properties, name, value)
        _attach_to_html(item.config, report, text, path)


def file_name(test: str) -> str:
    """Name a test so that it can be a file, no other test's."""
    readable = re.sub(r"[^\w.-]+", "-", test).strip("-.").encode()[-_NAME:].decode(errors="ignore")
    digest = hashlib.sha256(test.encode(errors="surrogatepass")).hexdigest()
    return f"{readable.lstrip('-.')}-{digest[:6]}"


def _set_property(properties: list[tuple[str, object]], name: str, value: str) -> None:
    properties[:] = [each for each in properties if each[0] != name] + [(name, value)]


def _attach_to_html(config: pytest.Config, report: Any, text: str, path: Path) -> None:
    """Let pytest-html show it too, where it writes a report."""
    if not (config.pluginmanager.has_plugin("html") and config.getoption("htmlpath", None)):
        return
    extras = sys.modules["pytest_html"].extras
    shown = [extras.url(path.as_uri(), name=_TITLE), extras.text(text, name=f"{_TITLE}, its end")]
    report.extras = [*getattr(report, "extras", []), *shown]
