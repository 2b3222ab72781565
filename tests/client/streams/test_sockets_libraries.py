"""What other people's libraries do with a socket through an agent: ssl, http.client, asyncio, redis-py, pg8000."""

import asyncio
import http.client
import http.server
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pg8000.exceptions
import pg8000.native
import pytest
import redis
import redis.connection
from tests.authorities import Authority
from tests.client.streams.endings import read_all
from tests.wire.servers import needs, postgresql, redis_server

from telesock.client import Session
from telesock.client.streams.sockets import as_socket, open_socket

Threaded = Callable[..., Awaitable[Any]]
LARGE = bytes(range(256)) * 8192


class Contexts:
    """TLS of a server named localhost, and of a client that trusts it."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        signed = authority.sign("localhost")
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(signed.certificate, signed.key)
        self.client = ssl.create_default_context(cafile=str(authority.ca))


@pytest.fixture
def contexts(tmp_path: Path) -> Contexts:
    return Contexts(tmp_path / "authority")


def echo(encrypted: ssl.SSLSocket) -> None:
    """Send back what arrives until the other end has no more to say, and end as TLS ends."""
    with encrypted:
        while data := encrypted.recv(65536):
            encrypted.sendall(data)
        encrypted.unwrap().close()


def converse(encrypted: ssl.SSLSocket) -> bytes:
    """Send a lot and read it back, both at once, and end as TLS ends."""
    sending = threading.Thread(target=encrypted.sendall, args=[LARGE])
    sending.start()
    read = bytearray()
    while len(read) < len(LARGE):
        read += encrypted.recv(65536)
    sending.join()
    encrypted.unwrap().close()
    return bytes(read)


async def test_ssl_runs_on_it_as_a_client(threaded: Threaded, contexts: Contexts) -> None:
    def program(session: Session) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            near = open_socket(session, *listener.getsockname())
            far, _ = listener.accept()
        serving = threading.Thread(target=lambda: echo(contexts.server.wrap_socket(far, server_side=True)))
        serving.start()
        encrypted = contexts.client.wrap_socket(near, server_hostname="localhost")
        assert converse(encrypted) == LARGE
        serving.join()

    await threaded(program)


async def test_ssl_runs_on_it_as_a_server(threaded: Threaded, contexts: Contexts) -> None:
    def program(session: Session) -> None:
        listener = session.listen().result()
        assert listener.local is not None
        far = socket.create_connection((listener.local.host, listener.local.port))
        near = as_socket(listener.accept().result())
        serving = threading.Thread(target=lambda: echo(contexts.server.wrap_socket(near, server_side=True)))
        serving.start()
        assert converse(contexts.client.wrap_socket(far, server_hostname="localhost")) == LARGE
        serving.join()

    await threaded(program)


async def test_a_certificate_that_is_not_trusted_is_refused_by_ssl(
    threaded: Threaded, contexts: Contexts
) -> None:
    def serve(far: socket.socket) -> None:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            contexts.server.wrap_socket(far, server_side=True)

    def program(session: Session) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            near = open_socket(session, *listener.getsockname())
            far, _ = listener.accept()
        serving = threading.Thread(target=serve, args=[far])
        serving.start()
        with pytest.raises(ssl.SSLCertVerificationError), near:
            ssl.create_default_context().wrap_socket(near, server_hostname="localhost")
        serving.join()
        far.close()

    await threaded(program)


class _Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class AgentHTTPConnection(http.client.HTTPConnection):
    """One of http.client's whose connections an agent makes."""

    def __init__(self, session: Session, host: str, port: int) -> None:
        super().__init__(host, port)
        self._session = session

    def connect(self) -> None:
        self.sock = open_socket(self._session, self.host, self.port)


async def test_http_client_asks_twice_on_one_connection(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        with http.server.HTTPServer(("127.0.0.1", 0), _Echo) as web:
            serving = threading.Thread(target=web.serve_forever, args=[0.01])
            serving.start()
            connection = AgentHTTPConnection(session, "127.0.0.1", web.server_port)
            read = []
            for body in (b"first", LARGE):
                connection.request("POST", "/", body)
                read.append(connection.getresponse().read())
            connection.close()
            web.shutdown()
            serving.join()

        assert read == [b"first", LARGE]

    await threaded(program)


async def test_asyncio_takes_it(threaded: Threaded) -> None:
    async def talk(near: socket.socket) -> bytes:
        near.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=near)
        writer.write(LARGE)
        writer.write_eof()
        read = await reader.read()
        writer.close()
        await writer.wait_closed()
        return read

    def answer(far: socket.socket) -> None:
        with far:
            far.sendall(b"%d bytes" % len(read_all(far)))

    def program(session: Session) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            near = open_socket(session, *listener.getsockname())
            far, _ = listener.accept()
        answering = threading.Thread(target=answer, args=[far])
        answering.start()
        assert asyncio.run(talk(near)) == b"%d bytes" % len(LARGE)
        answering.join()

    await threaded(program)


class AgentRedisConnection(redis.connection.Connection):
    """One of redis-py's whose connections an agent makes."""

    def __init__(self, session: Session, **settings: Any) -> None:
        super().__init__(**settings)  # type: ignore[no-untyped-call]  # redis-py does not say
        self._session = session

    def _connect(self) -> socket.socket:
        made = open_socket(self._session, self.host, self.port, timeout=self.socket_connect_timeout)
        made.settimeout(self.socket_timeout)
        return made


@needs("redis-server")
async def test_redis_py_makes_its_connections_of_it(threaded: Threaded, tmp_path: Path) -> None:
    def program(session: Session, port: int) -> None:
        pool = redis.ConnectionPool(AgentRedisConnection, session=session, host="localhost", port=port)
        with redis.Redis(connection_pool=pool) as client:
            client.set("large", LARGE)
            with client.pipeline() as several:
                for _ in range(100):
                    several.incr("count")
                counted = several.execute()
            large = client.get("large")
        pool.disconnect()

        assert (counted, large) == (list(range(1, 101)), LARGE)

    async with redis_server(tmp_path) as place:
        await threaded(program, place.port)


@needs("postgres")
async def test_pg8000_makes_its_connection_of_it(threaded: Threaded) -> None:
    def program(session: Session, port: int) -> None:
        near, database = _database(session, port)
        with database:
            rows = database.run("SELECT n, repeat('x', 1000) FROM generate_series(1, 2000) AS n")
        near.close()

        assert [row[0] for row in rows] == list(range(1, 2001))

    async with postgresql() as place:
        await threaded(program, place.port)


def _database(session: Session, port: int) -> tuple[socket.socket, pg8000.native.Connection]:
    """Connect to a database, which may listen before it has started."""
    while True:
        near = open_socket(session, "localhost", port)
        try:
            return near, pg8000.native.Connection("postgres", database="postgres", sock=near)
        except pg8000.exceptions.DatabaseError as error:
            near.close()
            if error.args[0]["C"] != "57P03":  # cannot connect now
                raise
