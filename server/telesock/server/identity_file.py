"""The identity file: who may talk to an agent, and as what, as TOML. Read again when it has changed.

    [[identities]]
    name = "team-a"
    role = "owner"                                # or "observer", "administrator"
    tokens = ["sha256:6ca13d52ca70c883e0f0..."]   # `telesock token` makes one; several while one takes another's place
    certificates = ["runner.team-a.lab"]          # names in a client's certificate: DNS, URI, e-mail, or the common name
    socket = { path = "/run/telesock/team-a.sock", mode = "0660", group = "team-a" }
    allow = ["10.1.0.0/16"]                       # instead of the agent's; allow_listen, allow_resolve likewise
    quotas = { sessions = 4, sockets = 200, operations_per_second = 500 }

    [[identities]]
    name = "watcher"
    role = "observer"
    payload = true                                # its events have the bytes that were received
    tokens = ["sha256:..."]

Refuses, with one line that names the place, what is no such file, two identities with one proof, and a token that is
written as itself. What stands in the file is repeated nowhere but in what is said of rules. A file that has become wrong while the agent runs is logged, and what was known before stays.
"""

import grp
import pwd
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from telesock.server.config import TOKEN_PREFIX, ConfigurationError, first_line
from telesock.server.core.identity import Identity, Quotas, Role
from telesock.server.core.policy import Policy
from telesock.server.file_state import file_state
from telesock.server.regular_file import read_regular
from telesock.server.service.identities import HASH_PREFIX, RESERVED_NAMES, Identities, Known, SocketFile

_HASH = re.compile(rf"{HASH_PREFIX}([0-9a-f]{{64}})")

_POLICY = ("allow", "allow_listen", "allow_resolve")  # as the agent's settings are called

_MOST = 4_096  # identities
_QUOTED = re.compile(r"""(['"]).{5,}\1""")  # more than one character: a key

Count = Annotated[int, Field(ge=0, le=0xFFFF_FFFF)]  # as wide as in the contract
Size = Annotated[int, Field(ge=0, le=1 << 62)]

log = structlog.get_logger()


class _Quotas(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    sessions: Count = 0
    sockets: Count = 0
    pending_operations: Count = 0
    pending_send_bytes: Size = 0
    journal_bytes: Size = 0
    operations_per_second: Annotated[float, Field(ge=0, strict=False, allow_inf_nan=False)] = 0.0


class _Socket(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    path: Annotated[str, Field(min_length=1, max_length=107)]
    mode: str = "0600"
    owner: str = ""
    group: str = ""

    @field_validator("mode")
    @classmethod
    def _check_mode(cls, mode: str) -> str:
        if not re.fullmatch("0?[0-7]{3}", mode):
            raise ValueError("it is not an octal mode such as 0660")
        return mode

    @field_validator("owner")
    @classmethod
    def _check_owner(cls, name: str) -> str:
        return _known(name, pwd.getpwnam, "user")

    @field_validator("group")
    @classmethod
    def _check_group(cls, name: str) -> str:
        return _known(name, grp.getgrnam, "group")


class _Identity(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=r"^[\w.@-]{1,64}$")]
    role: str = "owner"
    tokens: list[str] = []
    certificates: list[Annotated[str, Field(min_length=1)]] = []
    socket: _Socket | None = None
    allow: list[str] | None = None
    allow_listen: list[str] | None = None
    allow_resolve: list[str] | None = None
    payload: bool = False
    quotas: _Quotas = _Quotas()

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if name in RESERVED_NAMES:
            raise ValueError("it is the agent's own name; choose another")
        return _no_token(name)

    @field_validator("role")
    @classmethod
    def _check_role(cls, role: str) -> str:
        if role.upper() not in Role.__members__:
            raise ValueError("a role is owner, observer or administrator")
        return role

    @field_validator("certificates", *_POLICY)
    @classmethod
    def _check_words(cls, words: list[str] | None) -> list[str] | None:
        for word in words or ():
            _no_token(word)
        return words

    @field_validator("tokens")
    @classmethod
    def _check_tokens(cls, tokens: list[str]) -> list[str]:
        for number, token in enumerate(tokens):
            if not _HASH.fullmatch(token):  # which may be a token in plain text: it is not repeated
                raise ValueError(
                    f"number {number + 1} is not sha256: and 64 hexadecimal digits; `telesock token` makes both"
                )
        return tokens

    @model_validator(mode="after")
    def _check_use(self) -> Self:
        """Refuse what would be read and mean nothing."""
        for name in (*_POLICY, "quotas") if self.role == "observer" else ():
            if name in self.model_fields_set:
                raise ValueError(
                    f"{name}: an observer opens no session, so there is nothing that it could hold for"
                )
        if self.payload and self.role == "owner":
            raise ValueError(
                "payload: an owner sees all of its own; it is granted to observers and administrators"
            )
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    identities: Annotated[list[_Identity], Field(max_length=_MOST)]


def read_identity_file(
    path: Path, policy: tuple[tuple[str, ...], ...], certificates: bool = False
) -> Identities:
    """Read and check it all. Raises ConfigurationError.

    `policy` holds the agent's rules: destinations, listens, names. `certificates` says whether clients can show any.
    """
    try:
        read = _File.model_validate(tomllib.loads(read_regular(path).decode()))
        known = [_known_identity(each, policy) for each in read.identities]
    except ValidationError as error:
        raise _wrong(path, first_line(error, secrets=True)) from None
    except tomllib.TOMLDecodeError as error:
        raise _wrong(path, _QUOTED.sub("…", str(error))) from None
    except (RecursionError, MemoryError):
        raise _wrong(path, "it is nested too deeply") from None
    except OSError as error:
        raise _wrong(path, error.strerror or str(error)) from None
    except ValueError as error:
        raise _wrong(path, str(error)) from None
    _check_unique(path, known)
    _check_proofs(path, known, certificates)
    return Identities(known)


def _wrong(path: Path, message: str) -> ConfigurationError:
    return ConfigurationError(f"--identities {path}: {message}")


def _own_policy(read: _Identity, agent: tuple[tuple[str, ...], ...]) -> Policy | None:
    """An identity's own policy: the agent's, but for the lists that it has itself."""
    own = {name: getattr(read, name) for name in _POLICY}
    if all(rules is None for rules in own.values()):
        return None
    connect, listen, resolve = (
        its if mine is None else tuple(mine) for mine, its in zip(own.values(), agent, strict=True)
    )
    sources = {
        f"--{name.replace('_', '-')}": f"`{name}` of identity {read.name}"
        for name, mine in own.items()
        if mine is not None
    }
    try:
        return Policy(connect, listen, resolve, sources)
    except ValueError as error:
        raise ValueError(f"identity {read.name}: {error}") from None


def _known_identity(read: _Identity, agent: tuple[tuple[str, ...], ...]) -> Known:
    policy = _own_policy(read, agent)
    identity = Identity(
        read.name, Role[read.role.upper()], Quotas(**read.quotas.model_dump()), policy, read.payload
    )
    hashes = tuple(bytes.fromhex(token.removeprefix(HASH_PREFIX)) for token in read.tokens)
    return Known(identity, hashes, tuple(read.certificates), _socket_file(read.socket))


def _socket_file(read: _Socket | None) -> SocketFile | None:
    return None if read is None else SocketFile(read.path, int(read.mode, 8), read.owner, read.group)


def _check_unique(path: Path, known: list[Known]) -> None:
    if not known:
        raise _wrong(path, "it names nobody, so nobody could talk to the agent")
    proofs: dict[str, Sequence[str | bytes]] = {
        "name": [each.identity.name for each in known],
        "token": [digest for each in known for digest in each.token_hashes],
        "certificate": [name for each in known for name in each.certificate_names],
        "socket": [each.socket.path for each in known if each.socket is not None],
    }
    for what, values in proofs.items():
        value, times = Counter(values).most_common(1)[0] if values else ("", 0)
        if times > 1:
            shown = f"{HASH_PREFIX}{value.hex()[:12]}…" if isinstance(value, bytes) else repr(value)
            raise _wrong(path, f"the {what} {shown} is there {times} times; each belongs to one identity")


def _check_proofs(path: Path, known: list[Known], certificates: bool) -> None:
    for each in known:
        if not (each.token_hashes or each.certificate_names or each.socket):
            problem = "nothing proves it; give it tokens, certificates or a socket"
        elif each.certificate_names and not certificates:
            problem = "its certificates prove nothing without --tls-client-ca, which says who signs them"
        else:
            continue
        raise _wrong(path, f"identity {each.identity.name}: {problem}")


def _no_token(word: str) -> str:
    """Refuse a token in plain text that stands in a wrong place: whatever is taken will be shown."""
    if word.startswith(TOKEN_PREFIX):
        raise ValueError("it is a token; put what `telesock token` prints under `tokens`")
    return word


def _known(name: str, find: Callable[[str], object], what: str) -> str:
    try:
        if name:
            find(name)
    except KeyError:
        raise ValueError(f"there is no such {what} on this host") from None
    return name


class IdentityFile:
    """What an identity file says now. Raises ConfigurationError when it says nothing sensible from the start.

    `changed` is called with what it says from then on, whenever a look finds something else.
    """

    def __init__(self, path: Path, policy: tuple[tuple[str, ...], ...], certificates: bool = False) -> None:
        self._path = path
        self._seen = file_state(path)
        self._read = partial(read_identity_file, path, policy, certificates)
        self.identities = self._read()
        self.changed: Callable[[Identities], None] = lambda identities: None

    def look(self, in_any_case: bool = False) -> None:
        """Read the file again if it has changed, or in any case."""
        state = file_state(self._path)
        if state == self._seen and not in_any_case:
            return
        self._seen = state
        try:
            before, self.identities = self.identities, self._read()
        except ConfigurationError as error:
            log.error("identities_not_reloaded", reason=str(error))
            return
        log.info("identities_reloaded", identities=len(self.identities.known))
        _tell_of_sockets(before, self.identities)
        self.changed(self.identities)


def _tell_of_sockets(before: Identities, now: Identities) -> None:
    """Warn of socket files that are not as they were: the agent listens on those that it found at its start."""
    old, new = ({each.socket for each in known.known if each.socket is not None} for known in (before, now))
    late = sorted(socket.path for socket in new - old)
    if late:
        log.warning(
            "sockets_at_next_start", sockets=late, meaning="restart the agent to have them as they now are"
        )
