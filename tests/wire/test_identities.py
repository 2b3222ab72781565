"""The identity file of an agent that is a process, changed while it runs; and sockets that are one identity's own."""

import asyncio
import grp
import os
import pwd
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.agents import AgentProcess
from tests.identities import replace, someone, token_of
from tests.programs import start_program

from telesock.client import AsyncClient, AsyncSession, Credentials, EventStream, Rejected, SessionLost
from telesock.server.core.identity import Role
from telesock.server.service.identities import SocketFile
from telesock.v1.events_pb2 import Event

StartAgent = Callable[..., Awaitable[AgentProcess]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "identities.toml"
    replace(path, someone("ann"), someone("bob"), someone("eve", Role.OBSERVER))
    return path


@pytest.fixture
async def process(start_agent_process: StartAgent, path: Path) -> AgentProcess:
    return await start_agent_process("--identities", str(path))


def client_of(process: AgentProcess, token: str) -> AsyncClient:
    return AsyncClient(process.address, credentials=Credentials(token=token))


@pytest.fixture
async def ann(process: AgentProcess) -> AsyncIterator[AsyncClient]:
    async with client_of(process, token_of("ann")) as connected:
        yield connected


async def turned_away(process: AgentProcess, token: str) -> str:
    """Why a token is none."""
    async with client_of(process, token) as client:
        with pytest.raises(Rejected) as caught:
            await client.get_agent()
    return caught.value.reason


# Tokens


async def test_a_token_is_replaced_while_both_are_known_and_takes_its_streams_with_it_but_no_session(
    process: AgentProcess, path: Path, ann: AsyncClient
) -> None:
    others = (someone("bob"),)
    async with ann.session() as session:
        await session.datagram()
        replace(path, someone("ann", tokens=[token_of("ann"), "new"]), *others)
        await process.logged("identities_reloaded")
        async with client_of(process, "new") as newer:
            assert [(await each.get_agent()).identity for each in (ann, newer)] == ["ann", "ann"]
            await session.datagram()
            assert session.lost is None

            replace(path, someone("ann", tokens=["new"]), *others)
            await process.logged("identities_reloaded", 2)

            assert await turned_away(process, token_of("ann")) == "CREDENTIALS_UNKNOWN"
            assert await _cause_of_loss(session) == "CREDENTIALS_UNKNOWN"
            [listed] = await newer.list_sessions()
            assert (listed.session_id, listed.identity, listed.sockets) == (session.session_id, "ann", 2)
            async with newer.attach_session(session.session_id, session.session_token) as again:
                await again.datagram()


async def test_a_wrong_token_is_one_line_on_the_command_line(process: AgentProcess, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("telesock_wrong\n")
    running = await start_program(
        "agent", "info", agent=process.address, variables={"TELESOCK_TOKEN_FILE": str(file)}
    )

    assert await running.ended() == (
        1,
        "",
        "telesock: the token or certificate is none that this agent knows; its file of identities says which are\n",
    )
    entry = await process.logged("authentication_failed")
    assert entry["reason"] == "CREDENTIALS_UNKNOWN"
    assert "telesock_wrong" not in "".join(process.log)


# Identities that are taken away


async def _read_to_its_end(stream: EventStream) -> None:
    async for _ in stream:
        pass


async def _cause_of_loss(session: AsyncSession) -> str:
    while session.lost is None:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.01)
    return session.lost.cause


async def test_an_identity_that_is_removed_loses_its_sessions_and_nobody_else_does(
    process: AgentProcess, path: Path, ann: AsyncClient
) -> None:
    async with client_of(process, token_of("bob")) as bob, bob.session() as his, ann.session() as hers:
        await asyncio.gather(his.datagram(), hers.datagram())
        replace(path, someone("bob"))

        await _read_to_its_end(hers.events())
        assert await _cause_of_loss(hers) == "CLOSED"
        await his.datagram()
        assert await turned_away(process, token_of("ann")) == "CREDENTIALS_UNKNOWN"
        assert len(await bob.list_sessions()) == 1


async def test_an_owner_that_may_only_observe_from_now_on_loses_its_sessions(
    process: AgentProcess, path: Path, ann: AsyncClient
) -> None:
    async with ann.session() as session:
        await session.datagram()
        replace(path, someone("ann", Role.OBSERVER))

        assert await _cause_of_loss(session) == "CLOSED"
        with pytest.raises(Rejected) as caught:
            async with ann.session():
                pass
    assert caught.value.reason == "ROLE_NOT_ALLOWED"


async def test_an_owner_that_becomes_administrator_keeps_its_sessions_and_streams(
    process: AgentProcess, path: Path, ann: AsyncClient
) -> None:
    async with ann.session() as session:
        events = session.events()
        await session.datagram()
        replace(path, someone("ann", Role.ADMINISTRATOR))
        await process.logged("identities_reloaded")
        await session.datagram()

        assert session.lost is None
        told = [await anext(events) for _ in range(2)]
        assert [each.sequence for each in told if isinstance(each, Event)] == [1, 2]
        await events.aclose()


async def test_sighup_reads_a_changed_file_at_once_and_leaves_the_agent_running(
    process: AgentProcess, path: Path, ann: AsyncClient
) -> None:
    replace(path, someone("bob"))
    process.process.send_signal(1)
    await process.logged("identities_reloaded")

    assert await turned_away(process, token_of("ann")) == "CREDENTIALS_UNKNOWN"
    process.process.send_signal(1)
    async with client_of(process, token_of("bob")) as bob:
        assert (await bob.get_agent()).identity == "bob"


def _break(path: Path) -> None:
    path.write_text('[[identities]]\nname = "ann"\ntokens = ["telesock_plain"]\n')


async def test_a_broken_file_keeps_who_was_known(process: AgentProcess, path: Path, ann: AsyncClient) -> None:
    async with ann.session() as session:
        await session.datagram()
        _break(path)
        entry = await process.logged("identities_not_reloaded")
        await session.datagram()

        assert session.lost is None
    assert "telesock_plain" not in str(entry)
    assert (await ann.get_agent()).identity == "ann"


# Sockets that are one identity's own


def group_of_nobody() -> str:
    return grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name


def mode_of(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


_CONNECT = """
import os, socket, sys
path, user, group = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.setgroups([]); os.setgid(group); os.setuid(user)
with socket.socket(socket.AF_UNIX) as connecting:
    try:
        connecting.connect(path)
    except OSError as error:
        print(error.strerror)
    else:
        print("connected")
"""


def connects(path: str, user: str) -> str:
    """What becomes of a connect by another user."""
    ids = pwd.getpwnam(user)
    command = (sys.executable, "-c", _CONNECT, path, str(ids.pw_uid), str(ids.pw_gid))
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that everybody can enter, below others that need not be so."""
    folder = Path("/tmp") / f"telesock-{os.getpid()}-{tmp_path.name}"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    yield folder
    for left in folder.iterdir():
        left.unlink()
    folder.rmdir()


async def test_whoever_comes_through_an_identitys_socket_is_that_identity(
    start_agent_process: StartAgent, path: Path, folder: Path
) -> None:
    mine, hers = f"{folder}/mine", f"{folder}/hers"
    replace(
        path,
        someone("me", Role.OBSERVER, tokens=[], socket=SocketFile(mine)),
        someone("her", socket=SocketFile(hers, 0o660)),
    )
    process = await start_agent_process("--identities", str(path))
    started = await process.logged("agent_started")

    assert started["listen"] == [process.address, f"unix:{mine}", f"unix:{hers}"]
    assert [mode_of(each) for each in (mine, hers)] == [0o600, 0o660]
    for file, name in ((mine, "me"), (hers, "her")):
        async with AsyncClient(f"unix:{file}") as client:
            assert (await client.get_agent()).identity == name
    async with AsyncClient(f"unix:{mine}", credentials=Credentials(token=token_of("her"))) as client:
        assert (await client.get_agent()).identity == "her"
    async with AsyncClient(process.address) as client:
        with pytest.raises(Rejected) as caught:
            await client.get_agent()
    assert caught.value.reason == "CREDENTIALS_MISSING"


async def test_a_socket_that_is_taken_from_its_identity_lets_nobody_in_any_more(
    start_agent_process: StartAgent, path: Path, folder: Path
) -> None:
    file = f"{folder}/socket"
    replace(path, someone("ann", socket=SocketFile(file)))
    process = await start_agent_process("--identities", str(path))
    async with AsyncClient(f"unix:{file}") as client:
        assert (await client.get_agent()).identity == "ann"
        replace(path, someone("ann"))
        await process.logged("identities_reloaded")
        with pytest.raises(Rejected) as caught:
            await client.get_agent()
    assert caught.value.reason == "CREDENTIALS_MISSING"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
async def test_the_socket_file_decides_who_comes_in(
    start_agent_process: StartAgent, path: Path, folder: Path
) -> None:
    closed, theirs, grouped = (f"{folder}/{name}" for name in ("closed", "theirs", "grouped"))
    replace(
        path,
        someone("a", tokens=[], socket=SocketFile(closed)),
        someone("b", tokens=[], socket=SocketFile(theirs, 0o600, owner="nobody")),
        someone("c", tokens=[], socket=SocketFile(grouped, 0o660, group=group_of_nobody())),
    )
    await start_agent_process("--identities", str(path))

    found = [await asyncio.to_thread(connects, file, "nobody") for file in (closed, theirs, grouped)]
    assert found == ["Permission denied", "connected", "connected"]
    assert await asyncio.to_thread(connects, theirs, "daemon") == "Permission denied"
    owners = [(os.stat(file).st_uid, os.stat(file).st_gid) for file in (closed, theirs, grouped)]
    nobody = pwd.getpwnam("nobody")
    assert owners == [(0, 0), (nobody.pw_uid, 0), (0, nobody.pw_gid)]


async def test_an_identitys_socket_that_cannot_be_made_ends_the_start_with_one_line(
    path: Path, folder: Path
) -> None:
    file = f"{folder}/none/socket"
    replace(path, someone("ann", socket=SocketFile(file)))

    ran = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "telesock.server",
        *("--listen", "127.0.0.1:0", "--identities", str(path)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, stderr = await ran.communicate()

    assert ran.returncode == 1
    assert stderr.decode().splitlines()[-1] == (
        f"telesock-agent: cannot listen on unix:{file} for ann: "
        "it is in use, or its folder is not there, or closed to this user"
    )
    assert "Traceback" not in stderr.decode()


async def test_a_session_in_hand_is_of_no_use_to_another_identity(
    process: AgentProcess, ann: AsyncClient
) -> None:
    async with ann.session() as session, client_of(process, token_of("bob")) as bob:
        with pytest.raises(SessionLost) as caught:
            await _take_up(bob, session)
        assert caught.value.cause == "SESSION_UNKNOWN"
        await session.datagram()


async def _take_up(client: AsyncClient, session: AsyncSession) -> None:
    async with client.attach_session(session.session_id, session.session_token):
        pass
