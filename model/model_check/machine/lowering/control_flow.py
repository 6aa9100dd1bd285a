"""What a process does between its steps: from program text to locations and actions.

Control costs no step: right after a step, tests of the process's own variables and the
turns of its loops are decided, until the next labelled step is reached. That is the
process's new location. An `either` is a location too: the choice is part of the step
that follows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...language.source.diagnostics import Position
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.spec import Process

__all__ = [
    "Advance", "Choosing", "End", "Enter", "Graph", "Head", "Leave", "Node", "Stop", "Test",
    "build",
]  # fmt: skip


@dataclass(eq=False)
class Stop:
    """A step waits here. `tests` instead of a body: a labelled `if` or `while`, whose
    outcome leads to one of several places. `sending`: the first half of a step in two."""

    step: stmts.Step | None
    label: str
    indices: tuple[str, ...]
    at: Position
    sending: bool = False
    next: Node | None = None
    tests: list[tuple[exprs.Expr, Node]] = field(default_factory=list)


@dataclass(eq=False)
class End:
    """After the last statement."""


@dataclass(eq=False)
class Choosing:
    """An `either`."""

    branches: list[Node] = field(default_factory=list)


@dataclass(eq=False)
class Test:
    """An unlabelled condition on the process's own variables."""

    condition: exprs.Expr
    then: Node | None = None
    orelse: Node | None = None


@dataclass(eq=False)
class Enter:
    """A `for` begins: remember what there is to run through."""

    loop: stmts.For
    next: Advance


@dataclass(eq=False)
class Advance:
    """The next turn of a `for`, or its end."""

    loop: stmts.For
    body: Node | None = None
    exit: Node | None = None


@dataclass(eq=False)
class Leave:
    """A `break` out of a `for`: its variable is forgotten."""

    loop: stmts.For
    next: Node


@dataclass(eq=False)
class Head:
    """The head of a `while True`: whoever waits at it rests. (A `while` with a condition
    that is its own head has no such mark.)"""

    rests: bool
    next: Node | None = None


Node = Stop | End | Choosing | Test | Enter | Advance | Leave | Head


@dataclass
class Graph:
    """The control of one process: where it starts, and its locations in text order."""

    entry: Node
    locations: list[Stop | Choosing | End]
    rests: set[int]
    """Indices of locations reached from the head of a `while True` without a step (or with
    no step but the sending of a command that blocks)."""

    def index(self, node: Stop | Choosing | End) -> int:
        return next(i for i, each in enumerate(self.locations) if each is node)

    def labels(self, node: Stop | Choosing | End) -> tuple[str, ...]:
        """The labels of the steps that can come next at a location."""
        return tuple(dict.fromkeys(_labels(node, set())))


def reached(start: Node | None, *, turns: bool = True) -> Iterator[Stop | Choosing | End]:
    """The locations that control can lead to from a node without a step; without `turns`,
    not through the body of a `for` (whoever is in there is at work, not at rest)."""
    seen: set[int] = set()
    todo = [start]
    while todo:
        node = todo.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        match node:
            case Stop() | Choosing() | End():
                yield node
            case Test(_, then, orelse):
                todo += [orelse, then]
            case Enter(_, following):
                todo.append(following)
            case Advance(_, body, leave):
                todo += [leave, body] if turns else [leave]
            case Head(next=following) | Leave(next=following):
                todo.append(following)


def _labels(place: Stop | Choosing | End, asked: set[int]) -> Iterator[str]:
    """The labels of the steps that can come next; a choice that was `asked` adds none: behind a
    loop at the beginning of a branch may stand the choice itself."""
    match place:
        case Stop(label=label):
            yield label
        case Choosing(branches) if id(place) not in asked:
            asked.add(id(place))
            for branch in branches:
                for each in reached(branch):
                    yield from _labels(each, asked)


class _Builder:
    def __init__(self) -> None:
        self.locations: list[Stop | Choosing | End] = []
        self.heads: list[tuple[Head, range]] = []
        """The heads of `while True`, with the locations inside."""

    def block(
        self,
        statements: tuple[stmts.Control, ...],
        following: Node,
        leave: Node | None,
        again: Node | None,
    ) -> Node:
        # Locations are numbered in the order of the text, so the text is walked forwards
        # and each statement is told where it leads through a mark that is filled in later.
        if not statements:
            return following
        marks = [Head(rests=False) for _ in statements[1:]]
        ends: list[Node] = [*marks, following]
        starts = [
            self.statement(statement, end, leave, again)
            for statement, end in zip(statements, ends, strict=True)
        ]
        for mark, start in zip(marks, starts[1:], strict=True):
            mark.next = start
        return starts[0]

    def statement(
        self, statement: stmts.Control, following: Node, leave: Node | None, again: Node | None
    ) -> Node:
        match statement:
            case stmts.Step():
                return self.step(statement, following)
            case stmts.For(body=body):
                advance = Advance(statement, exit=following)
                leave = Leave(statement, following)
                advance.body = self.block(body, advance, leave, advance)
                return Enter(statement, advance)
            case stmts.While(None, body):
                head = Head(rests=True)
                first = len(self.locations)
                head.next = self.block(body, head, following, head)
                self.heads.append((head, range(first, len(self.locations))))
                return head
            case stmts.While(condition, body, None):
                assert condition is not None
                test = Test(condition, orelse=following)
                test.then = self.block(body, test, following, test)
                return test
            case stmts.While(condition, body, label, indices):
                assert condition is not None
                assert label is not None
                stop = Stop(None, label, indices, statement.at, next=following)
                self.locations.append(stop)
                stop.tests = [(condition, self.block(body, stop, following, stop))]
                return stop
            case stmts.Switch(branches, orelse, None):
                return self.switch(branches, orelse, following, leave, again)
            case stmts.Switch(branches, orelse, label, indices):
                assert label is not None
                stop = Stop(None, label, indices, statement.at)
                self.locations.append(stop)
                stop.tests = [
                    (test, self.block(body, following, leave, again)) for test, body in branches
                ]
                stop.next = self.block(orelse, following, leave, again)
                return stop
            case stmts.Either(branches):
                choosing = Choosing()
                self.locations.append(choosing)
                choosing.branches = [self.block(body, following, leave, again) for body in branches]
                return choosing
            case stmts.Break():
                assert leave is not None
                return leave
            case stmts.Continue():
                assert again is not None
                return again
            case exprs.Broken(at=at):
                raise AssertionError(f"{at}: a mistake that was not told")

    def step(self, step: stmts.Step, following: Node) -> Node:
        stop = Stop(step, step.label, step.indices, step.at, next=following)
        if step.issue is None:
            self.locations.append(stop)
            return stop
        label = f"{step.label}_send"
        sending = Stop(step, label, step.indices, step.at, sending=True, next=stop)
        self.locations += [sending, stop]
        return sending

    def switch(
        self,
        branches: tuple[tuple[exprs.Expr, tuple[stmts.Control, ...]], ...],
        orelse: tuple[stmts.Control, ...],
        following: Node,
        leave: Node | None,
        again: Node | None,
    ) -> Node:
        first: Test | None = None
        last: Test | None = None
        for condition, body in branches:
            test = Test(condition)
            test.then = self.block(body, following, leave, again)
            if last is None:
                first = test
            else:
                last.orelse = test
            last = test
        assert first is not None
        assert last is not None
        last.orelse = self.block(orelse, following, leave, again)
        return first


def build(process: Process) -> Graph:
    """The control graph of a process's program."""
    builder = _Builder()
    end = End()
    entry = builder.block(process.run, end, None, None)
    locations = [*builder.locations, end]
    rests: set[int] = set()
    graph = Graph(entry, locations, rests)
    for head, inside in builder.heads:
        # A way from the head that leads out of the loop leads to work that is to be done.
        places = (graph.index(place) for place in _at_rest(head))
        rests.update(index for index in places if index in inside)
    return graph


def _at_rest(start: Node | None) -> Iterator[Stop | Choosing]:
    """Where control rests from the head of a loop on. Whoever has sent there a command that
    blocks, and waits for its answer, rests like one who waits before a step that blocks."""
    for place in reached(start, turns=False):
        match place:
            case Stop(sending=True, next=Stop() as answer):
                yield from (place, answer)
            case Stop():
                yield place
            case Choosing():
                yield place
                yield from _answers(place, set())


def _answers(place: Choosing, asked: set[int]) -> Iterator[Stop]:
    """Where those wait who chose to send first. Who began a branch otherwise is at work. A
    choice that was `asked` adds nobody."""
    if id(place) in asked:
        return
    asked.add(id(place))
    for branch in place.branches:
        for start in reached(branch, turns=False):
            match start:
                case Stop(sending=True, next=Stop() as answer):
                    yield answer
                case Choosing():
                    yield from _answers(start, asked)
