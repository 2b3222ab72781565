"""Files of Unix-domain sockets: they go with their socket, and nothing else goes with it."""

import os
import socket
from pathlib import Path

import pytest
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import listening

from telesock.server.core.requests import Bind, Close, Endpoint, Family, Listen
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category
from telesock.server.core.status import Origin, Phase, Status

CATEGORIES = [Category.CONNECTION, Category.LISTENING, Category.STREAM]


@pytest.mark.parametrize("category", CATEGORIES)
async def test_a_bind_makes_a_file_and_a_close_removes_it(
    unix: Driver, tmp_path: Path, category: Category
) -> None:
    path = tmp_path / "near"
    bound, local = listening(unix, host=f"unix:{path}", category=category)

    assert (local, path.is_socket()) == (Endpoint(f"unix:{path}", 0), True)
    await unix.close(bound)
    assert not path.exists()


async def test_the_end_of_a_session_removes_the_files_of_its_sockets(unix: Driver, tmp_path: Path) -> None:
    path = tmp_path / "near"
    listening(unix, host=f"unix:{path}")

    unix.engine.sessions.end(unix.session, SessionEnd.CLOSED)

    assert not path.exists()


async def test_a_stream_socket_that_listens_keeps_its_file_until_its_close(
    unix: Driver, tmp_path: Path
) -> None:
    path = tmp_path / "near"
    stream, _ = listening(unix, host=f"unix:{path}", category=Category.STREAM)

    await unix.completed(unix.ask(Listen(stream)))

    assert path.is_socket()
    await unix.close(stream)
    assert not path.exists()


@pytest.mark.parametrize("category", CATEGORIES)
async def test_a_file_that_was_there_is_left_alone_and_the_bind_fails(
    unix: Driver, tmp_path: Path, category: Category
) -> None:
    path = tmp_path / "near"
    path.write_text("precious")
    made = unix.create(category, Family.UNIX)

    completion = await unix.completed(unix.ask(Bind(made, Endpoint(f"unix:{path}", 0))))
    await unix.close(made)

    in_use = (Status.ADDRESS_ALREADY_EXISTS, Origin.LOCAL_HOST, Phase.BIND, "EADDRINUSE")
    assert (failed(completion), path.read_text()) == (in_use, "precious")


async def test_a_socket_that_nobody_listens_on_any_more_is_left_alone_too(
    unix: Driver, tmp_path: Path
) -> None:
    path = tmp_path / "near"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    made = unix.create(Category.LISTENING, Family.UNIX)

    completion = await unix.completed(unix.ask(Bind(made, Endpoint(f"unix:{path}", 0))))
    await unix.close(made)

    assert (completion.status, path.is_socket()) == (Status.ADDRESS_ALREADY_EXISTS, True)


async def test_a_bind_that_failed_can_be_tried_again_elsewhere(unix: Driver, tmp_path: Path) -> None:
    path = tmp_path / "near"
    made = unix.create(Category.LISTENING, Family.UNIX)
    missing = await unix.completed(unix.ask(Bind(made, Endpoint(f"unix:{path}/none", 0))))

    completion = await unix.completed(unix.ask(Bind(made, Endpoint(f"unix:{path}", 0))))

    assert failed(missing) == (Status.NO_MATCH, Origin.LOCAL_HOST, Phase.BIND, "ENOENT")
    assert (completion.status, path.is_socket()) == (Status.SUCCESS, True)


async def test_a_file_that_somebody_put_in_its_place_stays(unix: Driver, tmp_path: Path) -> None:
    path = tmp_path / "near"
    bound, _ = listening(unix, host=f"unix:{path}")
    other = path.with_name("other")
    other.write_text("theirs")
    other.replace(path)

    await unix.close(bound)

    assert path.read_text() == "theirs"


async def test_a_file_with_the_same_inode_and_another_time_is_another_one(
    unix: Driver, tmp_path: Path
) -> None:
    path = tmp_path / "near"
    bound, _ = listening(unix, host=f"unix:{path}")
    os.utime(path, ns=(0, 0))

    await unix.close(bound)

    assert path.is_socket()


async def test_a_file_whose_mode_was_changed_is_still_the_sockets(unix: Driver, tmp_path: Path) -> None:
    path = tmp_path / "near"
    bound, _ = listening(unix, host=f"unix:{path}")
    path.chmod(0o600)

    await unix.close(bound)

    assert not path.exists()


async def test_a_file_that_is_gone_already_is_not_missed(unix: Driver, tmp_path: Path) -> None:
    path = tmp_path / "near"
    bound, _ = listening(unix, host=f"unix:{path}")
    path.unlink()

    assert (await unix.completed(unix.ask(Close(bound)))).status is Status.SUCCESS
