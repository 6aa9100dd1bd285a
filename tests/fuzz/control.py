"""Where control goes without a step: on to the next step, into branches, back to a loop's head.

From a place in a program come the steps that can be next; where a branch of a `both` or a
`background` begins or ends, others may go on. Fails where a test on the way fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal

from model_check.language.tree import statements as stmts
from model_check.language.tree.spec import Spec

from .evaluate import called, evaluate, line_of_its_own, wire_of
from .places import (
    Again,
    Beside,
    Location,
    Place,
    Point,
    Resting,
    Round,
    Sequence,
    Tried,
    loop_around,
    rounds_of,
)
from .replicas import Data
from .states import State
from .threads import Threads, Who
from .values import ordered
from .world import FailedError, Frame

__all__ = ["Control", "Part", "branch_of", "label_of"]


Part = Literal["all", "sends", "gives up"]
"""What of a step is done: all of it, or its rest; its sending; that it has waited too long."""


class Control:
    """How control goes in the programs of a spec."""

    def __init__(self, spec: Spec) -> None:
        self.resting = {process.name: Resting(process) for process in spec.processes}
        self.threads = Threads(spec)

    def freeze(self, state: State) -> State:
        """Compute a state's identity; nothing changes any more."""
        world = state.world
        world.labels = lambda who: frozenset(
            label for each in state.places if each[:2] == who for label in self.labels(state, each)
        )
        busy = {who[:2] for who in state.places if len(who) > 2}
        world.ended = frozenset(
            who
            for who, at in state.places.items()
            if at.point is None and not at.crashed and who not in busy
        )
        world.held_up = dict(self._holding(state))
        state.key = (
            tuple(world.shared.values()),
            tuple(tuple(values.values()) for values in world.own.values()),
            tuple(tuple(values.values()) for values in world.stored.values()),
            tuple((who, place.key) for who, place in sorted(state.places.items(), key=_who)),
            tuple(sorted(state.spent.items())),
            tuple(sorted(world.cut)),
            (tuple(sorted(world.watching)), tuple(sorted(world.touched))),
            tuple((w, tuple(s.key for s in sent)) for w, sent in sorted(world.under_way.items())),
            tuple((name, tuple(map(_frozen, lag))) for name, lag in sorted(world.lagging.items())),
        )
        return state

    def _holding(self, state: State) -> Iterator[tuple[Who, Any]]:
        """Who waits for the answer to what holds up a connection, with that."""
        for who, place in state.places.items():
            match place:
                case Location(Point(stmts.Step(holds=True, issue=call)), sent) if sent is not None:
                    assert call is not None
                    assert place.point is not None
                    frame = self._between(place.point.then, state, who)
                    resource, number, command = called(call, frame)
                    own = line_of_its_own(resource, number)
                    yield who, (wire_of(frame, resource.name, command), own)

    def rests(self, who: Who, place: Location) -> bool:
        """Whether a process instance has ended or rests at the head of a `while True`."""
        return place.point is None or self.resting[who[0]].at(place)

    # --- where a process goes ---------------------------------------------------------------

    def location(self, place: Place, state: State, who: Who) -> Location:
        """Where control comes to from a place, without a step. Raises FailedError."""
        try:
            return Location(self._walk(place, state, who))
        except RecursionError:
            raise FailedError("this goes round for ever without a step") from None

    def points(self, state: State, who: Who) -> list[Point]:
        """The steps that can come next: one, or the first ones of the branches of `either`.
        Raises FailedError where control fails in one of them."""
        return [point for start in self.starts(state, who) for point in start()]

    def labels(self, state: State, who: Who) -> set[str]:
        """The labels of the steps that can come next. Raises FailedError, as `points`."""
        return {
            label_of(point, part)
            for point in self.points(state, who)
            for part in self.parts(state, who, point)
        }

    def parts(self, state: State, who: Who, point: Point) -> tuple[Part, ...]:
        """What the step that comes next does, for each way that it may go."""
        if not isinstance(point.node, stmts.Step):
            return ("all",)
        if point.node.issue is not None and state.places[who].sent is None:
            return ("all", "sends") if point.node.at_once else ("sends",)
        return ("all", "gives up") if point.node.gives_up else ("all",)

    def starts(self, state: State, who: Who) -> list[Callable[[], list[Point]]]:
        """One for each way that can be chosen: the steps that it begins with."""

        def begin(point: Point | None) -> list[Callable[[], list[Point]]]:
            if point is None or isinstance(point.node, stmts.Both):
                return []
            if not isinstance(point.node, stmts.Either):
                return [lambda: [point]]
            late = len(point.node.branches) - 1 if point.node.timeout else None
            return [
                branch(Sequence(each, 0, point.then), late=number == late)
                for number, each in enumerate(point.node.branches)
            ]

        def branch(place: Place, *, late: bool) -> Callable[[], list[Point]]:
            def go() -> list[Point]:
                found = self.location(place, state, who).point
                ways = [each for start in begin(found) for each in start()]
                return [replace(each, late=True) for each in ways] if late else ways

            return go

        return begin(state.places[who].point)

    def _walk(self, place: Place, state: State, who: Who) -> Point | None:
        match place:
            case None | Beside():
                return None
            case Sequence(block, start, then):
                if start == len(block):
                    return self._walk(then, state, who)
                return self._enter(block[start], place, state, who)
            case Round(loop, _, left, then):
                if not left:
                    return self._walk(then, state, who)
                following = Round(loop, left[0], left[1:], then)
                return self._walk(Sequence(loop.body, 0, following), state, who)
            case Tried(_, then):
                return self._walk(then, state, who)
            case Again(loop, then):
                if loop.label is not None:
                    return Point(loop, then)
                if loop.condition is None or evaluate(
                    loop.condition, self._between(place, state, who)
                ):
                    return self._walk(Sequence(loop.body, 0, place), state, who)
                return self._walk(then, state, who)

    def _enter(self, node: stmts.Control, at: Sequence, state: State, who: Who) -> Point | None:
        after = Sequence(at.block, at.start + 1, at.then)
        match node:
            case stmts.For(_, source):
                items = tuple(ordered(evaluate(source, self._between(after, state, who))))
                return self._walk(Round(node, None, items, after), state, who)
            case stmts.While():
                return self._walk(Again(node, after), state, who)
            case stmts.Switch(label=None):
                branch = branch_of(node, self._between(after, state, who))
                return self._walk(Sequence(branch, 0, after), state, who)
            case stmts.Try(body):
                return self._walk(Sequence(body, 0, Tried(node, after)), state, who)
            case stmts.Break():
                return self._walk(loop_around(after).then, state, who)
            case stmts.Continue():
                return self._walk(loop_around(after), state, who)
            case stmts.Both():
                self._begin(node, after, state, who)
            case stmts.Background():
                self._begin(node, after, state, who)
                return self._walk(after, state, who)
        return Point(node, after)

    # --- what runs beside it ----------------------------------------------------------------

    def _begin(
        self, node: stmts.Both | stmts.Background, after: Place, state: State, who: Who
    ) -> None:
        """Let the threads of a `both` or `background` begin."""
        for thread, block in self.threads.of(node, who):
            state.places[thread] = self.location(Sequence(block, 0, Beside(after)), state, thread)
            if state.places[thread].point is None:
                del state.places[thread]

    def move(self, place: Place, state: State, who: Who) -> None:
        """Let somebody go on from a place; where a thread ends, another may go on."""
        state.places[who] = self.location(place, state, who)
        if len(who) == 2 or state.places[who].point is not None:
            return
        del state.places[who]
        waits = self.threads.waiting(who, state.places)
        if waits is not None:
            point = state.places[waits].point
            assert point is not None
            self.move(point.then, state, waits)

    def _between(self, place: Place, state: State, who: Who) -> Frame:
        loops = {name: item for name, item, _ in rounds_of(place)}
        return Frame(state.world, *who[:2], loops)


def label_of(point: Point, part: Part) -> str:
    """A step's label; with `_send`, that of the first half of a step in two, and with `_gives_up`
    what it does when it has waited too long."""
    return point.label + {"all": "", "sends": "_send", "gives up": "_gives_up"}[part]


def branch_of(node: stmts.Switch, frame: Frame) -> tuple[stmts.Control, ...]:
    return next((body for test, body in node.branches if evaluate(test, frame)), node.orelse)


def _frozen(data: Data) -> tuple[Any, ...]:
    return tuple(data.values())


def _who(item: tuple[Who, Location]) -> Who:
    return item[0]
