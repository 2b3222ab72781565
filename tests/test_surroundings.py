"""The tests have the same environment wherever they run."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.surroundings import not_for_tests, temporary_folder


def test_what_differs_from_place_to_place_is_left_out_and_all_else_is_kept() -> None:
    left_out = {"CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "http_proxy", "HTTPS_PROXY", "TELESOCK_AGENT"}
    kept = {"PATH", "HOME", "LANG", "TERM", "TELESOCK_TEST_PROGRAMS", "CIRCUS"}

    assert not_for_tests(left_out | kept) == left_out


def test_neither_a_test_nor_a_program_that_it_starts_has_any_of_it() -> None:
    program = "import os; print(*os.environ, sep='\\n')"
    started = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert not_for_tests(os.environ) == set()
    assert not_for_tests(started.stdout.splitlines()) == set()


def test_temporary_files_are_where_they_are_wanted_but_for_a_path_that_leaves_no_room() -> None:
    assert [temporary_folder(wanted) for wanted in ("/tmp", "/var/tmp", "/home/somebody/tmp")] == [
        "/tmp",
        "/var/tmp",
        "/tmp",
    ]


def test_a_unix_domain_socket_fits_into_the_folder_of_a_test_with_a_long_name(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "a-socket"))


def test_a_program_that_is_started_heeds_an_interrupt() -> None:
    program = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    started = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert started.stdout == "False\n"
