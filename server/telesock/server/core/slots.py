"""Whose room an event takes in the journal, and the slots that a socket holds for what frees it."""

from enum import IntEnum


class Slot(IntEnum):
    """Whose room an event takes."""

    ROOM = 0
    RESERVED = 1
    GUARANTEED = 2


class SocketSlots:
    """The completions a socket holds room for from its creation: what frees it is never refused for room.

    One graceful and one abortive disconnect, two closes (the second forces a graceful one), and the event that
    tells of the socket's end.
    """

    __slots__ = ("close", "disconnect", "end")

    def __init__(self) -> None:
        self.disconnect = [True, True]  # graceful, abortive
        self.close = 2
        self.end = 1

    def left(self) -> int:
        """Slots not taken yet."""
        return sum(self.disconnect) + self.close + self.end

    def take_disconnect(self, abortive: bool) -> Slot:
        """The slot for a disconnect; later ones of the same kind need ordinary room."""
        if not self.disconnect[abortive]:
            return Slot.RESERVED
        self.disconnect[abortive] = False
        return Slot.GUARANTEED

    def take_close(self) -> Slot:
        """The slot for a close; there is never a third."""
        self.close -= 1
        return Slot.GUARANTEED

    def take_end(self) -> bool:
        """Whether the end is still untold; from now on it is told."""
        untold = self.end == 1
        self.end = 0
        return untold
