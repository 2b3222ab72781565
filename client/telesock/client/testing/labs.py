"""The lab that a test uses: that of `--telesock-lab`, or as many local agents as the test is marked with.

Local agents are on one host, where each has an address of its own (lab/local.py). Agents of which the inventory says no
credentials get those of the environment. Fails a test that says nothing of its lab, skips one that needs more agents than
there are.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from telesock.client import TelesockError
from telesock.client.lab import AsyncLab, Lab, Member
from telesock.client.lab.local import MOST, local_members, local_names
from telesock.client.testing.access import credentials_from

if TYPE_CHECKING:
    from telesock.client.testing.agents import LocalAgents
    from telesock.client.testing.evidence import Evidence

_MARKER = "@pytest.mark.telesock_lab(agents=3)"


@dataclass(frozen=True)
class WantedLab:
    """`where` and who said so, or else members; `least` is how many agents the test needs."""

    where: str = ""
    source: str = ""
    members: tuple[Member, ...] = ()
    least: int = 1


def wanted_lab(request: pytest.FixtureRequest, where: str, source: str) -> WantedLab:
    """Find out which lab a test is to have. Fails it where nothing says so."""
    marker = request.node.get_closest_marker("telesock_lab")
    names = () if marker is None else read_names(*marker.args, **marker.kwargs)
    if where:
        return WantedLab(where, source, least=len(names))
    if not names:
        pytest.fail(
            f"no lab for this test: name one by --telesock-lab WHERE, or mark it {_MARKER}", pytrace=False
        )
    agents: LocalAgents = request.getfixturevalue("telesock_local_agents")
    return WantedLab(members=local_members(names, [agent.target for agent in agents.take(len(names))]))


def read_names(agents: Any = None, *more: Any, **others: Any) -> tuple[str, ...]:
    """Read the marker: how many agents, or their names. Fails the test for anything else."""
    if more or others or isinstance(agents, bool):
        agents = None
    if isinstance(agents, int) and 1 <= agents <= MOST:
        return local_names(agents)
    if isinstance(agents, list | tuple) and agents and all(isinstance(name, str) for name in agents):
        return tuple(agents)
    pytest.fail(f"telesock_lab takes how many agents it has, or their names: {_MARKER}", pytrace=False)


@contextlib.contextmanager
def open_lab(wanted: WantedLab, evidence: "Evidence") -> Iterator[Lab]:
    """Open a lab for threads."""
    with contextlib.ExitStack() as stack:
        try:
            if wanted.where:
                lab = Lab.open(wanted.where, credentials=credentials_from(os.environ))
            else:
                lab = Lab(wanted.members)
            stack.enter_context(lab)
        except (TelesockError, OSError, ValueError) as error:
            _fail(wanted, error)
        _check_size(wanted, len(lab))
        evidence.labs.append(lab)
        yield lab


@contextlib.asynccontextmanager
async def open_async_lab(wanted: WantedLab, evidence: "Evidence") -> AsyncIterator[AsyncLab]:
    """Open a lab for asyncio, on the loop that runs."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            if wanted.where:
                lab = AsyncLab.open(wanted.where, credentials=credentials_from(os.environ))
            else:
                lab = AsyncLab(wanted.members)
            await stack.enter_async_context(lab)
        except (TelesockError, OSError, ValueError) as error:
            _fail(wanted, error)
        _check_size(wanted, len(lab))
        evidence.labs.append(lab)
        yield lab


def _fail(wanted: WantedLab, error: Exception) -> None:
    whose = f"{wanted.source} {wanted.where}" if wanted.where else "the lab of local agents"
    pytest.fail(f"{whose}: {error}", pytrace=False)


def _check_size(wanted: WantedLab, size: int) -> None:
    if size < wanted.least:
        pytest.skip(f"needs {wanted.least} agents, and {wanted.source} {wanted.where} has {size}")
