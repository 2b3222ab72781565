"""Sizes, counts and probabilities, as one types them and as they are written again."""

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from telesock.client.cli.amounts import (
    duration_typed,
    parse_count,
    parse_probability,
    parse_rate,
    parse_size,
    parse_span,
    probability_typed,
    size_typed,
)
from telesock.client.cli.options import parse_duration


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("100", 100),
        ("100B", 100),
        ("100KB", 100_000),
        ("1.5MB", 1_500_000),
        ("64KiB", 65_536),
        ("1GiB", 1 << 30),
    ],
)
def test_a_size_is_of_bytes_in_units_of_thousands_or_of_1024(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "KB", "-1", "1 KB", "1kb", "1e3", "٣", "1KB/s"])
def test_a_size_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a size such as 100, 64KiB or 1MB"):
        parse_size(text)


def test_a_part_of_a_byte_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match=r"'1\.0001KB' is not a whole number of bytes"):
        parse_size("1.0001KB")


def test_a_rate_may_say_that_it_is_one() -> None:
    assert (parse_rate("100KB/s"), parse_rate("100KB")) == (100_000, 100_000)


@pytest.mark.parametrize("text", ["", "-1", "1.0", "0x1", "²", "9" * 30])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a whole number"):
        parse_count(text)


@pytest.mark.parametrize(
    ("text", "probability"),
    [("0", 0.0), ("0.3", 0.3), (".5", 0.5), ("1", 1.0), ("30%", 0.3), ("1e-06", 1e-6)],
)
def test_a_probability_is_a_number_up_to_1_or_in_percent(text: str, probability: float) -> None:
    assert parse_probability(text) == probability


@pytest.mark.parametrize("text", ["", "-0.1", "%", "x", "nan", "1e3"])
def test_a_probability_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"is not a probability such as 0\.3 or 30%"):
        parse_probability(text)


@pytest.mark.parametrize("text", ["1.5", "101%"])
def test_more_than_certain_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is more than 1, or 100%"):
        parse_probability(text)


@given(st.integers(0, (1 << 64) - 1))
def test_a_size_that_is_written_is_read_as_the_same(size: int) -> None:
    assert parse_size(size_typed(size)) == size


@given(st.floats(0, 1))
def test_a_probability_that_is_written_is_read_as_nearly_the_same(probability: float) -> None:
    assert parse_probability(probability_typed(probability)) == pytest.approx(probability, abs=1e-15)


@given(st.integers(0, 10**15))
def test_a_span_of_time_that_is_written_is_read_as_the_same_to_the_nanosecond(nanoseconds: int) -> None:
    assert round(parse_duration(duration_typed(nanoseconds / 1e9)) * 1e9) == nanoseconds


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "200ms"), (1.5, "1500ms"), (120.0, "120s"), (5e-5, "50us")]
)
def test_a_span_of_time_is_written_in_the_unit_that_divides_it(seconds: float, text: str) -> None:
    assert duration_typed(seconds) == text


@pytest.mark.parametrize("text", ["200", "0.5", "1"])
def test_a_span_of_a_fault_needs_its_unit_as_other_tools_mean_milliseconds(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"'{text}' needs a unit: {text}ms or {text}s"):
        parse_span(text)


@pytest.mark.parametrize(("text", "seconds"), [("0", 0.0), ("200ms", 0.2), ("1.5s", 1.5), ("10us", 1e-5)])
def test_a_span_of_a_fault_is_read_with_its_unit(text: str, seconds: float) -> None:
    assert parse_span(text) == seconds
