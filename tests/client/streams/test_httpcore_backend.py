"""HTTP through an agent: httpx and httpcore against a real HTTPS server, the name resolved at the agent."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpcore
import httpx
import pytest
from tests.agents import RunningAgent
from tests.authorities import Authority
from tests.client.streams.waiting import until
from tests.peers import Peer

from telesock.client import (
    AsyncClient,
    AsyncSession,
    ConnectDelay,
    EventKind,
    Latency,
)
from telesock.client.streams.httpcore_backend import AgentBackend, AgentTransport

MakePeer = Callable[..., Peer]
LARGE = bytes(range(256)) * 8192


class Web:
    """A server of HTTP/1.1 with TLS that keeps connections: /large is large, what is posted comes back."""

    def __init__(self, authority: Authority) -> None:
        pair = authority.sign("localhost")
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(pair.certificate, pair.key)
        self.trusting = ssl.create_default_context(cafile=str(authority.ca))
        self.connections = 0

    async def __aenter__(self) -> "Web":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        length = sum(int(line.split(":")[1]) for line in head if line.lower().startswith("content-length"))
        path, body = head[0].split()[1], await reader.readexactly(length)
        answer = LARGE if path == "/large" else body
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
        await writer.drain()
        return True


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    async with Web(Authority(tmp_path / "authority")) as serving:
        yield serving


async def test_httpx_gets_and_posts_and_keeps_its_connection(session: AsyncSession, web: Web) -> None:
    async with httpx.AsyncClient(transport=AgentTransport(session, verify=web.trusting)) as browser:
        got = await browser.get(web.url("/large"))
        posted = await browser.post(web.url("/"), content=LARGE)

    assert (got.status_code, got.content, posted.content) == (200, LARGE, LARGE)
    assert web.connections == 1


async def test_the_agent_resolves_the_name_and_its_faults_act(session: AsyncSession, web: Web) -> None:
    faults = [Latency(0.001)]
    async with httpx.AsyncClient(
        transport=AgentTransport(session, verify=web.trusting, faults=faults)
    ) as browser:
        await browser.get(web.url("/"))

    async for event in session.events(kinds=[EventKind.FAULT_FIRED]):
        assert event.WhichOneof("body") == "fault_fired"
        break


async def test_many_at_once_have_a_connection_each(session: AsyncSession, web: Web) -> None:
    async with httpx.AsyncClient(transport=AgentTransport(session, verify=web.trusting)) as browser:
        answers = await asyncio.gather(*(browser.get(web.url("/large")) for _ in range(8)))

    assert [len(answer.content) for answer in answers] == [len(LARGE)] * 8
    assert web.connections == 8


async def test_a_connection_that_the_server_has_ended_is_not_used_again(
    session: AsyncSession, peer: MakePeer, agent: RunningAgent
) -> None:
    listening = peer()
    url, answer = f"http://127.0.0.1:{listening.port}/", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    transport = AgentTransport(session, limits=httpx.Limits(keepalive_expiry=None))
    async with httpx.AsyncClient(transport=transport) as browser:
        for _ in range(2):
            getting = asyncio.ensure_future(browser.get(url))
            far = await listening.accepted()
            far.send(answer)
            assert (await getting).status_code == 200
            far.finish()
            await until(lambda: all(each.has_expired() for each in transport._pool.connections))

    await until(lambda: agent.engine.sockets == 0)


async def test_a_server_that_is_not_trusted_is_told_as_httpx_tells_it(
    session: AsyncSession, web: Web, agent: RunningAgent
) -> None:
    async with httpx.AsyncClient(transport=AgentTransport(session)) as browser:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await browser.get(web.url("/"))

    await until(lambda: agent.engine.sockets == 0)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1/", "CONNECTION_REFUSED"),
        ("http://no-such.invalid/", "NO_MATCH"),
        ("http://10.1.2.3/", "policy does not allow"),
    ],
)
async def test_who_cannot_be_reached_is_a_connect_error(session: AsyncSession, url: str, told: str) -> None:
    async with httpx.AsyncClient(transport=AgentTransport(session)) as browser:
        with pytest.raises(httpx.ConnectError, match=told):
            await browser.get(url)


async def test_a_reset_in_the_middle_is_a_read_error(session: AsyncSession, peer: MakePeer) -> None:
    listening = peer()
    async with httpx.AsyncClient(transport=AgentTransport(session)) as browser:
        getting = asyncio.ensure_future(browser.get(f"http://127.0.0.1:{listening.port}/"))
        far = await listening.accepted()
        await far.until_bytes(1)
        far.reset()
        with pytest.raises(httpx.ReadError, match="CONNECTION_RESET"):
            await getting


async def test_a_server_that_says_nothing_is_a_read_timeout(session: AsyncSession, peer: MakePeer) -> None:
    listening = peer()
    async with httpx.AsyncClient(
        transport=AgentTransport(session), timeout=httpx.Timeout(5, read=0.01)
    ) as browser:
        with pytest.raises(httpx.ReadTimeout):
            await browser.get(f"http://127.0.0.1:{listening.port}/")


async def test_who_does_not_take_what_is_sent_is_a_write_timeout(
    session: AsyncSession, peer: MakePeer
) -> None:
    listening = peer(reading=False, receive_buffer=4096)
    async with httpx.AsyncClient(
        transport=AgentTransport(session, options={"send_buffer_bytes": 4096}),
        timeout=httpx.Timeout(5, write=0.05),
    ) as browser:
        with pytest.raises(httpx.WriteTimeout):
            await browser.post(f"http://127.0.0.1:{listening.port}/", content=bytes(4 << 20))


async def test_a_connect_that_takes_too_long_is_a_connect_timeout(
    session: AsyncSession, agent: RunningAgent
) -> None:
    transport = AgentTransport(session, faults=[ConnectDelay(60)])
    async with httpx.AsyncClient(transport=transport, timeout=0.01) as browser:
        with pytest.raises(httpx.ConnectTimeout):
            await browser.get("http://127.0.0.1:9/")

    await until(lambda: agent.engine.sockets == 0)


async def test_httpcore_knows_both_ends_and_binds_the_near_one(session: AsyncSession, peer: MakePeer) -> None:
    listening = peer()

    stream = await AgentBackend(session).connect_tcp("127.0.0.1", listening.port, local_address="127.0.0.2")
    far = await listening.accepted()

    assert stream.get_extra_info("client_addr") == far.remote
    assert far.remote[0] == "127.0.0.2"
    assert stream.get_extra_info("server_addr") == far.local
    assert (stream.get_extra_info("ssl_object"), stream.get_extra_info("socket")) == (None, None)
    await stream.aclose()


async def test_a_path_on_the_agents_host_is_a_place_too(
    start_agent: Callable[..., Awaitable[RunningAgent]], peer: MakePeer, tmp_path: Path
) -> None:
    running = await start_agent(allow=[f"unix:{tmp_path}/*"])
    listening = peer(f"unix:{tmp_path}/socket")
    async with AsyncClient(running.address) as client, client.session() as session:
        backend = AgentBackend(session)

        stream = await backend.connect_unix_socket(f"{tmp_path}/socket")
        await stream.write(b"hello")
        await (await listening.accepted()).until_received(b"hello")
        await stream.aclose()
        with pytest.raises(httpcore.ConnectError, match="does not allow"):
            await backend.connect_unix_socket("/elsewhere")


async def test_socket_options_of_this_host_are_refused(session: AsyncSession) -> None:
    with pytest.raises(ValueError, match="name options of AgentBackend instead"):
        await AgentBackend(session).connect_tcp("127.0.0.1", 9, socket_options=[(6, 1, 1)])


def test_without_httpx_one_line_says_what_to_install() -> None:
    program = "import sys; sys.modules['httpx'] = None; import telesock.client.streams.httpcore_backend"

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert ended.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: httpx is not installed; this needs the extra: pip install 'telesock[httpx]'"
    )
