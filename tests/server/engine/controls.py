"""Options and queries in a line each, for the tests of the engine."""

from tests.server.engine.driver import Driver

from telesock.server.core.events import Completion, ControlResult, SocketQueries
from telesock.server.core.options import OptionKind, QueryKind, SetOption, Value
from telesock.server.core.requests import Control
from telesock.server.core.status import Status


def control(driver: Driver, request: Control) -> Completion:
    """Ask for what completes at once; return how."""
    completion = driver.completion(driver.ask(request))
    assert completion is not None, "a control request completes at once"
    return completion


def set_option(driver: Driver, socket_id: int, kind: OptionKind, value: Value) -> Completion:
    """Set an option; return how that ended."""
    return control(driver, changing(socket_id, kind, value))


def changing(socket_id: int, kind: OptionKind, value: Value) -> Control:
    """The request that sets an option."""
    return Control(socket_id, SetOption(kind, value))


def result(completion: Completion) -> ControlResult:
    """What a control request yields that has succeeded."""
    assert completion.status is Status.SUCCESS, completion
    assert isinstance(completion.result, ControlResult)
    return completion.result


def option(driver: Driver, socket_id: int, kind: OptionKind) -> Value:
    """Read an option."""
    [found] = result(control(driver, Control(socket_id, options=(kind,)))).options
    assert found.kind is kind
    return found.value


def query(driver: Driver, socket_id: int, *kinds: QueryKind) -> SocketQueries:
    """Ask queries."""
    answers = result(control(driver, Control(socket_id, queries=kinds))).queries
    assert answers is not None
    return answers
