"""Addresses as the standard library writes them."""

from typing import Any

from telesock.v1.types_pb2 import Endpoint


def socket_name(endpoint: Endpoint | None) -> Any:
    """Return a pair, four with IPv6, a path; None for none."""
    if endpoint is None:
        return None
    if endpoint.host.startswith("unix:"):
        return endpoint.host.removeprefix("unix:")
    ends = (endpoint.host, endpoint.port)
    return (*ends, 0, 0) if ":" in endpoint.host else ends
