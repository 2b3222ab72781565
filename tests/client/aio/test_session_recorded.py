"""A session that a recorder sees: the story of both clients is the same, and whole at any moment."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.ports import unused_port

from telesock.client import AsyncClient, AsyncSession, ConnectionRefused, Latency
from telesock.client.timeline import Entry, TimelineRecorder

MakePeer = Callable[..., Peer]


def lines(entries: tuple[Entry, ...]) -> list[tuple[str, ...]]:
    return [(entry.kind, entry.what, entry.request, entry.status) for entry in entries]


async def test_what_is_asked_and_told_is_in_the_story_as_soon_as_it_is_awaited(
    session: AsyncSession, peer: MakePeer
) -> None:
    recorder, listener, closed = TimelineRecorder(), peer(), unused_port()
    session.record_to(recorder, agent="a")
    connection = await session.connect(listener.host, listener.port)
    recorder.note("connected")
    await connection.send(b"hello")
    with pytest.raises(ConnectionRefused):
        await session.connect("127.0.0.1", closed)

    timeline = recorder.timeline()

    assert lines(timeline.entries) == [
        ("operation", "connect", f"to 127.0.0.1:{listener.port}", "SUCCESS"),
        ("note", "connected", "", ""),
        ("operation", "send", "5 bytes, 'hello'", "SUCCESS"),
        ("operation", "connect", f"to 127.0.0.1:{closed}", "CONNECTION_REFUSED"),
    ]
    assert timeline.agents == ("a",)
    assert {entry.session for entry in timeline.entries} == {"", session.session_id}
    assert timeline.entries[2].peer == f"127.0.0.1:{listener.port}"


async def test_times_are_between_asking_and_hearing_and_say_how_wrong_they_can_be(
    session: AsyncSession, peer: MakePeer
) -> None:
    recorder, listener = TimelineRecorder(), peer()
    session.record_to(recorder, agent="a")
    await session.connect(listener.host, listener.port)

    (connect,) = recorder.timeline().entries

    assert connect.began_ns is not None
    assert connect.uncertainty_ns is not None
    assert connect.uncertainty_ns > 0
    assert connect.duration_ns is not None
    assert connect.duration_ns >= 0


async def test_what_faults_do_is_in_the_story_with_the_operation_that_was_late(
    session: AsyncSession, peer: MakePeer
) -> None:
    recorder, listener = TimelineRecorder(), peer()
    connection = await session.connect(listener.host, listener.port)
    session.record_to(recorder, agent="a")
    async with connection.fault(Latency(0.001), direction="receive", name="late"):
        (await listener.accepted()).send(b"x")
        await connection.receive(1)

    story = [(entry.kind, entry.what) for entry in recorder.timeline().entries]

    assert ("fault", "fault fired") in story
    assert "fault late" in next(
        entry.details for entry in recorder.timeline().entries if entry.what == "receive"
    )


async def test_leaving_a_session_is_told_and_what_was_pending_ends_with_it(
    client: AsyncClient, peer: MakePeer
) -> None:
    recorder, listener = TimelineRecorder(), peer()
    async with client.session() as session:
        connection = await session.connect(listener.host, listener.port)
        session.record_to(recorder, agent="a")
        connection.receive(1)

    assert [(each[0], each[1], each[3]) for each in lines(recorder.timeline().entries)] == [
        ("operation", "receive", "CLOSED"),
        ("agent", "session closed", ""),
    ]
