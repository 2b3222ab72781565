"""Time spans in words for a person. Nothing here knows where they are printed."""

from google.protobuf.duration_pb2 import Duration


def duration_text(duration: Duration) -> str:
    """Write a time span for a person: "50 us", "250 ms", "1.5 s", "10:00 min", "1:30:00 h"."""
    exact = duration.ToNanoseconds() / 1e6
    if 0 < exact < 10:
        return f"{exact:.3g} ms" if exact >= 1 else f"{exact * 1000:g} us"
    milliseconds = round(exact)
    if 0 < milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.3g} s"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    if minutes < 60:
        return f"{minutes}:{seconds:02} min"
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02} h"
