"""`telesock token` makes what an agent's file of identities can be given, and nobody guesses."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.programs import Ended, run_on_terminal

from telesock.client import Credentials
from telesock.server.identity_file import read_identity_file

Telesock = Callable[..., Awaitable[Ended]]


async def test_a_token_is_json_on_a_pipe_and_an_identity_file_takes_its_hash(
    telesock: Telesock, tmp_path: Path
) -> None:
    ended = await telesock("token")
    made = json.loads(ended.stdout)
    path = tmp_path / "identities.toml"
    path.write_text(f'[[identities]]\nname = "ann"\ntokens = ["{made["known_as"]}"]\n')

    identity = read_identity_file(path, ((), (), ())).by_token(made["token"])

    assert (ended.status, ended.stderr) == (0, "")
    assert made.keys() == {"token", "known_as"}
    assert identity is not None
    assert identity.name == "ann"
    assert Credentials(token=made["token"]).metadata == (("authorization", f"Bearer {made['token']}"),)


async def test_a_token_on_a_terminal_is_the_token_and_the_line_for_the_file(tmp_path: Path) -> None:
    token, line = (await run_on_terminal("token", columns=40)).splitlines()
    path = tmp_path / "identities.toml"
    path.write_text(f'[[identities]]\nname = "ann"\n{line}\n')

    assert read_identity_file(path, ((), (), ())).by_token(token) is not None


async def test_no_two_tokens_are_the_same_and_each_is_long(telesock: Telesock) -> None:
    tokens = {json.loads((await telesock("token")).stdout)["token"] for _ in range(2)}

    assert len(tokens) == 2
    assert {len(token) for token in tokens} == {len("telesock_") + 43}  # 32 random bytes
