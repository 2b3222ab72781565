"""The examples of docs/scenarios.md, run as it says."""

import re
from pathlib import Path

import pytest
from tests.programs import Ended, start_program
from tests.wire.servers import needs

DOCS = Path(__file__).parent.parent.parent / "docs"


async def _run(name: str) -> Ended:
    running = await start_program("run", str(DOCS / "scenarios" / name), "--timeout", "30")
    return await running.ended()


@pytest.mark.parametrize(
    ("name", "passed"),
    [
        ("survives_disconnects.py", 3),
        pytest.param("slow_dependency.py", 1, marks=needs("redis-server")),
        ("partition.py", 1),
    ],
)
async def test_each_example_passes_as_it_is(name: str, passed: int) -> None:
    ended = await _run(name)

    assert ended.status == 0, ended.stdout
    assert ended.stdout.splitlines()[-1] == f"{passed} passed"


def test_the_page_shows_every_example_as_it_is() -> None:
    page = (DOCS / "scenarios.md").read_text()
    named = set(re.findall(r"\(scenarios/(\w+\.py)\)", page))

    assert named == {path.name for path in (DOCS / "scenarios").glob("*.py")}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        compile(block, "docs/scenarios.md", "exec")


async def test_the_scenario_of_the_page_passes(tmp_path: Path) -> None:
    page = (DOCS / "scenarios.md").read_text()
    story = next(
        each for each in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "def scenario_" in each
    )
    path = tmp_path / "story.py"
    path.write_text(story)
    running = await start_program("run", str(path))
    ended = await running.ended()

    assert (ended.status, ended.stderr) == (0, ""), ended.stdout
