import re

import pytest

from telesock.client import enumerations
from telesock.v1 import (
    events_pb2,
    faults_pb2,
    operations_pb2,
    options_pb2,
    sessions_pb2,
    sockets_pb2,
    types_pb2,
)

ENUMERATIONS = [
    value
    for value in vars(enumerations).values()
    if getattr(value, "__module__", "") == enumerations.__name__
]
CONTRACT = {
    name: descriptor
    for module in (events_pb2, faults_pb2, operations_pb2, options_pb2, sessions_pb2, sockets_pb2, types_pb2)
    for name, descriptor in module.DESCRIPTOR.enum_types_by_name.items()
}


@pytest.mark.parametrize("enumeration", ENUMERATIONS, ids=lambda enumeration: enumeration.__name__)
def test_each_has_the_contract_s_names_and_numbers(enumeration: type[enumerations.Status]) -> None:
    prefix = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", enumeration.__name__).upper() + "_"
    contract = {
        value.name.removeprefix(prefix): value.number
        for value in CONTRACT[enumeration.__name__].values
        if value.number
    }

    assert {member.name: member.value for member in enumeration} == contract
