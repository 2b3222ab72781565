"""Why a benchmark has no result: the one exception that the program turns into a line and exit status 1."""


class CannotRun(Exception):
    """Something that a benchmark needs is missing, did not start, or did not end in time. The text is one line."""
