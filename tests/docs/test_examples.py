"""Every example of the documentation holds: blocks are run on their page's world, and what cannot be run says why.

A page is run by a program of its own (run_page.py), in a network of its own with the names and ports that stand on the page.
"""

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.blocks import DATA, PAGES, PRINTS, ROOT, RUN, SHELL, Block, blocks_of
from tests.docs.commands import commands_of, problem
from tests.docs.network import in_own_network, why_not
from tests.docs.shell import commands
from tests.docs.worlds import NAMES, WORLDS
from tests.programs import PYTHONPATH

REQUIRED = os.environ.get("TELESOCK_TEST_PROGRAMS") == "required"
ELSEWHERE = {
    "docs/labs.md": "test_labs.py",
    "docs/pytest.md": "test_pytest.py",
    "docs/scenarios.md": "test_scenarios.py",
}
"""Pages whose Python another test here runs."""
BLOCKS = {str(page.relative_to(ROOT)): blocks_of(page) for page in PAGES}
ALL = [block for blocks in BLOCKS.values() for block in blocks]


def is_run(block: Block) -> bool:
    return (block.language in RUN or bool(block.title)) and not block.not_run


TO_RUN = {
    page: len([block for block in blocks if is_run(block)])
    for page, blocks in BLOCKS.items()
    if page not in ELSEWHERE and any(is_run(block) and not block.title for block in blocks)
}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("network") / "hosts"
    file.write_text("".join(f"{address} {' '.join(names)}\n" for address, names in NAMES.items()))
    missing = why_not(file) or next(
        (f"no {name}" for name in ("curl", "openssl") if not shutil.which(name)), ""
    )
    if missing and not REQUIRED:
        pytest.skip(f"examples have a network of their own: {missing}")
    return file


@pytest.mark.parametrize("page", TO_RUN)
def test_the_examples_of_a_page_run(page: str, hosts: Path) -> None:
    command = in_own_network(hosts, sys.executable, "-m", "tests.docs.run_page", page)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TELESOCK_", "PYTEST_"))
    }
    environment = {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT), PYTHONPATH])}
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=55
    )

    status, printed = ran.returncode, ran.stdout.split()
    assert status == 0, ran.stderr[-4000:]
    assert printed == [str(TO_RUN[page])]


@pytest.mark.parametrize("block", ALL, ids=str)
def test_a_block_names_a_language_that_is_known_here(block: Block) -> None:
    assert block.language in RUN | DATA, (
        f"{block}: ```{block.language}; it is run as sh or python, or only shown"
    )


@pytest.mark.parametrize("block", [block for block in ALL if block.language in SHELL], ids=str)
def test_our_programs_take_every_command_line_that_is_shown(block: Block) -> None:
    assert [found for command in commands_of(block.body) if (found := problem(command))] == []


def test_nothing_else_is_left_out_than_what_says_why() -> None:
    shown = [block for block in ALL if block.language in RUN and not is_run(block)]
    elsewhere = [block for block in ALL if block.page in ELSEWHERE and block.language == "python"]
    counted = sum(TO_RUN.values()) + len(elsewhere) + len(shown)

    assert [str(block) for block in shown if len(block.not_run) < 10] == []
    assert counted == len(
        [block for block in ALL if block.language in RUN or (block.title and is_run(block))]
    )


def test_every_world_is_that_of_a_page_that_is_run() -> None:
    assert sorted(WORLDS.keys() - TO_RUN.keys()) == []


def test_what_is_printed_follows_what_prints_it() -> None:
    pairs = [(before, after) for blocks in BLOCKS.values() for before, after in itertools.pairwise(blocks)]
    assert [str(after) for before, after in pairs if after.title == PRINTS and before.language != "sh"] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("telesock connect", "Missing argument 'HOST:PORT|unix:PATH'."),
        ("telesock relay :1 :2 --latency 1s", "No such option: --latency"),
        ("echo x | telesock conect :1", "No such command 'conect'"),
        ("telesock-agent --alow 10.0.0.0/8", "No such option: --alow"),
        ("telesock connect a:1 --fault latency=much", "Invalid value"),
        ("export S=$(telesock session oppen)", "No such command 'oppen'"),
    ],
)
def test_a_command_line_that_is_wrong_would_be_found(line: str, said: str) -> None:
    found = [problem(command) for command in commands_of(line)]
    assert [text for text in found if said in text] == found != []


def test_commands_go_over_lines_and_comments_end_them() -> None:
    text = "a \\\n  --b    # why\n# only words\ncat << END\nx # y\nEND\nlast &\n"
    assert commands(text) == ["a \\\n  --b    # why", "cat << END\nx # y\nEND", "last &"]
