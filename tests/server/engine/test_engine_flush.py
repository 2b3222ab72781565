"""What one flush writes: every socket's sends in one system call, completed together, whatever befalls one of them."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.events import Completion
from telesock.server.core.requests import Close, Disconnect, OperationKind, Send
from telesock.server.core.status import Status
from telesock.server.engine.connection import Connection

Listen = Callable[..., Peer]


async def test_sends_of_several_sockets_complete_at_one_moment_and_in_order_on_each(
    driver: Driver, peer: Listen
) -> None:
    met = [await driver.meet(peer()) for _ in range(3)]
    asked = [driver.submit(Send(socket, b"%d" % turn)) for turn in range(2) for socket, _ in met]

    driver.engine.flush()

    done = [event for event in driver.events if event.operation_id in {each.operation_id for each in asked}]
    assert {event.body for event in done} == {Completion(OperationKind.SEND, Status.SUCCESS, 1)}
    assert len({event.clock for event in done}) == 1
    for socket, far in met:
        ids = [event.operation_id for event in done if event.socket_id == socket]
        assert ids == [each.operation_id for each in asked if each.socket_id == socket]
        await far.until_received(b"01")


async def test_an_end_asked_for_behind_sends_of_the_same_batch_completes_behind_them(
    driver: Driver, peer: Listen
) -> None:
    (one, far), (other, _) = [await driver.meet(peer()) for _ in range(2)]
    sends = [driver.submit(Send(socket, b"x")) for socket in (one, other)]
    disconnect = driver.submit(Disconnect(one, final_data=b"bye"))
    driver.engine.flush()
    far.finish()

    await driver.completed(disconnect)
    closed = driver.ask(Close(one))

    assert driver.order(*sends, disconnect, closed) == [0, 1, 2, 3]
    assert driver.told(one)[-1] == driver.completion(closed)


async def test_one_sockets_bug_does_not_keep_the_completions_of_the_others(
    agent: Agent, peer: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = agent.start()
    met = [(await driver.meet(peer()))[0] for _ in range(3)]
    broken, write = driver.connection(met[1]), Connection.write
    bug = RuntimeError("a bug")

    def write_or_break(connection: Connection) -> object:
        if connection is broken:
            raise bug
        return write(connection)

    asked = [driver.submit(Send(socket, b"x")) for socket in met]
    with monkeypatch.context() as patched:
        patched.setattr(Connection, "write", write_or_break)
        driver.engine.flush()

    assert [bool(each.sequence) for each in asked] == [True, False, True]
    assert agent.bugs == [bug]
    agent.bugs.clear()
