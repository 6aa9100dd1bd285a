"""From an explored space, and how long its steps take, to a graph whose steps take time.

Nodes are the states; behind them there is one for each state in which a step runs into a run-time
error: where a run ends by it. What never comes is left out. A run is over where nothing has to
happen any more (what may go wrong, never has to), and from where on nothing that is asked of it can
change, or it is known what becomes of it (see `settling`).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from ..explore.rows import Rows
from ..explore.space import Space
from ..language.records import dataclass
from ..language.source.diagnostics import Diagnostic, SpecError
from ..language.tree.spec import Property
from ..language.tree.timing import Distribution
from ..machine.core import Machine
from ..machine.effects import fields_written, leading_to
from ..results.check import Value
from ..verify.endings import group_key
from ..verify.formulas import Answers
from .coming import (
    Endless,
    EndlessRunError,
    PlainRows,
    can_reach,
    coming,
    coming_in,
    reached_from,
)
from .remembered import UndecidedError, flags_of
from .renewals import renewals_of
from .settling import Acting, settle
from .timed_graph import Clock, Flags, TimedGraph

__all__ = ["Kind", "endings_of", "endless", "starts_of", "timed_graph"]

UNTIMED = "say in `timing` how long it takes: `{}: 1ms`"
BOUND = "bound the loop, or leave out the property or the definition that changes in it"
_Lasting = tuple[int | None, ...]
"""What tells endings apart: of each define what it is; None where it can still change."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of ending: what the defines are, in the order of the spec; `changing`: but for those
    that can still change in a run that goes on for ever."""

    values: tuple[tuple[str, Value], ...]
    changing: tuple[str, ...] = ()


def timed_graph(
    space: Space,
    clocks: Sequence[Clock],
    begin_times: Sequence[Distribution | None],
    asked: Sequence[Property],
    defines: Sequence[str],
) -> TimedGraph:
    """The graph of a whole space, to ask some properties of its runs.

    clocks: by step; begin_times: by instance. asked: none that is `remembered.left_out`. defines:
    the names of those that tell endings apart. Raises UndecidedError where nothing can be said.
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
    for number, each in enumerate(_unchanging(moves, flags, endings.keys)):
        is_over[number] |= each
    last = coming(moves, clocks, is_over)
    reached = reached_from(last, space.initial)
    instance_of = [each.instance for each in space.machine.steps]
    starts = starts_of(space.machine)
    lasting = endings.lasting(last)
    renewals = renewals_of(space, moves, bytes(each.never for each in clocks))
    acting = Acting(clocks, instance_of, starts, renewals)
    settled = settle(last, reached, flags, acting, _restless(last, lasting))
    kinds, values = endings.told(_ends(last, reached), lasting)
    return TimedGraph(
        begins=moves.begins, targets=moves.targets, steps=moves.steps, initial=space.initial,
        clocks=clocks, instance_of=instance_of, starts=starts, begin_times=begin_times,
        is_over=is_over, flags=flags, settled=settled,
        kinds=kinds, kind_count=max(kinds, default=0) + 1, values=values,
        renewals=renewals,
    )  # fmt: skip


def endless(machine: Machine, error: EndlessRunError) -> SpecError:
    """The message about a run that goes on, at a step that comes in it again and again."""
    step = machine.steps[error.step]
    name = f"{machine.instances[step.instance].name}.{step.label}"
    match error.why:
        case Endless.AT_ONCE:
            message = f"`{name}` goes round for ever, and no time passes meanwhile"
            hint = UNTIMED.format(name)
        case Endless.STANDSTILL:
            message = f"`{name}` comes again and again: no time passed in {error.steps:,} steps of"
            message += " a run"
            hint = UNTIMED.format(name)
        case Endless.UNKNOWN:
            message = f"`{name}` goes round for ever: a run does not end, and what is asked of it"
            message += " is never settled"
            hint = _bound(error)
        case Endless.LONG:
            message = f"`{name}` comes again and again: after {error.steps:,} steps of a run, what"
            message += " is asked of it is still not settled, and whether it ever is, is not known"
            hint = _bound(error)
    return SpecError([Diagnostic(step.at, message, hint)])


def _bound(error: EndlessRunError) -> str:
    return f"{BOUND}; {error.not_computed}" if error.not_computed else BOUND


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


def _unchanging(moves: Rows, flags: Flags, keys: Sequence[int]) -> bytearray:
    """1 for each node from which on nothing that is asked of a run can change."""
    signs = [*zip(keys, flags.found, flags.keep, strict=True)]
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
        self.groups: dict[tuple[int, ...], int] = {}
        states = range(len(space.states))
        mask = 0
        for _, each in self.asked:
            mask |= each.mask
        alike = space.alike(mask, states)
        evaluators = [each for _, each in self.asked]
        groups = self.groups
        of_class = [
            groups.setdefault(group_key(evaluators, space.states[alike.first(one)]), len(groups))
            for one in range(len(alike))
        ]
        self.keys = array("I", [of_class[alike.of[number]] for number in self.state_of])
        """By node: which have the same values."""

    def lasting(self, moves: Rows) -> Sequence[_Lasting]:
        """Of each node what tells how a run ends from there: what the defines are, but for those
        that can still change."""
        changes = [
            (node, target)
            for node, target, _ in moves.edges()
            if self.keys[node] != self.keys[target]
        ]
        groups = [*self.groups]
        can_change = []
        for place in range(len(self.asked)):
            values = [group[place] for group in groups]
            open_ = {
                node
                for node, target in changes
                if values[self.keys[node]] != values[self.keys[target]]
            }
            can_change.append(can_reach(moves, open_) if open_ else bytes(moves.count))
        return [
            tuple(
                None if here[node] else value
                for value, here in zip(groups[self.keys[node]], can_change, strict=True)
            )
            for node in range(moves.count)
        ]

    def told(
        self, ends: Sequence[int], lasting: Sequence[_Lasting]
    ) -> tuple[Sequence[int], dict[str, Sequence[int | None]]]:
        """Of each node the kind of ending that runs come to that end or stay there, and of each
        quantity its value by kind. `ends`: where runs do, those that end first."""
        first = _firsts(ends, lasting)
        number_of = {each: number for number, each in enumerate(first)}
        kinds = array("I", [number_of.get(each, 0) for each in lasting])
        values: dict[str, Sequence[int | None]] = {}
        for place, (name, each) in enumerate(self.asked):
            numbers = [
                None if kind[place] is None else _quantity(each.value(self._state(node)))
                for kind, node in first.items()
            ]
            lasts = [number for number, kind in zip(numbers, first, strict=True)
                     if kind[place] is not None]  # fmt: skip
            if lasts and None not in lasts:
                values[name] = numbers
        return kinds, values

    def _state(self, node: int) -> int:
        return self.space.states[self.state_of[node]]

    def kinds(self, ends: Sequence[int], lasting: Sequence[_Lasting]) -> tuple[Kind, ...]:
        """What the defines are at each kind of ending, by its number in `told`."""
        return tuple(
            Kind(
                tuple(
                    (name, each.value(self._state(node)))
                    for (name, each), last in zip(self.asked, kind, strict=True)
                    if last is not None
                ),
                tuple(
                    name for (name, _), last in zip(self.asked, kind, strict=True) if last is None
                ),
            )
            for kind, node in _firsts(ends, lasting).items()
        )


def _firsts(ends: Sequence[int], lasting: Sequence[_Lasting]) -> dict[_Lasting, int]:
    """The first of some nodes that is of each kind of ending."""
    found: dict[_Lasting, int] = {}
    for node in ends:
        found.setdefault(lasting[node], node)
    return found


def _ends(moves: Rows, reached: Sequence[int]) -> Sequence[int]:
    """The nodes at which a run may end, and then those through which it may go round for ever."""
    ends = [node for node in range(moves.count) if reached[node] and not moves.of(node)]
    of = moves.components(reached).of
    return ends + [node for node in range(moves.count) if of[node]]


def _restless(moves: Rows, lasting: Sequence[_Lasting]) -> Sequence[int]:
    """1 for each node from which it is open which ending a run comes to."""
    return can_reach(
        moves, {node for node, target, _ in moves.edges() if lasting[node] != lasting[target]}
    )


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


def endings_of(space: Space, graph: TimedGraph, defines: Sequence[str]) -> tuple[Kind, ...]:
    """What the defines are at each kind of ending of a graph that was made of a space."""
    endings = _Endings(space, defines, PlainRows(graph.begins, graph.targets, graph.steps))
    last = coming_in(graph)
    return endings.kinds(_ends(last, reached_from(last, graph.initial)), endings.lasting(last))
