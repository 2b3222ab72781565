"""Which kind of place is meant, what is said where it is none, and what is not installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from telesock.client.lab.inventory import InventoryError, Member
from telesock.client.lab.sources import KINDS, read_inventory

AGENT = '[agents.a]\ntarget = "a:1"\n'


@pytest.mark.parametrize("kind", ["compose", "kubernetes", "dns"])
def test_a_kind_alone_is_no_place(kind: str) -> None:
    with pytest.raises(InventoryError) as refused:
        read_inventory(f"{kind}:")

    assert str(refused.value) == f"{kind}:: it does not say where; agents are found by {KINDS}"


@pytest.mark.parametrize("where", ["", "lab.toml", "consul:agents", "docker:lab", "/dev/null", "\0", "/"])
def test_what_is_no_file_is_told_with_the_kinds_that_there_are(where: str) -> None:
    with pytest.raises(InventoryError) as refused:
        read_inventory(where)

    assert str(refused.value).endswith(f"there is no such file; agents are found by {KINDS}")


def test_a_name_that_no_file_can_have_is_told() -> None:
    with pytest.raises(InventoryError, match=r"aaa: File name too long$"):
        read_inventory("a" * 5000)


def test_a_file_that_is_called_like_a_kind_is_read_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dns:lab").write_text(AGENT)

    assert read_inventory(Path("dns:lab")) == read_inventory("./dns:lab") == (Member("a", "a:1"),)


@pytest.mark.parametrize(
    ("where", "library", "extra"),
    [
        ("compose:lab", "docker", "compose"),
        ("kubernetes:role=agent", "httpx2", "kubernetes"),
        ("kubernetes:role=agent", "lightkube", "kubernetes"),
        ("dns:_telesock._tcp.lab", "dns", "dns"),
    ],
)
def test_without_its_library_one_line_says_what_to_install(where: str, library: str, extra: str) -> None:
    program = f"import sys; sys.modules[{library!r}] = None\n" + (
        f"from telesock.client.lab.sources import read_inventory\nread_inventory({where!r})"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert ended.stderr.splitlines()[-1] == (
        "telesock.client.lab.inventory.InventoryError:"
        f" {where}: {library} is not installed: pip install 'telesock[{extra}]'"
    )


def test_a_file_and_a_name_need_nothing_but_the_client(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(AGENT)
    absent = "".join(f"sys.modules[{each!r}] = None;" for each in ("docker", "lightkube", "httpx2", "dns"))
    program = f"import sys; {absent}\n" + (
        "from telesock.client.lab.sources import read_inventory\n"
        f"print(*(each.name for where in ({str(file)!r}, 'dns:127.0.0.1') for each in read_inventory(where)))"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout == "a 127.0.0.1\n"
