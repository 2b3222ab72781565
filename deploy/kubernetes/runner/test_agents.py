"""The first test of a new cluster: its agents are found, serve, and reach each other. Yours stand beside it.

TELESOCK_LAB says where agents are found, TELESOCK_TOKEN_FILE holds their token.
"""

from telesock.client.lab import Lab
from telesock.client.lab.sync import LabAgent

PORT = 7000


def test_each_agent_is_reached_by_the_next_one(telesock_lab: Lab) -> None:
    agents = list(telesock_lab)
    for agent, following in zip(agents, [*agents[1:], agents[0]], strict=True):
        assert said(agent, following) == b"hello"


def said(speaker: LabAgent, listener: LabAgent) -> bytes:
    address = listener.addresses[0]
    with (
        listener.session.listen(address, PORT).result() as listening,
        speaker.session.connect(address, PORT).result() as connection,
        listening.accept().result() as accepted,
    ):
        connection.disconnect(final_data=b"hello").result()
        return accepted.receive(100).result()
