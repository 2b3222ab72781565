"""Clients that are killed and go on from a stored cursor, or are stopped for a while, or whose agent is."""

from pathlib import Path

from tests.cutting.lives import run_lives, run_pauses


async def test_clients_killed_at_any_moment_go_on_from_the_stored_cursor_without_loss_or_repetition(
    tmp_path: Path,
) -> None:
    lived = await run_lives(tmp_path, lives=5, seed=5, deadline=50)

    assert lived.interruptions == 5
    assert lived.bytes > 0


async def test_clients_and_agents_that_are_stopped_for_less_than_a_lease_lose_nothing(tmp_path: Path) -> None:
    lived = await run_pauses(tmp_path, pauses=8, seed=5, deadline=50)

    assert lived.interruptions == 8
    assert lived.bytes > 0
