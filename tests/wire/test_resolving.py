"""Row 72 of WSK's checklist: names to addresses and back, as operations."""

import socket
import threading
from typing import Any

import pytest
from tests.wire.caller import Caller
from tests.wire.refusals import refusal
from tests.wire.story import cause_of, status_of


async def test_row_72_a_name_has_its_addresses_each_with_the_port_of_the_service(caller: Caller) -> None:
    completion = await caller.wait(
        await caller.resolve("localhost", service="80", family="ADDRESS_FAMILY_IPV4")
    )

    assert status_of(completion) == "SUCCESS"
    assert [(each.host, each.port) for each in completion.resolve.addresses] == [("127.0.0.1", 80)]


async def test_row_72_a_literal_is_its_own_address(caller: Caller) -> None:
    completion = await caller.wait(await caller.resolve("::1", service="443"))

    assert [(each.host, each.port) for each in completion.resolve.addresses] == [("::1", 443)]


async def test_row_72_a_name_that_nobody_has_completes_no_match(caller: Caller) -> None:
    completion = await caller.wait(await caller.resolve("nobody.invalid"))

    assert (status_of(completion), cause_of(completion)[1]) == ("NO_MATCH", "RESOLVE")


async def test_row_72_an_address_has_its_name_and_that_of_its_port(caller: Caller) -> None:
    completion = await caller.wait(await caller.resolve(address={"host": "127.0.0.1", "port": 80}))

    assert (completion.resolve.host_name, completion.resolve.service_name) == ("localhost", "http")


async def test_row_72_an_address_without_a_name_is_its_literal_unless_a_name_is_required(
    caller: Caller,
) -> None:
    unnamed = {"host": "192.0.2.1", "port": 1}

    plain = await caller.wait(await caller.resolve(address=unnamed))
    required = await caller.wait(await caller.resolve(address=unnamed, name_required=True))

    assert (status_of(plain), plain.resolve.host_name) == ("SUCCESS", "192.0.2.1")
    assert status_of(required) == "NO_MATCH"


@pytest.mark.parametrize("fields", [{}, {"address": {"host": "not a literal", "port": 1}}])
async def test_a_resolve_of_nothing_or_of_no_literal_is_refused(
    fields: dict[str, Any], caller: Caller
) -> None:
    code, reason, _ = await refusal(caller.resolve(**fields))

    assert (code, reason) == ("INVALID_ARGUMENT", "MALFORMED")


async def test_a_resolve_that_times_out_is_done_waiting(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    ask = socket.getaddrinfo

    def slow(host: str, *arguments: Any, **named: Any) -> Any:
        if host == "slow.invalid":
            answered.wait(20)
        return ask("127.0.0.1" if host == "slow.invalid" else host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    completion = await caller.wait(await caller.resolve("slow.invalid", timeout=0.01))
    answered.set()

    assert (status_of(completion), cause_of(completion)[:2]) == ("IO_TIMEOUT", ("DEADLINE", "RESOLVE"))
