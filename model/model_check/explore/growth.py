"""From a trace to whether a variable needs more room, or grows without end."""

from __future__ import annotations

from ..language.types import ListType
from ..machine.core import Machine, StateVariable
from ..machine.shapes import is_boundless, value_of

__all__ = [
    "repetition",
]

# Below these sizes growing costs nothing, so nobody is asked.
SMALL_SPACE = 20_000
LARGE_LIST = 256
LARGE_INTEGER = 1 << 12


def repetition(machine: Machine, path: list[int], explored: int) -> int | None:
    """Where the trace to a state that needs more room has repeated itself while growing.

    `path` are the states of the trace. It repeats itself if it passes two states that are
    alike but for variables without bounds, none of which has shrunk, while one has grown:
    the steps between can then be taken again and again, unless a guard counts. The answer
    is the place in `path` of the second of the first such two; None where it does not, or
    where neither the space nor the variable is large yet. It ends the search as
    undetermined, and never decides a verdict.
    """
    boundless = [v for v in machine.variables if not v.hidden and is_boundless(v.type)]
    if explored < SMALL_SPACE and not any(_is_large(v, path[-1], machine) for v in boundless):
        return None
    mask = ~machine.bits(index for variable in boundless for index in variable.fields)
    groups: dict[int, list[tuple[int, ...]]] = {}
    for place, state in enumerate(path):
        sizes = tuple(_size(value_of(machine, v, state)) for v in boundless)
        earlier = groups.setdefault(state & mask, [])
        for before in earlier:
            if before != sizes and all(a <= b for a, b in zip(before, sizes, strict=True)):
                return place
        earlier.append(sizes)
    return None


def _is_large(variable: StateVariable, state: int, machine: Machine) -> bool:
    value = value_of(machine, variable, state)
    limit = LARGE_LIST if isinstance(variable.type, ListType) else LARGE_INTEGER
    return _size(value) >= limit // 2


def _size(value: object) -> int:
    match value:
        case bool() | None | str():
            return 0
        case int():
            return abs(value)
        case list():
            return len(value)
        case dict():
            return sum(_size(each) for each in value.values())
    return 0
