"""`telesock` and `telesock-agent` that begin at once: forked from a process that has loaded both. Pages have many commands.

with quick_programs(folder) as path: ...     # put `path` in front of PATH: its programs run the main of the real ones

What is started is a process with the caller's arguments, environment, folder, ends and signals; only its loading is shared.
"""

import contextlib
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from telesock.server.listener import choose_listener

_LONGEST = 1 << 20  # bytes of arguments and environment
_MAINS = {"telesock": "telesock.client.cli", "telesock-agent": "telesock.server.program"}
_CALLER = """#!{python} -IS
import json, os, signal, socket, sys
there = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
there.connect({path!r})
said = json.dumps([os.path.basename(sys.argv[0]), sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: os.kill(pid, number))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])
socket.send_fds(there, [said], [0, 1, 2])
pid = int(there.recv(16))
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT, signal.SIGTERM])
sys.exit(int(there.recv(16)))
"""


@contextlib.contextmanager
def quick_programs(folder: Path) -> Iterator[Path]:
    """Have them loaded, and a folder with those that are to be called."""
    folder.mkdir()
    path = folder / "loaded"
    for name in ("telesock", "telesock-agent"):
        program = folder / name
        program.write_text(_CALLER.format(python=sys.executable, path=str(path)))
        program.chmod(0o755)
    loaded = subprocess.Popen([sys.executable, "-m", "tests.docs.quick_programs", str(path)])
    try:
        while not path.exists():
            assert loaded.poll() is None, "it has said why"
            time.sleep(0.01)
        yield folder
    finally:
        loaded.kill()
        loaded.wait()


def serve(path: str) -> None:
    """Load the programs, then fork for each caller."""
    os.environ["GRPC_VERBOSITY"] = "NONE"
    choose_listener()
    for name in _MAINS.values():
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(f"{path}.new")
    listener.listen(64)
    os.rename(f"{path}.new", path)
    while True:
        caller, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _attend(caller)
        caller.close()


def _attend(caller: socket.socket) -> None:
    """Run the program for a caller, and tell it the number of the process and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    said, ends, _, _ = socket.recv_fds(caller, _LONGEST, 3)
    pid = os.fork()
    if pid == 0:
        caller.close()
        _become(ends, *json.loads(said))
    for end in ends:
        os.close(end)
    with contextlib.suppress(OSError):  # the caller was killed
        caller.send(str(pid).encode())
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        caller.send(str(status if status >= 0 else 128 - status).encode())
    os._exit(0)


def _become(
    ends: list[int], name: str, arguments: list[str], environment: dict[str, str], folder: str
) -> None:
    """Be a program as if it had just been started."""
    for number, end in enumerate(ends):
        os.dup2(end, number)
        os.close(end)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = [name, *arguments]
    try:
        importlib.import_module(_MAINS[name]).main()
    except SystemExit as ended:
        sys.stdout.flush()
        os._exit(ended.code if isinstance(ended.code, int) else ended.code is not None)


if __name__ == "__main__":
    serve(sys.argv[1])
