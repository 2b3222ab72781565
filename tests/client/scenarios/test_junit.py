"""JUnit's XML of a run."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from telesock.client.scenarios.junit import write_junit
from telesock.client.scenarios.outcomes import Outcome, Result
from telesock.client.timeline import Timeline, TimelineRecorder


def _timeline() -> Timeline:
    recorder = TimelineRecorder()
    recorder.note("what happened")
    return recorder.timeline()


def test_each_scenario_is_a_case_with_why_and_the_end_of_its_timeline(tmp_path: Path) -> None:
    outcomes = [
        Outcome("good", "All is well.", Result.PASSED, 0.25, timeline=_timeline()),
        Outcome("bad", "", Result.FAILED, 1.5, "AssertionError: \x00", "Traceback\x1b", _timeline()),
        Outcome("lost", "", Result.ERROR, 0.0, "no lab"),
        Outcome("left", "", Result.SKIPPED, 0.0, "not here"),
    ]
    write_junit(tmp_path / "report.xml", "story", outcomes, ["later"])
    [suite] = ElementTree.parse(tmp_path / "report.xml").getroot()

    counted = {key: suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped", "time")}
    assert counted == {
        "name": "story",
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "2",
        "time": "1.75",
    }
    shown = [
        (case.get("name"), [(part.tag, part.get("message")) for part in case if part.tag != "system-out"])
        for case in suite
    ]
    assert shown == [
        ("good", []),
        ("bad", [("failure", "AssertionError: \\x00")]),
        ("lost", [("error", "no lab")]),
        ("left", [("skipped", "not here")]),
        ("later", [("skipped", "not run: an earlier one failed, or was interrupted")]),
    ]
    assert suite[1][0].text == "Traceback\\x1b"
    assert [case.get("name") for case in suite if "what happened" in (case.findtext("system-out") or "")] == [
        "bad"
    ]


def test_without_the_library_one_line_says_what_to_install() -> None:
    program = "import sys; sys.modules['junitparser'] = None; import telesock.client.scenarios.junit"

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert ended.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: junitparser is not installed; this needs the extra: pip install 'telesock[junit]'"
    )
