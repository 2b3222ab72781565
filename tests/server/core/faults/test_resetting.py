"""Resets and packet loss as values."""

from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.resetting import Moment, PacketLoss, Reset
from telesock.server.core.faults.values import Fault, Place


def test_a_reset_happens_now_unless_another_moment_is_asked_for() -> None:
    assert [Reset().moment, Reset(Moment.NEXT_OPERATION).moment] == [Moment.NOW, Moment.NEXT_OPERATION]


def test_both_act_once_on_the_connection_as_a_whole() -> None:
    faults = [Fault("f", Reset()), Fault("f", PacketLoss())]

    assert [(fault.effect.acts_on, fault.lanes) for fault in faults] == [
        (Place.CONNECTION, (Lane.SEND,)),
        (Place.CONNECTION, (Lane.RECEIVE,)),
    ]
