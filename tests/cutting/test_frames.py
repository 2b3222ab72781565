import pytest
from tests.cutting.frames import FrameReader

SETTINGS = bytes([0, 0, 6, 4, 0, 0, 0, 0, 0]) + bytes(6)
EMPTY = bytes([0, 0, 0, 4, 1, 0, 0, 0, 0])
DATA = bytes([0, 0, 3, 0, 0, 0, 0, 0, 1]) + b"abc"
CONNECTION = bytes(24) + SETTINGS + EMPTY + DATA


def place(count: int, *, step: int) -> str:
    reader = FrameReader.of_client()
    for at in range(0, count, step):
        reader.feed(CONNECTION[at : min(at + step, count)])
    return reader.place


@pytest.mark.parametrize("step", [1, 7, 100])
def test_every_byte_of_a_connection_has_its_place_however_it_comes_in_pieces(step: int) -> None:
    places = [place(count, step=step) for count in range(len(CONNECTION) + 1)]

    assert places == [
        *["preface"] * 24,
        *["between frames", *["frame header"] * 8, *["SETTINGS frame"] * 6],
        *["between frames", *["frame header"] * 8],
        *["between frames", *["frame header"] * 8, *["DATA frame"] * 3],
        "between frames",
    ]


def test_a_frame_has_begun_with_its_header_and_ended_with_its_last_byte() -> None:
    reader = FrameReader.of_client()

    reader.feed(CONNECTION[:-1])

    assert (reader.begun, reader.ended) == ({"SETTINGS", "DATA"}, {"preface", "SETTINGS"})
