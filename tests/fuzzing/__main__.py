"""`python -m tests.fuzzing --seconds N`: attacks an agent for so long, from one seed on, and prints a line a round.

Exit status: 0 when the agent bore all of it, 1 when something gave way: the seed of that round stands in its line, and
`--seed` begins there.
"""

import asyncio
import time
import traceback
from random import Random
from typing import Annotated

import typer
from tests.fuzzing import attaching, http2, oversizing, unary
from tests.fuzzing.victim import Victim, attacked

_EVERY = 10  # rounds from one with the slow attacks to the next

program = typer.Typer(add_completion=False, rich_markup_mode=None)


@program.command()
def fuzz(
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 60,
    seed: Annotated[int, typer.Option(help="The first round's; each further round has the next.")] = 0,
) -> None:
    """Attack an agent, and see that nobody is hurt."""
    raise typer.Exit(0 if asyncio.run(attack(seconds, seed)) else 1)


async def attack(seconds: float, seed: int) -> bool:
    """Go on until the time is over or something gives way; return whether all was borne."""
    end = time.monotonic() + seconds
    async with attacked() as victim:
        while time.monotonic() < end:
            try:
                await one_round(victim, seed, slow=seed % _EVERY == 0)
            except Exception:
                traceback.print_exc()
                print(f"seed {seed} gave way; the agent's log:\n{''.join(victim.said_of_bugs())}")
                return False
            memory = victim.process.memory_info().rss >> 20
            print(f"seed {seed}: {await victim.figures()}, {memory} MiB", flush=True)
            victim.agent.log.clear()
            seed += 1
    return True


async def one_round(victim: Victim, seed: int, *, slow: bool) -> None:
    """Attack in every way."""
    async with victim.unhurt():
        await unary.assault(victim.address, Random(seed))
        await attaching.assault(victim.address, Random(seed))
        if slow:
            await http2.assault(victim.address, Random(seed))
            assert await oversizing.assault(victim.address) == {}


if __name__ == "__main__":
    program()
