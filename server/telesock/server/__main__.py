"""`python -m telesock.server`, and the script `telesock-agent`: chooses how gRPC listens, then runs the program.

Whoever has installed the client alone is told what is missing.
"""

import sys

from telesock.server.listener import choose_listener


def main() -> None:
    """Run the program."""
    choose_listener()
    try:
        from telesock.server.program import (
            main as run,  # not before: it loads gRPC, which reads its environment then
        )
    except ModuleNotFoundError as error:
        sys.exit(f"telesock-agent: {error}; pip install 'telesock[server]' brings what it needs")

    run()


if __name__ == "__main__":
    main()
