from telesock.client import EventKind, OperationKind
from telesock.client.expectation_text import event_line, expectation_text, fields_text, wanted_text
from telesock.client.expectations import Expectation, Wanted
from telesock.client.texts.event_text import wall_time
from telesock.v1.events_pb2 import CreditStalled, DataReceived, Event, Gap


def data(sequence: int, data: bytes = b"x", socket_id: int = 1) -> Event:
    return Event(sequence=sequence, socket_id=socket_id, data_received=DataReceived(data=data))


def line(event: Event, words: str) -> str:
    return f"  #{event.sequence:<3} {wall_time(event)}  {words}"


def test_what_is_wanted_is_named() -> None:
    assert [
        wanted_text(Wanted(EventKind.DATA_RECEIVED)),
        wanted_text(Wanted(EventKind.COMPLETION, OperationKind.SEND_TO, 3)),
    ] == ["data received", "completion of a send to on socket 3"]


def test_near_misses_come_first_with_their_fields() -> None:
    expected = Expectation(Wanted(EventKind.DATA_RECEIVED), lambda event: False, 0, 1.0)
    story = [data(number) for number in range(1, 21)]
    stalled = Event(sequence=21, socket_id=1 << 63, credit_stalled=CreditStalled())
    for event in story:
        expected.take(event)
    for event in [*story[-2:], stalled]:
        expected.review(event)

    assert expectation_text(expected, "within 1 s").splitlines() == [
        "no data received that `where` takes within 1 s",
        "nearly, but `where` says no to 20, the last 5 of them:",
        *(
            each
            for event in story[-5:]
            for each in (
                line(event, "socket 1  data received      1 bytes, 'x'"),
                '      data_received { data: "x" }',
            )
        ),
        "what came instead, the last 3 events:",
        *(line(event, "socket 1  data received      1 bytes, 'x'") for event in story[-2:]),
        line(stalled, "socket ~0 credit stalled     reading waits until data is released"),
    ]


def test_what_is_gone_is_told() -> None:
    expected = Expectation(Wanted(EventKind.DRAINING), None, 0, 1.0)
    expected.take(Gap(first_sequence=1, last_sequence=7))

    assert expectation_text(expected, "by now").splitlines() == [
        "no draining by now",
        "events 1 to 7 are gone at the agent, whose journal was full: nobody could look at them",
    ]


def test_lines_are_bounded_however_much_an_event_holds() -> None:
    event = data(1, b"z" * 60_000)

    assert len(event_line(event)) < 120
    assert fields_text(event) == f'data_received {{ data: "{"z" * 393}… }}'


def test_an_event_of_a_newer_agent_has_words_too() -> None:
    assert "this client is older than the agent" in event_line(Event(sequence=1))
    assert fields_text(Event(sequence=1)) == ""
