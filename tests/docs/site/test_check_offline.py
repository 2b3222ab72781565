"""What a page would load from elsewhere is found, and what a reader may follow is not taken for it."""

import pytest
from docs.site.check_offline import loaded_from_elsewhere


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.html", '<script src="https://x.example/a.js"></script>', ["https://x.example/a.js"]),
        ("a.html", '<img src="//x.example/a.png">', ["//x.example/a.png"]),
        ("a.html", '<link rel="preconnect" href="https://x.example">', ["https://x.example"]),
        ("a.html", '<p style="background: url(http://x.example/a)">', ["http://x.example/a"]),
        ("a.css", "@import 'https://x.example/a.css'; b { c: url(d.png) }", ["https://x.example/a.css"]),
        ("a.html", '<a href="https://x.example">x</a><img src="a.png"><link rel="next" href="//x">', []),
    ],
)
def test_only_what_is_loaded_counts(name: str, text: str, found: list[str]) -> None:
    assert loaded_from_elsewhere(name, text) == found
