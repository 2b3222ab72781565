"""What stands where an agent should be, in plain words, read from those in which gRPC tells of a call that failed.

Decides whether it answers and is no agent, and says what would be right; of a connection that is closed without a word only
what may be the reason is known. gRPC's words are its own and may change: those that are not known here are told as they
are, without the chain of causes before the last.
"""

import re
from typing import NamedTuple


class Finding(NamedTuple):
    """What was found: something else than an agent, or an agent that cannot be talked to because of TLS, or neither."""

    words: str
    other: bool = False
    untrusted: bool = False

    def line(self, target: str) -> str:
        """All of it in one line."""
        if self.other:
            return f"{target} answers, but not as a Telesock agent: {self.words}"
        return f"no answer from an agent at {target}: {self.words}"


def find(details: str, *, encrypted: bool | None = None) -> Finding | None:
    """Return what a call has found, from gRPC's details of it; None when they tell nothing that is known here.

    Why a connection was closed is guessed from whether it was `encrypted`, where that is told.
    """
    for pattern, finding in _KNOWN:
        match = pattern.search(details)
        if match is not None:
            return finding._replace(words=match.expand(finding.words))
    if encrypted is not None and "failed to connect" in details and re.search(_CLOSED, details):
        return Finding(_CLOSED_BEHIND_TLS if encrypted else _CLOSED_AT_ONCE)
    return None


def last_cause(details: str) -> str:
    """Of the chain of causes that gRPC tells, return the last: the one that a person can use."""
    if re.search(_CLOSED, details):
        return "it closed the connection"
    return details.rpartition(": ")[2].strip(" ]") or "no reason given"


_NO_AGENT = "it is no Telesock agent"
_NONE_BEHIND = "a forwarded port with none behind it"
_CLOSED = "Socket closed|Connection reset by peer|Broken pipe"
_CLOSED_AT_ONCE = (
    f"it closes the connection at once: it wants TLS (give `tls` or `ca`), or {_NO_AGENT}, or {_NONE_BEHIND}"
)
_CLOSED_BEHIND_TLS = (
    "it speaks TLS and then closes the connection: it does not accept the client's `certificate`, or wants one, or "
    f"{_NO_AGENT}"
)

# What gRPC says, and what that means; the first that is said counts.
_TLS = {
    "certificate has expired": "its certificate has expired",
    "certificate is not yet valid": "the time of its certificate has not come",
    "CERTIFICATE_VERIFY_FAILED": "its certificate is not signed by any that is trusted here",
    "Hostname Verification Check failed": "its certificate is for another name",
    "WRONG_VERSION_NUMBER": f"it does not speak TLS: leave `tls` and `ca` away, or {_NO_AGENT}",
    "CERTIFICATE_REQUIRED": "it wants a certificate of the client",
    "Failed to create security handshaker": "of the files given here for TLS one is no PEM, or certificate and key are not "
    "a pair",
}
# A frame's type is its fourth byte: where HTTP/2 should be, that of "HTTP", "<!DOCTYPE", "<html", "SSH-".
_OTHER = {
    "missing selected ALPN": "it speaks TLS, but no HTTP/2",
    r"http1\.x server|frame type (?:80|79|109|116)\b": "it speaks HTTP/1, as a web server does",
    r"frame type 45\b": "it speaks SSH",
    "parsing HTTP/2|Expected SETTINGS": "it speaks no HTTP/2",
    r"http2 header with status: (\d+)": r"it speaks HTTP/2 and has status \1, as a web server or a proxy has",
    "END_STREAM flag received": "it speaks HTTP/2, but no gRPC, as a web server or a proxy does",
}
_ABSENT = {
    "before receiving SETTINGS|Endpoint closing": f"it takes the connection and says nothing: {_NO_AGENT}, or one that hangs",
    "tcp handshaker shutdown": "nothing comes back from there: its host is down, or what is sent to it is dropped",
    f"Handshake read failed.*(?:{_CLOSED})": f"it closes the connection before TLS begins: {_NO_AGENT}, or {_NONE_BEHIND}",
    r"TSI_PROTOCOL_FAILURE.*OPENSSL_internal:(\w+)": rf"TLS fails with \1: {_NO_AGENT}, or it wants another `certificate`",
}
_KNOWN = (
    *((re.compile(mark), Finding(words, untrusted=True)) for mark, words in _TLS.items()),
    *((re.compile(mark), Finding(words, other=True)) for mark, words in _OTHER.items()),
    *((re.compile(mark), Finding(words)) for mark, words in _ABSENT.items()),
)
