"""What the program decides for its own process before it serves."""

import subprocess
import sys

# Runs an agent in this process, looks at the process once it serves, and asks it to stop.
PROGRAM = """
import gc, os, signal, sys, threading, time

def look():
    while not gc.get_freeze_count():
        time.sleep(0.01)
    print(os.environ["GRPC_EXPERIMENTS"], gc.get_threshold()[2] > 10**6)
    os.kill(os.getpid(), signal.SIGTERM)

os.environ.pop("GRPC_EXPERIMENTS", None)
sys.argv = ["telesock-agent", "--listen", "127.0.0.1:0", "--grace", "0"]
threading.Thread(target=look, daemon=True).start()
from telesock.server.__main__ import main
main()
"""


def test_an_agent_that_serves_has_chosen_its_listener_and_when_garbage_is_looked_for() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, timeout=50
    )

    assert ended.stdout == "-event_engine_listener True\n"
