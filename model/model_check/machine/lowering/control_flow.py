"""From the program of a process to its control flow: what it does between its steps.

Control costs no step: right after a step, tests of the process's own variables and the
turns of its loops are decided, until the next labelled step is reached. That is the
process's new location. An `either` is a location too: the choice is part of the step
that follows it. The branches of a `both`, and a `background`, have a control flow each: they
are tasks of their process, by number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...language.records import dataclass, replace
from ...language.source.diagnostics import Position
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.spec import Process

__all__ = [
    "GIVES_UP", "Advance", "Background", "Both", "ControlFlow", "Destination", "End", "Enter",
    "Fork", "Join", "Leave", "Node", "Stop", "Test", "control_flows_of",
]  # fmt: skip


GIVES_UP = "_gives_up"
"""Behind the label of a step: what it does when it has waited too long."""


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """A step waits here. `tests` instead of a step: a labelled `if` or `while`, whose outcome
    leads to one of several nodes. `sending`: the first half of a step in two; `sent`: the other.
    `gives_up`: what it waits for has taken too long."""

    step: stmts.Step | None
    label: str
    indices: tuple[str, ...]
    at: Position
    sending: bool = False
    sent: bool = False
    gives_up: bool = False
    tests: tuple[exprs.Expr, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """After the last statement."""


@dataclass(frozen=True, slots=True, eq=False)
class Fork:
    """An `either`; `timeout`: its last branch is one. `limit`: it is one step, which waits for a
    limited time."""

    timeout: bool = False
    limit: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Both:
    """A `both`: its branches are begun, and waited for."""

    tasks: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """A `background` is begun, and control goes on."""

    task: int


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """An unlabelled condition on the process's own variables."""

    condition: exprs.Expr


@dataclass(frozen=True, slots=True, eq=False)
class Enter:
    """A `for` begins: remember what there is to run through."""

    loop: stmts.For


@dataclass(frozen=True, slots=True, eq=False)
class Advance:
    """The next turn of a `for`, or its end."""

    loop: stmts.For


@dataclass(frozen=True, slots=True, eq=False)
class Leave:
    """A `break` out of a `for`: its variable is forgotten."""

    loop: stmts.For


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """Where ways meet: behind a statement, or at the head of a `while True`. (A `while` with a
    condition is its own head.)"""


Destination = Stop | Fork | Both | End
"""Where a process can stand between two steps."""
Node = Destination | Background | Test | Enter | Advance | Leave | Join


@dataclass(frozen=True, slots=True)
class ControlFlow:
    """The control of one process, or of one of its tasks: where it starts, and its locations in
    text order.

    `after` says where each node leads: a Stop to what follows its step, then to what follows
    each of its `tests`; a Fork to its branches; a Test to what follows where it is true, and
    where not; an Enter to its Advance; an Advance into the body, and out of the loop; a Both,
    when all is done, a Background, a Leave and a Join to the next node; an End nowhere. It is the
    same for all tasks of a process. `handlers` says where a Stop leads whose command raises, by
    what is caught (see `keys.CAUGHT`).
    """

    entry: Node
    locations: tuple[Destination, ...]
    rests: frozenset[int]
    """Indices of locations reached from the head of a `while True` without a step (or with
    no step but the sending of a command that blocks)."""
    after: Mapping[Node, tuple[Node, ...]]
    handlers: Mapping[Stop, Mapping[str, Node]]
    timeouts: frozenset[Node]
    """The steps that are taken where others have waited too long."""
    waiting: tuple[int, Both] | None = None
    """Which task waits for its end, and where."""

    @property
    def crashed(self) -> int:
        """The index of the location where it stays after a crash, behind all others."""
        return len(self.locations)

    @property
    def end(self) -> int:
        """The index of the location after the last statement."""
        return len(self.locations) - 1

    def waits_for_held(self) -> Iterator[tuple[int, Stop]]:
        """Where it waits for the answer to what holds up a connection."""
        for index, place in enumerate(self.locations):
            # One that may give up stands at the choice between that and the answer.
            node = self.after[place][0] if isinstance(place, Fork) and place.limit else place
            if isinstance(node, Stop) and node.sent and node.step is not None and node.step.holds:
                yield index, node

    def labels(self, place: Destination) -> tuple[str, ...]:
        """The labels of the steps that can come next at a location."""
        return tuple(dict.fromkeys(_labels(self.after, place, set())))


_Links = Mapping[Node, tuple[Node, ...]]


def reached(after: _Links, start: Node, *, turns: bool = True) -> Iterator[Destination]:
    """The locations that control can lead to from a node without a step; without `turns`,
    not through the body of a `for` (a process that is in there is at work, not at rest)."""
    seen: set[Node] = set()
    todo = [start]
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, Destination):
            yield node
        else:
            passed = isinstance(node, Advance) and not turns
            todo += reversed(after[node][1:] if passed else after[node])


def _labels(after: _Links, place: Destination, asked: set[Node]) -> Iterator[str]:
    """The labels of the steps that can come next; a choice that was `asked` adds none: behind a
    loop at the beginning of a branch may stand the choice itself."""
    match place:
        case Stop(label=label):
            yield label
        case Fork() if place not in asked:
            asked.add(place)
            for branch in after[place]:
                for each in reached(after, branch):
                    yield from _labels(after, each, asked)


class _FlowBuilder:
    """Numbers locations in the order of the text, so walks it forwards: where a node leads is
    linked when what stands there is built. `tasks` are all builders of the process."""

    def __init__(self, after: dict[Node, tuple[Node, ...]], tasks: list[_FlowBuilder]) -> None:
        self.locations: list[Destination] = []
        self.after = after
        self.timeouts: list[Node] = []
        self.heads: list[tuple[Join, range]] = []
        """The heads of `while True`, with the locations inside."""
        self.tasks = tasks
        self.number = len(tasks)
        tasks.append(self)
        self.waiting: tuple[int, Both] | None = None
        self.end = End()
        self.entry: Node = self.end
        self.handlers: dict[Stop, Mapping[str, Node]] = {}
        self.catching: Mapping[str, Node] = {}
        """Where what is raised at the place that is built leads."""

    def block(
        self, statements: tuple[stmts.Control, ...], following: Node, leave: Node, again: Node
    ) -> Node:
        """Where statements begin that lead to `following`, a `break` in them to `leave`, and a
        `continue` to `again`."""
        if not statements:
            return following
        marks = [Join() for _ in statements[1:]]
        ends = [*marks, following]
        starts = [
            self.statement(statement, end, leave, again)
            for statement, end in zip(statements, ends, strict=True)
        ]
        for mark, start in zip(marks, starts[1:], strict=True):
            self.after[mark] = (start,)
        return starts[0]

    def statement(
        self, statement: stmts.Control, following: Node, leave: Node, again: Node
    ) -> Node:
        match statement:
            case stmts.Step():
                return self.step(statement, following)
            case stmts.For(body=body):
                advance, leave = Advance(statement), Leave(statement)
                self.after[leave] = (following,)
                outer = self.catching
                self.catching = {
                    word: self.linked(Leave(statement), handler) for word, handler in outer.items()
                }
                self.after[advance] = (self.block(body, advance, leave, advance), following)
                self.catching = outer
                return self.linked(Enter(statement), advance)
            case stmts.While():
                return self.loop(statement, following)
            case stmts.Switch():
                return self.switch(statement, following, leave, again)
            case stmts.Either(branches, _, timeout):
                fork = Fork(timeout)
                self.locations.append(fork)
                ways = [self.block(body, following, leave, again) for body in branches]
                if timeout:  # it begins with a step
                    late = ways[-1]
                    self.timeouts += self.after[late] if isinstance(late, Fork) else [late]
                return self.linked(fork, *ways)
            case stmts.Both(branches):
                both = Both(tuple(self.task(body) for body in branches))
                for each in both.tasks:
                    self.tasks[each].waiting = (self.number, both)
                self.locations.append(both)
                return self.linked(both, following)
            case stmts.Background(body):
                return self.linked(Background(self.task(body)), following)
            case stmts.Try(body, handlers):
                outer, marks = self.catching, {word: Join() for word, _ in handlers}
                self.catching = {**outer, **marks}
                start = self.block(body, following, leave, again)
                self.catching = outer
                for word, handler in handlers:
                    self.after[marks[word]] = (self.block(handler, following, leave, again),)
                return start
            case stmts.Break():
                return leave
            case stmts.Continue():
                return again
            case exprs.Broken(at=at):
                raise AssertionError(f"{at}: a mistake that was not told")

    def task(self, body: tuple[stmts.Control, ...]) -> int:
        """The number of a task that does this."""
        task = _FlowBuilder(self.after, self.tasks)
        task.all(body)
        return task.number

    def all(self, body: tuple[stmts.Control, ...]) -> None:
        """Build all of a task."""
        # Nothing breaks off or goes on but in a loop.
        self.entry = self.block(body, self.end, self.end, self.end)
        self.locations.append(self.end)

    def flow(self) -> ControlFlow:
        """What was built."""
        rests: set[int] = set()
        for head, inside in self.heads:
            # A way from the head that leads out of the loop leads to work that is to be done.
            places = (self.locations.index(place) for place in _at_rest(self.after, head))
            rests.update(index for index in places if index in inside)
        # One that waits for branches is at rest if these are.
        rests |= {i for i, place in enumerate(self.locations) if isinstance(place, Both)}
        locations = tuple(self.locations)
        return ControlFlow(
            self.entry,
            locations,
            frozenset(rests),
            self.after,
            self.handlers,
            frozenset(self.timeouts),
            self.waiting,
        )

    def linked(self, node: Node, *after: Node) -> Node:
        self.after[node] = after
        return node

    def caught(self, stop: Stop) -> Stop:
        """Note where a stop leads that raises."""
        if self.catching:
            self.handlers[stop] = self.catching
        return stop

    def step(self, step: stmts.Step, following: Node) -> Node:
        whole = Stop(step, step.label, step.indices, step.at)
        if step.issue is None:
            return self.answered(whole, following)
        sending = self.caught(replace(whole, label=f"{step.label}_send", sending=True))
        if not step.at_once:
            self.locations.append(sending)
            self.linked(sending, self.answered(replace(whole, sent=True), following))
            return sending
        # It is answered in the step that sends it, or sent where that cannot be.
        self.linked(self.caught(whole), following)
        fork = Fork()
        self.locations += [fork, whole, sending]
        self.linked(sending, self.answered(replace(whole, sent=True), following))
        return self.linked(fork, whole, sending)

    def answered(self, stop: Stop, following: Node) -> Node:
        """A stop at which an answer is waited for, perhaps for a limited time."""
        self.linked(self.caught(stop), following)
        if stop.step is None or not stop.step.gives_up:
            self.locations.append(stop)
            return stop
        late = replace(stop, label=f"{stop.label}{GIVES_UP}", gives_up=True)
        self.timeouts.append(self.linked(self.caught(late), following))
        fork = Fork(timeout=True, limit=True)
        self.locations += [fork, stop, late]
        return self.linked(fork, stop, late)

    def loop(self, loop: stmts.While, following: Node) -> Node:
        if loop.condition is None:
            head = Join()
            first = len(self.locations)
            self.after[head] = (self.block(loop.body, head, following, head),)
            self.heads.append((head, range(first, len(self.locations))))
            return head
        if loop.label is None:
            test = Test(loop.condition)
            return self.linked(test, self.block(loop.body, test, following, test), following)
        tests = (loop.condition,)
        stop = self.caught(Stop(None, loop.label, loop.indices, loop.at, tests=tests))
        self.locations.append(stop)
        return self.linked(stop, following, self.block(loop.body, stop, following, stop))

    def switch(self, switch: stmts.Switch, following: Node, leave: Node, again: Node) -> Node:
        conditions = tuple(condition for condition, _ in switch.branches)
        stop: Stop | None = None
        if switch.label is not None:
            stop = Stop(None, switch.label, switch.indices, switch.at, tests=conditions)
            self.caught(stop)
            self.locations.append(stop)
        ways = [self.block(body, following, leave, again) for _, body in switch.branches]
        orelse = self.block(switch.orelse, following, leave, again)
        if stop is not None:
            return self.linked(stop, orelse, *ways)
        for condition, way in zip(reversed(conditions), reversed(ways), strict=True):
            orelse = self.linked(Test(condition), way, orelse)
        return orelse


def control_flows_of(process: Process) -> tuple[ControlFlow, ...]:
    """The control flows of a process's program: its own, and one for each of its tasks."""
    tasks: list[_FlowBuilder] = []
    _FlowBuilder({}, tasks).all(process.run)
    return tuple(each.flow() for each in tasks)


def _at_rest(after: _Links, start: Node) -> Iterator[Destination]:
    """Where control rests from the head of a loop on. A process that has sent a command there
    that blocks, and waits for its answer, rests like one that waits before a step that blocks."""
    for place in reached(after, start, turns=False):
        if not isinstance(place, End):
            yield place
            yield from _answers(after, place, set())


def _answers(after: _Links, place: Destination, asked: set[Node]) -> Iterator[Destination]:
    """Where a process waits that has sent first, or chosen to. One that began a branch otherwise
    is at work. A choice that was `asked` adds nothing."""
    match place:
        case Stop(sending=True):
            yield from (each for each in after[place] if isinstance(each, Stop | Fork))
        case Fork() if place not in asked:
            asked.add(place)
            for branch in after[place]:
                for start in reached(after, branch, turns=False):
                    yield from _answers(after, start, asked)
