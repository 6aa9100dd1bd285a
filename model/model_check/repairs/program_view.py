"""A process's program as it is written and as it is meant, side by side: what changes look at.

In: a spec as it was read and as it was checked. Out: each statement with its lines and what it
reads and writes, and the places where a process looks and then acts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..language.draft import Draft, Entry
from ..language.outline import Place, outline_of
from ..language.source.diagnostics import Position
from ..language.source.reader import ScalarNode
from ..language.syntax.nodes import If, Labelled, While
from ..language.tree.expressions import CommandCall, Compare, Expr, NoneLiteral, OtherVar, OwnVar
from ..language.tree.spec import Command, Process, Spec
from ..language.tree.statements import Assign, Await, Control, Step, Switch
from ..language.tree.walk import calls_of, controls_in, inner_expressions, statements_in
from ..machine.effects import Effects
from .dependence import (
    Item,
    StepFlow,
    commands_of,
    expressions_of,
    flow_of,
    flow_of_tests,
    joining_server,
    server_of,
)

__all__ = ["LookAndChoice", "ProgramView", "assigned_call", "own_variable", "views_of"]

OWN = ("own", "temporary")
"""The kinds of items that are of a process alone."""


@dataclass(frozen=True)
class ProgramView:
    """One process. `places` are its statements, outermost first; `count` is how many instances
    there are, as it is written, "" where that is not said."""

    spec: Spec
    process: Process
    rows: tuple[str, ...]
    places: tuple[Place, ...]
    count: str = ""

    @property
    def name(self) -> str:
        return self.process.name

    @cached_property
    def _controls(self) -> dict[Position, Control]:
        return {each.at: each for each in controls_in(self.process.run)}

    @cached_property
    def labels(self) -> frozenset[str]:
        """All labels of the program."""
        return frozenset(
            place.label for block in self.blocks() for place in block if place.label
        ) | frozenset(
            label for each in self._controls.values() if isinstance(each, Step)
            for label in each.joined
        )  # fmt: skip

    def labels_in(self, block: Iterable[Place]) -> list[str]:
        """The labels in a block, in the order of the text."""
        found = []
        for place in block:
            found += [place.label] if place.label else []
            for inner in place.blocks:
                found += self.labels_in(inner)
        return found

    def blocks(self) -> Iterator[tuple[Place, ...]]:
        """All blocks, the outer ones first."""
        waiting = [self.places]
        while waiting:
            block = waiting.pop(0)
            if block:
                yield block
            waiting += [inner for place in block for inner in place.blocks]

    def control(self, place: Place) -> Control | None:
        """What a statement means between steps, or as a step."""
        statement = place.statement
        if isinstance(statement, Labelled) and statement.inline:
            match statement.body:
                case (If() | While() as inner,) if statement.at not in self._controls:
                    return self._controls.get(inner.at)
        return self._controls.get(statement.at)

    def step(self, place: Place) -> Step | None:
        """The step that a statement is; None where it is none, or joins several."""
        control = self.control(place)
        return control if isinstance(control, Step) and not control.joined else None

    def flow(self, step: Step) -> StepFlow:
        return flow_of(self.spec, self.process, step)

    def server(self, step: Step) -> str:
        """The server that can do the step at once with others; "" for none."""
        return joining_server(self.spec, step)

    def waits(self, step: Step) -> bool:
        """Whether a step may have to wait."""
        return (
            step.issue is not None
            or any(isinstance(each, Await) for each in statements_in(step.body))
            or any(each.blocking for call in calls_of(step.body) for each in self.commands(call))
        )

    def commands(self, call: CommandCall) -> Iterator[Command]:
        return commands_of(self.spec, call)

    def is_look(self, step: Step) -> bool:
        """Whether a step only looks at what others can change: what it writes is its process's,
        and it does not wait."""
        effects = self.flow(step).effects
        return (
            not self.waits(step)
            and any(kind not in OWN for kind, *_ in effects.touches)
            and all(kind in OWN for kind, *_ in effects.writes)
        )

    def is_needed(self, call: CommandCall) -> bool:
        """Whether other commands of the spec do nothing for a process that has not called this
        one: it subscribes."""
        commands = self.spec.resource(call.resource).commands
        return any(call.command in each.needs for some in commands for each in some.values())

    def is_used(self, places: Iterable[Place], variables: Collection[Item]) -> bool:
        """Whether statements, or others than this process, read one of its variables."""
        names = {name for kind, name, *_ in variables if kind == "own"}
        return self.is_read(places, names) or any(
            isinstance(each, OtherVar) and each.process == self.name and each.name in names
            for each in self._elsewhere
        )

    def is_read(self, places: Iterable[Place], names: Collection[str]) -> bool:
        """Whether statements read one of the variables of the process."""
        return any(
            isinstance(part, OwnVar) and part.name in names
            for place in places
            for each in self.controls(place)
            for part in expressions_of(each)
        )

    def controls(self, place: Place) -> Iterator[Control]:
        """What a statement consists of, itself first."""
        control = self.control(place)
        if control is not None:
            yield from controls_in((control,))

    @cached_property
    def _elsewhere(self) -> tuple[Expr, ...]:
        """All expressions of other processes and of properties."""
        acts = (
            part
            for process in self.spec.processes
            if process.name != self.name
            for control in controls_in(process.run)
            for part in expressions_of(control)
        )
        asked = (
            part
            for each in self.spec.properties
            for formula in (each.formula, *(atom.value for atom in each.atoms))
            if formula is not None
            for part in inner_expressions(formula)
        )
        return (*acts, *asked)

    def fresh(self, label: str) -> str:
        """A name for a label, a variable or a resource that nothing in reach has got yet."""
        spec = self.spec
        taken = {*self.labels, *spec.constants}
        taken |= {each.name for each in (*self.process.vars, *spec.vars)}
        taken |= {each.name for each in spec.resources} | {each.name for each in spec.processes}
        taken |= {each.name for each in spec.defines}
        number = 2
        found = label
        while found in taken:
            found = f"{label}_{number}"
            number += 1
        return found

    def looks(self) -> Iterator[LookAndChoice]:
        """Where the process looks and goes on by what it found."""
        for block in self.blocks():
            for before, place in zip((None, *block), block, strict=False):
                choice = place.choice
                control = self.control(place)
                if choice is None or not isinstance(control, Switch):
                    continue
                if "\n" in choice.branches[0][0].text:
                    continue
                if control.label is not None:
                    yield LookAndChoice(self, place, place, control)
                elif before is not None and self.step(before) is not None:
                    yield LookAndChoice(self, before, place, control)


@dataclass(frozen=True)
class LookAndChoice:
    """A look, and the `if` that goes on by what it found: a step before it, or its own test."""

    view: ProgramView
    look: Place
    place: Place
    control: Switch

    @property
    def is_test(self) -> bool:
        """Whether the test is the look."""
        return self.look is self.place

    @property
    def step(self) -> Step:
        """The step that looks; not where the test does."""
        found = self.view.step(self.look)
        assert found is not None  # so it was found
        return found

    @property
    def flow(self) -> Effects[Item]:
        """What the look reads and writes."""
        if self.is_test:
            return flow_of_tests(self.view.spec, self.view.process, self.tests)
        return self.view.flow(self.step).effects

    @property
    def server(self) -> str:
        """The server that can do the look at once with other commands; "" for none."""
        if self.is_test:
            parts = (part for test in self.tests for part in inner_expressions(test))
            return server_of(self.view.spec, parts)
        return self.view.server(self.step)

    @property
    def tests(self) -> tuple[Expr, ...]:
        return tuple(test for test, _ in self.control.branches)

    def branches(self) -> Iterator[int]:
        """The branches that are taken by the first condition, and by its opposite."""
        blocks = self.place.blocks
        if blocks and blocks[0]:
            yield 0
        if len(blocks) == 2 and blocks[1]:
            yield 1

    def condition(self, branch: int) -> str:
        """What is true in a branch."""
        choice = self.place.choice
        assert choice is not None  # so it was found
        text = choice.branches[0][0].text
        return text if branch == 0 else f"not ({text})"

    def condition_reads(self) -> frozenset[Item]:
        return flow_of_tests(self.view.spec, self.view.process, self.tests).reads

    @property
    def own(self) -> tuple[str, ...]:
        """The variables of its process that the conditions read."""
        return tuple(sorted(name for kind, name, *_ in self.condition_reads() if kind == "own"))

    def finds_none(self, branch: int, call: CommandCall) -> bool:
        """Whether a branch is taken exactly if the call, which is all of the look, answers None."""
        stored = None if self.is_test else assigned_call(self.step)
        answer: Expr | None = call if self.is_test else stored[0] if stored else None
        match self.tests:
            case (Compare(operator, left, NoneLiteral()),) if left == answer:
                return operator == ("==" if branch == 0 else "!=")
        return False

    @property
    def indent(self) -> int:
        return self.place.indent

    def is_parted(self, branch: int, first: Place, last: Place) -> bool:
        """Whether something is known to stand where the statements from `first` to `last` of a
        branch are taken out: not between `if` and `elif`."""
        block = self.place.blocks[branch]
        return (block[0], block[-1]) != (first, last) or len(self.place.blocks) == 2

    def rest(
        self, branch: int, first: Place, last: Place, heads: tuple[str, str] | None = None
    ) -> tuple[str, ...]:
        """The `if` without the statements from `first` to `last` of a branch; nothing where
        nothing is left. `heads`: what it then begins with, and what it does where the branch of
        `if` is gone."""
        rows, place, margin = self.view.rows, self.place, " " * self.indent
        block, other = place.blocks[branch], place.blocks[1 - branch]
        begin = place.blocks[0][0].start
        label = f"{place.label}: " if place.label else ""
        if heads is None:
            head, opposite = rows[place.head : begin], f"{label}if {self.condition(1)}:"
        else:
            head, opposite = (margin + heads[0],), heads[1]
        if (block[0], block[-1]) != (first, last):
            return (*head, *rows[begin : first.start], *rows[last.stop : place.stop])
        if not other:
            return ()
        if branch == 1:
            return (*head, *rows[begin : other[-1].stop])
        return (margin + opposite, *rows[other[0].start : place.stop])


def own_variable(process: str, name: str, kind: str) -> Entry:
    """A variable more of a process."""
    return Entry(("processes", process, "vars", name), kind)


def views_of(draft: Draft, spec: Spec) -> tuple[ProgramView, ...]:
    """All processes whose programs are written below `|`, in the order of the text."""
    found = []
    for process in spec.processes:
        run = draft.run_of(process.name)
        if run is not None and run.style == "|":
            rows = tuple(run.text.split("\n"))
            count = draft.at(("processes", process.name, "count"))
            number = count.text if isinstance(count, ScalarNode) else ""
            found.append(ProgramView(spec, process, rows, outline_of(run), number))
    return tuple(found)


def assigned_call(step: Step) -> tuple[Expr, CommandCall] | None:
    """The variable and the call, where that is all that a step does: `v = r.get()`."""
    match step.body:
        case (Assign(target, CommandCall() as call),):
            return target, call
    return None
