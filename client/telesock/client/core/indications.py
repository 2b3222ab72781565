"""Taking a socket's indications one by one: asking for the next gives back the credit of the one before."""

from telesock.client.core.asked import Asked
from telesock.client.core.sockets import Indication, SocketRecord
from telesock.v1.events_pb2 import Event

_CREDITED = ("data_received", "datagram_received", "connection_accepted")


class Ended(Exception):
    """Nothing more will be indicated."""


class Taking:
    """One iteration. The shells add how to wait for the next."""

    def __init__(self, core: Asked, record: SocketRecord, *, auto_release: bool) -> None:
        self._core = core
        self._record = record
        self._auto_release = auto_release

    def begin(self) -> None:
        """The next one is asked for: release what was handed out before."""
        record = self._record
        if record.handed_out is not None:
            self._core.consume(record, record.handed_out)
            record.handed_out = None

    def take(self) -> Indication | None:
        """Return the next one, or None where there is none yet. Raises Ended, or what the reader has to know first."""
        record = self._record
        if not self._ready(record):
            return None
        indication = record.indications.popleft()
        credited = isinstance(indication, Event) and indication.WhichOneof("body") in _CREDITED
        if self._auto_release and credited and isinstance(indication, Event):
            record.handed_out = indication
        return indication

    def _ready(self, record: SocketRecord) -> bool:
        if record.problem is not None:
            problem, record.problem = record.problem, None
            raise problem
        if record.indications:
            return True
        if record.ended:
            raise Ended
        if self._core.lost is not None:
            raise self._core.lost.again()
        return False
