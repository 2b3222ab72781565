"""How the process's memory allocator treats large blocks: it keeps them for the next message.

glibc gives the top of its heap back to the kernel as soon as a little of it is free, and gets it again page by page for
the next message: with sends of a megabyte, half of the agent's time in the kernel went into page faults. See mallopt(3).
"""

import ctypes

KEPT = 16 << 20
"""Bytes at the top of the heap that may be free and stay."""
_LARGEST = (
    8 << 20
)  # bytes of a block that comes from the heap: larger ones are mapped, and unmapped when they are free
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3


def keep_freed_memory() -> bool:
    """Tell the C library so; return whether it could be told, which is so with glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST) and mallopt(_M_TRIM_THRESHOLD, KEPT))
