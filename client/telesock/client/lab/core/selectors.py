"""Which agents are meant by their labels, in the words that Kubernetes uses: "role=server,zone!=b,!old".

All terms of a selector have to hold. `name=value` (or `==`) and `name!=value` ask for a label's value, and one that is
not there differs from every value; `name` and `!name` ask whether it is there. An empty selector means all agents. One that
means nobody is refused: whatever was done with them would be done to nobody, and seem to have succeeded.
"""

import re
from collections.abc import Callable, Mapping

from telesock.client.lab.errors import SelectorError
from telesock.client.lab.inventory import LABEL_NAME_PATTERN, LABEL_VALUE_PATTERN

Labels = Mapping[str, str]
Selector = Callable[[Labels], bool]

_TOLD = 5
_TERM = re.compile(
    rf"(?P<absent>!?)\s*(?P<name>{LABEL_NAME_PATTERN})\s*(?:(?P<sign>==?|!=)\s*(?P<value>{LABEL_VALUE_PATTERN}))?"
)


def read_selector(text: str) -> Selector:
    """Return what tells whether labels fit. Raises SelectorError with the term that cannot be read."""
    terms = [_read_term(term.strip(), text) for term in text.split(",")] if text.strip() else []
    return lambda labels: all(term(labels) for term in terms)


def select(text: str, agents: Mapping[str, Labels]) -> list[str]:
    """Return the names of the agents whose labels fit. Raises SelectorError when there are none."""
    fits = read_selector(text)
    names = [name for name, labels in agents.items() if fits(labels)]
    if not names:
        raise SelectorError(f"no agent fits the selector {text!r}; there are {_described(agents)}")
    return names


def _described(agents: Mapping[str, Labels]) -> str:
    """The first few with their labels."""
    told = [
        f"{name} ({','.join(f'{label}={value}' for label, value in labels.items()) or 'no labels'})"
        for name, labels in list(agents.items())[:_TOLD]
    ]
    more = len(agents) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "") if told else "none at all"


def _read_term(term: str, text: str) -> Selector:
    found = _TERM.fullmatch(term)
    if found is None or (found["absent"] and found["sign"]):
        raise SelectorError(
            f"{term!r} in the selector {text!r} is no term: name=value, name!=value, name or !name"
        )
    name, value = found["name"], found["value"]
    if not found["sign"]:
        wanted = not found["absent"]
        return lambda labels: (name in labels) is wanted
    if found["sign"] == "!=":
        return lambda labels: labels.get(name) != value
    return lambda labels: labels.get(name) == value
