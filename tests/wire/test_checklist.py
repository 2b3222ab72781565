"""Each row of WSK's checklist has tests here that are named after it, or a note that says why not."""

from docs.checklist import ROWS, files_by_row


def test_every_row_has_a_test_named_after_it_or_a_note_why_not() -> None:
    tests = files_by_row()

    assert list(ROWS) == list(range(1, 73))
    assert tests.keys() == ROWS.keys()
    assert [row for row, files in tests.items() if not files and not ROWS[row].note] == []
