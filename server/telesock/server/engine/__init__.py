"""Real sockets on one event loop: the only place that has descriptors. Asks the core and obeys its answer."""
