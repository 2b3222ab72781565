"""What a client says of an address at which something else is than an agent, or an agent that it cannot talk to."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest
from tests.authorities import Authority
from tests.strangers import closing, grpc_server, saying, silent, tcp_server, web_server

from telesock.client import AgentUnavailable, AsyncClient, Credentials, Rejected
from telesock.client.channels import Options

Serve = Callable[[], AbstractAsyncContextManager[str]]

_OTHER = "ADDRESS answers, but not as a Telesock agent: "
_ABSENT = "no answer from an agent at ADDRESS: "


async def failure(address: str, credentials: Credentials, options: Options = ()) -> tuple[str, str]:
    """How the first call of a client fails: the exception, and its text without the address."""
    async with AsyncClient(address, credentials=credentials, options=options) as client:
        with pytest.raises((AgentUnavailable, Rejected)) as raised:
            await client.get_agent()
    return type(raised.value).__name__, str(raised.value).replace(address, "ADDRESS")


@pytest.mark.parametrize(
    ("serve", "kind", "line"),
    [
        (web_server, "AgentUnavailable", f"{_OTHER}it speaks HTTP/1, as a web server does"),
        (
            partial(tcp_server, saying(b"SSH-2.0-OpenSSH_9.2\r\n")),
            "AgentUnavailable",
            f"{_OTHER}it speaks SSH",
        ),
        (
            partial(tcp_server, saying(b"220 lab ESMTP\r\n")),
            "AgentUnavailable",
            f"{_OTHER}it speaks no HTTP/2",
        ),
        (
            grpc_server,
            "Rejected",
            f"{_OTHER}it is another gRPC server, or an agent too old for what was asked "
            "(UNIMPLEMENTED: Method not found!)",
        ),
        (
            partial(tcp_server, closing),
            "AgentUnavailable",
            f"{_ABSENT}it closes the connection at once: it wants TLS (give `tls` or `ca`), or it is no Telesock agent, "
            "or a forwarded port with none behind it",
        ),
    ],
    ids=["web", "SSH", "mail", "gRPC", "closing"],
)
async def test_what_is_no_agent_is_told_by_what_it_does(serve: Serve, kind: str, line: str) -> None:
    async with serve() as address:
        assert await failure(address, Credentials()) == (kind, line)


@pytest.mark.parametrize(
    ("serve", "kind", "line"),
    [
        (
            web_server,
            "AgentUntrusted",
            f"{_ABSENT}it does not speak TLS: leave `tls` and `ca` away, or it is no Telesock agent",
        ),
        (
            partial(tcp_server, closing),
            "AgentUnavailable",
            f"{_ABSENT}it closes the connection before TLS begins: it is no Telesock agent, or a forwarded port with none "
            "behind it",
        ),
    ],
    ids=["web", "closing"],
)
async def test_what_is_no_agent_is_told_by_what_it_does_when_it_is_asked_for_tls(
    tmp_path: Path, serve: Serve, kind: str, line: str
) -> None:
    ca = Authority(tmp_path / "lab").ca
    async with serve() as address:
        assert await failure(address, Credentials(ca=ca)) == (kind, line)


async def test_another_server_with_tls_is_told_by_what_it_speaks_in_it(tmp_path: Path) -> None:
    lab = Authority(tmp_path / "lab")
    async with tcp_server(silent, lab.sign("127.0.0.1")) as address:
        assert await failure(address, Credentials(ca=lab.ca)) == (
            "AgentUnavailable",
            f"{_OTHER}it speaks TLS, but no HTTP/2",
        )


@pytest.mark.parametrize("encrypted", [False, True])
async def test_what_says_nothing_is_told_once_the_time_for_a_connection_is_over(
    tmp_path: Path, encrypted: bool
) -> None:
    shown = Credentials(ca=Authority(tmp_path / "lab").ca) if encrypted else Credentials()
    async with tcp_server(silent) as address:
        assert await failure(address, shown, options=[("grpc.min_reconnect_backoff_ms", 300)]) == (
            "AgentUnavailable",
            f"{_ABSENT}it takes the connection and says nothing: it is no Telesock agent, or one that hangs",
        )
