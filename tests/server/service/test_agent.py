"""What an agent says about itself, its clocks, and within which bounds it can be asked to stop."""

import time

from tests.promises.owners import Owner

from telesock.v1.agent_pb2 import SampleClockRequest


async def test_a_sample_of_the_clocks_is_taken_between_question_and_answer(owner: Owner) -> None:
    before = time.monotonic_ns(), time.time_ns()
    sample = await owner.ask(SampleClockRequest())
    after = time.monotonic_ns(), time.time_ns()

    assert before[0] <= sample.monotonic_ns <= after[0]
    assert before[1] <= sample.wall_ns <= after[1]
    assert sample.boot_id == owner.opened.boot_id
