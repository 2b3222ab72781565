"""A shell for a page's blocks: commands one after the other in one bash, those that last in the background.

A command in the background has begun when it listens somewhere new; one that ends badly before the page does fails it. What lasts
without `&` (relays, watches), which readers have in a shell of its own, is put into the background here.
"""

import asyncio
import re
from pathlib import Path

_LASTS = re.compile(
    r"\btelesock-agent\b(?!.*--help)|\btelesock (relay|forward|socks|listen|record)\b|\btelesock .*--(watch|follow)\b"
)
_QUIET = re.compile(r"--(watch|follow)\b|\btelesock record\b")
_LISTENING = "0A"
_UNIX_LISTENING = "00010000"
_PATIENCE = 30.0  # seconds


class CommandFailed(Exception):
    """A command did not end with success; the text has what it printed."""


class Shell:
    """One bash, in a folder. Use `async with`."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._jobs: list[str] = []

    async def __aenter__(self) -> "Shell":
        self._bash = await asyncio.create_subprocess_exec(
            "bash",
            cwd=self._folder,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        await self._ask("set -o pipefail")
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._bash.kill()
        await self._bash.wait()

    async def run(self, text: str) -> str:
        """Run a block's commands and return what they print. Raises CommandFailed."""
        return "".join([await self._run_one(command) for command in commands(text)])

    async def _run_one(self, command: str) -> str:
        bare = command.removesuffix("&").rstrip()
        if bare == command and not _LASTS.search(command):
            status, printed, said = await self._finish(command)
            if status != 0:
                raise CommandFailed(f"{command}\nexit status {status}\n{printed}{said}")
            return printed
        before = listening()
        self._jobs.append(bare)
        name = f"job-{len(self._jobs)}"
        await self._ask(f"{{ {bare}\n}} >{name}.out 2>{name}.err </dev/null & echo $! >{name}.pid")
        if not _QUIET.search(bare):
            await self._listens(before, name)
        return ""

    async def _finish(self, command: str) -> tuple[int, str, str]:
        (self._folder / "command.sh").write_text(command)
        status = await self._ask(
            "source ./command.sh >command.out 2>command.err </dev/null; answer=$?", "$answer"
        )
        return int(status), self._read("command.out"), self._read("command.err")

    async def _listens(self, before: set[str], name: str) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                while listening() <= before:
                    await self._lives(name)
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise CommandFailed(f"{self._told(name)}\nit listens nowhere") from None

    async def _lives(self, name: str) -> None:
        pid = self._read(f"{name}.pid").strip()
        if (
            pid
            and (
                status := await self._ask(
                    f"kill -0 {pid} 2>/dev/null || {{ wait {pid}; false; }}; s=$?", "$s"
                )
            )
            != "0"
        ):
            raise CommandFailed(f"{self._told(name)}\nit has ended, {status}")

    def _told(self, name: str) -> str:
        command = self._jobs[int(name.removeprefix("job-")) - 1]
        return f"{command}\n{self._read(f'{name}.out')}{self._read(f'{name}.err')}"

    async def end_jobs(self) -> None:
        """End what runs in the background, as Ctrl-C would, and wait for it. Raises CommandFailed for what has ended badly before."""
        for number in reversed(range(len(self._jobs))):
            name = f"job-{number + 1}"
            pid = self._read(f"{name}.pid").strip()
            status = await self._ask(
                f"if kill -0 {pid} 2>/dev/null; then pkill -TERM -P {pid} || kill -TERM {pid}; wait {pid}; s=0; "
                f"else wait {pid}; s=$?; fi 2>/dev/null",
                "$s",
            )
            if status not in ("0", "127"):  # 127: it was waited for
                raise CommandFailed(f"{self._told(name)}\nit had ended with {status}")
        self._jobs.clear()

    async def _ask(self, line: str, answer: str = "ok") -> str:
        assert self._bash.stdin is not None, "it is a pipe"
        assert self._bash.stdout is not None, "so is this"
        self._bash.stdin.write(f'{line}\necho "{answer}"\n'.encode())
        async with asyncio.timeout(30):
            return (await self._bash.stdout.readline()).decode().strip()

    def _read(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(errors="replace") if path.exists() else ""


def commands(text: str) -> list[str]:
    """A block's commands: lines, put together where they go on (a backslash, a here-document)."""
    found: list[str] = []
    end = None
    for line in text.splitlines():
        if end is not None or (found and found[-1].endswith("\\")):
            found[-1] += f"\n{line}"
            end = None if line == end else end
            continue
        here = re.search(r"<<\s*'?(\w+)'?", line)
        end = here[1] if here else None
        stripped = re.sub(r"(^|\s)#\s.*$", "", line).rstrip()
        found += [stripped] if stripped else []
    return found


def listening() -> set[str]:
    """Everything that listens in this network: ports, paths."""
    found = set()
    for kind in ("tcp", "tcp6"):
        rows = [row.split() for row in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]]
        found |= {row[1] for row in rows if row[3] == _LISTENING}
    rows = [row.split() for row in Path("/proc/net/unix").read_text().splitlines()[1:]]
    return found | {row[-1] for row in rows if row[3] == _UNIX_LISTENING}
