"""`telesock udp`: lines as datagrams to a peer, and datagrams that arrive."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.programs import Ended, RunningProgram

from telesock.client.cli.datagrams import shown

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]


def peer() -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.bind(("127.0.0.1", 0))
    found.settimeout(20)
    return found


async def test_each_line_is_a_datagram_and_answers_are_printed(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    with peer() as far:
        host, port = far.getsockname()
        program = await start_telesock("udp", f"{host}:{port}", "--timeout", "1s", agent=agent.address)
        ending = asyncio.create_task(program.ended(b"one\ntwo"))
        for expected in (b"one", b"two"):
            data, source = await asyncio.to_thread(far.recvfrom, 100)
            assert data == expected
            far.sendto(data.upper(), source)

        ended = await ending

    assert ended == Ended(0, "ONE\nTWO\n", "telesock: sent 2 datagrams\n")
    assert list(agent.engine.sessions) == []


async def test_what_arrives_is_printed_with_its_source_and_echoed(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock(
        "udp", "--listen", "--echo", "--count", "1", "127.0.0.1:0", agent=agent.address
    )
    line = (await program.stderr.readline()).decode()
    found = re.fullmatch(r"telesock: receiving on 127\.0\.0\.1:(\d+)\n", line)
    assert found, line
    with peer() as far:
        far.sendto(b"hello", ("127.0.0.1", int(found[1])))
        assert await asyncio.to_thread(far.recv, 100) == b"hello"
        port = far.getsockname()[1]

    assert await program.ended() == Ended(0, f"127.0.0.1:{port} hello\n", "")


async def test_a_destination_outside_the_policy_is_one_line(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock("udp", "10.1.2.3:9", agent=agent.address)

    ended = await program.ended(b"x\n")

    assert ended == Ended(
        1,
        "",
        "telesock: policy does not allow 10.1.2.3 port 9; the agent's --allow says where sockets may go, "
        "10.1.2.3:9 for example\n",
    )


async def test_all_of_stdin_is_one_datagram_and_the_answers_are_enough_when_they_are_counted(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    with peer() as far:
        port = far.getsockname()[1]
        arguments = ("--datagram", "--count", "1", "--timeout", "20s", "--quiet")
        program = await start_telesock("udp", f"127.0.0.1:{port}", *arguments, agent=agent.address)
        ending = asyncio.create_task(program.ended(b"one\ntwo\n"))
        data, source = await asyncio.to_thread(far.recvfrom, 100)
        far.sendto(b"\x00\n\xff", source)

        assert await ending == Ended(0, "\x00\n\xff", "")
    assert data == b"one\ntwo\n"


async def test_a_name_is_resolved_by_the_agent(start_telesock: StartTelesock, agent: RunningAgent) -> None:
    with peer() as far:
        port = far.getsockname()[1]
        arguments = ("--local", "127.0.0.1", "--timeout", "1ms", "--quiet")
        program = await start_telesock("udp", f"localhost:{port}", *arguments, agent=agent.address)

        assert await program.ended(b"hello\n") == Ended(0, "", "")
        assert far.recv(100) == b"hello"


async def test_fewer_answers_than_were_counted_on_are_a_failure(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    with peer() as far:
        port = far.getsockname()[1]
        arguments = ("--count", "2", "--timeout", "10ms", "--quiet")
        program = await start_telesock("udp", f"127.0.0.1:{port}", *arguments, agent=agent.address)

        ended = await program.ended(b"x\n")

    assert ended == Ended(1, "", "telesock: fewer than 2 answers have come in 0.01 s\n")


async def test_a_line_that_no_datagram_holds_is_not_sent(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    program = await start_telesock("udp", "127.0.0.1:9", agent=agent.address)

    ended = await program.ended(bytes(100_000))

    assert ended == Ended(1, "", "telesock: a datagram holds at most 65527 bytes\n")


async def test_no_datagram_in_time_is_an_io_timeout(telesock: Telesock, agent: RunningAgent) -> None:
    ended = await telesock("udp", "--listen", ":0", "-q", "--timeout", "10ms", agent=agent.address)

    assert ended == Ended(
        1, "", "telesock: receive from: IO_TIMEOUT by a deadline in receive, the timeout passed\n"
    )


async def test_a_group_is_joined_and_its_datagrams_are_printed(
    start_telesock: StartTelesock, agent: RunningAgent
) -> None:
    arguments = ("--listen", ":0", "--join", "239.77.1.2%lo", "--count", "1")
    program = await start_telesock("udp", *arguments, agent=agent.address)
    line = (await program.stderr.readline()).decode()
    port = int(line.rpartition(":")[2])
    with peer() as far:
        far.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        far.sendto(b"to all", ("239.77.1.2", port))
        source = far.getsockname()[1]

        assert await program.ended() == Ended(0, f"127.0.0.1:{source} to all\n", "")


async def test_broadcast_lets_datagrams_go_to_all(
    start_telesock: StartTelesock, start_agent: Callable[..., Awaitable[RunningAgent]]
) -> None:
    agent = await start_agent(allow=("255.255.255.255/32",))
    without, allowed = [
        await start_telesock("udp", "255.255.255.255:9", "-q", "--timeout", "1ms", *more, agent=agent.address)
        for more in ([], ["--broadcast"])
    ]

    refused, sent = await without.ended(b"x"), await allowed.ended(b"x")

    assert "ACCESS_DENIED" in refused.stderr
    assert "ACCESS_DENIED" not in sent.stderr


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a line\n", "a line"),
        ("größer".encode(), "größer"),
        (b"two\nlines", r"'two\nlines'"),
        (b"\xff" * 30, "'" + r"\xff" * 30 + "'"),
        (b"", ""),
    ],
)
def test_a_datagram_is_shown_whole_and_without_loss(data: bytes, text: str) -> None:
    assert shown(data) == text


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("unix:/run/x",), "datagrams go to HOST:PORT"),
        (("127.0.0.1:0",), "with a port from 1 to 65535"),
        (("127.0.0.1:9", "--echo"), "--echo needs --listen"),
        (("127.0.0.1:9", "--listen", "--datagram"), "--datagram sends stdin"),
        (("127.0.0.1:9", "--listen", "--local", "127.0.0.1"), "leave out --local"),
    ],
)
async def test_what_cannot_be_meant_is_said_before_anything_is_asked(
    telesock: Telesock, arguments: tuple[str, ...], problem: str
) -> None:
    ended = await telesock("udp", *arguments)

    assert (ended.status, ended.stdout) == (2, "")
    assert problem in ended.stderr
