"""The agent: a process that owns sockets and acts on them for remote clients.

Four layers, each importing only those above it in this list:

    core      what can be decided without a socket: tables, ledger, journal, credit, leases, policy
    engine    real sockets and the event loop; asks the core, obeys the answer
    service   gRPC: messages in, core values through, messages out
    program   configuration, logging, start and stop (program.py, and what it starts with)
"""
