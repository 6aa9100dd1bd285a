"""Places in a program, as chains of what is still to be done; and where a process rests.

A process rests at the head of a `while True`: whatever step may come first in a round, with
no `for` begun and no choice made. Which steps these are is seen from the text alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model_check.language.tree import statements as stmts
from model_check.language.tree.spec import Process

__all__ = [
    "Again",
    "Beside",
    "Location",
    "Place",
    "Point",
    "Resting",
    "Round",
    "Sequence",
    "Tried",
    "handler_around",
    "loop_around",
    "rounds_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sequence:
    """The statements of a block from a number on, and what comes then."""

    block: tuple[stmts.Control, ...]
    start: int
    then: Place


@dataclass(frozen=True, slots=True)
class Round:
    """A round of a `for`: its item and those that are left."""

    loop: stmts.For
    item: Any
    left: tuple[Any, ...]
    then: Place


@dataclass(frozen=True, slots=True)
class Again:
    """A round of a `while`."""

    loop: stmts.While
    then: Place


@dataclass(frozen=True, slots=True)
class Tried:
    """Inside of a `try`."""

    node: stmts.Try
    then: Place


@dataclass(frozen=True, slots=True)
class Beside:
    """The end of a branch of a `both`, or of a `background`; and where that stands."""

    then: Place


Place = Sequence | Round | Again | Tried | Beside | None


@dataclass(frozen=True, slots=True)
class Point:
    """A step, an `either`, or the end of a `both`, that comes next; what comes after it, and the
    loops around. `late`: it is what is done where others have waited too long."""

    node: stmts.Step | stmts.While | stmts.Switch | stmts.Either | stmts.Both
    then: Place
    late: bool = False

    @property
    def rounds(self) -> tuple[tuple[str, Any, tuple[Any, ...]], ...]:
        return rounds_of(self.then)

    @property
    def label(self) -> str:
        assert not isinstance(self.node, stmts.Either | stmts.Both)
        return self.node.label or ""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a process instance stands; at no point: it has ended, or `crashed` for good. `sent`:
    the values of a call that waits for its answer."""

    point: Point | None
    sent: tuple[Any, ...] | None = None
    crashed: bool = False

    @property
    def key(self) -> Any:
        if self.point is None:
            return self.crashed
        return id(self.point.node), self.point.rounds, self.sent


def loop_around(place: Place) -> Round | Again:
    while isinstance(place, Sequence | Tried):
        place = place.then
    assert place is not None
    return place


def handler_around(place: Place, word: str) -> Sequence | None:
    """What is done where that is raised at a place: the handler of the innermost `try` that catches
    it."""
    while place is not None:
        if isinstance(place, Tried):
            for caught, handler in place.node.handlers:
                if caught == word:
                    return Sequence(handler, 0, place.then)
        place = place.then
    return None


def rounds_of(place: Place) -> tuple[tuple[str, Any, tuple[Any, ...]], ...]:
    """The `for` loops that a place stands in, outermost first: variable, item, items left."""
    found: list[tuple[str, Any, tuple[Any, ...]]] = []
    while place is not None:
        if isinstance(place, Round):
            found.insert(0, (place.loop.variable, place.item, place.left))
        place = place.then
    return tuple(found)


class Resting:
    """The points of one process at which it rests."""

    def __init__(self, process: Process) -> None:
        self._heads: set[int] = set()
        self._sent: set[int] = set()
        for loop, after in _forever(process.run, None):
            inside = {id(node) for node in _nodes(loop.body)}
            for point in _first(Again(loop, after), set()):
                if id(point.node) in inside:
                    self._heads.add(id(point.node))
                    self._sent |= {id(each) for each in _sending(point, ())}

    def at(self, place: Location) -> bool:
        """Whether it rests there; whoever waits for the answer to what was sent there, too."""
        assert place.point is not None
        if isinstance(place.point.node, stmts.Both):
            return True  # its branches say whether they do
        return id(place.point.node) in (self._heads if place.sent is None else self._sent)


def _forever(block: tuple[stmts.Control, ...], then: Place) -> Iterator[tuple[stmts.While, Place]]:
    """Every `while True` of a program, and what comes after it."""
    for i, node in enumerate(block):
        after = Sequence(block, i + 1, then)
        match node:
            case stmts.While(condition, body):
                if condition is None:
                    yield node, after
                yield from _forever(body, Again(node, after))
            case stmts.For(body=body):
                yield from _forever(body, Round(node, None, (), after))
            case stmts.Switch(branches, orelse):
                for _, inner in (*branches, (None, orelse)):
                    yield from _forever(inner, after)
            case stmts.Either(branches):
                for inner in branches:
                    yield from _forever(inner, after)
            case stmts.Try(body, handlers):
                yield from _forever(body, Tried(node, after))
                for _, inner in handlers:
                    yield from _forever(inner, after)
            case stmts.Both(branches):
                for inner in branches:
                    yield from _forever(inner, Beside(after))
            case stmts.Background(body):
                yield from _forever(body, Beside(after))


def _nodes(block: tuple[stmts.Control, ...]) -> Iterator[stmts.Control]:
    for node in block:
        yield node
        match node:
            case stmts.While(_, body) | stmts.For(body=body):
                yield from _nodes(body)
            case stmts.Switch(branches, orelse):
                for _, inner in (*branches, (None, orelse)):
                    yield from _nodes(inner)
            case stmts.Either(branches):
                for inner in branches:
                    yield from _nodes(inner)
            case stmts.Try(body, handlers):
                yield from _nodes(body)
                for _, inner in handlers:
                    yield from _nodes(inner)


def _first(place: Place, seen: set[int]) -> Iterator[Point]:
    """All points that control may come to, whatever its tests say; `for` is passed by."""
    while isinstance(place, Sequence) and place.start == len(place.block):
        place = place.then
    match place:
        case Again(loop, then) if loop.label is None:
            if id(loop) not in seen:
                seen.add(id(loop))
                yield from _first(Sequence(loop.body, 0, place), seen)
                if loop.condition is not None:
                    yield from _first(then, seen)
        case Again(loop, then):
            yield Point(loop, then)
        case Round(_, _, _, then) | Tried(_, then):
            yield from _first(then, seen)
        case Sequence(block, start, then):
            after = Sequence(block, start + 1, then)
            match block[start]:
                case stmts.For():
                    yield from _first(after, seen)
                case stmts.While() as loop:
                    yield from _first(Again(loop, after), seen)
                case stmts.Switch(branches, orelse, None):
                    for _, inner in (*branches, (None, orelse)):
                        yield from _first(Sequence(inner, 0, after), seen)
                case stmts.Try(body) as node:
                    yield from _first(Sequence(body, 0, Tried(node, after)), seen)
                case stmts.Break():
                    yield from _first(loop_around(after).then, seen)
                case stmts.Continue():
                    yield from _first(loop_around(after), seen)
                case stmts.Background():
                    yield from _first(after, seen)
                case stmts.Step() | stmts.Switch() | stmts.Either() as node:
                    yield Point(node, after)


def _sending(point: Point, around: tuple[stmts.Control, ...]) -> Iterator[stmts.Step]:
    """The steps at a point that send something and then wait for its answer; the choices
    `around` it are asked already."""
    match point.node:
        case stmts.Step(issue=issue) as step if issue is not None:
            yield step
        case stmts.Either(branches) as choice if not any(choice is each for each in around):
            for branch in branches:
                for inner in _first(Sequence(branch, 0, point.then), set()):
                    yield from _sending(inner, (*around, choice))
