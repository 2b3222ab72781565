"""`python -m telesock.server`, and the script `telesock-agent`: chooses how gRPC listens, then runs the program."""

from telesock.server.listener import choose_listener


def main() -> None:
    """Run the program."""
    choose_listener()
    from telesock.server.program import (
        main as run,  # not before: it loads gRPC, which reads its environment then
    )

    run()


if __name__ == "__main__":
    main()
