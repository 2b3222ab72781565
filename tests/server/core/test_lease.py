"""When a lease ends, and when it warns. Times are seconds on a clock of the test's own."""

from telesock.server.core.lease import Lease


def test_a_lease_lasts_its_duration_and_not_a_moment_longer() -> None:
    lease = Lease(30.0, now=100.0)

    assert [lease.expired(now) for now in (100.0, 129.9, 130.0, 131.0)] == [False, False, True, True]
    assert [lease.remaining(now) for now in (100.0, 120.0, 130.0, 131.0)] == [30.0, 10.0, 0.0, 0.0]


def test_a_renewal_starts_the_whole_duration_again() -> None:
    lease = Lease(30.0, now=100.0)

    lease.renew(now=125.0)

    assert (lease.expires_at, lease.remaining(130.0), lease.expired(154.0), lease.expired(155.0)) == (
        155.0,
        25.0,
        False,
        True,
    )


def test_a_lease_warns_once_from_the_beginning_of_its_last_third() -> None:
    lease = Lease(30.0, now=100.0)

    assert [lease.take_warning(now) for now in (119.0, 120.0, 121.0, 131.0)] == [False, True, False, False]


def test_a_renewed_lease_warns_again() -> None:
    lease = Lease(30.0, now=100.0)
    lease.take_warning(120.0)

    lease.renew(now=125.0)

    assert [lease.take_warning(now) for now in (126.0, 145.0)] == [False, True]


def test_a_lease_wants_attention_for_its_warning_first_and_then_for_its_end() -> None:
    lease = Lease(30.0, now=100.0)
    before = lease.next_check()
    lease.take_warning(before)

    assert (before, lease.next_check()) == (120.0, 130.0)
