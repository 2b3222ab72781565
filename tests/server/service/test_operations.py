"""Looking at operations, waiting for them and cancelling them: what each call answers, and what it leaves behind."""

from tests.promises.owners import Owner

from telesock.v1.operations_pb2 import ListOperationsRequest
from telesock.v1.sockets_pb2 import CreateSocketRequest


async def test_operations_are_listed_as_they_were_answered(owner: Owner) -> None:
    operations = [await owner.start(CreateSocketRequest()) for _ in range(3)]

    assert (await owner.ask(ListOperationsRequest())).operations == operations
