import pytest

from telesock.client.findings import Finding, find, last_cause

FAILED = "failed to connect to all addresses; last error: "
NO_SETTINGS = "Failed parsing HTTP/2 (Expected SETTINGS frame as the first frame, got frame type"
TLS_FAILED = "UNKNOWN: ipv4:127.0.0.1:1: Tls handshake failed (TSI_PROTOCOL_FAILURE): SSL_ERROR_SSL: "


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (
            f"{FAILED}INTERNAL: ipv4:127.0.0.1:1: {NO_SETTINGS} 80) (… http1.x server (HTTP status 400))",
            "HTTP/1",
        ),
        (f"{FAILED}UNAVAILABLE: ipv4:127.0.0.1:1: {NO_SETTINGS} 79)", "HTTP/1"),
        (f"{FAILED}UNAVAILABLE: ipv4:127.0.0.1:1: {NO_SETTINGS} 45)", "SSH"),
        (f"{FAILED}UNAVAILABLE: ipv4:127.0.0.1:1: {NO_SETTINGS} 32)", "no HTTP/2"),
        ("Received http2 header with status: 503", "HTTP/2 and has status 503"),
        ("Stream removed (Data frame with END_STREAM flag received)", "HTTP/2, but no gRPC"),
        (
            f"{FAILED}UNKNOWN: ipv4:127.0.0.1:1: Cannot check peer: missing selected ALPN property.",
            "TLS, but no HTTP/2",
        ),
    ],
)
def test_what_answers_and_is_no_agent_is_told_by_what_it_speaks(details: str, words: str) -> None:
    found = find(details)

    assert found is not None
    assert found.line("lab:1").startswith(f"lab:1 answers, but not as a Telesock agent: it speaks {words}")


@pytest.mark.parametrize(
    ("details", "finding"),
    [
        (
            f"{FAILED}UNKNOWN: ipv4:127.0.0.1:1: connection attempt timed out before receiving SETTINGS frame",
            Finding("it takes the connection and says nothing: it is no Telesock agent, or one that hangs"),
        ),
        (
            f"{FAILED}UNKNOWN: ipv4:10.0.0.1:1: tcp handshaker shutdown",
            Finding("nothing comes back from there: its host is down, or what is sent to it is dropped"),
        ),
        (
            f"{FAILED}{TLS_FAILED}error:100000df:SSL routines:OPENSSL_internal:UNEXPECTED_MESSAGE: Invalid … OK",
            Finding(
                "TLS fails with UNEXPECTED_MESSAGE: it is no Telesock agent, or it wants another `certificate`"
            ),
        ),
        (
            f"{FAILED}{TLS_FAILED}error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER: Invalid … OK",
            Finding(
                "it does not speak TLS: leave `tls` and `ca` away, or it is no Telesock agent", untrusted=True
            ),
        ),
    ],
)
def test_what_stands_in_the_way_of_an_agent_is_told_with_what_would_be_right(
    details: str, finding: Finding
) -> None:
    assert find(details) == finding


@pytest.mark.parametrize("how", ["Socket closed", "recvmsg:Connection reset by peer (104)"])
def test_why_a_new_connection_is_closed_is_guessed_from_whether_there_is_tls(how: str) -> None:
    details = f"{FAILED}UNAVAILABLE: ipv4:127.0.0.1:1: {how}"
    guesses = [find(details, encrypted=encrypted) for encrypted in (False, True, None)]

    assert [guess and guess.words.partition(":")[0] for guess in guesses] == [
        "it closes the connection at once",
        "it speaks TLS and then closes the connection",
        None,
    ]


@pytest.mark.parametrize("encrypted", [False, True])
def test_why_a_connection_that_stood_is_closed_is_not_guessed(encrypted: bool) -> None:
    assert find("Stream removed (Socket closed)", encrypted=encrypted) is None


@pytest.mark.parametrize(
    ("details", "cause"),
    [
        (
            f"{FAILED}UNKNOWN: ipv4:127.0.0.1:1: Failed to connect to remote host: Connection refused",
            "Connection refused",
        ),
        (
            "errors resolving lab:1: [field:… error:address lookup failed for lab:1: Domain name not found]",
            "Domain name not found",
        ),
        ("Stream removed (Socket closed)", "it closed the connection"),
        ("", "no reason given"),
    ],
)
def test_of_a_chain_of_causes_the_last_is_told(details: str, cause: str) -> None:
    assert (find(details), last_cause(details)) == (None, cause)
