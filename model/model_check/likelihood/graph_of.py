"""From an explored space, and how long its steps take, to a graph whose steps take time.

Nodes are the states; behind them there is one for each state in which a step runs into a run-time
error: where a run ends by it. What never comes is left out. A run is over where nothing has to
happen any more (what may go wrong, never has to), and from where on nothing that is asked of it can
change.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from ..explore.rows import Rows
from ..explore.space import Space
from ..language.source.diagnostics import Diagnostic, SpecError
from ..language.tree.spec import Property
from ..language.tree.timing import Distribution
from ..machine.core import Machine
from ..machine.effects import fields_written, leading_to
from ..results.check import Value
from ..verify.endings import group_key
from ..verify.formulas import Answers
from .coming import (
    EndlessRunError,
    PlainRows,
    can_reach,
    coming,
    coming_in,
    reached_from,
    step_that_goes_round,
)
from .remembered import UndecidedError, flags_of
from .renewals import renewals_of
from .timed_graph import Clock, Flags, TimedGraph

__all__ = ["endings_of", "endless", "starts_of", "timed_graph"]


def timed_graph(
    space: Space,
    clocks: Sequence[Clock],
    begin_times: Sequence[Distribution | None],
    asked: Sequence[Property],
    defines: Sequence[str],
) -> TimedGraph:
    """The graph of a whole space, to ask some properties of its runs.

    clocks: by step; begin_times: by instance. asked: none that is `remembered.left_out`. defines:
    the names of those that tell endings apart. Raises UndecidedError where nothing can be said,
    and SpecError where a run goes on for ever although what is asked is not settled.
    """
    if not space.complete or not space.keeps_all:
        raise UndecidedError(space.stopped or "only a part of the space was explored")
    ends = bytearray(len(space.states))
    for number in space.terminal:
        ends[number] = 1
    rows = _with_errors(space, clocks, ends)
    is_over = ends + bytes(rows.count - len(ends))
    moves = coming(rows, clocks, is_over)
    reached = reached_from(moves, space.initial)
    if any(reached[number] for number in space.outside):
        raise UndecidedError("runs leave what lies `within`: how they go on is not known")
    flags = flags_of(space, moves, reached, asked)
    endings = _Endings(space, defines, moves)
    settled = _settled(moves, flags, endings.keys)
    for number, each in enumerate(settled):
        is_over[number] |= each
    last = coming(moves, clocks, is_over)
    step = step_that_goes_round(last, space.initial)
    if step is not None:
        raise endless(space.machine, EndlessRunError(step, timeless=False))
    reached = reached_from(last, space.initial)
    kinds, values = endings.told([n for n, each in enumerate(reached) if each and not last.of(n)])
    return TimedGraph(
        begins=moves.begins, targets=moves.targets, steps=moves.steps, initial=space.initial,
        clocks=clocks, instance_of=[each.instance for each in space.machine.steps],
        starts=starts_of(space.machine), begin_times=begin_times, is_over=is_over, flags=flags,
        kinds=kinds, kind_count=max(kinds, default=0) + 1, values=values,
        renewals=renewals_of(space, moves, bytes(each.never for each in clocks)),
    )  # fmt: skip


def endless(machine: Machine, error: EndlessRunError) -> SpecError:
    """The message about a run that goes on for ever, at the step that goes round."""
    step = machine.steps[error.step]
    name = f"{machine.instances[step.instance].name}.{step.label}"
    if error.timeless:
        message = f"`{name}` goes round for ever, and no time passes meanwhile"
        hint = f"say in `timing` how long it takes: `{name}: 1ms`"
    else:
        message = f"`{name}` goes round for ever: a run does not end, and what is asked of it is"
        message += " never settled"
        hint = "bound the loop, or leave out the property or the definition that changes in it"
    return SpecError([Diagnostic(step.at, message, hint)])


def starts_of(machine: Machine) -> list[tuple[int, ...]]:
    """For each step, the instances that it leads to where they begin: its own, and branches and
    backgrounds; and where it is the last of some branches, the one that waited for them."""
    place_of = {each.location_field: each.index for each in machine.instances}
    found = [{each.instance} for each in machine.steps]
    for action in machine.actions:
        for step in action.steps:
            written = fields_written(leading_to(action.body, step))
            found[step] |= {place_of[each] for each in written if each in place_of}
    return [tuple(sorted(each)) for each in found]


def _with_errors(space: Space, clocks: Sequence[Clock], ends: Sequence[int]) -> Rows:
    """The rows of a space, with a transition for each step that runs into an error, to a node
    behind the states; none of what never has to happen where a run has ended."""
    graph = space.graph
    failing = [number for number in space.failing if not ends[number]]
    if not failing:
        return graph
    begins, targets, steps = array("q", [0]), array("I"), array("I")
    error_of = {number: len(space.states) + place for place, number in enumerate(failing)}
    for number in range(len(space.states)):
        here = graph.of(number)
        targets.extend(graph.targets[here.start : here.stop])
        steps.extend(graph.steps[here.start : here.stop])
        if number in error_of:
            for step in _failing_steps(space, number):
                targets.append(error_of[number])
                steps.append(step)
        begins.append(len(targets))
    begins.extend([len(targets)] * len(failing))
    return PlainRows(begins, targets, steps)


def _failing_steps(space: Space, number: int) -> list[int]:
    """The steps that run into an error in a state."""
    out: list[tuple[int, int]] = []
    for labelled in space.program.labelled:
        labelled(space.states[number], out)
    failures = space.machine.failures
    return [step for code, step in out if code < 0 and not failures[-code - 1].unfinished]


def _settled(moves: Rows, flags: Flags, keys: Sequence[int]) -> bytearray:
    """1 for each node from which on nothing that is asked of a run can change."""
    told = [keys, flags.found, flags.keep, *flags.broken_at.values()]
    signs = [*zip(*told, strict=True)]
    of_transition = flags.of_transition
    open_ = [
        node
        for node in range(moves.count)
        if any(
            signs[moves.targets[place]] != signs[node]
            or (of_transition is not None and of_transition[place])
            for place in moves.of(node)
        )
    ]
    return bytearray(not each for each in can_reach(moves, open_))


class _Endings:
    """What tells the ends of runs apart: what the defines are there."""

    def __init__(self, space: Space, defines: Sequence[str], rows: Rows) -> None:
        self.space = space
        spec = space.machine.spec
        self.asked = [
            (each.name, Answers(evaluator))
            for each, evaluator in zip(spec.defines, space.program.formulas.defines, strict=True)
            if each.name in defines
        ]
        self.state_of = _state_of(space, rows)
        keys: dict[tuple[int, ...], int] = {}
        states = range(len(space.states))
        mask = 0
        for _, each in self.asked:
            mask |= each.mask
        alike = space.alike(mask, states)
        evaluators = [each for _, each in self.asked]
        of_class = [
            keys.setdefault(group_key(evaluators, space.states[alike.first(one)]), len(keys))
            for one in range(len(alike))
        ]
        self.keys = array("I", [of_class[alike.of[number]] for number in self.state_of])
        """By node: which have the same values."""

    def told(self, ends: Sequence[int]) -> tuple[Sequence[int], dict[str, Sequence[int]]]:
        """Of each end of runs its kind, and of each quantity its value by kind."""
        kinds = array("I", [0]) * len(self.keys)
        number_of: dict[int, int] = {}
        firsts = []
        for node in ends:
            key = self.keys[node]
            if key not in number_of:
                number_of[key] = len(number_of)
                firsts.append(self.space.states[self.state_of[node]])
            kinds[node] = number_of[key]
        values: dict[str, Sequence[int]] = {}
        for name, each in self.asked:
            numbers = [_quantity(each.value(state)) for state in firsts]
            known = [number for number in numbers if number is not None]
            if numbers and len(known) == len(numbers):
                values[name] = known
        return kinds, values


def _state_of(space: Space, rows: Rows) -> Sequence[int]:
    """By node, the number of its state; of a node at which a run has ended by an error, of the
    state in which the step failed."""
    count = len(space.states)
    found = array("I", range(count)) + array("I", [0]) * (rows.count - count)
    if rows.count > count:
        for node, target, _ in rows.edges():
            if target >= count:
                found[target] = node
    return found


def _quantity(value: Value) -> int | None:
    """The number that a value is, or how many there are in it; None of what has none: of a list of
    lists nobody wants to know how many there are."""
    if isinstance(value, int):
        return int(value)
    collections = (list, frozenset, dict)
    if isinstance(value, collections):
        inside = value.values() if isinstance(value, dict) else value
        return None if any(isinstance(each, collections) for each in inside) else len(value)
    return None


def endings_of(
    space: Space, graph: TimedGraph, defines: Sequence[str]
) -> tuple[tuple[tuple[str, Value], ...], ...]:
    """For each kind of ending of a graph that was made of a space, what the defines are there, in
    the order of the spec."""
    endings = _Endings(space, defines, PlainRows(graph.begins, graph.targets, graph.steps))
    last = coming_in(graph)
    reached = reached_from(last, graph.initial)
    first: dict[int, int] = {}
    for node in range(graph.count):
        if reached[node] and not last.of(node):
            first.setdefault(graph.kinds[node], endings.state_of[node])
    return tuple(
        tuple((name, each.value(space.states[first[kind]])) for name, each in endings.asked)
        for kind in range(len(first))
    )
