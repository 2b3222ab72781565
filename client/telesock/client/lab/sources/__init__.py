"""Where a lab finds its agents: a TOML file, a compose project, pods of Kubernetes, DNS. See reading.py."""

from telesock.client.lab.sources.reading import KINDS, read_inventory

__all__ = ["KINDS", "read_inventory"]
