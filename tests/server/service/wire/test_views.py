"""What can be looked at, as messages: whole ones, with every field told."""

from telesock.server.core.limits import Limits
from telesock.server.service.wire.views import view_limits


def test_limits_are_shown_with_the_descriptors_of_the_process() -> None:
    assert view_limits(Limits(), 1024).descriptors == 1024
