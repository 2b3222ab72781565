"""Identities for tests: who they are, their tokens, and the file that names them.

people = People(someone("ann"), someone("eve", Role.OBSERVER))       # each has the token "NAME's token"
running = await start_agent(access=people.access)
channel metadata: bearer("ann")
people.become(running, someone("ann"))                               # from now on there are only these
path.write_text(as_toml(someone("ann"), …))                          # for an agent that is a process
"""

from collections.abc import Sequence
from pathlib import Path

from tests.agents import RunningAgent

from telesock.server.core.identity import Identity, Quotas, Role
from telesock.server.core.policy import Policy
from telesock.server.core.refusal import Reason
from telesock.server.service.identities import HASH_PREFIX, Identities, Known, SocketFile, hash_token
from telesock.server.service.server import Access

Metadata = tuple[tuple[str, str], ...]

NO_QUOTAS = Quotas()


def token_of(name: str) -> str:
    """The token of somebody, as nobody else would guess it."""
    return f"{name}'s token"


def bearer(name: str) -> Metadata:
    """What the calls of somebody carry."""
    return (("authorization", f"Bearer {token_of(name)}"),)


def someone(
    name: str,
    role: Role = Role.OWNER,
    quotas: Quotas = NO_QUOTAS,
    policy: Policy | None = None,
    payload: bool = False,
    tokens: Sequence[str] | None = None,
    certificates: Sequence[str] = (),
    socket: SocketFile | None = None,
) -> Known:
    """Somebody whom the agent knows, by the token of that name unless told otherwise."""
    hashes = tuple(hash_token(token) for token in ((token_of(name),) if tokens is None else tokens))
    return Known(Identity(name, role, quotas, policy, payload), hashes, tuple(certificates), socket)


class People:
    """Whom an agent in this process knows."""

    def __init__(self, *known: Known) -> None:
        self.identities = Identities(known)
        self.failures: list[Reason] = []
        """Why those whom it did not know were turned away."""
        self.access = Access(lambda: self.identities, failed=self.failures.append)

    def become(self, agent: RunningAgent, *known: Known) -> None:
        """Let the agent know these and nobody else."""
        self.identities = Identities(known)
        agent.engine.sessions.identities_changed(self.identities.by_name)


def as_toml(*known: Known) -> str:
    """A file that says the same, as far as it can be said by name, role, proofs, payload and quotas."""
    return "".join(map(_entry, known))


def _entry(known: Known) -> str:
    identity = known.identity
    hashes = [f"{HASH_PREFIX}{digest.hex()}" for digest in known.token_hashes]
    quotas = ", ".join(f"{name} = {value}" for name, value in vars(identity.quotas).items())
    lines = [
        "[[identities]]",
        f'name = "{identity.name}"',
        f'role = "{identity.role.name.lower()}"',
        f"tokens = {hashes}",
        f"certificates = {list(known.certificate_names)}",
    ]
    if identity.sees_payload:
        lines.append("payload = true")
    if identity.quotas != NO_QUOTAS:
        lines.append(f"quotas = {{ {quotas} }}")
    if known.socket is not None:
        path, mode, owner, group = known.socket
        lines.append(
            f'socket = {{ path = "{path}", mode = "{mode:04o}", owner = "{owner}", group = "{group}" }}'
        )
    return "\n".join(lines) + "\n"


def replace(path: Path, *known: Known) -> None:
    """Put another file in the place of one, in one step, as who runs an agent does."""
    new = path.with_name(path.name + ".new")
    new.write_text(as_toml(*known))
    new.replace(path)
