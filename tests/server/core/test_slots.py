"""What room a socket holds for what frees it."""

import pytest

from telesock.server.core.slots import Slot, SocketSlots


def test_a_socket_holds_slots_for_two_disconnects_two_closes_and_its_end() -> None:
    assert SocketSlots().left() == 5


@pytest.mark.parametrize("abortive", [False, True])
def test_the_first_disconnect_of_each_kind_has_a_guaranteed_slot_and_the_next_needs_room(
    abortive: bool,
) -> None:
    slots = SocketSlots()

    taken = [slots.take_disconnect(abortive), slots.take_disconnect(abortive)]

    assert (taken, slots.left()) == ([Slot.GUARANTEED, Slot.RESERVED], 4)
    assert slots.take_disconnect(not abortive) is Slot.GUARANTEED


def test_both_closes_have_guaranteed_slots() -> None:
    slots = SocketSlots()

    assert ([slots.take_close(), slots.take_close()], slots.left()) == ([Slot.GUARANTEED] * 2, 3)


def test_the_end_of_a_socket_is_told_once() -> None:
    slots = SocketSlots()

    assert ([slots.take_end(), slots.take_end()], slots.left()) == ([True, False], 4)
