"""Whether a run that takes long goes round for ever, when chance has no more part in it.

Where a run comes back to a node with the same memory and as much left of each clock that matters,
and nothing was drawn meanwhile, it does the same again, and so for ever. What becomes of it is then
known: by what its memory was on the way round.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

from ...language.records import dataclass
from ..stepping import Stepping, is_at_once
from ..timed_graph import TimedGraph
from . import places as k

__all__ = ["Moment", "Round", "at_moment", "round_of"]

NUMBER = 8
"""Bytes of a number."""
Moment = tuple[int, int, tuple[tuple[int, int | None], ...]]
"""A run as it stands: its node, its memory, and of each clock that matters, by number, how much is
left of it; None: it is not drawn yet."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a run does for ever: the node that it comes back to, the bits that are set in its memory
    `always` and `often` on the way round, and whether no time passes."""

    node: int
    always: int
    often: int
    timeless: bool


def round_of(
    stepping: Stepping, run: array[int], go_on: Callable[[], bool], most: int, most_draws: int
) -> Round | None:
    """What a run does for ever, if that is seen while it takes at most so many steps; `go_on` takes
    one, and says whether it still goes on after it. most_draws: steps by which something is drawn,
    after which chance is taken to go on having a part.

    The run is compared with what it was after 1, 2, 4, 8, ... steps (Brent, An improved Monte Carlo
    factorization algorithm, BIT 20, 1980).
    """
    then: Moment | None = None
    draw, draws, now = run[DRAW], 0, 0
    always, often, width, done = -1, 0, 1, 0
    for _ in range(most):
        if not go_on():
            return None
        if run[DRAW] != draw:
            draw, draws, then, width = run[DRAW], draws + 1, None, 1
            if draws > most_draws:
                return None
            continue
        always, often, done = always & run[MEMORY], often | run[MEMORY], done + 1
        is_near = then is not None and then[:2] == (run[NODE], run[MEMORY])
        if is_near and then == at_moment(stepping, run):
            return Round(run[NODE], always, often, timeless=now == run[NOW])
        if then is None or done == width:
            width *= 2
            then, now, always, often, done = at_moment(stepping, run), run[NOW], -1, 0, 0
    return None


NODE, MEMORY, DRAW, NOW = (each // NUMBER for each in (k.NODE, k.MEMORY, k.DRAW, k.NOW))


def at_moment(stepping: Stepping, run: array[int]) -> Moment:
    """A run as it stands: nothing is left of the clocks that are over."""
    return run[NODE], run[MEMORY], _left(stepping, run)


def _left(stepping: Stepping, run: array[int]) -> tuple[tuple[int, int | None], ...]:
    """What is left of the clocks that matter where a run is: nothing of those that are over."""
    graph = stepping.graph
    node, now, visit = run[NODE], run[NOW], run[k.VISIT // NUMBER]
    found: list[tuple[int, int | None]] = []
    wanted = stepping.awaited[node] | stepping.possible[node]
    for step in range(wanted.bit_length()):
        if wanted >> step & 1:
            due = _due(graph, run, step, visit)
            found.append((step, None if due is None else max(0, due - now)))
    unbegun = stepping.unbegun[node]
    for instance in range(unbegun.bit_length()):
        if unbegun >> instance & 1:
            begins = run[_own(instance)]
            found.append((len(graph.clocks) + instance, max(0, begins - now)))
    return tuple(found)


def _own(number: int) -> int:
    """Where the numbers of an instance, or behind them of a step, stand in a run."""
    return (k.RUN_HEAD + 16 * number) // NUMBER


def _due(graph: TimedGraph, run: array[int], step: int, visit: int) -> int | None:
    """When a step is due; None where that is not drawn yet: it is drawn before it matters."""
    clock, instance = graph.clocks[step], _own(graph.instance_of[step])
    began, turn = run[instance + k.BEGAN // NUMBER], run[instance + k.TURN // NUMBER]
    own = _own(len(graph.begin_times) + step)
    due, drawn = run[own + k.DUE // NUMBER], run[own + k.DRAWN // NUMBER]
    if is_at_once(clock.time):
        return began
    if clock.every:
        return due if drawn else began
    if clock.since_possible:
        return due if drawn >= visit else None
    return due if drawn == turn else None
