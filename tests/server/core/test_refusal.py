"""What a refusal says to a person and to a program."""

from telesock.server.core.refusal import Reason, Refused, malformed


def test_a_refusal_is_its_reason_its_one_line_and_facts_for_programs() -> None:
    refused = Refused(Reason.TOO_LARGE, "data: too much", limit="10", wsk_status="STATUS_BUFFER_OVERFLOW")

    assert (refused.reason, refused.message, str(refused)) == (
        Reason.TOO_LARGE,
        "data: too much",
        "data: too much",
    )
    assert refused.metadata == {"limit": "10", "wsk_status": "STATUS_BUFFER_OVERFLOW"}


def test_a_malformed_field_is_named_in_the_line_and_in_the_facts() -> None:
    refused = malformed("remote.port", "0 is not between 1 and 65535")

    assert (refused.reason, refused.message) == (
        Reason.MALFORMED,
        "remote.port: 0 is not between 1 and 65535",
    )
    assert refused.metadata == {"field": "remote.port", "wsk_status": "STATUS_INVALID_PARAMETER"}
