"""What is freed after one message is there for the next, without asking the kernel."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from telesock.server.allocator import keep_freed_memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def messages():
    for _ in range(100):
        parts = [bytes(1 << 20) for _ in range(4)]
        joined = b"".join(parts)

if sys.argv[1] == "keep":
    assert keep_freed_memory()
messages()
before = faults()
messages()
print(faults() - before)
"""


def faults_of_a_hundred_messages(how: str) -> int:
    command = [sys.executable, "-c", PROGRAM, how]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_messages_after_the_first_ones_cost_no_page_faults() -> None:
    left_alone, kept = (faults_of_a_hundred_messages(how) for how in ("leave", "keep"))

    assert kept < 1_000 < left_alone
