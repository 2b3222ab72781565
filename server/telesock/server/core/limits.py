"""The bounds that hold on an agent, with their defaults. All are configurable and reported by GetAgent."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds, the rest in pieces."""

    sessions: int = 256
    sockets: int = 16_384
    journal_events: int = 65_536
    journal_bytes: int = 64 * MIB
    total_journal_bytes: int = 1024 * MIB
    send_bytes: int = MIB
    pending_send_bytes: int = 8 * MIB
    total_pending_send_bytes: int = 256 * MIB
    initial_data_bytes: int = 65_535
    batch_commands: int = 1024
    message_bytes: int = 4 * MIB
    default_credit_bytes: int = 256 * 1024
    maximum_credit_bytes: int = 16 * MIB
    default_lease: float = 30.0
    maximum_lease: float = 86_400.0
    default_connect_timeout: float = 30.0
    default_close_timeout: float = 30.0
    default_grace: float = 10.0
    default_credit_connections: int = 64
    maximum_credit_connections: int = 4096
    default_credit_datagrams: int = 1024
    maximum_credit_datagrams: int = 65_536
    chain_links: int = 256
    send_datagrams: int = 1024
    faults: int = 256
    fault_held_bytes: int = 4 * MIB
    total_fault_held_bytes: int = 256 * MIB
    session_sockets: int = 16_384
    session_pending_operations: int = 65_536
    session_operations_per_second: float = 0.0
    session_pending_send_bytes: int = 256 * MIB
    session_subscribers: int = 16
    recording_bytes: int = 1024 * MIB
