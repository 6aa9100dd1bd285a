"""Lowering control: from the end of a step to the location that follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce

from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.types import IntType, ListType, Type
from ..core import Const, Expr, If, Let, Local, Loop, Statement
from ..ir_builder import ONE, ZERO, add, bit_count, equal, negate, op, select
from ..limits import MOST_MOVES
from ..shapes import raw_count
from .control_flow import Advance, Choosing, End, Enter, Head, Leave, Node, Stop, Test
from .expressions import lower, truth
from .scope import Scope
from .storage import read, write
from .values import ListValue, Scalar, SetValue, default, item_at, unpack

__all__ = ["left_name", "left_type", "walk"]

Arrive = Callable[[Stop | Choosing | End], None]
_LOCATIONS = (Stop, Choosing, End)

# So many rounds are simply gone through; more of them in rows that are passed over once the
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


def walk(scope: Scope, start: Node, arrive: Arrive) -> None:
    """Write the control from `start` on; `arrive` is called for each location it may lead
    to, inside the branch that leads there."""
    order = _in_order(start)
    if order is None:
        _in_rounds(scope, start, arrive)
    elif _tree(order) > LARGEST_TREE:
        _one_by_one(scope, order, arrive)
    else:
        _straight(scope, start, arrive)


def _following(node: Node) -> list[Node]:
    match node:
        case Test(_, then, orelse):
            found = [then, orelse]
        case Enter(_, following):
            found = [following.body, following.exit] if _counts(node.loop) else [following]
        case Advance(_, body, leave):
            found = [body, leave]
        case Head(next=behind) | Leave(next=behind):
            found = [behind]
        case _:
            found = []
    return [each for each in found if each is not None]


def _counts(loop: stmts.For) -> bool:
    """Whether a loop counts (its variable says where it is) or consumes a collection."""
    return (isinstance(loop.source, exprs.Function) and loop.source.name == "range") or (
        isinstance(loop.source, exprs.Domain) and left_type(loop) is None
    )


def _in_order(start: Node) -> list[Node] | None:
    """All nodes that control can come to, each before those that follow it; None where it can
    come back to one."""
    open_, done = 1, 2
    seen: dict[int, int] = {}
    found: list[Node] = []
    todo: list[tuple[Node, bool]] = [(start, False)]
    while todo:
        node, finished = todo.pop()
        if finished:
            seen[id(node)] = done
            found.append(node)
            continue
        if id(node) in seen:
            if seen[id(node)] == open_:
                return None
            continue
        seen[id(node)] = open_
        todo.append((node, True))
        for each in reversed(_following(node)):
            if seen.get(id(each)) == open_:
                return None
            todo.append((each, False))
    found.reverse()
    return found


def _tree(order: list[Node]) -> int:
    """How many moves a tree has in which what several ways lead to is written once for each."""
    sizes: dict[int, int] = {}
    for node in reversed(order):
        sizes[id(node)] = 1 + sum(sizes[id(each)] for each in _following(node))
    return sizes[id(order[0])]


def _straight(scope: Scope, node: Node, arrive: Arrive) -> None:
    _one_move(scope, node, lambda following: _straight(scope, following, arrive), arrive)


class _Points:
    """Control as a machine of its own: a local says which node it has come to."""

    def __init__(self, scope: Scope, nodes: Iterable[Node], arrive: Arrive) -> None:
        self.scope = scope
        self.arrive = arrive
        self.numbers = {id(node): (number, node) for number, node in enumerate(nodes)}
        self.point = scope.body.fresh("point")
        self.moving = [n for _, n in self.numbers.values() if not isinstance(n, _LOCATIONS)]

    def go(self, node: Node) -> None:
        self.scope.body.emit(Let(self.point, Const(self.numbers[id(node)][0])))

    def here(self, node: Node, point: Expr | None = None) -> Expr:
        return equal(point or Local(self.point), Const(self.numbers[id(node)][0]))

    def move(self, node: Node, point: Expr | None = None) -> None:
        """Write the move from a node, for when control is there."""
        body = self.scope.body
        here = self.here(node, point)
        with body.block() as block:
            _one_move(self.scope, node, self.go, self.go)
        body.emit(If(here, tuple(block)))

    def arrivals(self) -> Expr:
        """Write what happens where control has come to a location; whether it has."""
        body = self.scope.body
        arrived: Expr = ZERO
        for _, node in self.numbers.values():
            if isinstance(node, Stop | Choosing | End):
                here = body.name(self.here(node))
                arrived = body.name(op("|", arrived, here))
                with body.block() as block:
                    self.arrive(node)
                body.emit(If(here, tuple(block)))
        return arrived


def _one_by_one(scope: Scope, order: list[Node], arrive: Arrive) -> None:
    # A long chain of tests, written without nesting one in the other.
    points = _Points(scope, order, arrive)
    points.go(order[0])
    for node in points.moving:
        points.move(node)
    points.arrivals()


def _in_rounds(scope: Scope, start: Node, arrive: Arrive) -> None:
    # Control can come back to where it was without a step: a `for` whose body skips some
    # items. In each round, one move.
    body = scope.body
    nodes: dict[int, Node] = {}
    todo = [start]
    while todo:
        node = todo.pop()
        if id(node) not in nodes:
            nodes[id(node)] = node
            todo += reversed(_following(node))
    points = _Points(scope, nodes.values(), arrive)
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
    ends = [node for node in nodes.values() if isinstance(node, Stop | Choosing)]
    with body.block() as lost:
        body.limit(ONE, f"loops that skip more than {MOST_MOVES:,} turns without a step", places[0])
        if ends:
            arrive(ends[0])
    body.emit(If(negate(arrived), tuple(lost)))


def _repeat(points: _Points, moves: int, rounds: tuple[Statement, ...]) -> None:
    """Write so many rounds, and none once a location is reached."""
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


def _moves(scope: Scope, moving: Sequence[Node]) -> int:
    """How many moves control can make at the most before it comes to a location: every way
    back leads through the next turn of a `for`."""
    moves = len(moving) + 1
    for node in moving:
        if isinstance(node, Advance):
            moves *= _longest(scope, node.loop) + 1
    return moves


def _longest(scope: Scope, loop: stmts.For) -> int:
    kind = left_type(loop)
    if kind is None or isinstance(kind, IntType):
        variable = scope.world.own[scope.process, scope.number, loop.variable].type
        if isinstance(variable, IntType) and variable.low is not None:
            assert variable.high is not None
            return variable.high - variable.low + 1
        return MOST_MOVES
    place = scope.world.own[scope.process, scope.number, left_name(loop)]
    return place.shape.capacity if isinstance(kind, ListType) else raw_count(place.shape.parts[0])


def _one_move(scope: Scope, node: Node, go: Callable[[Node], None], arrive: Arrive) -> None:
    match node:
        case Stop() | Choosing() | End():
            arrive(node)
        case Head(next=following):
            assert following is not None
            go(following)
        case Test(condition, then, orelse):
            assert then is not None
            assert orelse is not None
            _split(scope, truth(scope, condition), lambda: go(then), lambda: go(orelse))
        case Leave(loop, following):
            _forget(scope, loop)
            go(following)
        case Enter(loop, advance):
            _enter(scope, loop, advance, go)
        case Advance(loop):
            _advance(scope, loop, node, go)


def _split(scope: Scope, test: Expr, then: Callable[[], None], orelse: Callable[[], None]) -> None:
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


def _enter(scope: Scope, loop: stmts.For, advance: Advance, go: Callable[[Node], None]) -> None:
    world, body = scope.world, scope.body
    assert advance.body is not None
    assert advance.exit is not None
    inside, leave = advance.body, advance.exit
    ends = _ends(loop)
    if ends is None:
        place = world.own[scope.process, scope.number, left_name(loop)]
        write(body, place, lower(scope, loop.source), loop.at)
        go(advance)
        return
    first, end = (body.name(truth(scope, each)) for each in ends)
    variable = world.own[scope.process, scope.number, loop.variable]

    def begin() -> None:
        write(body, variable, Scalar(first, _known(loop)), loop.at)
        if left_type(loop) is not None:
            place = world.own[scope.process, scope.number, left_name(loop)]
            write(body, place, Scalar(end, IntType()), loop.at)
        go(inside)

    _split(scope, op("<", first, end), begin, lambda: go(leave))


def _known(loop: stmts.For) -> Type:
    assert isinstance(loop.source.type, ListType)
    return loop.source.type.item


def _forget(scope: Scope, loop: stmts.For) -> None:
    # Out of scope from here on: the same state whatever its last value was.
    own, body = scope.world.own, scope.body
    for name in (loop.variable, left_name(loop)):
        place = own.get((scope.process, scope.number, name))
        if place is not None:
            write(body, place, default(place.type, body.layout), loop.at)


def _advance(scope: Scope, loop: stmts.For, node: Advance, go: Callable[[Node], None]) -> None:
    world, body = scope.world, scope.body
    assert node.body is not None
    assert node.exit is not None
    inside, leave = node.body, node.exit
    variable = world.own[scope.process, scope.number, loop.variable]
    left = world.own.get((scope.process, scope.number, left_name(loop)))
    kept = left_type(loop)

    def stop() -> None:
        _forget(scope, loop)
        go(leave)

    ends = _ends(loop)
    if ends is not None:
        if kept is None:
            end = truth(scope, ends[1])
        else:
            assert left is not None
            held = read(body, left)
            assert isinstance(held, Scalar)
            end = held.expr
        now = read(body, variable)
        assert isinstance(now, Scalar)
        following = body.name(add(now.expr, ONE))

        def turn() -> None:
            write(body, variable, Scalar(following, _known(loop)), loop.at)
            go(inside)

        _split(scope, op("<", following, end), turn, stop)
        return
    assert left is not None
    rest = read(body, left)

    def take() -> None:
        if isinstance(rest, ListValue):
            item = unpack(body.name(item_at(rest, ZERO)), rest.item)
            width = Const(rest.item.width)
            shorter = ListValue(
                op("-", rest.length, ONE), op(">>", rest.items, width), rest.item, rest.type,
                rest.bound,
            )  # fmt: skip
            write(body, variable, item, loop.at)
            write(body, left, shorter, loop.at)
        else:
            assert isinstance(rest, SetValue)
            lowest = body.name(op("&", rest.mask, op("-", ZERO, rest.mask)))
            # The number of zeros below a lone bit is its place.
            raw = body.name(bit_count(op("-", lowest, ONE)))
            write(body, variable, unpack(raw, rest.item), loop.at)
            write(body, left, SetValue(op("^", rest.mask, lowest), rest.item, rest.type), loop.at)
        go(inside)

    some = rest.length if isinstance(rest, ListValue) else None
    if some is None:
        assert isinstance(rest, SetValue)
        some = rest.mask
    _split(scope, op("!=", some, ZERO), take, stop)
