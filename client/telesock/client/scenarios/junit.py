"""How scenarios ended, as JUnit's XML: one suite, a case each, with the traceback and the end of the timeline.

Needs the extra `junit`. Characters that XML cannot have are written as escapes.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from telesock.client.scenarios.outcomes import Outcome, Result
from telesock.client.timeline.ending import last_part

try:
    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"{missing.name} is not installed; this needs the extra: pip install 'telesock[junit]'",
        name=missing.name,
    ) from None

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {Result.FAILED: Failure, Result.ERROR: Error, Result.SKIPPED: Skipped}


def write_junit(path: Path, suite: str, outcomes: Iterable[Outcome], not_run: Iterable[str] = ()) -> None:
    """Write a file. Scenarios that were not run are skipped ones. Raises OSError."""
    made = TestSuite(_text(suite))
    for outcome in outcomes:
        made.add_testcase(_case(suite, outcome))
    for name in not_run:
        case = TestCase(_text(name), classname=_text(suite), time=0)
        case.result = [Skipped("not run: an earlier one failed, or was interrupted")]
        made.add_testcase(case)
    xml = JUnitXml(_text(suite))
    xml.add_testsuite(made)
    xml.update_statistics()  # type: ignore[no-untyped-call]  # junitparser does not say
    xml.write(str(path), pretty=True)


def _case(suite: str, outcome: Outcome) -> TestCase:
    case = TestCase(_text(outcome.name), classname=_text(suite), time=round(outcome.seconds, 3))
    element = _ELEMENTS.get(outcome.result)
    if element is not None:
        told = element(_text(outcome.why))
        told.text = _text(outcome.told)
        case.result = [told]
    if outcome.bad and outcome.timeline.entries:
        case.system_out = _text(last_part(outcome.timeline))
    return case


def _text(text: str) -> str:
    return _NOT_IN_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
