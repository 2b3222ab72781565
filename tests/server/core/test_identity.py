"""What each role may do, and who one is where nobody is asked."""

from telesock.server.core.identity import ANYBODY, Identity, Quotas, Role
from telesock.v1 import agent_pb2


def test_roles_are_numbered_as_in_the_contract() -> None:
    contract = dict(agent_pb2.Role.items())
    del contract["ROLE_UNSPECIFIED"]

    assert {f"ROLE_{role.name}": role.value for role in Role} == contract


def test_an_owner_acts_an_observer_sees_and_an_administrator_does_both() -> None:
    assert {role.name: (role.acts, role.sees_all) for role in Role} == {
        "OWNER": (True, False),
        "OBSERVER": (False, True),
        "ADMINISTRATOR": (True, True),
    }


def test_an_identity_is_an_owner_with_what_the_agent_has_unless_more_is_said() -> None:
    assert Identity("ann") == Identity("ann", Role.OWNER, Quotas(0, 0, 0, 0, 0, 0.0), None, False)


def test_anybody_has_no_name_and_may_do_everything() -> None:
    assert Identity("", Role.ADMINISTRATOR, sees_payload=True) == ANYBODY
