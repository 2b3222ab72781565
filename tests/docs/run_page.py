"""Runs the blocks of one page, in order, as a program: python -m tests.docs.run_page README.md

It expects a network of its own and its own /etc/hosts (test_examples.py). Exit status 0 and the number of blocks that were run, or 1
and which block failed, and how.
"""

import ast
import asyncio
import contextlib
import doctest
import inspect
import os
import re
import shlex
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from tests.docs.blocks import PRINTS, ROOT, Block, blocks_of
from tests.docs.quick_programs import quick_programs
from tests.docs.shell import CommandFailed, Shell
from tests.docs.worlds import AGENT, ORDINARY, WORLDS, peers, prepare

_STARTS_AGENT = re.compile(r"^telesock-agent", re.MULTILINE)
_LONGEST = 45.0  # seconds of a block
_ELLIPSIS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Page:
    """A page being run: the names that its blocks share, its shell, what was printed last."""

    def __init__(self, shell: Shell, agents: Shell, folder: Path) -> None:
        self._shell = shell
        self._agents = agents
        self._folder = folder
        self._names: dict[str, Any] = {"__name__": "example"}
        self._given: dict[str, Any] = {}
        self._printed = ""
        self.count = 0

    async def run(self, block: Block) -> None:
        """Run a block, make a file of it, or compare what it says was printed."""
        if block.anew:
            await self._shell.end_jobs()
        if block.title == PRINTS:
            self._compare(block)
        elif block.title:
            (self._folder / block.title).write_text(block.body)
        elif block.language == "sh":
            if _STARTS_AGENT.search(block.body):
                await self._agents.end_jobs()
            self._printed = await self._shell.run(block.body)
        elif block.language == "python":
            self._names |= self._given
            await self._run_python(block.body, str(block))
        else:
            return
        self.count += 1

    def _compare(self, block: Block) -> None:
        if not doctest.OutputChecker().check_output(block.body, self._printed, _ELLIPSIS):
            raise CommandFailed(f"printed was\n{self._printed}")

    async def know(self, text: str) -> None:
        """Define names that mean the same in every block, whatever blocks before it have made of them."""
        await self._run_python(text, "names")
        self._given = dict(self._names)

    async def _run_python(self, text: str, name: str) -> None:
        """Run statements, in a thread where none of them awaits."""
        code = compile(text, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if code.co_flags & inspect.CO_COROUTINE:
            await eval(code, self._names)
        else:
            await asyncio.to_thread(exec, code, self._names)

    async def close(self) -> None:
        """Leave what the page's own names have opened."""
        if "stack" in self._names:
            await self._names["stack"].aclose()
        await self._shell.end_jobs()


async def run_page(path: str) -> int:
    """Run all blocks that are to be run; return how many there were."""
    world = WORLDS.get(path, ORDINARY)
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory())
        folder = Path(name)
        os.chdir(folder)
        prepare(folder, world)
        programs = stack.enter_context(quick_programs(folder / "programs"))
        scratch = folder / "scratch"  # what others have in theirs may be closed to the user of this network
        scratch.mkdir()
        environment = {
            **os.environ,
            "HOME": name,
            "TMPDIR": str(scratch),
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        apart = folder / "agent"
        apart.mkdir()
        async with (
            peers(folder, world),
            Shell(apart, environment) as agents,
            Shell(folder, environment) as shell,
        ):
            await agents.run(shlex.join(["telesock-agent", *AGENT]))
            page = Page(shell, agents, folder)
            await page.know(world.names)
            for block in blocks_of(ROOT / path):
                if not block.not_run:
                    await _run_in_time(page, block)
            await page.close()
            await agents.end_jobs()
            return page.count


async def _run_in_time(page: Page, block: Block) -> None:
    try:
        async with asyncio.timeout(_LONGEST):
            await page.run(block)
    except BaseException as error:
        error.add_note(f"in {block}")
        raise


def main() -> None:
    """Run the page that is named."""
    printed = sys.stdout
    try:
        with contextlib.redirect_stdout(sys.stderr):
            count = asyncio.run(run_page(sys.argv[1]))
    except BaseException:
        traceback.print_exc()
        sys.exit(1)
    print(count, file=printed)


if __name__ == "__main__":
    main()
