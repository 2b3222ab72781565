"""Unix-domain addresses as socket calls take them."""

import socket

import pytest

from telesock.server.core.refusal import Reason, Refused
from telesock.server.engine.resolver import Address, literal_address

LONGEST = "/" + "x" * 106


@pytest.mark.parametrize(
    ("host", "sockaddr"),
    [
        ("unix:/run/x", "/run/x"),
        ("unix:/with:colon", "/with:colon"),
        (f"unix:{LONGEST}", LONGEST),
        ("unix:@name", "\0name"),
        (f"unix:@{LONGEST[1:]}", f"\0{LONGEST[1:]}"),
        ("unix:", ""),
    ],
)
def test_a_path_is_itself_and_a_name_begins_with_a_nul(host: str, sockaddr: str) -> None:
    assert literal_address(host, 0) == Address(socket.AF_UNIX, sockaddr)


@pytest.mark.parametrize(
    ("host", "port", "message"),
    [
        ("unix:/run/x", 1, "port: a Unix-domain address has port 0, not 1"),
        ("unix:x", 0, "host: unix:x needs an absolute path, or '@' and a name, after 'unix:'"),
        (f"unix:{LONGEST}x", 0, "host: a Unix-domain path has at most 107 bytes, none of them NUL"),
        (f"unix:/{'ü' * 54}", 0, "host: a Unix-domain path has at most 107 bytes, none of them NUL"),
        ("unix:/a\0b", 0, "host: a Unix-domain path has at most 107 bytes, none of them NUL"),
        ("unix:@a\0b", 0, "host: a Unix-domain path has at most 107 bytes, none of them NUL"),
    ],
)
def test_what_cannot_be_an_address_is_refused(host: str, port: int, message: str) -> None:
    with pytest.raises(Refused) as refused:
        literal_address(host, port)

    assert (refused.value.reason, refused.value.message) == (Reason.MALFORMED, message)
