"""gRPC: messages in, core values through, messages out. Nothing is decided here but how to say it."""

import os

# gRPC reads this when it is first imported, and would put lines of its own beside ours when a port is in use.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
