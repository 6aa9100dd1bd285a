"""Operators: arithmetic on intervals, comparisons, logic; folded where both sides are known."""

from __future__ import annotations

import ast
from typing import Literal as OneOf
from typing import cast

from ..tree.expressions import Binary, Compare, Conditional, Domain, Expr, Literal, Logic, Not
from ..types import (
    BOOL,
    INT,
    NOTHING,
    BoolType,
    DictType,
    EnumType,
    IntType,
    ListType,
    NothingType,
    OptionType,
    ProcessType,
    SetType,
    Type,
    UnionType,
    UnitType,
)
from .adapting import adapt, boolean, described, integer, meaning, numeric, opened
from .context import MAX_INTEGER, Context
from .lookup import names_instance
from .relations import comparable, interval, join, overlap, without_option

__all__ = [
    "binary", "check_binary", "check_comparison", "check_conditional", "check_logic",
    "check_unary", "integer_literal",
]  # fmt: skip

ArithmeticSign = OneOf["+", "-", "*", "//", "%", "|", "&"]
ComparisonSign = OneOf["==", "!=", "<", "<=", ">", ">=", "in", "not in"]

_ARITHMETIC: dict[type[ast.operator], ArithmeticSign] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%",
    ast.BitOr: "|", ast.BitAnd: "&",
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], ComparisonSign] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "==", ast.IsNot: "!=",
}  # fmt: skip


def integer_literal(context: Context, node: ast.expr, value: int) -> Expr:
    """A number that is known while checking; refuses those no spec needs."""
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        return context.wrong(node, "constant out of range", f"it lies beyond +-{MAX_INTEGER}")
    return Literal(value, IntType(value, value), context.at(node))


def check_unary(context: Context, node: ast.UnaryOp, _: Type | None) -> Expr:
    match node.op:
        case ast.Not():
            item = boolean(context.check(node.operand), node.operand, context, "not")
            if isinstance(item, Literal):
                return Literal(1 - item.value, BOOL, context.at(node))
            return Not(item, BOOL, context.at(node))
        case ast.USub():
            zero = Literal(0, IntType(0, 0), context.at(node))
            value = integer(context.check(node.operand), node.operand, context, "-")
            return binary(context, node, "-", zero, value)
        case ast.UAdd():
            return integer(context.check(node.operand), node.operand, context, "+")
    return context.wrong(node, "~ is not part of the language")


def check_binary(context: Context, node: ast.BinOp, expected: Type | None) -> Expr:
    sign = _ARITHMETIC.get(type(node.op))
    if sign is None:
        other = "// divides integers" if isinstance(node.op, ast.Div) else ""
        return context.wrong(node, "this operator is not part of the language", other)
    left = context.check(node.left, expected)
    right = context.check(node.right, expected if expected is not None else left.type)
    left = opened(left, node.left, context)
    right = opened(right, node.right, context)
    return binary(context, node, sign, left, right)


def binary(context: Context, node: ast.expr, sign: ArithmeticSign, left: Expr, right: Expr) -> Expr:
    """`left sign right` for two checked values."""
    at = context.at(node)
    if isinstance(left.type, UnionType) or isinstance(right.type, UnionType):
        left, right = (numeric(each, node, context) for each in (left, right))
    match left.type, right.type:
        case NothingType(), _:
            return left
        case _, NothingType():
            return right
        case IntType() as a, IntType() as b if sign not in "|&":
            if isinstance(right, Literal) and right.value == 0 and sign in ("//", "%"):
                return context.wrong(node, "this divides by zero")
            if isinstance(left, Literal) and isinstance(right, Literal):
                return integer_literal(context, node, _compute(sign, left.value, right.value))
            return Binary(sign, left, right, _result(sign, a, b), at)
        case (ListType(), ListType()) if sign == "+":
            return _joined(context, node, sign, left, right)
        case (SetType(), SetType()) if sign in "|&-":
            return _joined(context, node, sign, left, right)
        case (ListType(), ListType()) if sign == "-":
            hint = "set(a) - set(b) leaves out what is in b"
        case (SetType(), SetType()) if sign == "+":
            hint = "a | b joins two sets"
        case (ListType(), _) if sign == "+":
            hint = "[x] is a list of one item"
        case _:
            hint = ""
    return context.wrong(
        node, f"{sign} does not work on {described(left.type)} and {described(right.type)}", hint
    )


def _joined(
    context: Context, node: ast.expr, sign: ArithmeticSign, left: Expr, right: Expr
) -> Expr:
    kind = join(left.type, right.type)
    if kind is None:
        return context.wrong(
            node, f"{described(left.type)} and {described(right.type)} have no common type"
        )
    return Binary(sign, left, right, kind, context.at(node))


def _compute(sign: str, a: int, b: int) -> int:
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "//":
            return a // b
    return a % b


def _result(sign: str, a: IntType, b: IntType) -> IntType:
    if a.low is None or a.high is None or b.low is None or b.high is None:
        if sign == "%" and b.low is not None and b.high is not None and b.low > 0:
            return IntType(0, b.high - 1)
        return INT
    match sign:
        case "+":
            return interval(a.low + b.low, a.high + b.high)
        case "-":
            return interval(a.low - b.high, a.high - b.low)
        case "*":
            corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
            return interval(min(corners), max(corners))
        case "//" if b.low > 0:
            corners = [x // y for x in (a.low, a.high) for y in (b.low, b.high)]
            return interval(min(corners), max(corners))
        case "%" if b.low > 0:
            return IntType(0, b.high - 1) if a.low < 0 else IntType(0, min(a.high, b.high - 1))
    return INT


# --- comparisons -----------------------------------------------------------------------------


def check_comparison(context: Context, node: ast.Compare, _: Type | None) -> Expr:
    if len(node.ops) == 1:
        return _pair(context, node, node.left, node.ops[0], node.comparators[0])
    # In a chain the middle is looked at twice, and the end perhaps never.
    once = context.once("a chain of comparisons may not compute this exactly once")
    terms = [node.left, *node.comparators]
    parts = tuple(
        _pair(once, node, terms[i], sign, terms[i + 1]) for i, sign in enumerate(node.ops)
    )
    return _logic("and", parts, context, node)


def _pair(
    context: Context, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr
) -> Expr:
    if isinstance(op, ast.Is | ast.IsNot) and not _is_none(right):
        return context.wrong(right, "`is` compares with None only", "write == for other values")
    sign = _COMPARISONS[type(op)]
    if sign in ("in", "not in"):
        return _membership(context, node, sign, left, right)
    # A bare name is told by the type of the other side, whichever it is.
    if _told_by_other(context, left):
        b = context.check(right)
        a = context.check(left, b.type)
    else:
        a = context.check(left)
        b = context.check(right, a.type)
    return _compare(context, node, sign, (a, left), (b, right))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _told_by_other(context: Context, node: ast.expr) -> bool:
    """Whether what stands on the other side tells what this is: a bare name, a process instance,
    which can be a client, or a display with such an item."""
    names = context.scope.names
    if isinstance(node, ast.List | ast.Set):
        return any(_told_by_other(context, part) for part in node.elts)
    if isinstance(node, ast.Name) and node.id in {*names.enums, *names.constants}:
        return True
    return names_instance(context, node)


def _compare(
    context: Context,
    node: ast.Compare,
    sign: ComparisonSign,
    first: tuple[Expr, ast.expr],
    second: tuple[Expr, ast.expr],
) -> Expr:
    (a, left), (b, right) = first, second
    at = context.at(node)
    for value, where in (first, second):
        if isinstance(value.type, UnitType):
            return context.wrong(where, "this command answers nothing to compare")
    if sign not in ("==", "!="):
        a, b = numeric(a, left, context), numeric(b, right, context)
        match a.type, b.type:
            case NothingType(), _:
                return a
            case _, NothingType():
                return b
            case (IntType(), IntType()) | (SetType(), SetType()):
                pass
            case EnumType(), EnumType() if a.type == b.type:
                pass
            case _:
                return context.wrong(
                    node, f"{sign} does not work on {described(a.type)} and {described(b.type)}"
                )
    elif _is_never_none(a.type, b.type):
        if context.scope.in_kind:
            # A kind asks for None wherever a T may be an optional.
            return Literal(int(sign == "!="), BOOL, at)
        kind = a.type if isinstance(b.type, OptionType) else b.type
        return context.wrong(node, f"this is {described(kind)}, which is never None")
    elif not comparable(a.type, b.type):
        return context.wrong(
            node, f"{described(a.type)} and {described(b.type)} can never be equal"
        )
    if isinstance(a, Literal) and isinstance(b, Literal) and not _broken(a, b):
        if UnionType in (type(a.type), type(b.type)):
            return Literal(int((meaning(a) == meaning(b)) == (sign == "==")), BOOL, at)
        return Literal(int(_holds(sign, a.value, b.value)), BOOL, at)
    if sign in ("==", "!="):
        never = _never_equal(a, left, b, right)
        if never:
            return context.wrong(node, never)
    return Compare(sign, a, b, BOOL, at)


def _is_never_none(a: Type, b: Type) -> bool:
    none = OptionType(NOTHING)
    return (a == none) != (b == none) and not (
        isinstance(a, OptionType | NothingType) and isinstance(b, OptionType | NothingType)
    )


def _broken(a: Expr, b: Expr) -> bool:
    return isinstance(a.type, NothingType) or isinstance(b.type, NothingType)


def _never_equal(a: Expr, left: ast.expr, b: Expr, right: ast.expr) -> str:
    # Only for a number written as such: with a constant, another value may well make sense.
    for value, other, node in ((a, b, right), (b, a, left)):
        if isinstance(other, Literal) and not any(isinstance(n, ast.Name) for n in ast.walk(node)):
            kind = value.type.item if isinstance(value.type, OptionType) else value.type
            match kind, other.type:
                case IntType() | UnionType(), IntType():
                    numbers = kind.numbers if isinstance(kind, UnionType) else kind
                    if not overlap(numbers, other.type):
                        return f"{kind} and {other.value} can never be equal"
    return ""


def _holds(sign: str, a: int, b: int) -> bool:
    match sign:
        case "==":
            return a == b
        case "!=":
            return a != b
        case "<":
            return a < b
        case "<=":
            return a <= b
        case ">":
            return a > b
    return a >= b


def _membership(
    context: Context, node: ast.Compare, sign: ComparisonSign, left: ast.expr, right: ast.expr
) -> Expr:
    if context.scope.in_kind and isinstance(right, ast.Name) and right.id == "enum":
        return _is_name(context, node, sign, left)
    if _told_by_other(context, left):
        collection = opened(context.check(right), right, context)
        item = context.check(left, _item(collection.type))
    else:
        item = context.check(left)
        if isinstance(right, ast.Set):
            # To be in a display is to be one of its items, whatever these can be.
            right = ast.copy_location(ast.List(right.elts, ast.Load()), right)
        collection = opened(context.check(right, SetType(item.type)), right, context)
    inner = _item(collection.type)
    if inner is None:
        hint = ""
        if isinstance(collection.type, DictType):
            hint = f"a dict has all its keys: every {collection.type.key} is in it"
        return context.wrong(
            right, f"in looks into a list or a set, this is {described(collection.type)}", hint
        )
    if isinstance(item.type, ProcessType | UnitType) or not comparable(item.type, inner):
        return context.wrong(
            node, f"{described(item.type)} can never be in {described(collection.type)}"
        )
    return Compare(sign, item, collection, BOOL, context.at(node))


def _is_name(context: Context, node: ast.Compare, sign: ComparisonSign, left: ast.expr) -> Expr:
    """Whether what a kind holds is a name of an enum, `value in enum`: of a type that has none it
    is known here."""
    item = context.check(left)
    kind, at = without_option(item.type), context.at(node)
    names = kind.names if isinstance(kind, UnionType) else kind
    if isinstance(names, EnumType):
        return Compare(sign, item, Domain(names, ListType(names), at), BOOL, at)
    return Literal(int(sign == "not in"), BOOL, at)


def _item(kind: Type) -> Type | None:
    if isinstance(kind, NothingType):
        return kind
    return kind.item if isinstance(kind, ListType | SetType) else None


# --- logic -----------------------------------------------------------------------------------


def check_logic(context: Context, node: ast.BoolOp, _: Type | None) -> Expr:
    sign: OneOf["and", "or"] = "and" if isinstance(node.op, ast.And) else "or"
    # The first part always is.
    once = context.once(f"what stands behind `{sign}` may not be computed")
    among = (context, *(once for _ in node.values[1:]))
    parts = tuple(
        boolean(each.check(part), part, each, sign)
        for each, part in zip(among, node.values, strict=True)
    )
    return _logic(sign, parts, context, node)


def _logic(
    sign: OneOf["and", "or"], parts: tuple[Expr, ...], context: Context, node: ast.expr
) -> Expr:
    at = context.at(node)
    decisive = 0 if sign == "and" else 1
    left: list[Expr] = []
    for part in parts:
        if isinstance(part, Literal) and isinstance(part.type, BoolType):
            if part.value == decisive:
                # What stands before could still go wrong at run time.
                return Logic(sign, (*left, part), BOOL, at) if left else Literal(decisive, BOOL, at)
            continue
        left.append(part)
    if not left:
        return Literal(1 - decisive, BOOL, at)
    return left[0] if len(left) == 1 else Logic(sign, tuple(left), BOOL, at)


def check_conditional(context: Context, node: ast.IfExp, expected: Type | None) -> Expr:
    once = context.once("one side of an if-else is not computed")
    test = boolean(context.check(node.test), node.test, context, "if")
    then = once.check(node.body, expected)
    orelse = once.check(node.orelse, expected if expected is not None else then.type)
    if isinstance(test, Literal) and not isinstance(test.type, NothingType):
        return then if test.value else orelse
    kind = join(then.type, orelse.type)
    if kind is None and isinstance(without_option(expected or NOTHING), UnionType):
        assert expected is not None
        then = adapt(then, expected, node.body, once, "this")
        orelse = adapt(orelse, expected, node.orelse, once, "this")
        kind = expected
    if kind is None or isinstance(kind, ProcessType | UnitType):
        return context.wrong(
            node, f"{described(then.type)} and {described(orelse.type)} have no common type"
        )
    return cast(Expr, Conditional(test, then, orelse, kind, context.at(node)))
