"""How many messages gRPC has carried on this process's channels to an address, as gRPC itself counts them (channelz).

The numbers are read where the standard service would get them, because that service cannot tell them: the messages of
its own package lack a field that gRPC reports.
"""

import json
from typing import Any, NamedTuple

from grpc._cython import cygrpc  # type: ignore[attr-defined]  # it has no stubs


class Messages(NamedTuple):
    """Of both directions, as this process sees them."""

    sent: int
    received: int

    def since(self, before: "Messages") -> "Messages":
        """What has been added."""
        return Messages(self.sent - before.sent, self.received - before.received)


def count_messages(address: str) -> Messages:
    """Count over all channels of this process to an address."""
    sent = received = 0
    for channel in _ask(cygrpc.channelz_get_top_channels, 0).get("channel", []):
        if channel["data"]["target"].endswith(address):
            for reference in channel["subchannelRef"]:
                found = _count(int(reference["subchannelId"]))
                sent, received = sent + found.sent, received + found.received
    return Messages(sent, received)


def _count(subchannel: int) -> Messages:
    sent = received = 0
    for reference in _ask(cygrpc.channelz_get_subchannel, subchannel)["subchannel"]["socketRef"]:
        data = _ask(cygrpc.channelz_get_socket, int(reference["socketId"]))["socket"]["data"]
        sent += int(data.get("messagesSent", 0))
        received += int(data.get("messagesReceived", 0))
    return Messages(sent, received)


def _ask(method: Any, number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(method(number))
    return found
