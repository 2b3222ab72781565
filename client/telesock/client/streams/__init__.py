"""A remote connection in the forms that other people's libraries take.

asyncio_streams    asyncio's StreamReader and StreamWriter, and the transport under them
anyio_streams      an anyio ByteStream (extra `anyio`)
sockets            a socket.socket with a descriptor, of the blocking client's
httpcore_backend   httpcore's network backend, and httpx's transport (extra `httpx`)

Each is imported by its own name, so that what is not used need not be installed.
"""
