"""`telesock`, as it is installed. It stands outside the client, which loads gRPC: gRPC reads its environment only then."""

import os


def main() -> None:
    """Run the command line, and let gRPC put no lines of its own beside ours."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from telesock.client.cli import main as run

    run()
