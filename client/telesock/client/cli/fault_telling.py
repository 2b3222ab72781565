"""The faults of a session of one's own, said on stderr with their seeds, so that the run can be made again."""

from collections.abc import Callable

from telesock.client import AsyncSession
from telesock.client.cli.fault_forms import effect_form


async def tell_faults(session: AsyncSession, tell: Callable[[str], None]) -> None:
    """Say which there are; those that have ended by now are left out."""
    for state in await session.faults():
        fault = state.fault
        tell(f"fault {fault.name}: {effect_form(fault.effect)}, seed {fault.seed}")
