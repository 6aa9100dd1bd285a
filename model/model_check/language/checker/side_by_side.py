"""What the branches of `both`, and a `background`, do to each other.

In: the checked program of a process. Each step is atomic, so steps may read and write what
others do. What is not part of a step may not: a condition without a label, what a `for` goes
through, what a command was sent with. Nor have two loops at the same time one variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Literal as OneOf

from ...codes import Code
from ..records import dataclass
from ..source.diagnostics import Diagnostics
from ..tree.expressions import CommandCall, Expr, Literal, NoneLiteral, OwnVar, SharedVar
from ..tree.statements import (
    Assign,
    Await,
    Background,
    Both,
    Control,
    Either,
    Evaluate,
    For,
    ForEach,
    If,
    Step,
    StepStatement,
    Switch,
    While,
)
from ..tree.walk import (
    blocks_of,
    controls_in,
    inner_expressions,
    root_of,
    statements_in,
)

__all__ = ["check_side_by_side"]


@dataclass(frozen=True, slots=True)
class _Turn:
    """One block on the way to a place: number `branch` of what stands at `begins` in the
    program, of which one is done ("choice") or all ("both"), or which nobody waits for."""

    begins: int
    branch: int
    kind: OneOf["both", "background", "choice"]


@dataclass(frozen=True, slots=True)
class _Place:
    """A control of a program: the `way` to it, and where it stands in the text (`number`)."""

    control: Control
    way: tuple[_Turn, ...]
    number: int

    def beside(self, other: _Place) -> bool:
        """Whether the two can be under way at the same time. No loop is around a background, so
        what stands before it is over when it begins."""
        mine, theirs = self.way, other.way
        while mine and theirs and mine[0] == theirs[0]:
            mine, theirs = mine[1:], theirs[1:]
        if mine and theirs and mine[0].begins == theirs[0].begins:
            return mine[0].kind == "both"
        return _outlives(mine, other.number) or _outlives(theirs, self.number)


def _outlives(way: Iterable[_Turn], number: int) -> bool:
    """Whether what is begun on the way may still go on when control has come to a place."""
    return any(turn.kind == "background" and turn.begins < number for turn in way)


def check_side_by_side(run: tuple[Control, ...], found: Diagnostics) -> None:
    """Report what cannot stand side by side in a program, and warn of what is lost there."""
    _Check([*_places(run, (), [0])], found).all()


def _places(
    block: tuple[Control, ...], way: tuple[_Turn, ...], count: list[int]
) -> Iterator[_Place]:
    for control in block:
        count[0] += 1
        number = count[0]
        yield _Place(control, way, number)
        for branch, inner in enumerate(blocks_of(control)):
            yield from _places(inner, _into(way, control, number, branch), count)


def _into(way: tuple[_Turn, ...], control: Control, number: int, branch: int) -> tuple[_Turn, ...]:
    """The way into a block of a control that has this number."""
    match control:
        case Both():
            return (*way, _Turn(number, branch, "both"))
        case Background():
            return (*way, _Turn(number, branch, "background"))
        case Switch() | Either():
            return (*way, _Turn(number, branch, "choice"))
    return way


class _Check:
    def __init__(self, places: list[_Place], found: Diagnostics) -> None:
        self.places = places
        self.found = found

    def all(self) -> None:
        for place in self.places:
            for read in _read_between(place.control):
                self.refuse_change(place, read)
        for one, other in combinations(self.places, 2):
            match one.control, other.control:
                case For(name), For(other_name, at=at) if name == other_name:
                    if one.beside(other):
                        self.found.report(at, f"{name} is the variable of a loop beside this one",
                                          "give it another name")  # fmt: skip
                case Step(issue=CommandCall() as first), Step(issue=CommandCall() as second):
                    if first.resource == second.resource and one.beside(other):
                        self.refuse_waiting(first, second)
        for place in self.places:
            if isinstance(place.control, Both):
                self.warn_of_lost(place.control)

    def refuse_change(self, place: _Place, read: OwnVar) -> None:
        """What is read between steps, or before an answer, and set beside that."""
        for other in self.places:
            if read.name in _set_by(other.control) and place.beside(other):
                what = f"{read.name} is set beside this, in line {other.control.at.line}"
                self.found.report(read.at, what, _HINTS[type(place.control)])
                return

    def refuse_waiting(self, first: CommandCall, second: CommandCall) -> None:
        self.found.report(
            second.at,
            f"{second.resource} is waited for beside this, in line {first.at.line}",
            "a process waits once at a time: let one branch wait, or write two processes",
        )

    # --- what is written twice ----------------------------------------------------------------

    def warn_of_lost(self, both: Both) -> None:
        """Warn of a variable that two branches set and none of them reads: one value is lost."""
        sets = [_assigned_in(branch) for branch in both.branches]
        read = {name for branch in both.branches for name in _read_in(branch)}
        for first, second in combinations(sets, 2):
            for name in [each for each in first if each in second and each not in read]:
                if not _are_same(each.value for each in (*first[name], *second[name])):
                    at = second[name][0].at
                    line = first[name][0].at.line
                    message = (
                        f"{name} is set beside this too, in line {line}, and no branch reads it:"
                        " the one that is last wins"
                    )
                    self.found.warn(Code.SET_BESIDE, at, message)


_HINTS: dict[type, str] = {
    While: "label it: then it is a step, and reads what is there at that moment",
    Switch: "label it: then it is a step, and reads what is there at that moment",
    For: "copy it in a step first, into a variable that is set nowhere else",
    Step: "a command must be answered for what it was sent with: keep that in another variable",
}


def _read_between(control: Control) -> Iterator[OwnVar]:
    """The variables of the process that a control reads and that must not change there."""
    asked: tuple[Expr, ...] = ()
    match control:
        case While(condition, label=None) if condition is not None:
            asked = (condition,)
        case Switch(branches, label=None):
            asked = tuple(test for test, _ in branches)
        case For(source=source):
            asked = (source,)
        case Step(issue=CommandCall(instance=instance, arguments=arguments)):
            asked = arguments if instance is None else (instance, *arguments)
    for expression in asked:
        for each in inner_expressions(expression):
            if isinstance(each, OwnVar):
                yield each


def _assigns(control: Control) -> Iterator[Assign]:
    if isinstance(control, Step):
        for statement in statements_in(control.body):
            if isinstance(statement, Assign):
                yield statement


def _set_by(control: Control) -> set[str]:
    """The variables of the process that a step sets."""
    roots = (root_of(each.target) for each in _assigns(control))
    return {root.name for root in roots if isinstance(root, OwnVar)}


def _assigned_in(branch: tuple[Control, ...]) -> dict[str, list[Assign]]:
    """The variables that a branch sets as a whole, and where."""
    found: dict[str, list[Assign]] = {}
    for control in controls_in(branch):
        for each in _assigns(control):
            if isinstance(each.target, OwnVar | SharedVar):
                found.setdefault(each.target.name, []).append(each)
    return found


def _read_in(branch: tuple[Control, ...]) -> Iterator[str]:
    """The variables that a branch reads; not those that an assignment sets as a whole."""
    for control in controls_in(branch):
        for expression in _expressions_of(control):
            for each in inner_expressions(expression):
                if isinstance(each, OwnVar | SharedVar):
                    yield each.name


def _expressions_of(control: Control) -> Iterator[Expr]:
    match control:
        case Step(body=body):
            yield from _computed(body)
        case While(condition) if condition is not None:
            yield condition
        case Switch(branches):
            yield from (test for test, _ in branches)
        case For(source=source):
            yield source


def _computed(body: tuple[StepStatement, ...]) -> Iterator[Expr]:
    """The outermost expressions of a step whose values count."""
    for statement in statements_in(body):
        match statement:
            case Assign(target, value):
                yield value
                if root_of(target) is not target:
                    yield target
            case Evaluate(value) | Await(value):
                yield value
            case If(branches):
                yield from (test for test, _ in branches)
            case ForEach(source=source):
                yield source


def _are_same(values: Iterable[Expr]) -> bool:
    """Whether all are the same constant."""
    kinds = [each if isinstance(each, Literal | NoneLiteral) else None for each in values]
    return None not in kinds and len({getattr(each, "value", None) for each in kinds}) == 1
