from tests.soak.judging import MOST_GROWTH, Sample, complaints, growth, line

MIB = 1 << 20
IDLE = Sample(0.0, 0.0, 80 * MIB, 50 * MIB, 15, 10, 0, 0, 0, 0, 0.001)


def samples(own_mib: list[float]) -> list[Sample]:
    """A sample every ten seconds, with so much memory and a hundred operations more."""
    return [
        IDLE._replace(seconds=10.0 * number, operations=100.0 * number, own_bytes=int(own * MIB), sockets=3)
        for number, own in enumerate(own_mib)
    ]


def test_what_grows_during_the_warm_up_counts_for_nothing() -> None:
    assert growth(samples([0, 50, 90, 100, 100, 100, 100, 100, 100, 100])) == 0.0


def test_a_straight_rise_is_counted_from_the_end_of_the_warm_up() -> None:
    assert round(growth(samples([float(mib) for mib in range(0, 100, 10)])) / MIB, 6) == 60.0


def test_one_high_sample_makes_no_growth_of_noise() -> None:
    assert growth(samples([100, 100, 100, 100, 100, 104, 100, 100, 100, 100])) < MOST_GROWTH / 10


def test_too_few_samples_show_no_growth() -> None:
    assert growth(samples([1, 100])) == 0.0


def test_a_run_in_which_all_was_given_back_has_nothing_to_complain_of() -> None:
    assert complaints(IDLE, samples([100] * 10), IDLE._replace(descriptors=17, operations=900.0)) == []


def test_everything_that_is_left_or_grows_is_said() -> None:
    after = IDLE._replace(descriptors=20, sessions=1, sockets=2, journal_bytes=3, tasks=4, threads=43)

    assert complaints(IDLE, samples([float(mib) for mib in range(0, 100, 10)]), after) == [
        "memory grew by 60.0 MiB, 16 are allowed",
        "20 descriptors are open, 15 were before",
        "1 sessions are left",
        "2 sockets are left",
        "3 journal bytes are left",
        "4 tasks go on, 0 did before",
        "43 threads are there, 10 were before",
    ]


def test_a_run_that_does_nothing_has_failed() -> None:
    assert complaints(IDLE, [IDLE, IDLE], IDLE) == ["no operation has completed"]


def test_a_line_shows_the_rate_since_the_one_before() -> None:
    first, second = samples([50, 51])

    assert line(second, first).split() == ["10", "10", "80.0", "51.0", "15", "10", "0", "0", "3", "0", "1.0"]
