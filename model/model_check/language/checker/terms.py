"""From a formula to the parts of it whose values say why it is true or false: of `charges <= 1`
that is `charges`, of `set(a) <= set(client.shown)` both sets.

In: a formula that was checked, and where it stands. Out: the parts, each checked by itself. Of
`all(...)` and `any(...)` the values of what is bound that make it false, or true, are a part as
well. A part that says nothing by itself, such as a constant or what a loop binds, is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from ..syntax.nodes import Expression
from ..tree.expressions import At, Content, Done, OtherVar, SharedVar
from ..tree.spec import Define
from ..tree.walk import inner_expressions
from ..types import NothingType, ProcessType, UnitType
from .context import Scope
from .expressions import check

__all__ = ["terms_of"]

MOST_TERMS = 12
"""Parts of one formula that are looked at."""
MOST_INSTANCES = 4
"""Instances of a process that are gone through one by one."""
MOST_OPENED = 24
"""Defines and quantifiers that are looked into, in one formula."""
MOST_LOOKED = 100
"""Parts that are looked at, also in vain."""
_TRUTHS = ("all", "any")
_PLACES = (ast.Name, ast.Attribute, ast.Subscript)
_CHANGING = (SharedVar, OtherVar, Content, At, Done)
"""What of a formula can be other in another state."""


def terms_of(formula: Expression, scope: Scope) -> tuple[Define, ...]:
    """The parts of a formula, in the order of its text; the `text` of each says what it is: `false
    for c` are the values of `c` of which what `all` asks is false."""
    found: dict[str, Define] = {}
    for text, part in islice(_Parts(scope).parts(formula, frozenset()), MOST_LOOKED):
        if len(found) == MOST_TERMS:
            break
        if text not in found and (term := _checked(text, part, scope)) is not None:
            found[text] = term
    return tuple(found.values())


def _checked(text: str, part: Expression, scope: Scope) -> Define | None:
    """A part with what it means; None for one that by itself means nothing, or nothing new."""
    found = scope.names.found
    mark = found.count
    value = check(part, scope)
    if found.count > mark:
        found.forget(mark)
        return None
    if isinstance(value.type, ProcessType | UnitType | NothingType):
        return None
    if not any(isinstance(each, _CHANGING) for each in inner_expressions(value)):
        return None
    return Define(text, text, value)


class _Parts:
    """Takes formulas apart, as text and expression."""

    def __init__(self, scope: Scope) -> None:
        self.names = scope.names
        self.opened = 0
        """How many defines and quantifiers were looked into."""

    def parts(self, formula: Expression, bound: frozenset[str]) -> Iterator[tuple[str, Expression]]:
        """The parts of a formula; `bound` are the names that are bound around it."""
        node = formula.node

        def inside(*nodes: ast.expr | None) -> Iterator[tuple[str, Expression]]:
            for each in nodes:
                if each is not None:
                    yield from self.parts(_part(formula, each), bound)

        match node:
            case ast.BoolOp(values=values):
                yield from inside(*values)
            case ast.UnaryOp(operand=operand):
                yield from inside(operand)
            case ast.BinOp(left=left, right=right):
                yield from inside(left, right)
            case ast.Compare(left=left, comparators=others):
                yield from inside(left, *others)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yield from inside(test, body, orelse)
            case ast.List(elts=elements) | ast.Set(elts=elements) | ast.Tuple(elts=elements):
                yield from inside(*elements)
            case ast.Name(id=name) if name in self.names.defines and name not in bound:
                yield from self._define(formula, name)
            case ast.Call(func=ast.Name(id=name), args=[ast.GeneratorExp() as of]) if (
                name in _TRUTHS
            ):
                yield from self._quantified(formula, name == "all", of, bound)
            case _ if not bound.isdisjoint(_names_in(node)):
                inner = (each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr))
                yield from inside(*inner)
            case ast.Subscript(slice=index):
                yield _text(node), formula
                yield from inside(index)
            case ast.Call(func=ast.Name(id="len"), args=[of]) if isinstance(of, _PLACES):
                yield _text(node), formula
                yield from inside(of)
            case ast.Name() | ast.Attribute() | ast.Call() | ast.ListComp() | ast.SetComp():
                yield _text(node), formula

    def _define(self, formula: Expression, name: str) -> Iterator[tuple[str, Expression]]:
        """The value of a define; of one that is a truth, the parts of its text too."""
        yield name, formula
        self.opened += 1
        if self.opened <= MOST_OPENED:
            written = self.names.defines[name].written
            if _is_truth(written.node):
                yield from self.parts(written, frozenset())

    def _quantified(
        self, formula: Expression, every: bool, of: ast.GeneratorExp, bound: frozenset[str]
    ) -> Iterator[tuple[str, Expression]]:
        """The parts of `all(...)` or `any(...)`."""
        first, *rest = of.generators
        self.opened += 1
        if not isinstance(first.target, ast.Name) or self.opened > MOST_OPENED:
            return
        name, source = first.target.id, first.iter
        inner: ast.expr = of.elt
        if rest:
            again = ast.GeneratorExp(of.elt, rest)
            inner = ast.Call(ast.Name("all" if every else "any", ast.Load()), [again], [])
        if not isinstance(source, ast.Name) or source.id not in self.names.processes:
            asked: ast.expr = ast.UnaryOp(ast.Not(), inner) if every else inner
            first = ast.comprehension(first.target, source, [*first.ifs, asked], 0)
            found = ast.ListComp(ast.Name(name, ast.Load()), [first])
            if bound.isdisjoint(_names_in(found)):
                yield f"{'false' if every else 'true'} for {name}", _part(formula, found)
            for each in (source, inner, *first.ifs[:-1]):
                yield from self.parts(_part(formula, each), bound | {name})
            return
        entry = self.names.processes[source.id]
        for number in range(min(entry.count, MOST_INSTANCES)):
            instance = ast.parse(entry.instance(number), mode="eval").body
            for each in (*first.ifs, inner):
                put_in = _PutIn(name, instance).visit(ast.parse(ast.unparse(each), mode="eval"))
                yield from self.parts(_part(formula, put_in.body), bound)


def _part(formula: Expression, node: ast.expr) -> Expression:
    """A part of a formula; one that does not stand there takes its place."""
    if not hasattr(node, "lineno"):
        node = ast.fix_missing_locations(ast.copy_location(node, formula.node))
    return Expression(node, formula.source, ast.unparse(node))


def _text(node: ast.expr) -> str:
    """A part as a person writes it: what is alone in a call needs no brackets of its own."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.GeneratorExp() as of], keywords=[]):
            return name + ast.unparse(of)
    return ast.unparse(node)


def _names_in(node: ast.AST) -> frozenset[str]:
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _is_truth(node: ast.expr) -> bool:
    """Whether an expression is surely true or false."""
    match node:
        case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _TRUTHS
    return False


class _PutIn(ast.NodeTransformer):
    """Puts an expression in the place of a name."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name = name
        self.value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.value if node.id == self.name else node
