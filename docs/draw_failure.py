"""Draw the report of docs/examples/test_upload.py, which fails on purpose, as a person sees it on a terminal.

python -m docs.draw_failure                   run it, write docs/pytest-failure.svg
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

FOLDER = Path(__file__).parent
EXAMPLE = FOLDER / "examples" / "test_upload.py"
PICTURE = FOLDER / "pytest-failure.svg"
COLUMNS, LINES = 146, 50  # without either a dumb terminal's size would count
_OF_MACHINES = ("CI", "BUILD_NUMBER", "PYTEST_", "TELESOCK_")  # with the first two pytest writes for a log
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # of a font on the web: a picture loads nothing


def report(example: Path = EXAMPLE) -> str:
    """Run a file of tests and return what pytest prints, colours included, without places of this machine."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "pytest", "--color=yes", "--no-header", "-p", "no:cacheprovider"]
        flags = [f"--telesock-timelines={directory}", f"--rootdir={example.parent}", "-c", os.devnull]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OF_MACHINES)}
        ran = subprocess.run(
            [*command, *flags, example.name],
            cwd=example.parent,
            env={**environment, "COLUMNS": str(COLUMNS)},
            capture_output=True,
            text=True,
            check=False,  # it is to fail
        )
        return ran.stdout.replace(directory, "timelines")


def picture(printed: str) -> str:
    """Return a terminal that shows it, as SVG."""
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=COLUMNS, height=LINES, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(printed.rstrip("\n")), soft_wrap=False)
    drawn = console.export_svg(title=f"pytest {EXAMPLE.name}", unique_id="pytest-failure")
    return _FONT_FACE.sub("", drawn)


if __name__ == "__main__":
    PICTURE.write_text(picture(report()))
