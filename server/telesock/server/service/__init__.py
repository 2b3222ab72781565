"""gRPC: messages in, core values through, messages out. Nothing is decided here but how to say it."""
