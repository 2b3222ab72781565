"""Faults: what they are, when they fire and what each does to bytes, datagrams, connections and operations."""
