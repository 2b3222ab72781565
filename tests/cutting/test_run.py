"""Whatever is cut, and wherever: one completion for each operation, every byte once and in order, every event once."""

import subprocess
import sys

from tests.cutting.plan import Kind
from tests.cutting.run import run
from tests.cutting.ways import environment

CUTS = 150


async def test_a_channel_that_is_cut_at_any_byte_loses_nothing_and_repeats_nothing() -> None:
    summary = await run(CUTS, seed=5, deadline=50)

    assert len(summary.hits) == CUTS
    assert {hit.phase for hit in summary.hits} == {"handshake", "resume", "traffic"}
    assert {hit.kind for hit in summary.hits} == {kind.value for kind in Kind}
    assert summary.conversations > 0


def test_what_does_not_end_in_time_is_a_violation_and_an_exit_status() -> None:
    command = [sys.executable, "-m", "tests.cutting", "--cuts", "1000", "--deadline", "2", "--lives", "0"]
    ended = subprocess.run(
        [*command, "--pauses", "0"], env=environment(), capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines()[-1] == "violated, with --seed 1"
