"""What docs/labs.md shows of a lab runs as it stands there."""

import asyncio
import os
import re
import sys
import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.agents import PATHS, ROOT, RunningAgent
from tests.peers import Peer

from telesock.client.lab import AsyncLab, LabAgent, Member

EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs/labs.md").read_text(), re.DOTALL)
StartAgent = Callable[..., Awaitable[RunningAgent]]


async def test_the_program_tells_its_story(start_agent: StartAgent, tmp_path: Path) -> None:
    tables = [
        f'[agents.{role}]\ntarget = "{(await start_agent()).address}"\naddresses = ["127.0.0.{number}"]\n'
        f'labels = {{ role = "{role}" }}\n'
        for number, role in enumerate(("server", "client"), start=2)
    ]
    (tmp_path / "lab.toml").write_text("".join(tables))
    (tmp_path / "program.py").write_text(EXAMPLES[0])
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "program.py"),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)},
        stdout=asyncio.subprocess.PIPE,
    )
    story = (await program.communicate())[0].decode()

    assert program.returncode == 0
    assert re.findall(r"# (partition-1: .*|servers .*)", story) == [
        "partition-1: client cut on the way to server",
        "servers hear nothing now",
        "partition-1: healed",
    ]


async def test_chains_start_at_one_moment(start_agent: StartAgent, peer: Callable[..., Peer]) -> None:
    server = peer()
    example = EXAMPLES[1].replace("server.lab", server.host).replace("8080", str(server.port))
    names: dict[str, Any] = {"LabAgent": LabAgent}
    exec(f"async def run(lab):\n{textwrap.indent(example, '    ')}", names)
    members = [Member(name, (await start_agent()).address) for name in ("a", "b")]
    async with AsyncLab(members) as lab:
        await names["run"](lab)
        connected = [
            entry for entry in lab.timeline().entries if (entry.what, entry.status) == ("connect", "SUCCESS")
        ]

    assert sorted(entry.agent for entry in connected) == ["a", "b"]
