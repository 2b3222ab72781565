"""What this host or process cannot do about options, found out on a descriptor of no consequence.

It is refused with the reason before anything is accepted. What the kernel says about the socket itself is not asked here.
"""

import errno
from pathlib import Path
from typing import TYPE_CHECKING

from telesock.server.core.options import OptionKind, SetOption
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Family
from telesock.server.core.states import Category
from telesock.server.engine import kernel_options, multicast
from telesock.server.engine.privileges import ADMINISTRATION, RAW, lacks

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket

_LACKING = frozenset({errno.EPERM, errno.ENOPROTOOPT, errno.EOPNOTSUPP, errno.ENOENT})
_PROBED = frozenset(
    {
        OptionKind.MARK,
        OptionKind.DEVICE,
        OptionKind.CONGESTION_CONTROL,
        OptionKind.FAST_OPEN,
    }
)
_FAST_OPEN = Path("/proc/sys/net/ipv4/tcp_fastopen")
_FAST_OPEN_LISTENS = 2  # a bit of it, see tcp(7)


def check_host(target: "Socket", option: SetOption, family: Family) -> None:
    """Refuse what this host or process cannot do, found out on another descriptor of the same kind."""
    kind = option.kind
    lacking = kernel_options.lacking(family, kind)
    if kind is OptionKind.FAST_OPEN and target.category is Category.LISTENING and option.value:
        lacking = lacking or fast_open_listens()
    if lacking:
        raise not_available(kind, OSError(errno.EOPNOTSUPP, lacking))
    if kind in (OptionKind.JOIN_GROUP, OptionKind.LEAVE_GROUP):
        multicast.check_group(family, option)
    if kind not in _PROBED:
        return
    try:
        with kernel_options.like(target, family) as descriptor:
            kernel_options.write_to(descriptor, target, option)
    except OSError as error:
        if error.errno in _LACKING:
            raise not_available(kind, error) from None


def not_available(kind: OptionKind, error: OSError) -> Refused:
    """Say which option, and why."""
    reason = error.strerror or str(error)
    if error.errno == errno.EPERM:
        reason = lacks(RAW if kind is OptionKind.DEVICE else ADMINISTRATION)
    elif error.errno == errno.ENOENT:
        reason = "this host offers no such algorithm"
    return Refused(
        Reason.NOT_AVAILABLE,
        f"{kind.name.lower()}: {reason}",
        option=kind.name,
        wsk_status="STATUS_NOT_SUPPORTED",
    )


def fast_open_listens() -> str:
    """Why a listener of this host takes no data with the SYN, which the kernel ignores; empty when it does."""
    try:
        setting = int(_FAST_OPEN.read_text())
    except (OSError, ValueError) as error:
        return f"the host does not tell net.ipv4.tcp_fastopen: {error}"
    return "" if setting & _FAST_OPEN_LISTENS else f"net.ipv4.tcp_fastopen is {setting}, without bit 2"
