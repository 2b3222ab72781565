"""A run as a file: the machine it was made on, and what it found. A file that is none is refused (CannotRun)."""

import datetime
import importlib.metadata
import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.benchmarks.failures import CannotRun
from tests.benchmarks.results import Result

Machine = dict[str, str | int]


@dataclass(frozen=True)
class Record:
    """One run."""

    machine: Machine
    results: tuple[Result, ...]

    def write(self, file: Path) -> None:
        """Write it as JSON."""
        content = {"machine": self.machine, "results": [result.to_json() for result in self.results]}
        file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `write` has written."""
        try:
            return cls.from_json(json.loads(file.read_text()))
        except OSError as error:
            raise CannotRun(f"{file}: {error.strerror}") from None
        except (ValueError, LookupError, TypeError, AttributeError):
            raise CannotRun(f"{file}: not what --json of the benchmarks writes") from None

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Read the content of such a file."""
        results = tuple(Result.from_json(found) for found in content["results"])
        return cls(dict(content["machine"]), results)


def this_machine() -> Machine:
    """What one has to know to make anything of absolute figures."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "kernel": ".".join(platform.release().split(".")[:2]),
        "python": platform.python_version(),
        "grpcio": importlib.metadata.version("grpcio"),
        "protobuf": importlib.metadata.version("protobuf"),
        "date": datetime.date.today().isoformat(),
    }
