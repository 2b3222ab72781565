"""A socket of an identity's own lets in whom its file says, from the first moment on."""

import asyncio
import os
import shutil
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.identities import People, someone

from telesock.server.service import server as module
from telesock.server.service.identities import SocketFile
from telesock.server.service.server import CannotListen
from telesock.v1.agent_pb2 import GetAgentRequest
from telesock.v1.agent_pb2_grpc import AgentServiceStub

Start = Callable[..., Awaitable[RunningAgent]]


@pytest.fixture
async def agent(start_agent: Start) -> RunningAgent:
    return await start_agent(access=People(someone("ann")).access)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class Watched:
    """What changes a file, with a look at its mode before each change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.modes: list[int] = []
        self.done: list[tuple[Any, ...]] = []

    def umask(self, mask: int) -> int:
        return os.umask(mask)

    def chmod(self, path: str, mode: int) -> None:
        self.modes.append(mode_of(self._path))
        os.chmod(path, mode)

    def chown(self, path: str, **whose: Any) -> None:
        self.modes.append(mode_of(self._path))
        self.done.append((path, whose))


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
async def test_a_socket_file_has_the_mode_that_was_asked_for_and_is_never_wider_before(
    agent: RunningAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: int, mode: int
) -> None:
    path = tmp_path / "socket"
    watched = Watched(path)
    monkeypatch.setattr(module, "os", watched)
    monkeypatch.setattr(module, "shutil", watched)
    before = os.umask(mask)
    try:
        listening = agent.server.listen_for("ann", SocketFile(str(path), mode, "somebody", "some"))
        assert os.umask(mask) == mask
    finally:
        os.umask(before)

    assert listening == f"unix:{path}"
    assert watched.done == [(str(path), {"user": "somebody"}), (str(path), {"group": "some"})]
    assert [left & 0o077 for left in watched.modes] == [0, 0, 0]
    assert mode_of(path) == mode


async def test_a_socket_that_cannot_be_as_it_should_be_is_refused_and_the_mask_is_as_before(
    agent: RunningAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, **whose: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(shutil, "chown", refuse)
    before = os.umask(0o022)
    try:
        with pytest.raises(CannotListen) as caught:
            agent.server.listen_for("ann", SocketFile(f"{tmp_path}/socket", owner="root"))
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)

    assert str(caught.value) == f"cannot listen on unix:{tmp_path}/socket for ann: Operation not permitted"


async def test_a_socket_that_has_become_anothers_or_nobodys_lets_nobody_in(
    start_agent: Start, tmp_path: Path
) -> None:
    file = SocketFile(f"{tmp_path}/socket")
    people = People(someone("ann", socket=file))
    running = await start_agent(access=people.access)
    running.server.listen_for("ann", file)
    await running.server.start()
    found = []
    async with grpc.aio.insecure_channel(f"unix:{file.path}") as channel:
        ask = AgentServiceStub(channel).GetAgent
        found.append((await ask(GetAgentRequest())).agent.identity)
        for known in (
            someone("bob", socket=file),
            someone("ann", socket=file._replace(mode=0o666)),
            someone("bob"),
        ):
            people.become(running, known)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await asyncio.wait_for(ask(GetAgentRequest()), 10)
            found.append(caught.value.code().name)

    assert found == ["ann", "UNAUTHENTICATED", "UNAUTHENTICATED", "UNAUTHENTICATED"]
