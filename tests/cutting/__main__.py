"""`python -m tests.cutting`: cuts the control channel, kills and stops clients and agents, and says what came of it.

Exit status: 0 when nothing was lost, doubled, out of order or hung; 1 when something was, with what it was.
"""

import argparse
import asyncio
import sys
import tempfile
import traceback
from collections.abc import Coroutine
from pathlib import Path

from tests.cutting.lives import Lived, run_lives, run_pauses
from tests.cutting.run import Summary, run

_COUNTS = {
    "cuts": (1000, "cut the channel so often, under many sessions"),
    "lives": (25, "kill a client so often, and start it anew from what it has stored"),
    "pauses": (25, "stop a client, or its agent, so often for a while"),
}


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Cuts the way between clients and an agent, again and again."
    )
    for name, (count, meaning) in _COUNTS.items():
        parser.add_argument(f"--{name}", type=int, default=count, help=f"{meaning} (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which plan (default: %(default)s)")
    parser.add_argument("--deadline", type=float, default=600, help="seconds for each (default: %(default)s)")
    return parser.parse_args()


def _runs(asked: argparse.Namespace, folder: Path) -> list[Coroutine[None, None, Summary | Lived]]:
    runs: list[Coroutine[None, None, Summary | Lived]] = []
    if asked.cuts:
        runs.append(run(asked.cuts, asked.seed, asked.deadline))
    for name, way in (("lives", run_lives), ("pauses", run_pauses)):
        if getattr(asked, name):
            inside = folder / name
            inside.mkdir()
            runs.append(way(inside, getattr(asked, name), asked.seed, asked.deadline))
    return runs


def main() -> int:
    """Run it."""
    asked, violated = _read_arguments(), 0
    with tempfile.TemporaryDirectory() as folder:
        for each in _runs(asked, Path(folder)):
            try:
                print(asyncio.run(each), flush=True)
            except Exception:  # whatever it was: it must not have been
                traceback.print_exc()
                violated = 1
    if violated:
        print(f"violated, with --seed {asked.seed}", file=sys.stderr)
    return violated


if __name__ == "__main__":
    sys.exit(main())
