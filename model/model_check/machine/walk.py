"""Lowering control: from the end of a step to the location that follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..language import tree
from ..language.types import IntType, ListType, Type
from .build import ONE, ZERO, add, bit_count, equal, negate, op
from .control import Advance, Choosing, End, Enter, Head, Leave, Node, Stop, Test
from .core import Const, Expr, If, Let, Local, Loop
from .expressions import lower, truth
from .scope import Scope
from .shapes import raw_count
from .storage import read, write
from .values import ListValue, Scalar, SetValue, default, item_at, unpack

__all__ = ["left_name", "left_type", "walk"]

Arrive = Callable[[Stop | Choosing | End], None]

# Rounds without a step after which a loop is taken to go round for ever: more than any
# list in a state has items.
MOST_ROUNDS = 4096


def left_name(loop: tree.For) -> str:
    """The hidden variable that holds what a `for` has still to run through; shared by the
    loops whose variables have one name, where they run through the same."""
    return f"{loop.variable} (left, {left_type(loop)})"


def left_type(loop: tree.For) -> Type | None:
    """Its type; None where the loop variable alone tells (a range of constants)."""
    match loop.source:
        case tree.Function("range", (_, stop)):
            return None if isinstance(stop, tree.Literal) else IntType()
        case tree.Domain(of=IntType(low)) if low is not None:
            return None
    return loop.source.type


def walk(scope: Scope, start: Node, arrive: Arrive) -> None:
    """Write the control from `start` on; `arrive` is called for each location it may lead
    to, inside the branch that leads there."""
    if _has_cycle(start):
        _in_rounds(scope, start, arrive)
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


def _counts(loop: tree.For) -> bool:
    """Whether a loop counts (its variable says where it is) or consumes a collection."""
    return (isinstance(loop.source, tree.Function) and loop.source.name == "range") or (
        isinstance(loop.source, tree.Domain) and left_type(loop) is None
    )


def _has_cycle(start: Node) -> bool:
    finished: set[int] = set()

    def visit(node: Node, path: frozenset[int]) -> bool:
        if id(node) in path:
            return True
        if id(node) in finished:
            return False
        found = any(visit(each, path | {id(node)}) for each in _following(node))
        finished.add(id(node))
        return found

    return visit(start, frozenset())


def _straight(scope: Scope, node: Node, arrive: Arrive) -> None:
    _one_move(scope, node, lambda following: _straight(scope, following, arrive), arrive)


def _in_rounds(scope: Scope, start: Node, arrive: Arrive) -> None:
    # Control that can come back to where it was without a step (a `for` whose body skips
    # some items) becomes a machine of its own: in each round, one move of the control.
    body = scope.body
    nodes: dict[int, tuple[int, Node]] = {}
    todo = [start]
    while todo:
        node = todo.pop()
        if id(node) not in nodes:
            nodes[id(node)] = (len(nodes), node)
            todo += reversed(_following(node))
    point = body.fresh("point")
    body.emit(Let(point, Const(nodes[id(start)][0])))

    def go(node: Node) -> None:
        body.emit(Let(point, Const(nodes[id(node)][0])))

    moving = [(i, n) for i, n in nodes.values() if not isinstance(n, Stop | Choosing | End)]
    with body.block() as rounds:
        # Each round looks at the point once: a move must not be followed by another.
        here = body.name(Local(point))
        for number, node in moving:
            with body.block() as move:
                _one_move(scope, node, go, go)
            body.emit(If(equal(here, Const(number)), tuple(move)))
    body.emit(Loop(body.fresh("i"), Const(_rounds(scope, moving)), None, tuple(rounds)))
    arrived: Expr = ZERO
    for number, node in nodes.values():
        if isinstance(node, Stop | Choosing | End):
            here = equal(Local(point), Const(number))
            arrived = op("|", arrived, here)
            with body.block() as block:
                arrive(node)
            body.emit(If(here, tuple(block)))
    places = [n.loop.at for _, n in moving if isinstance(n, Enter | Advance)]
    places += [n.condition.at for _, n in moving if isinstance(n, Test)]
    # The failure is told by whatever step would come next.
    ends = [node for _, node in nodes.values() if isinstance(node, Stop | Choosing)]
    with body.block() as lost:
        body.fail(ONE, "this loop goes round for ever without a step", places[0])
        if ends:
            arrive(ends[0])
    body.emit(If(negate(arrived), tuple(lost)))


def _rounds(scope: Scope, moving: Sequence[tuple[int, Node]]) -> int:
    turns = len(moving) + 1
    for _, node in moving:
        if isinstance(node, Advance):
            turns *= _longest(scope, node.loop) + 1
    return min(turns, MOST_ROUNDS)


def _longest(scope: Scope, loop: tree.For) -> int:
    kind = left_type(loop)
    if kind is None or isinstance(kind, IntType):
        variable = scope.world.own[scope.process, scope.number, loop.variable].type
        if isinstance(variable, IntType) and variable.low is not None:
            assert variable.high is not None
            return variable.high - variable.low + 1
        return MOST_ROUNDS
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


def _ends(loop: tree.For) -> tuple[tree.Expr, tree.Expr] | None:
    """First number and end of a loop that counts."""
    match loop.source:
        case tree.Function("range", (start, stop)):
            return start, stop
        case tree.Domain(of=IntType(low, high), at=at) if low is not None and high is not None:
            return (
                tree.Literal(low, IntType(low, low), at),
                tree.Literal(high + 1, IntType(high + 1, high + 1), at),
            )
    return None


def _enter(scope: Scope, loop: tree.For, advance: Advance, go: Callable[[Node], None]) -> None:
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


def _known(loop: tree.For) -> Type:
    assert isinstance(loop.source.type, ListType)
    return loop.source.type.item


def _forget(scope: Scope, loop: tree.For) -> None:
    # Out of scope from here on: the same state whatever its last value was.
    own, body = scope.world.own, scope.body
    for name in (loop.variable, left_name(loop)):
        place = own.get((scope.process, scope.number, name))
        if place is not None:
            write(body, place, default(place.type, body.layout), loop.at)


def _advance(scope: Scope, loop: tree.For, node: Advance, go: Callable[[Node], None]) -> None:
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
