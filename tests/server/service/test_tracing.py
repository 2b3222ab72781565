"""Of which trace a single call is a part: its metadata says so, as far as it makes sense."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.agents import RunningAgent
from tests.promises.owners import Listen, Open, Owner

from telesock.server.traces import OperationTraces
from telesock.v1.sessions_pb2 import ChainLink, Command, SubmitChainRequest
from telesock.v1.sockets_pb2 import CloseRequest

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
IN_IT = (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331)


class Spans:
    """The spans of an agent: of which they are a part, by their names."""

    def __init__(self, agent: RunningAgent) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.traces = OperationTraces(provider.get_tracer("test"))
        agent.engine.sessions.watch(None, self.traces)

    def parents(self) -> dict[str, tuple[int, int] | None]:
        return {
            span.name: None if span.parent is None else (span.parent.trace_id, span.parent.span_id)
            for span in self._exporter.get_finished_spans()
        }


def saying(owner: Owner, trace_parent: str) -> Owner:
    owner.metadata = (*owner.metadata, ("traceparent", trace_parent))
    return owner


@pytest.fixture
async def spans(agent: RunningAgent) -> Spans:
    return Spans(agent)


@pytest.mark.parametrize(
    ("said", "parent"), [(PARENT, IN_IT), ("nonsense", None), (f"{PARENT}-and-more", None), ("0" * 55, None)]
)
async def test_a_single_call_says_its_trace_in_its_metadata(
    spans: Spans,
    agent: RunningAgent,
    open_owner: Open,
    peer: Listen,
    said: str,
    parent: tuple[int, int] | None,
) -> None:
    owner = await open_owner(agent.address)
    socket_id, _ = await owner.connect(peer())

    await saying(owner, said).run(CloseRequest(socket_id=socket_id))

    assert spans.parents() == {"telesock.connect": None, "telesock.close": parent}
    assert spans.traces.parent == ""


async def test_a_chain_and_its_links_are_a_part_of_one_trace(
    spans: Spans, agent: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    owner = await open_owner(agent.address)
    socket_id, _ = await owner.connect(peer())
    link = ChainLink(command=Command(close=CloseRequest(socket_id=socket_id)))

    answer = await saying(owner, PARENT).ask(SubmitChainRequest(links=[link]))
    await owner.finish(answer.operations[0])

    assert spans.parents() == {"telesock.connect": None, "telesock.close": IN_IT, "telesock.chain": IN_IT}
