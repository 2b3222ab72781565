"""Every effect, by the name that it has in the contract's Fault."""

from dataclasses import dataclass
from types import ModuleType

from telesock.client.faults import connecting, datagrams, operations, streams
from telesock.client.faults.value import Effect
from telesock.v1.faults_pb2 import Fault

_MODULES: tuple[ModuleType, ...] = (streams, connecting, datagrams, operations)
_CLASSES: dict[str, type[Effect]] = {
    name: found
    for module in _MODULES
    for name, found in vars(module).items()
    if isinstance(found, type) and issubclass(found, Effect) and found is not Effect
}

EFFECTS: dict[str, type[Effect]] = {
    field.name: _CLASSES[field.message_type.name]
    for field in Fault.DESCRIPTOR.oneofs_by_name["effect"].fields
    if field.message_type is not None and field.message_type.name in _CLASSES
}
"""{"latency": Latency, …}, in the order of the contract; a test proves that none is missing."""

_NAMES = {effect: name for name, effect in EFFECTS.items()}


@dataclass(frozen=True)
class UnknownEffect(Effect):
    """What an agent told of that this client is too old to know. It cannot be asked for."""

    def __post_init__(self) -> None:
        """There is nothing to check."""


def name_of_effect(effect: type[Effect]) -> str:
    """Return the contract's name of an effect, "latency". Raises TypeError for one that it does not have."""
    if effect not in _NAMES:
        raise TypeError(f"{effect.__name__} is no effect of the contract; there are {', '.join(EFFECTS)}")
    return _NAMES[effect]


def read_effect(message: Fault) -> Effect:
    """Read what a fault does."""
    name = message.WhichOneof("effect") or ""
    return EFFECTS[name].from_message(getattr(message, name)) if name in EFFECTS else UnknownEffect()
