"""From an explored space to tables, to be walked through without the tool.

A state is a row of small numbers, each the place of a value in its variable's column; an edge
is the place of what happens along it, and the row that it leads to. Everything a person
reads is made here, by what traces are made by; to walk through the tables is to look up
and to compute nothing of the spec a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Literal as OneOf

from ..explore.space import Space
from ..language.records import dataclass
from ..language.source.diagnostics import Source
from ..machine.core import Instance
from ..results.check import CallRecord, Trace, TraceStep, event_name
from ..results.trace import Found
from ..results.waiting import Wait
from .concretize import Concretizer, Notes
from .formulas import Answers
from .judgement import Judgement
from .show import format_value
from .state_graph import EventNames, VariableText
from .trace import Tracer, crashes_in, locations_of
from .waiting import waits_of

__all__ = ["MOST_ROWS", "Column", "Edge", "EdgeEvent", "PageTables", "TraceHop", "page_tables_of"]

MOST_ROWS = 5_000
"""States of a space whose rows are all kept; of a larger one those on the traces are."""

End = OneOf["", "final", "deadlock"]


@dataclass(frozen=True, slots=True)
class Column:
    """What one number of a row means: the value with that number, as text.

    `name` is a variable's, a process instance's (where it stands), or a watched expression's;
    `owner` the process instance or resource that a variable belongs to, "" for others. Two
    different values may read the same.
    """

    name: str
    owner: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EdgeEvent:
    """What happens along an edge: the event without its occurrence (`ai_service.save[7]`), the
    commands with their answers, and the label's `line` in the file `source`. `fault`: it is what
    may go wrong with `instance`, a process instance or a resource; `timeout`: it stopped waiting;
    `crashes`: it dies by that. `found`: how the conditions came out that a step without
    commands looked at."""

    instance: str
    event: str
    calls: tuple[CallRecord, ...]
    source: str
    line: int
    fault: bool = False
    timeout: bool = False
    crashes: bool = False
    found: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """`act` is a place in the acts, `target` a row; None where the step runs into a run-time
    error, and `error` says which and where."""

    act: int
    target: int | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class TraceHop:
    """A step of a trace: its place among the edges of the row that it starts from, and the
    row that it leads to (its own, where the step fails)."""

    edge: int
    row: int


@dataclass(frozen=True, slots=True)
class PageTables:
    """The rows of a space, in breadth-first order.

    `whole`: every explored state has a row and all its edges; else only those on the traces,
    which have the edges of the traces. `variables`, `places` and `watch` are the columns, in
    this order. `numbers[i]` is the number of row i's state in the space, the first `initial`
    rows are initial states. Where it is whole, the first `expanded` rows have all their edges;
    the search stopped before it looked at those of the others. `ends` says of a row whether
    nothing can happen there, and how; `may_go_wrong` are such rows in which faults can all the
    same; `violates[i]` are the properties that row i violates,
    `lost[name]` the rows from which every continuation does, where it is whole.
    `traces` lead from row `starts[name]` to the violation of a property; `endings[name]` are
    the rows of the first state of each ending, in the order of the result's endings (None
    where it has no row). `loops` say of a trace without an end after how many of its steps it
    begins to go round. `waits` say of the deadlocks of a whole space who waits for what, and a
    cycle of waiting. `sources` are the files of the steps, in the order in which the spec
    was read from them: what it extends comes first.
    """

    whole: bool
    variables: tuple[Column, ...]
    places: tuple[Column, ...]
    watch: tuple[Column, ...]
    rows: tuple[tuple[int, ...], ...]
    numbers: tuple[int, ...]
    initial: int
    expanded: int
    acts: tuple[EdgeEvent, ...]
    edges: tuple[tuple[Edge, ...], ...]
    ends: tuple[End, ...]
    may_go_wrong: frozenset[int]
    violates: tuple[tuple[str, ...], ...]
    lost: dict[str, frozenset[int]]
    starts: dict[str, int]
    traces: dict[str, tuple[TraceHop, ...]]
    endings: dict[str, tuple[int | None, ...]]
    loops: dict[str, int]
    waits: dict[int, tuple[tuple[Wait, ...], tuple[str, ...]]]
    sources: tuple[Source, ...]


def page_tables_of(space: Space, judgement: Judgement, most: int = MOST_ROWS) -> PageTables:
    """The tables of a space with at most `most` states, or of its traces."""
    return _TableBuilder(space, judgement, whole=len(space.states) <= most).tables()


class _ColumnBuilder:
    """The column of a variable or expression, filled by the states that are asked for."""

    def __init__(self, name: str, owner: str, mask: int, text: Callable[[int], str]) -> None:
        self.name = name
        self.owner = owner
        self._mask = mask
        self._text = text
        self._places: dict[int, int] = {}
        self._texts: list[str] = []

    def of(self, state: int) -> int:
        """The place of the state's value; equal values have equal bits."""
        key = state & self._mask
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self._texts)
            self._texts.append(self._text(state))
        return place

    def column(self) -> Column:
        return Column(self.name, self.owner, tuple(self._texts))


class _TableBuilder:
    def __init__(self, space: Space, judgement: Judgement, *, whole: bool) -> None:
        self.space = space
        self.judgement = judgement
        self.whole = whole
        self.tracer = Tracer(space)
        self.concretizer = Concretizer(space.program)
        # A trace has all its values; beside traces, some may be forgotten.
        self.program = space.program if whole else self.concretizer.program
        self.machine = self.program.machine
        self.names = [EventNames(self.machine, step) for step in self.machine.steps]
        self.acts: list[EdgeEvent] = []
        self.place_of_act: dict[object, int] = {}
        on_traces = {number for path in judgement.paths.values() for number in path}
        self.numbers: Sequence[int] = range(len(space.states)) if whole else sorted(on_traces)
        self.row_of = {number: row for row, number in enumerate(self.numbers)}
        self.row_of_state = {space.states[number]: row for number, row in self.row_of.items()}
        self.complete: dict[int, int] = {}
        """By number, a whole state that a state is."""
        for path in judgement.paths.values():
            states = self.concretizer.states_along([space.states[number] for number in path])
            for number, state in zip(path, states, strict=True):
                self.complete.setdefault(number, state)

    def tables(self) -> PageTables:
        space, judgement = self.space, self.judgement
        variables, places, watch = self._variables(), self._places(), self._watch()
        columns = [*variables, *places, *watch]
        states = [self._state(number) for number in self.numbers]
        rows = tuple(tuple([column.of(state) for column in columns]) for state in states)
        edges = self._all_edges() if self.whole else self._edges_of_traces()
        return PageTables(
            whole=self.whole,
            variables=tuple(each.column() for each in variables),
            places=tuple(each.column() for each in places),
            watch=tuple(each.column() for each in watch),
            rows=rows,
            numbers=tuple(self.numbers),
            initial=sum(number < space.initial for number in self.numbers),
            expanded=sum(number < space.expanded for number in self.numbers),
            acts=tuple(self.acts),
            edges=edges,
            ends=self._ends(),
            may_go_wrong=self._may_go_wrong(),
            violates=self._violates(),
            lost=dict(judgement.lost) if self.whole else {},
            starts={name: self.row_of[path[0]] for name, path in judgement.paths.items()},
            traces={
                result.name: self._hops(judgement.paths[result.name], result.trace, edges)
                for result in judgement.results
                if result.trace is not None
            },
            endings={
                name: tuple(self.row_of.get(number) for number in firsts)
                for name, firsts in judgement.endings.items()
            },
            loops={name: run.loop_from for name, run in judgement.lassos.items()},
            waits=self._waits() if self.whole else {},
            sources=self._sources(),
        )

    # --- columns ------------------------------------------------------------------------------

    def _state(self, number: int) -> int:
        """The state that is shown in a row."""
        return self.space.states[number] if self.whole else self.complete[number]

    def _variables(self) -> list[_ColumnBuilder]:
        found = []
        for each in self.machine.variables:
            if not each.hidden:
                text = VariableText(self.program, each)
                found.append(
                    _ColumnBuilder(each.name, each.owner, text.mask, partial(_masked, text))
                )
        return found

    def _places(self) -> list[_ColumnBuilder]:
        found = []
        for each, *beside in self.machine.processes:
            mask = self.machine.bits(task.location_field for task in (each, *beside))
            found.append(_ColumnBuilder(each.name, each.name, mask, partial(self._place, each)))
        return found

    def _place(self, instance: Instance, state: int) -> str:
        return locations_of(self.machine, state)[instance.name]

    def _watch(self) -> list[_ColumnBuilder]:
        return [
            _ColumnBuilder(each.formula.name, "", each.mask, partial(_watched, each))
            for each in map(Answers, self.program.formulas.watch)
        ]

    # --- edges --------------------------------------------------------------------------------

    def _all_edges(self) -> tuple[tuple[Edge, ...], ...]:
        expanded = self.space.expanded
        return tuple(
            tuple(self._edges(number)) if number < expanded else () for number in self.numbers
        )

    def _edges_of_traces(self) -> tuple[tuple[Edge, ...], ...]:
        """Of each row the edges that a trace takes, and where one fails those that fail."""
        targets: dict[int, set[int | None]] = {number: set() for number in self.numbers}
        for result in self.judgement.results:
            path = self.judgement.paths.get(result.name, ())
            for before, after in pairwise(path):
                targets[before].add(self.row_of[after])
            if result.trace is not None and _fails(result.trace, path):
                targets[path[-1]].add(None)
        return tuple(
            tuple(edge for edge in self._edges(number) if edge.target in targets[number])
            for number in self.numbers
        )

    def _edges(self, number: int) -> Iterator[Edge]:
        """Everything that can happen in a state, in the order of the search; an edge to a
        state without a row is left out."""
        space, concretizer = self.space, self.concretizer
        state = self._state(number)
        if number not in self.complete:
            self.complete[number] = concretizer.state_of(space, number)
        out: list[tuple[int, int, Notes]] = []
        for told in concretizer.program.told:
            told(self.complete[number], out)
        for target, step, notes in out:
            if target < 0:
                failure = space.machine.failures[-target - 1]
                if failure.unfinished:
                    continue
                error = f"{failure.at}: {self.tracer.error(failure, notes)}"
                yield Edge(self._act(step, notes, state), None, error)
            else:
                row = self.row_of_state.get(concretizer.forget(target))
                if row is not None:
                    yield Edge(self._act(step, notes, state), row)

    def _act(self, step: int, notes: Notes, state: int) -> int:
        names = self.names[step]
        event = names[state & names.mask]
        # Of a step with commands it is not shown what a condition found: it makes no other act.
        numbers = 2 * len(self.tracer.machine.calls)
        shown = tuple(note for note in notes if note[0] < numbers) or notes
        key = (step, event, tuple(shown))
        place = self.place_of_act.get(key)
        if place is None:
            told = self.space.machine.steps[step]
            calls, at = self.tracer.calls(notes), told.at
            place = self.place_of_act[key] = len(self.acts)
            self.acts.append(
                EdgeEvent(
                    names.instance,
                    event,
                    calls,
                    at.source.path,
                    at.line,
                    told.fault,
                    told.timeout,
                    crashes_in(told, calls),
                    () if calls else self.tracer.found(notes),
                )
            )
        return place

    # --- states and traces --------------------------------------------------------------------

    def _ends(self) -> tuple[End, ...]:
        space, terminal = self.space, frozenset(self.space.terminal)
        return tuple(
            ""
            if number not in terminal
            else "final"
            if space.is_final(space.states[number])
            else "deadlock"
            for number in self.numbers
        )

    def _waits(self) -> dict[int, tuple[tuple[Wait, ...], tuple[str, ...]]]:
        """Of no run to a deadlock in particular: since when something is so is not told."""
        program, calls = self.concretizer.program, self.tracer.calls
        return {
            row: waits_of(program, self.complete[number], (), calls)
            for row, (number, end) in enumerate(zip(self.numbers, self._ends(), strict=True))
            if end == "deadlock" and number in self.complete
        }

    def _may_go_wrong(self) -> frozenset[int]:
        states, ends = self.space.states, frozenset(self.space.terminal)
        return frozenset(
            row
            for row, number in enumerate(self.numbers)
            if number in ends and self.space.program.may_go_wrong(states[number])
        )

    def _violates(self) -> tuple[tuple[str, ...], ...]:
        found: dict[int, list[str]] = {}
        for name, violating in self.judgement.violating.items():
            # In a run without an end no state by itself is wrong.
            for number in violating if name not in self.judgement.lassos else ():
                found.setdefault(number, []).append(name)
        return tuple(tuple(found.get(number, ())) for number in self.numbers)

    def _hops(
        self, path: Sequence[int], trace: Trace, edges: Sequence[Sequence[Edge]]
    ) -> tuple[TraceHop, ...]:
        """The steps of a trace by their places; of a trace without an end, once round."""
        found = []
        rows = [self.row_of[number] for number in path]
        for step, (before, after) in zip(trace.steps, pairwise(rows), strict=False):
            found.append(TraceHop(self._edge_of(step, edges[before], after), after))
        if _fails(trace, path):
            step, last = trace.steps[-1], rows[-1]
            event = event_name(step.instance, step.label, step.indices, 1)
            error = f"{trace.error_at}: {trace.error}"
            edge = next(
                i
                for i, each in enumerate(edges[last])
                if each.error == error and self.acts[each.act].event == event
            )
            found.append(TraceHop(edge, last))
        return tuple(found)

    def _edge_of(self, step: TraceStep, edges: Sequence[Edge], target: int) -> int:
        """The place of the edge of a step: the first of those that lead to its target by the same
        event with the same answers, or that found the same."""
        event = event_name(step.instance, step.label, step.indices, 1)
        found = [(self.acts[each.act], i) for i, each in enumerate(edges) if each.target == target]
        named = [(act, i) for act, i in found if act.event == event]
        asked = (step.calls, () if step.calls else step.found)
        alike = [(act, i) for act, i in named if (act.calls, act.found) == asked]
        return (alike or named)[0][1]

    def _sources(self) -> tuple[Source, ...]:
        spec = self.space.machine.spec
        known = {each.at.source.path: each.at.source for each in spec.properties}
        known |= {each.at.source.path: each.at.source for each in self.space.machine.steps}
        return tuple(known[path] for path in spec.sources if path in known)


def _masked(text: VariableText, state: int) -> str:
    return text[state & text.mask]


def _watched(answers: Answers, state: int) -> str:
    return format_value(answers.value(state))


def _fails(trace: Trace, path: Sequence[int]) -> bool:
    """Whether the last step of a trace runs into an error, and so leads to no state."""
    return trace.end == "error" and len(trace.steps) == len(path)
