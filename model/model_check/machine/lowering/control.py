"""From the end of a step to the statements that lead control to the location that follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce

from ...language.records import replace
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.walk import controls_in
from ...language.types import IntType, ListType, Type
from ..ir import Const, Expr, If, Let, Local, Loop, Statement
from ..ir_builder import ONE, ZERO, add, bit_count, equal, negate, op, select
from ..limits import MOST_MOVES
from ..shapes import raw_count
from .control_flow import (
    Advance,
    Background,
    Destination,
    End,
    Enter,
    Join,
    Leave,
    Node,
    Test,
)
from .ir_writer import IRWriter
from .scope import LoweringScope
from .storage import read, write
from .values import ListValue, ScalarValue, SetValue, Value, default, item_at, unpack

__all__ = ["left_name", "left_type", "loops_of", "lower_control"]

Arrive = Callable[[Destination | Background], None]

# This many rounds are simply gone through; more of them in rows that are passed over once the
# next step is reached.
ROW = 1 << 10
# Control without a way back is written as a tree of tests, unless that has more moves than this.
LARGEST_TREE = 64


def left_name(loop: stmts.For) -> str:
    """The hidden variable that holds what a `for` has still to run through; shared by the
    loops whose variables have one name, where they run through the same."""
    return f"{loop.variable} (left, {left_type(loop)})"


def left_type(loop: stmts.For) -> Type | None:
    """Its type; None where the loop variable alone tells (a range of constants)."""
    match loop.source:
        case exprs.Function("range", (_, stop)):
            return None if isinstance(stop, exprs.Literal) else IntType()
        case exprs.Domain(of=IntType(low)) if low is not None:
            return None
    return loop.source.type


def loops_of(statements: tuple[stmts.Control, ...]) -> list[stmts.For]:
    """The `for` loops of a program, inner ones too."""
    return [each for each in controls_in(statements) if isinstance(each, stmts.For)]


def lower_control(scope: LoweringScope, start: Node, arrive: Arrive) -> None:
    """Write the control from `start` on; `arrive` is called for each location it may lead
    to, and each background that it begins, inside the branch that leads there."""
    order = _in_order(scope, start)
    if order is None:
        _in_rounds(scope, start, arrive)
    elif _tree(scope, order) > LARGEST_TREE:
        _one_by_one(scope, order, arrive)
    else:
        _straight(scope, start, arrive)


def _following(scope: LoweringScope, node: Node) -> tuple[Node, ...]:
    """Where one move leads from a node."""
    if isinstance(node, Destination):
        return ()
    after = scope.after(node)
    if isinstance(node, Enter) and _ends(node.loop) is not None:
        return scope.after(*after)
    return after


def _in_order(scope: LoweringScope, start: Node) -> list[Node] | None:
    """All nodes that control can come to, each before those that follow it; None where it can
    come back to one."""
    is_done: dict[Node, bool] = {}
    found: list[Node] = []
    todo: list[tuple[Node, bool]] = [(start, False)]
    while todo:
        node, finished = todo.pop()
        if finished:
            is_done[node] = True
            found.append(node)
            continue
        if node in is_done:
            if not is_done[node]:
                return None
            continue
        is_done[node] = False
        todo.append((node, True))
        for each in reversed(_following(scope, node)):
            if not is_done.get(each, True):
                return None
            todo.append((each, False))
    found.reverse()
    return found


def _tree(scope: LoweringScope, order: list[Node]) -> int:
    """How many moves a tree has in which what several ways lead to is written once for each."""
    sizes: dict[Node, int] = {}
    for node in reversed(order):
        sizes[node] = 1 + sum(sizes[each] for each in _following(scope, node))
    return sizes[order[0]]


def _straight(scope: LoweringScope, node: Node, arrive: Arrive) -> None:
    _one_move(scope, node, lambda following: _straight(scope, following, arrive), arrive)


class _Points:
    """Control as a machine of its own: a local says which node it has come to."""

    def __init__(self, scope: LoweringScope, nodes: Iterable[Node], arrive: Arrive) -> None:
        self.scope = scope
        self.arrive = arrive
        self.numbers = {node: number for number, node in enumerate(nodes)}
        self.point = scope.body.fresh("point")
        self.moving = [node for node in self.numbers if not isinstance(node, Destination)]

    def go(self, node: Node) -> None:
        self.scope.body.emit(Let(self.point, Const(self.numbers[node])))

    def here(self, node: Node, point: Expr | None = None) -> Expr:
        return equal(point or Local(self.point), Const(self.numbers[node]))

    def move(self, node: Node, point: Expr | None = None) -> None:
        """Write the move from a node, for when control is there."""
        body = self.scope.body
        here = self.here(node, point)
        with body.block() as block:
            _one_move(self.scope, node, self.go, self.arrive)
        body.emit(If(here, tuple(block)))

    def arrivals(self) -> Expr:
        """Write what happens where control has come to a location; whether it has."""
        body = self.scope.body
        arrived: Expr = ZERO
        for node in self.numbers:
            if isinstance(node, Destination):
                here = body.name(self.here(node))
                arrived = body.name(op("|", arrived, here))
                with body.block() as block:
                    self.arrive(node)
                body.emit(If(here, tuple(block)))
        return arrived


def _one_by_one(scope: LoweringScope, order: list[Node], arrive: Arrive) -> None:
    # A long chain of tests, written without nesting one in the other.
    points = _Points(scope, order, arrive)
    points.go(order[0])
    for node in points.moving:
        points.move(node)
    points.arrivals()


def _in_rounds(scope: LoweringScope, start: Node, arrive: Arrive) -> None:
    # Control can come back to where it was without a step: a `for` whose body skips some
    # items. In each round, one move.
    body = scope.body
    nodes: dict[Node, None] = {}
    todo = [start]
    while todo:
        node = todo.pop()
        if node not in nodes:
            nodes[node] = None
            todo += reversed(_following(scope, node))
    points = _Points(scope, nodes, arrive)
    points.go(start)
    moves = _moves(scope, points.moving)
    with body.block() as rounds:
        # Each round looks at the point once: a move must not be followed by another.
        here = body.name(Local(points.point))
        for node in points.moving:
            points.move(node, here)
    _repeat(points, moves, tuple(rounds))
    arrived = points.arrivals()
    if moves <= MOST_MOVES:
        return
    places = [n.loop.at for n in points.moving if isinstance(n, Enter | Advance)]
    # The limit is told by whatever step would come next.
    ends = [node for node in nodes if isinstance(node, Destination) and not isinstance(node, End)]
    with body.block() as lost:
        body.limit(ONE, f"loops that skip more than {MOST_MOVES:,} turns without a step", places[0])
        if ends:
            arrive(ends[0])
    body.emit(If(negate(arrived), tuple(lost)))


def _repeat(points: _Points, moves: int, rounds: tuple[Statement, ...]) -> None:
    """Write this many rounds, and none once a location is reached."""
    body = points.scope.body
    if moves <= ROW:
        body.emit(Loop(body.fresh("i"), Const(moves), None, rounds))
        return
    rows = -(-min(moves, MOST_MOVES) // ROW)
    with body.block() as row:
        going = body.name(_any(points.here(node) for node in points.moving))
        count = body.name(select(going, Const(ROW), ZERO))
        body.emit(Loop(body.fresh("i"), count, None, rounds))
    body.emit(Loop(body.fresh("i"), Const(rows), None, tuple(row)))


def _any(truths: Iterable[Expr]) -> Expr:
    """`or` of any number of truths."""
    parts = list(truths)
    while len(parts) > 1:
        parts = [
            reduce(lambda a, b: op("|", a, b), parts[i : i + 2]) for i in range(0, len(parts), 2)
        ]
    return parts[0]


def _moves(scope: LoweringScope, moving: Sequence[Node]) -> int:
    """How many moves control can make at the most before it comes to a location: every way
    back leads through the next turn of a `for`."""
    moves = len(moving) + 1
    for node in moving:
        if isinstance(node, Advance):
            moves *= _longest(scope, node.loop) + 1
    return moves


def _longest(scope: LoweringScope, loop: stmts.For) -> int:
    kind = left_type(loop)
    if kind is None or isinstance(kind, IntType):
        match scope.own(loop.variable).type:
            case IntType(int(low), int(high)):
                return high - low + 1
        return MOST_MOVES
    shape = scope.own(left_name(loop)).shape
    return shape.capacity if isinstance(kind, ListType) else raw_count(shape.parts[0])


def _one_move(scope: LoweringScope, node: Node, go: Callable[[Node], None], arrive: Arrive) -> None:
    if isinstance(node, Destination):
        arrive(node)
        return
    after = scope.after(node)
    match node:
        case Join():
            go(after[0])
        case Background():
            arrive(node)
            go(after[0])
        case Test(condition):
            then, orelse = after
            test = scope.body.name(scope.scalar(condition))
            scope.decided(condition, test)
            _split(scope, test, lambda: go(then), lambda: go(orelse))
        case Leave(loop):
            _forget(scope, loop)
            go(after[0])
        case Enter(loop):
            _enter(scope, loop, after[0], go)
        case Advance(loop):
            _advance(scope, loop, after, go)


def _split(
    scope: LoweringScope, test: Expr, then: Callable[[], None], orelse: Callable[[], None]
) -> None:
    body = scope.body
    if isinstance(test, Const):
        (then if test.value else orelse)()
        return
    test = body.name(test)
    with body.block() as first:
        then()
    with body.block() as second:
        orelse()
    body.when(test, first, second)


def _ends(loop: stmts.For) -> tuple[exprs.Expr, exprs.Expr] | None:
    """First number and end of a loop that counts."""
    match loop.source:
        case exprs.Function("range", (start, stop)):
            return start, stop
        case exprs.Domain(of=IntType(low, high), at=at) if low is not None and high is not None:
            return (
                exprs.Literal(low, IntType(low, low), at),
                exprs.Literal(high + 1, IntType(high + 1, high + 1), at),
            )
    return None


def _enter(
    scope: LoweringScope, loop: stmts.For, advance: Node, go: Callable[[Node], None]
) -> None:
    body = scope.body
    ends = _ends(loop)
    if ends is None:
        write(body, scope.own(left_name(loop)), scope.value(loop.source), loop.at)
        go(advance)
        return
    inside, leave = scope.after(advance)
    first, end = (body.name(scope.scalar(each)) for each in ends)

    def begin() -> None:
        write(body, scope.own(loop.variable), ScalarValue(first, _known(loop)), loop.at)
        if left_type(loop) is not None:
            write(body, scope.own(left_name(loop)), ScalarValue(end, IntType()), loop.at)
        go(inside)

    _split(scope, op("<", first, end), begin, lambda: go(leave))


def _known(loop: stmts.For) -> Type:
    assert isinstance(loop.source.type, ListType)
    return loop.source.type.item


def _forget(scope: LoweringScope, loop: stmts.For) -> None:
    # Out of scope from here on: the same state whatever its last value was.
    names = [loop.variable] if left_type(loop) is None else [loop.variable, left_name(loop)]
    for place in map(scope.own, names):
        write(scope.body, place, default(place.type, scope.body.layout), loop.at)


def _advance(
    scope: LoweringScope, loop: stmts.For, after: tuple[Node, ...], go: Callable[[Node], None]
) -> None:
    body, variable, ends = scope.body, scope.own(loop.variable), _ends(loop)
    inside, leave = after

    def stop() -> None:
        _forget(scope, loop)
        go(leave)

    if ends is None:
        left = scope.own(left_name(loop))
        rest = read(body, left)

        def take() -> None:
            item, others = _taken(body, rest)
            write(body, variable, item, loop.at)
            write(body, left, others, loop.at)
            go(inside)

        _split(scope, op("!=", _size(rest), ZERO), take, stop)
        return
    end = scope.scalar(ends[1]) if left_type(loop) is None else _number(scope, left_name(loop))
    following = body.name(add(_number(scope, loop.variable), ONE))

    def turn() -> None:
        write(body, variable, ScalarValue(following, _known(loop)), loop.at)
        go(inside)

    _split(scope, op("<", following, end), turn, stop)


def _number(scope: LoweringScope, name: str) -> Expr:
    """What a variable that holds a number holds now."""
    held = read(scope.body, scope.own(name))
    assert isinstance(held, ScalarValue)
    return held.expr


def _size(rest: Value) -> Expr:
    """A number that is 0 where a collection is empty."""
    if isinstance(rest, ListValue):
        return rest.length
    assert isinstance(rest, SetValue)
    return rest.mask


def _taken(body: IRWriter, rest: Value) -> tuple[Value, Value]:
    """The first item of a collection that is not empty, and the others."""
    if isinstance(rest, ListValue):
        item = unpack(body.name(item_at(rest, ZERO)), rest.item)
        items = op(">>", rest.items, Const(rest.item.width))
        return item, replace(rest, length=op("-", rest.length, ONE), items=items)
    assert isinstance(rest, SetValue)
    lowest = body.name(op("&", rest.mask, op("-", ZERO, rest.mask)))
    # The number of zeros below a lone bit is its place.
    raw = body.name(bit_count(op("-", lowest, ONE)))
    return unpack(raw, rest.item), replace(rest, mask=op("^", rest.mask, lowest))
