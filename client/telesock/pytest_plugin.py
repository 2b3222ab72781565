"""pytest's side of Telesock: options, fixtures, and the timeline of a test that fails. docs/pytest.md is its manual.

Every pytest of an environment loads this module, most of them for nothing: it imports pytest and the standard library alone.
What a fixture needs is loaded from `telesock.client.testing` when a test asks for it. Refuses wrong options before any test
runs; whatever goes wrong with a timeline never hides why the test failed.
"""

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from telesock.client import AsyncSession, Session
    from telesock.client.lab import AsyncLab, Lab
    from telesock.client.testing.agents import LocalAgents, ReachableAgent
    from telesock.client.testing.evidence import Evidence
    from telesock.client.timeline import TimelineRecorder

EVIDENCE: pytest.StashKey["Evidence"] = pytest.StashKey()
"""What is known of a test that uses any of the fixtures."""

_INTERRUPTED: pytest.StashKey[tuple[str, str]] = pytest.StashKey()
"""The test that Ctrl-C has ended, and its timeline."""
_ADDRESS = re.compile(r"unix:.+|(?:[^\s:\[\]]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}")
_SOURCES = {  # of what is asked for: option, environment, ini
    "agent": ("--telesock-agent", "TELESOCK_AGENT", "telesock_agent"),
    "lab": ("--telesock-lab", "TELESOCK_LAB", "telesock_lab"),
    "timelines": ("--telesock-timelines", "", "telesock_timelines"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what may be said on the command line and in the ini file."""
    group = parser.getgroup("telesock")
    group.addoption(
        "--telesock-agent",
        metavar="HOST:PORT",
        help="the agent that tests use; without it (or TELESOCK_AGENT) each run has a local one of its own",
    )
    group.addoption(
        "--telesock-lab",
        metavar="WHERE",
        help="the agents that tests with telesock_lab use: lab.toml, compose:PROJECT, kubernetes:SELECTOR, dns:NAME; "
        "without it (or TELESOCK_LAB) a test says @pytest.mark.telesock_lab(agents=3) and has local ones",
    )
    group.addoption(
        "--telesock-timelines",
        metavar="DIR",
        help="where the timelines of tests that failed are written, an HTML page each; else to pytest's tmp_path",
    )
    parser.addini("telesock_agent", "the same as --telesock-agent")
    parser.addini("telesock_lab", "the same as --telesock-lab")
    parser.addini("telesock_timelines", "the same as --telesock-timelines, from the rootdir on")
    parser.addini(
        "telesock_agent_flags",
        "flags for local agents: --allow 192.0.2.0/24",
        type="args",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Check what was said, and know the marker."""
    config.addinivalue_line(
        "markers", "telesock_lab(agents): how many local agents telesock_lab has, or their names"
    )
    agent, source = _asked_for(config, "agent")
    if agent and not _ADDRESS.fullmatch(agent):
        raise pytest.UsageError(f"{source} {agent}: write it as HOST:PORT, [IPV6]:PORT or unix:PATH")
    _settle_directory(config)


def _settle_directory(config: pytest.Config) -> None:
    """Make a directory that was asked for absolute: workers of pytest-xdist may stand elsewhere."""
    said, source = _asked_for(config, "timelines")
    if not said:
        return
    base = config.invocation_params.dir if source.startswith("--") else config.rootpath
    directory = Path(base, said).absolute()
    if directory.exists() and not directory.is_dir():
        raise pytest.UsageError(f"{source} {said}: it is there and is no directory")
    config.option.telesock_timelines = str(directory)


def _asked_for(config: pytest.Config, what: str) -> tuple[str, str]:
    """Return what was said of something, and where: on the command line, else in the environment, else in the ini file."""
    option, variable, ini = _SOURCES[what]
    said = config.getoption(option)
    if said:
        return str(said), option
    if variable and os.environ.get(variable):
        return os.environ[variable], variable
    return str(config.getini(ini) or ""), f"{ini} ="


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which agents are used, where they are not our own."""
    found = {what: _asked_for(config, what) for what in ("agent", "lab")}
    return [f"telesock: {what} {said} ({source})" for what, (said, source) in found.items() if said]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget an earlier run of a test that is run again."""
    if EVIDENCE in item.stash:
        del item.stash[EVIDENCE]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the timeline to the report of a failure."""
    evidence = item.stash.get(EVIDENCE, None)
    if evidence is not None and call.excinfo is not None:
        evidence.note_failure(call)
    report = yield
    if evidence is not None and report.failed:
        evidence.attach(item, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep the timeline of a test that is interrupted: mostly it hangs, and pytest makes no report of it."""
    try:
        return (yield)
    except KeyboardInterrupt:
        if EVIDENCE in item.stash:
            item.config.stash[_INTERRUPTED] = item.nodeid, item.stash[EVIDENCE].so_far()
        raise


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter", config: pytest.Config) -> None:
    """Show what the test did that was interrupted: what has not ended is what it waits for."""
    test, timeline = config.stash.get(_INTERRUPTED, ("", ""))
    if timeline:
        terminalreporter.section(f"Telesock timeline of {test}, interrupted", sep="-")
        terminalreporter.write_line(timeline)


# Fixtures


@pytest.fixture(scope="session")
def telesock_local_agents(request: pytest.FixtureRequest) -> Iterator["LocalAgents"]:
    """Agents of this test run, started when they are asked for: `telesock_local_agents.take(3)`."""
    from telesock.client.testing.agents import LocalAgents

    with LocalAgents(request.config.getini("telesock_agent_flags")) as agents:
        yield agents


@pytest.fixture(scope="session")
def telesock_agent(request: pytest.FixtureRequest) -> "ReachableAgent":
    """The agent that tests use, where it is reached: `.target`, `.client()`, `.async_client()`."""
    from telesock.client.testing.agents import given_agent

    target, source = _asked_for(request.config, "agent")
    if target:
        return given_agent(target, source)
    agents: LocalAgents = request.getfixturevalue("telesock_local_agents")
    return agents.take(1)[0]


@pytest.fixture
def telesock_timeline(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "TimelineRecorder":
    """Records this test: `.note("…")`, and further sessions by `session.record_to(telesock_timeline, agent="b")`."""
    return _evidence(request, tmp_path_factory).recorder


def _evidence(request: pytest.FixtureRequest, directories: pytest.TempPathFactory) -> "Evidence":
    from telesock.client.testing.evidence import Evidence

    item = request.node
    if EVIDENCE not in item.stash:
        said = request.config.getoption("--telesock-timelines")
        directory = Path(said) if said else directories.getbasetemp() / "telesock-timelines"
        item.stash[EVIDENCE] = Evidence(item.nodeid, directory)
    evidence: Evidence = item.stash[EVIDENCE]
    return evidence


@pytest.fixture
def telesock_session(
    request: pytest.FixtureRequest, telesock_agent: "ReachableAgent", telesock_timeline: "TimelineRecorder"
) -> Iterator["Session"]:
    """A session of the blocking client, recorded, which ends with the test."""
    from telesock.client.testing.sessions import open_session

    with open_session(telesock_agent, telesock_timeline, request.node.nodeid) as session:
        yield session


@pytest.fixture
def telesock_async_session(
    request: pytest.FixtureRequest, telesock_agent: "ReachableAgent", telesock_timeline: "TimelineRecorder"
) -> "AsyncSession":
    """A session of the asyncio client, recorded, which ends with the test; on the loop of pytest-asyncio or anyio."""
    session: AsyncSession = _on_the_loop(request, "session")
    return session


@pytest.fixture
def telesock_lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Lab"]:
    """The lab of `--telesock-lab`, or of local agents: several agents as one thing, for threads."""
    from telesock.client.testing.labs import open_lab, wanted_lab

    wanted = wanted_lab(request, *_asked_for(request.config, "lab"))
    with open_lab(wanted, _evidence(request, tmp_path_factory)) as lab:
        yield lab


@pytest.fixture
def telesock_async_lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "AsyncLab":
    """The lab of `--telesock-lab`, or of local agents: several agents as one thing, for asyncio."""
    from telesock.client.testing.labs import wanted_lab

    _evidence(request, tmp_path_factory).wanted_lab = wanted_lab(request, *_asked_for(request.config, "lab"))
    lab: AsyncLab = _on_the_loop(request, "lab")
    return lab


def _on_the_loop(request: pytest.FixtureRequest, what: str) -> Any:
    from telesock.client.testing.async_fixtures import name_of_fixture

    return request.getfixturevalue(name_of_fixture(request, what))
