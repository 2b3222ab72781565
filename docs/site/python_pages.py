"""The Python API as pages for mkdocstrings, which fills them from signatures and docstrings."""

from typing import NamedTuple

FOLDER = "reference/python"


class _Page(NamedTuple):
    name: str
    title: str
    begins: str
    objects: tuple[str, ...]


_AIO, _SYNC, _LAB = "telesock.client.aio", "telesock.client.sync", "telesock.client.lab"
_PAGES = (
    _Page(
        "asyncio",
        "The asyncio client",
        "[The client](../../client.md) tells how it is used.",
        (
            f"{_AIO}.client.AsyncClient",
            f"{_AIO}.session.AsyncSession",
            f"{_AIO}.operations.Operation",
            f"{_AIO}.sockets.AsyncSocket",
            f"{_AIO}.listeners.AsyncListener",
            f"{_AIO}.listeners.AsyncStreamSocket",
            f"{_AIO}.datagrams.AsyncDatagramSocket",
            f"{_AIO}.options.Options",
            f"{_AIO}.indications.Indications",
            f"{_AIO}.events.EventStream",
            f"{_AIO}.chains.Chain",
            f"{_AIO}.faults.AsyncFault",
            f"{_AIO}.relays.AsyncRelay",
        ),
    ),
    _Page(
        "blocking",
        "The blocking client",
        "The same for programs [with threads](../../client.md#the-same-with-threads).",
        (
            f"{_SYNC}.client.Client",
            f"{_SYNC}.session.Session",
            f"{_SYNC}.operations.Operation",
            f"{_SYNC}.sockets.Socket",
            f"{_SYNC}.listeners.Listener",
            f"{_SYNC}.listeners.StreamSocket",
            f"{_SYNC}.datagrams.DatagramSocket",
            f"{_SYNC}.options.Options",
            f"{_SYNC}.indications.Indications",
            f"{_SYNC}.events.EventStream",
            f"{_SYNC}.chains.Chain",
            f"{_SYNC}.faults.ActiveFault",
            f"{_SYNC}.relays.Relay",
        ),
    ),
    _Page(
        "values",
        "Values and enumerations",
        "What both clients take and return.",
        (
            "telesock.client.credentials.Credentials",
            "telesock.client.core.results",
            "telesock.client.core.options",
            "telesock.client.core.chains.Repeat",
            "telesock.client.core.pattern",
            "telesock.client.enumerations",
        ),
    ),
    _Page(
        "errors",
        "Errors",
        "What both clients raise.",
        ("telesock.client.errors", f"{_SYNC}.locking.WaitsForItself"),
    ),
    _Page(
        "faults",
        "Faults",
        "One class for each effect; [Faults](../../faults.md) says what they do.",
        tuple(
            f"telesock.client.faults.{each}"
            for each in (
                "value",
                "rules",
                "streams",
                "connecting",
                "datagrams",
                "operations",
                "states",
                "replays",
            )
        ),
    ),
    _Page(
        "lab",
        "Labs",
        "Several agents as one thing: [Labs](../../labs.md).",
        (
            f"{_LAB}.aio.lab.AsyncLab",
            f"{_LAB}.aio.agent.LabAgent",
            f"{_LAB}.aio.group.Group",
            f"{_LAB}.aio.barrier.Barrier",
            f"{_LAB}.aio.partition.Partition",
            f"{_LAB}.core.moments.Moment",
            f"{_LAB}.inventory",
            f"{_LAB}.sources.reading",
            f"{_LAB}.errors",
            f"{_LAB}.sync.lab.Lab",
            f"{_LAB}.sync.agent.LabAgent",
        ),
    ),
    _Page(
        "timeline",
        "Timelines",
        "One story of several agents.",
        ("telesock.client.timeline.recorder.TimelineRecorder", "telesock.client.timeline.entries"),
    ),
    _Page(
        "streams",
        "Streams",
        "Remote connections for [other people's libraries](../../streams.md).",
        tuple(
            f"telesock.client.streams.{each}"
            for each in ("asyncio_streams", "anyio_streams", "sockets", "httpcore_backend")
        ),
    ),
)
NAMES = tuple(page.name for page in _PAGES)


def python_pages() -> dict[str, str]:
    """Return Markdown by the page's place in the site."""
    return {f"{FOLDER}/{page.name}.md": _page(page) for page in _PAGES}


def _page(page: _Page) -> str:
    objects = "\n\n".join(f"::: {name}" for name in page.objects)
    return f"# {page.title}\n\n{page.begins}\n\n{objects}\n"
