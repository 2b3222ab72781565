"""The agent's enums are the contract's: same names, same numbers, so that translating one is a cast."""

import importlib
import inspect
import pkgutil
import re
from enum import IntEnum, IntFlag

import pytest
from google.protobuf.descriptor import EnumDescriptor

import telesock.server.core
from telesock.server.core.events import EventKind, FaultEnd, StallReason
from telesock.server.core.faults.chance import Distribution, Lane
from telesock.server.core.faults.connecting import Outcome
from telesock.server.core.faults.mangling import Unit
from telesock.server.core.faults.resetting import Moment
from telesock.server.core.faults.values import Counting, Place, Scope, Side
from telesock.server.core.identity import Role
from telesock.server.core.journal import Retention
from telesock.server.core.operations import OperationState
from telesock.server.core.options import OptionKind, QueryKind
from telesock.server.core.policy import PolicyAction
from telesock.server.core.requests import Digest, Family, Indications, OperationKind, SendLevel
from telesock.server.core.slots import Slot
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome
from telesock.v1 import (
    agent_pb2,
    events_pb2,
    faults_pb2,
    operations_pb2,
    options_pb2,
    sessions_pb2,
    sockets_pb2,
    types_pb2,
)

PAIRS: list[tuple[type[IntEnum], EnumDescriptor]] = [
    (Category, types_pb2.SocketCategory.DESCRIPTOR),
    (Family, types_pb2.AddressFamily.DESCRIPTOR),
    (State, types_pb2.SocketState.DESCRIPTOR),
    (Status, types_pb2.Status.DESCRIPTOR),
    (Origin, types_pb2.Origin.DESCRIPTOR),
    (Phase, types_pb2.Phase.DESCRIPTOR),
    (SendLevel, sockets_pb2.SendLevel.DESCRIPTOR),
    (Digest, sockets_pb2.Digest.DESCRIPTOR),
    (OptionKind, options_pb2.SocketOptionKind.DESCRIPTOR),
    (QueryKind, options_pb2.QueryKind.DESCRIPTOR),
    (OperationKind, operations_pb2.OperationKind.DESCRIPTOR),
    (OperationState, operations_pb2.OperationState.DESCRIPTOR),
    (CancelOutcome, operations_pb2.CancelOutcome.DESCRIPTOR),
    (EventKind, events_pb2.EventKind.DESCRIPTOR),
    (StallReason, events_pb2.StallReason.DESCRIPTOR),
    (Retention, sessions_pb2.Retention.DESCRIPTOR),
    (FaultEnd, events_pb2.FaultEnd.DESCRIPTOR),
    (Side, faults_pb2.RelaySide.DESCRIPTOR),
    (Scope, faults_pb2.DecisionScope.DESCRIPTOR),
    (Counting, faults_pb2.CountScope.DESCRIPTOR),
    (Distribution, faults_pb2.Distribution.DESCRIPTOR),
    (Unit, faults_pb2.CorruptionUnit.DESCRIPTOR),
    (Moment, faults_pb2.ResetMoment.DESCRIPTOR),
    (Outcome, faults_pb2.ConnectOutcome.DESCRIPTOR),
    (Role, agent_pb2.Role.DESCRIPTOR),
    (PolicyAction, types_pb2.PolicyAction.DESCRIPTOR),
]


def numbers(contract: EnumDescriptor) -> dict[str, int]:
    """The values of a contract's enum, without the prefix that all of their names share."""
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", contract.name).upper() + "_"
    return {value.name.removeprefix(prefix): value.number for value in contract.values}


@pytest.mark.parametrize(("core", "contract"), PAIRS, ids=lambda enum: getattr(enum, "__name__", ""))
def test_every_value_has_the_name_and_the_number_of_the_contract(
    core: type[IntEnum], contract: EnumDescriptor
) -> None:
    own = {"UNSPECIFIED": 0} | {value.name if value else "UNSPECIFIED": value.value for value in core}

    assert own == numbers(contract)


def test_the_flags_of_indications_are_single_bits_named_as_the_contract_names_the_kinds() -> None:
    kinds = numbers(sockets_pb2.IndicationKind.DESCRIPTOR).keys() - {"UNSPECIFIED"}

    assert {flag.name for flag in Indications} == kinds


def test_the_first_lanes_of_faults_are_the_directions_of_the_contract() -> None:
    directions = numbers(faults_pb2.Direction.DESCRIPTOR)

    assert {lane.name: lane.value for lane in (Lane.SEND, Lane.RECEIVE)} | {"UNSPECIFIED": 0} == directions


def test_no_enum_of_the_core_that_has_numbers_is_forgotten_here() -> None:
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(telesock.server.core.__path__, "telesock.server.core.")
    ]
    numbered = {
        value
        for module in modules
        for _, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, IntEnum) and not issubclass(value, IntFlag) and value is not IntEnum
    }

    assert numbered - {Slot, Lane, Place} == {core for core, _ in PAIRS} - {CancelOutcome}
