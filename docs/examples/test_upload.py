"""A test that fails on purpose: docs/pytest.md shows its report. The program that it tests has a bug; see what tells of it."""

import socketserver
import threading
from collections.abc import Iterator

import pytest

from telesock.client import IndicationKind, Session


class Store(socketserver.BaseRequestHandler):
    """The program under test: stores what is sent to it, and says how much that was."""

    def handle(self) -> None:
        """Take an upload. The bug: a buffer that is too small, and a close that forgets about the rest."""
        stored = self.request.recv(7)
        self.request.sendall(b"stored %d\n" % len(stored))
        self.request.close()


@pytest.fixture
def store() -> Iterator[int]:
    """The port of a store that runs."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Store) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield server.server_address[1]
        server.shutdown()


def test_an_upload_is_stored(telesock_session: Session, store: int) -> None:
    """Fails: see what the report tells of the store."""
    told = [IndicationKind.DATA, IndicationKind.DISCONNECT]
    upload = telesock_session.connect("127.0.0.1", store, indications=told).result()
    upload.send(b"0123456789").result()

    telesock_session.expect(
        "data_received",
        socket=upload,
        within=1.0,
        where=lambda event: event.data_received.data == b"stored 10\n",
    )
