"""What the process lacks when the kernel says EPERM, and where whoever runs it gives it. Decides the words alone."""

ADMINISTRATION = "CAP_NET_ADMIN"
RAW = "CAP_NET_RAW"


def lacks(capability: str) -> str:
    """Say which capability is missing and how a container or a service gets it (docs/operations.md)."""
    bare = capability.removeprefix("CAP_")
    return (
        f"the agent lacks the capability {capability}; give it by docker run --user 0 --cap-add {bare}, "
        f"or AmbientCapabilities={capability} of systemd"
    )
