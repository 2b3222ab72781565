"""`telesock listen`: a listener on an agent, and what its one connection, or each, is answered."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

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


async def test_with_keep_what_each_connection_sends_is_printed_one_after_the_other(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock("listen", "127.0.0.1:0", "--keep", agent=agent.address)
    port = await listening(program)
    first, second = await dial("127.0.0.1", port), await dial("127.0.0.1", port)
    second.send(b"second")
    first.send(b"first ")

    assert await program.stdout.readexactly(6) == b"first "
    first.finish()
    assert await program.stdout.readexactly(6) == b"second"

    program.interrupt()
    assert (await program.ended()).status == 130
    first.close()
    second.close()


async def test_a_connection_that_breaks_ends_no_other(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock("listen", "127.0.0.1:0", "--keep", "--echo", agent=agent.address)
    port = await listening(program)
    broken, whole = await dial("127.0.0.1", port), await dial("127.0.0.1", port)
    for _ in range(2):
        assert b"connected" in await program.stderr.readline()

    broken.reset()

    assert b"CONNECTION_RESET" in await program.stderr.readline()
    whole.send(b"still here")
    whole.finish()
    await whole.until_end()
    assert bytes(whole.received) == b"still here"
    program.interrupt()
    assert (await program.ended()).status == 130
    whole.close()


async def test_nobody_who_comes_in_time_ends_keeping_once_those_who_came_are_served(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock(
        "listen", "127.0.0.1:0", "--keep", "--echo", "--timeout", "1s", agent=agent.address
    )
    far = await dial("127.0.0.1", await listening(program))
    assert b"connected" in await program.stderr.readline()
    ending = asyncio.create_task(program.ended())
    while next(iter(agent.engine.sessions)).ledger.pending > 1:  # noqa: ASYNC110 - until the accept is over
        await asyncio.sleep(0.01)
    far.send(b"late")
    far.finish()
    await far.until_end()

    ended = await ending

    far.close()
    assert bytes(far.received) == b"late"
    assert ended == Ended(
        1, "", "telesock: accept: IO_TIMEOUT by a deadline in connect, the timeout passed\n"
    )


async def test_whoever_connects_is_reset(start_telesock: StartTelesock, agent: RunningAgent) -> None:
    program = await start_telesock("listen", "127.0.0.1:0", "--reject", agent=agent.address)
    far = await dial("127.0.0.1", await listening(program))

    await far.until_end()
    ended = await program.ended()

    assert far.saw_reset
    assert (ended.status, ended.stdout) == (0, "")
    assert re.fullmatch(r"telesock: rejected: 127\.0\.0\.1:\d+ ← 127\.0\.0\.1:\d+\n", ended.stderr)
    assert list(agent.engine.sessions) == []
    far.close()


async def test_nobody_to_reject_in_time_is_one_line(telesock: Telesock, agent: RunningAgent) -> None:
    ended = await telesock(
        "listen", "127.0.0.1:0", "-q", "--reject", "--timeout", "10ms", agent=agent.address
    )

    assert ended == Ended(1, "", "telesock: nobody has connected for 0.01 s\n")


async def test_a_unix_path_is_listened_on_and_connected_to(
    start_telesock: StartTelesock,
    telesock: Telesock,
    start_agent: Callable[..., Awaitable[RunningAgent]],
    tmp_path: Path,
) -> None:
    agent = await start_agent(allow=(f"unix:{tmp_path}/*",))
    where = f"unix:{tmp_path}/socket"
    program = await start_telesock("listen", where, "--echo", agent=agent.address)
    assert await program.stderr.readline() == f"telesock: listening on {where}\n".encode()

    connecting = await start_telesock("connect", where, "--quiet", agent=agent.address)

    assert await connecting.ended(b"over a path") == Ended(0, "over a path", "")
    assert (await program.ended()).status == 0


async def test_an_interrupt_while_waiting_leaves_nothing_in_a_session_that_goes_on(
    start_telesock: StartTelesock, telesock: Telesock, agent: RunningAgent
) -> None:
    owned = (await telesock("session", "open", agent=agent.address)).stdout.strip()
    program = await start_telesock("listen", "127.0.0.1:0", agent=agent.address, session=owned)
    await listening(program)

    program.interrupt()

    assert await program.ended() == Ended(130, "", "")
    assert agent.engine.sockets == 0
    assert len(list(agent.engine.sessions)) == 1


async def test_what_cannot_be_meant_is_said_before_anything_is_asked(telesock: Telesock) -> None:
    both = await telesock("listen", ":0", "--echo", "--discard")
    held = await telesock("listen", ":0", "--option", "conditional_accept=true")
    unknown = await telesock("listen", ":0", "--option", "nodelay=true")

    assert [each.status for each in (both, held, unknown)] == [2, 2, 2]
    assert "only one of --echo, --discard and --reject can be meant" in both.stderr
    assert "say --reject to reset them" in held.stderr
    assert "'nodelay' is no socket option; there are keep_alive, no_delay," in unknown.stderr
