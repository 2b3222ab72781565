"""Which scenarios a file has, in its order, and which of them are wanted.

A scenario is a function of the file itself whose name begins with `scenario_` and that takes the lab and nothing else: a
coroutine function gets an AsyncLab, any other a Lab. `AGENTS` in the file says how many local agents it needs, or their
names. Refused, with one line: a file that cannot be read as Python, one without scenarios, functions that take anything else.
"""

import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from telesock.client.errors import TelesockError
from telesock.client.lab.local import local_names

PREFIX = "scenario_"
AGENTS = "AGENTS"
"""The name in a file that says which local agents it needs."""


class NoScenarios(TelesockError):
    """A file has no scenarios that can be run, or not the wanted ones; one line says why."""


class BrokenFile(TelesockError):
    """A file raised something while it was read: `error`."""

    def __init__(self, path: Path, error: BaseException) -> None:
        super().__init__(f"{path} cannot be read: {error!r}")
        self.error = error


@dataclass(frozen=True)
class Scenario:
    """One function of a file."""

    name: str
    """Without `scenario_`."""
    title: str
    """The first line of its docstring; empty without one."""
    function: Callable[[Any], Awaitable[None] | None]
    is_async: bool


@dataclass(frozen=True)
class ScenarioFile:
    """What a file has."""

    path: Path
    scenarios: tuple[Scenario, ...]
    agents: tuple[str, ...]
    """The names of the agents that it needs: one, where it does not say."""


def read_scenarios(path: Path) -> ScenarioFile:
    """Read a file, which runs it as an import does. Raises NoScenarios, BrokenFile, and InventoryError for its AGENTS."""
    module = _load(path)
    scenarios = tuple(
        _scenario(path, name, value)
        for name, value in vars(module).items()
        if name.startswith(PREFIX) and inspect.isfunction(value) and value.__module__ == module.__name__
    )
    if not scenarios:
        raise NoScenarios(f"{path} has no scenarios: functions `def {PREFIX}NAME(lab)`, sync or async")
    return ScenarioFile(path, scenarios, _agents(path, getattr(module, AGENTS, 1)))


def choose(file: ScenarioFile, wanted: Sequence[str]) -> tuple[Scenario, ...]:
    """Return the scenarios whose name has any of these in it, all without any. Raises NoScenarios where none has."""
    chosen = tuple(each for each in file.scenarios if not wanted or any(part in each.name for part in wanted))
    if not chosen:
        there = ", ".join(each.name for each in file.scenarios)
        raise NoScenarios(f"no scenario of {file.path} is called {' or '.join(wanted)}; there are {there}")
    return chosen


def _load(path: Path) -> ModuleType:
    name = f"telesock_scenarios_{path.stem}"
    spec = spec_from_file_location(name, path) if path.suffix == ".py" else None
    if spec is None or spec.loader is None:
        raise NoScenarios(f"{path} is no Python file: its name has to end with .py")
    module = module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(
        0, str(path.resolve().parent)
    )  # as for any program: what stands beside it can be imported
    try:
        spec.loader.exec_module(module)
    except FileNotFoundError as missing:
        if missing.filename != str(path.absolute()):
            raise BrokenFile(path, missing) from missing
        raise NoScenarios(f"{path}: there is no such file") from None
    except SyntaxError as error:
        place = f"{error.filename}, line {error.lineno}" if error.lineno else f"{path}"
        raise NoScenarios(f"{place}: {error.msg}") from None
    except (Exception, SystemExit) as error:
        if isinstance(error, ValueError) and "null bytes" in str(error):  # a SyntaxError since Python 3.11.4
            raise NoScenarios(f"{path}: {error}") from None
        raise BrokenFile(path, error) from error
    return module


def _scenario(path: Path, name: str, function: Callable[..., Any]) -> Scenario:
    try:
        inspect.signature(function).bind(None)
    except TypeError:
        told = f"{name}{inspect.signature(function)}"
        raise NoScenarios(f"{path}: {told}: a scenario takes the lab and nothing else: {name}(lab)") from None
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise NoScenarios(
            f"{path}: {name} has a `yield`, so that calling it runs nothing of it: leave that out"
        )
    title = (inspect.getdoc(function) or "").partition("\n")[0]
    return Scenario(name.removeprefix(PREFIX), title, function, inspect.iscoroutinefunction(function))


def _agents(path: Path, said: object) -> tuple[str, ...]:
    if isinstance(said, int) and not isinstance(said, bool):
        return local_names(said)
    if isinstance(said, list | tuple) and said and all(isinstance(name, str) for name in said):
        return tuple(said)
    raise NoScenarios(f"{path}: {AGENTS} is how many agents its scenarios need, or their names, not {said!r}")
