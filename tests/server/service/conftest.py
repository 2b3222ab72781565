"""What the tests of the service may ask for, beside the fixtures of tests/conftest.py.

They speak as any owner of a session does, so they take the owners of the promises: `open_owner`, `owner`,
`unanswered`, and `no_stray_error`, which is always on (tests/promises/conftest.py).
"""

from tests.promises.conftest import no_stray_error, open_owner, owner, unanswered

__all__ = ["no_stray_error", "open_owner", "owner", "unanswered"]
