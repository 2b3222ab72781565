"""What a program with threads leaves behind: nothing."""

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.client.facade import in_thread
from tests.client.sync.connected import connected

from telesock.client import Client, Session, SessionClosed
from telesock.v1.events_pb2 import Event

PROGRAM = Path(__file__).with_name("ending_program.py")

StartProcess = Callable[..., Awaitable[AgentProcess]]
Threaded = Callable[..., Awaitable[object]]


@pytest.mark.parametrize(
    "end", ["leave", "exit", "forget", "abandon", "wait", "interrupt", "interrupt elsewhere"]
)
async def test_a_program_that_ends_in_the_middle_prints_nothing(
    start_agent_process: StartProcess, end: str
) -> None:
    process = await start_agent_process()
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-W", "error", PROGRAM, process.address, end),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await program.communicate()

    assert (output.decode(), program.returncode) == ("", 0)


async def test_leaving_a_session_leaves_no_thread(agent: RunningAgent) -> None:
    def program() -> tuple[list[str], list[str]]:
        with Client(agent.address) as client:
            with client.session() as session:
                inside = _threads(session.session_id)
                session.create_socket().result()
            return inside, _threads(session.session_id)

    inside, after = await in_thread(program)

    assert (len(inside), after) == (2, [])


async def test_a_session_can_be_left_from_what_is_called_back(agent: RunningAgent) -> None:
    def program() -> object:
        with Client(agent.address) as client:
            session = client.session().__enter__()
            left = threading.Event()
            near, far = connected(session)
            receiving = near.receive(1)

            def leave(_: object) -> None:
                session.close()
                left.set()

            receiving.add_done_callback(leave)
            far.send(b"x")
            left.wait()
            return session.lost

    assert isinstance(await in_thread(program), SessionClosed)
    assert len(agent.engine.sessions) == 0


async def test_a_story_is_ended_by_another_thread(threaded: Threaded) -> None:
    def program(session: Session) -> None:
        session.create_socket().result()
        stream = session.events()
        told = [next(stream)]
        reading = threading.Thread(target=lambda: told.extend(stream))
        reading.start()
        stream.close()
        reading.join()

        assert [type(each) for each in told] == [Event]

    await threaded(program)


def _threads(session_id: str) -> list[str]:
    return [thread.name for thread in threading.enumerate() if session_id in thread.name]
