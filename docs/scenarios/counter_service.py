"""The service that docs/scenarios/slow_dependency.py tests: counts requests in redis, and does not wait for it for ever.

    python counter_service.py REDIS_PORT     # prints the port that it listens on

GET answers 200 and the count, or 503 where redis did not answer in time.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE = 1.0
"""Seconds that redis has for an answer."""


class Counter(BaseHTTPRequestHandler):
    """One request."""

    store: redis.Redis

    def do_GET(self) -> None:
        """Count it."""
        try:
            self._answer(200, str(self.store.incr("requests")))
        except redis.RedisError as error:
            self._answer(503, type(error).__name__)

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until the process is ended."""
    port = int(sys.argv[1])
    once = Retry(NoBackoff(), 0)
    Counter.store = redis.Redis(
        port=port, retry=once, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Counter) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
