"""`python -m tests.modelling --seconds N`: walks on an agent of its own, from one seed on, held to the reference model.

Exit status: 0 when every step was as the model has it, 1 when one was not: its seed stands in the last line.
"""

import asyncio
import time
import traceback
from typing import Annotated

import grpc
import typer
from tests.agents import agent_process
from tests.modelling.walk import Walk

_STEPS = 200
_TELL = 50  # walks

program = typer.Typer(add_completion=False, rich_markup_mode=None)


@program.command()
def model(
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 60,
    seed: Annotated[int, typer.Option(help="The first walk's; each further walk has the next.")] = 0,
) -> None:
    """Walk, and compare each step with the model."""
    raise typer.Exit(0 if asyncio.run(walk(seconds, seed)) else 1)


async def walk(seconds: float, seed: int) -> bool:
    """Walk until the time is over or a step is not as it should be."""
    end, steps = time.monotonic() + seconds, 0
    async with agent_process() as agent, grpc.aio.insecure_channel(agent.address) as channel:
        while time.monotonic() < end:
            try:
                steps += await Walk(channel, seed).run(_STEPS)
            except Exception:
                traceback.print_exc()
                print("".join(line for line in agent.log if '"level": "error"' in line))
                print(f"seed {seed}: not as the model has it, after {steps} steps")
                return False
            agent.log.clear()
            seed += 1
            if seed % _TELL == 0:
                print(f"seed {seed}: {steps} steps", flush=True)
    print(f"{steps} steps, all as the model has them")
    return True


if __name__ == "__main__":
    program()
