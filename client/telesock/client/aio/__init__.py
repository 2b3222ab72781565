"""The client for asyncio: it moves bytes and waits; what is to be done is decided in `telesock.client.core`."""
