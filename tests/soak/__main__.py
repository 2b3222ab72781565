"""`python -m tests.soak --seconds N`: a mixed load with churn on an agent in a process of its own, watched all the time.

Prints a line at intervals. Exit status: 0 when memory stood still and everything was given back, 1 when not, or when
anything was lost; what it was stands in the last lines.
"""

import asyncio
import contextlib
import gc
import sys
import time
from collections.abc import AsyncIterator
from typing import Annotated

import typer
from tests.agents import agent_process
from tests.soak.judging import HEADINGS, Sample, complaints, line
from tests.soak.loads import LOADS, Place, over_and_over
from tests.soak.sampling import FLAGS, Sampler

from telesock.client import AsyncClient

_GIVING_BACK = 15.0  # seconds: a lease, and what gRPC takes to notice that clients are gone
_LOOK = 0.25

program = typer.Typer(add_completion=False, rich_markup_mode=None)


@program.command()
def soak(
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 60,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds from one line to the next.")] = 10,
) -> None:
    """Load an agent for some time, and see that nothing of it piles up."""
    found = asyncio.run(run(seconds, every))
    for complaint in found:
        print(f"soak: {complaint}", file=sys.stderr)
    raise typer.Exit(1 if found else 0)


async def run(seconds: float, every: float) -> list[str]:
    """Load an agent; return what is to be complained of."""
    async with agent_process(*FLAGS) as agent:
        sampler = Sampler(agent)
        before = await sampler.sample()
        print(f"{HEADINGS}\n{line(before, before)}", flush=True)
        during, lost = await _load(agent.address, sampler, seconds, every, before)
        after = await _given_back(sampler, before)
        print(f"{line(after, during[-1] if during else before)}", flush=True)
        errors = [said.strip() for said in agent.log if '"level": "error"' in said]
    return lost + complaints(before, during, after) + errors[:5]


async def _load(
    address: str, sampler: Sampler, seconds: float, every: float, before: Sample
) -> tuple[list[Sample], list[str]]:
    """Carry all loads at once, and sample; end early when one has failed."""
    samples: list[Sample] = []
    end = time.monotonic() + seconds
    async with _echo() as echo, AsyncClient(address) as client, client.session(lease=60) as session:
        place = Place(address, session, echo)
        tasks = [asyncio.create_task(over_and_over(load, place)) for load in LOADS]
        while (left := end - time.monotonic()) > 0:
            failed, _ = await asyncio.wait(
                tasks, timeout=min(every, left), return_when=asyncio.FIRST_COMPLETED
            )
            samples.append(await sampler.sample())
            print(line(samples[-1], [before, *samples][-2]), flush=True)
            if failed:
                break
        lost = [repr(task.exception()) for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return samples, lost


async def _given_back(sampler: Sampler, before: Sample) -> Sample:
    """Look until nothing is left, or for long enough; without what cancelled calls of ours still hold in our garbage."""
    gc.collect()
    end = time.monotonic() + _GIVING_BACK
    while complaints(before, [], sample := await sampler.sample()) and time.monotonic() < end:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(_LOOK)
    return sample


@contextlib.asynccontextmanager
async def _echo() -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


if __name__ == "__main__":
    program()
