from telesock.client.core.lease import Backoff, Lease


def test_what_counts_is_when_the_handled_message_was_sent() -> None:
    lease = Lease(30.0, 100.0)
    lease.begin()
    for moment in (101.0, 102.0, 103.0):
        lease.sent(moment, mark=False, resending=False)

    assert lease.confirm(2)
    assert (lease.deadline, lease.next_mark) == (132.0, 112.0)


def test_until_something_is_confirmed_the_beginning_counts() -> None:
    lease = Lease(30.0, 100.0)
    lease.begin()
    lease.sent(120.0, mark=True, resending=False)

    assert not lease.confirm(0)
    assert lease.deadline == 130.0


def test_a_mark_under_way_is_given_time_before_the_next() -> None:
    lease = Lease(30.0, 100.0)
    lease.begin()
    lease.sent(110.0, mark=True, resending=False)

    assert lease.next_mark == 120.0


def test_messages_with_commands_do_not_stand_for_a_mark() -> None:
    lease = Lease(30.0, 100.0)
    lease.begin()
    lease.sent(109.0, mark=False, resending=False)

    assert lease.next_mark == 110.0


def test_nothing_counts_on_a_new_stream_before_everything_was_sent_again() -> None:
    lease = Lease(30.0, 100.0)
    lease.begin()
    lease.sent(110.0, mark=False, resending=True)
    lease.sent(111.0, mark=False, resending=False)

    assert not lease.confirm(1)
    assert lease.deadline == 130.0
    assert lease.confirm(2)
    assert lease.deadline == 141.0


def test_messages_of_an_older_stream_are_never_confirmed() -> None:
    lease = Lease(30.0, 100.0)
    lease.begin()
    lease.sent(110.0, mark=True, resending=False)
    lease.begin()

    assert not lease.confirm(1)
    assert lease.number == 0


def test_pauses_double_up_to_a_bound_and_start_again_after_success() -> None:
    backoff = Backoff()
    pauses = [backoff.pause() for _ in range(8)]
    backoff.reset()

    assert [*pauses, backoff.pause()] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 0.05]
