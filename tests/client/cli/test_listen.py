"""`telesock listen`: a listener on an agent, and what its one connection, or each, is answered."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from tests.agents import RunningAgent
from tests.dialers import dial
from tests.programs import Ended, RunningProgram

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]


async def listening(program: RunningProgram) -> int:
    """Wait until the program says where it listens, and return the port."""
    line = (await program.stderr.readline()).decode()
    found = re.fullmatch(r"telesock: listening on 127\.0\.0\.1:(\d+)\n", line)
    assert found, line
    return int(found[1])


async def test_one_connection_is_printed_and_answered_with_stdin_and_then_it_ends(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock("listen", "127.0.0.1:0", agent=agent.address)
    far = await dial("127.0.0.1", await listening(program))
    far.send(b"question")
    far.finish()

    ended = await program.ended(b"answer")

    await far.until_end()
    assert (bytes(far.received), far.saw_fin) == (b"answer", True)
    assert (ended.status, ended.stdout) == (0, "question")
    assert list(agent.engine.sessions) == []
    far.close()


async def test_every_connection_is_echoed_until_the_program_is_interrupted(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock("listen", "127.0.0.1:0", "--keep", "--echo", agent=agent.address)
    port = await listening(program)
    peers = [await dial("127.0.0.1", port) for _ in range(3)]
    for number, far in enumerate(peers):
        far.send(b"%d" % number)
        far.finish()
    for number, far in enumerate(peers):
        await far.until_end()
        assert (bytes(far.received), far.saw_fin) == (b"%d" % number, True)

    program.interrupt()

    assert (await program.ended()).status == 130
    while list(agent.engine.sessions):  # noqa: ASYNC110 - its lease or its close: nobody is told
        await asyncio.sleep(0.01)
    for far in peers:
        far.close()


async def test_a_port_that_is_in_use_is_one_line_and_leaves_nothing_open(
    start_telesock: StartTelesock, telesock: Telesock, agent: RunningAgent
) -> None:
    program = await start_telesock("listen", "127.0.0.1:0", "--keep", "--discard", agent=agent.address)
    port = await listening(program)

    ended = await telesock("listen", f"127.0.0.1:{port}", agent=agent.address)

    assert (ended.status, ended.stdout) == (1, "")
    assert re.fullmatch(
        r"telesock: bind: ADDRESS_ALREADY_EXISTS by the agent's host in bind, EADDRINUSE.*\n", ended.stderr
    )
    assert agent.engine.sockets == 1


async def test_nobody_who_comes_in_time_is_an_io_timeout(telesock: Telesock, agent: RunningAgent) -> None:
    ended = await telesock("listen", "127.0.0.1:0", "-q", "--timeout", "10ms", agent=agent.address)

    assert ended == Ended(
        1, "", "telesock: accept: IO_TIMEOUT by a deadline in connect, the timeout passed\n"
    )


async def test_a_unix_path_outside_the_policy_is_denied_in_one_line(
    telesock: Telesock, agent: RunningAgent
) -> None:
    ended = await telesock("listen", "unix:/nowhere/socket", agent=agent.address)

    assert ended.status == 1
    assert "policy does not allow unix:/nowhere/socket; the agent's --allow says" in ended.stderr


async def test_what_cannot_be_meant_is_said_before_anything_is_asked(telesock: Telesock) -> None:
    both = await telesock("listen", ":0", "--echo", "--discard")
    keep = await telesock("listen", ":0", "--keep")
    unknown = await telesock("listen", ":0", "--option", "nodelay=true")

    assert [each.status for each in (both, keep, unknown)] == [2, 2, 2]
    assert "--echo and --discard cannot both be meant" in both.stderr
    assert "--keep needs --echo or --discard" in keep.stderr
    assert "'nodelay' is no socket option; there are keep_alive, no_delay," in unknown.stderr
