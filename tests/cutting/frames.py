"""Where in an HTTP/2 connection a byte stands, so that a cut can say what it has hit (RFC 9113, 3.4 and 4.1).

Follows one direction by the lengths of its frames. What is in them it does not look at.
"""

_PREFACE = 24
_HEAD = 9
_NAMES = {
    0: "DATA",
    1: "HEADERS",
    3: "RST_STREAM",
    4: "SETTINGS",
    6: "PING",
    7: "GOAWAY",
    8: "WINDOW_UPDATE",
    9: "CONTINUATION",
}


class FrameReader:
    """One direction of one connection; the client's begins with a preface."""

    def __init__(self, preface: int = 0) -> None:
        self._left = preface
        self._head = b""
        self._name = "preface"
        self.begun: set[str] = set()
        """Names of the frames of which the first byte of payload may follow."""
        self.ended: set[str] = set()
        """Names of the frames that were there as a whole."""

    @classmethod
    def of_client(cls) -> "FrameReader":
        """Follow what a client sends."""
        return cls(_PREFACE)

    @property
    def place(self) -> str:
        """What the next byte belongs to, or that it begins something."""
        if self._left:
            return self._name if self._name == "preface" else f"{self._name} frame"
        return "frame header" if self._head else "between frames"

    def feed(self, data: bytes) -> None:
        """Go on behind some bytes."""
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                self._end_frame()
            else:
                step = min(_HEAD - len(self._head), len(data) - at)
                self._take_head(data[at : at + step])
            at += step

    def _take_head(self, part: bytes) -> None:
        self._head += part
        if len(self._head) == _HEAD:
            self._left = int.from_bytes(self._head[:3])
            self._name = _NAMES.get(self._head[3], "other")
            self._head = b""
            self.begun.add(self._name)
            self._end_frame()

    def _end_frame(self) -> None:
        if not self._left:
            self.ended.add(self._name)
