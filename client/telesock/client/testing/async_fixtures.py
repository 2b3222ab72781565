"""Asynchronous fixtures on the loop of the test that asks for them, whether pytest-asyncio runs it or anyio's plugin.

Each plugin runs asynchronous fixtures in its own way, and only its own. So there is one for each of them, and the fixture
that a test names, a plain one, asks for that which belongs to whoever runs the test. A test that neither runs is refused.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from telesock.client import AsyncSession
from telesock.client.lab import AsyncLab
from telesock.client.testing.agents import ReachableAgent
from telesock.client.testing.labs import open_async_lab
from telesock.client.testing.sessions import open_async_session
from telesock.client.timeline import TimelineRecorder
from telesock.pytest_plugin import EVIDENCE

Fixture = Callable[..., AsyncIterator[Any]]
_PLUGIN = "telesock-async-fixtures"
_LOOP_SCOPES = ("function", "class", "module", "package", "session")


def _session_fixture() -> Fixture:
    async def session(
        request: pytest.FixtureRequest, telesock_agent: ReachableAgent, telesock_timeline: TimelineRecorder
    ) -> AsyncIterator[AsyncSession]:
        async with open_async_session(telesock_agent, telesock_timeline, request.node.nodeid) as opened:
            yield opened

    return session


def _lab_fixture() -> Fixture:
    async def lab(request: pytest.FixtureRequest) -> AsyncIterator[AsyncLab]:
        evidence = request.node.stash[EVIDENCE]
        async with open_async_lab(evidence.wanted_lab, evidence) as opened:
            yield opened

    return lab


_FIXTURES: dict[str, Callable[[], Fixture]] = {"session": _session_fixture, "lab": _lab_fixture}
# Each makes another function: pytest-asyncio marks that which it is given.


def name_of_fixture(request: pytest.FixtureRequest, what: str) -> str:
    """Return the name of the fixture that is right for a test. Fails it where nothing runs asynchronous tests."""
    _register(request.config)
    scope = _loop_of_asyncio(request)
    if scope is not None:
        return f"_telesock_{what}_asyncio_{scope}"
    if "anyio_backend" not in request.fixturenames:
        pytest.fail(
            f"telesock_async_{what} is for a test that pytest-asyncio or anyio runs: "
            "@pytest.mark.asyncio or @pytest.mark.anyio; telesock_session and telesock_lab are for others"
            f"{_where_neither_is_there(request.config)}",
            pytrace=False,
        )
    if request.getfixturevalue("anyio_backend_name") != "asyncio":
        pytest.skip("telesock's client runs on asyncio, this test on another of anyio's backends")
    return f"_telesock_{what}_anyio"


def _where_neither_is_there(config: pytest.Config) -> str:
    if any(config.pluginmanager.has_plugin(name) for name in ("asyncio", "anyio")):
        return ""
    return " (neither is there: pip install pytest-asyncio)"


def _loop_of_asyncio(request: pytest.FixtureRequest) -> str | None:
    """Return the scope of the loop on which pytest-asyncio runs the test; None where it does not run it."""
    if not request.config.pluginmanager.has_plugin("asyncio"):
        return None
    marker = request.node.get_closest_marker("asyncio")  # which it sets itself where it takes all tests
    if marker is None:
        return None
    said = marker.kwargs.get("loop_scope") or marker.kwargs.get("scope")
    return str(said or request.config.getini("asyncio_default_test_loop_scope"))


def _register(config: pytest.Config) -> None:
    """Make the fixtures known, once a run. pytest looks for them in modules."""
    plugins = config.pluginmanager
    if not plugins.has_plugin(_PLUGIN):
        module = ModuleType(_PLUGIN)
        vars(module).update(_made(plugins.has_plugin("asyncio")))
        plugins.register(module, _PLUGIN)


def _made(with_asyncio: bool) -> Iterator[tuple[str, Any]]:
    """The fixtures, by name: one for anyio's plugin, and one for each loop that pytest-asyncio may run a test on."""
    for what, make in _FIXTURES.items():
        name = f"_telesock_{what}_anyio"
        yield name, pytest.fixture(name=name)(make())
        for scope in _LOOP_SCOPES if with_asyncio else ():
            name = f"_telesock_{what}_asyncio_{scope}"
            yield name, sys.modules["pytest_asyncio"].fixture(loop_scope=scope, name=name)(make())
