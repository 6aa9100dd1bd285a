"""Types as they are written, made into types."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from ..source.diagnostics import did_you_mean
from ..syntax.nodes import Expression, Name, RecordTypeDoc, TypeDoc
from ..tree.expressions import Literal
from ..types import (
    BOOL,
    INT,
    NOTHING,
    DictType,
    EnumType,
    IntType,
    ListType,
    NothingType,
    OptionType,
    RecordType,
    SetType,
    Type,
    UnionType,
)
from .adapting import described, enumerable
from .context import MAX_INTEGER, Context, Names, Scope
from .expressions import context_of
from .on_demand import OnDemand
from .relations import MAX_VALUES, nesting, weight

__all__ = ["TypeReader", "declare_enums", "declare_types"]

FindType = Callable[[str], "Type | None"]

_MAX_NESTING = 40  # of containers in each other
_BUILTIN: dict[str, Type] = {"int": INT, "bool": BOOL}
_NO_VALUE = ("null", "None")
_FOREIGN = {
    "str": "there are no texts in a model: enum(hello, bye) names what there can be",
    "float": "numbers are integers: int, or 0..9", "Enum": "enum(red, green)",
    "Optional": "T? may be None", "Literal": "enum(red, green)", "tuple": "{a: int, b: bool}",
}  # fmt: skip
"""What is written instead of Python's types that are not in the language."""


def declare_enums(docs: Iterable[TypeDoc], names: Names) -> None:
    """Note the members of all enums in these types, so that expressions can name them."""
    for doc in docs:
        for expression, call in _enum_calls(doc):
            parts = [part for part in call.args if isinstance(part, ast.Name)]
            kind = EnumType(tuple(part.id for part in parts))
            for part in parts:
                at = expression.position_of(part)
                names.declared.setdefault(part.id, ("a member of an enum", at))
                enums = names.enums.setdefault(part.id, [])
                if kind not in enums:
                    enums.append(kind)


def _enum_calls(doc: TypeDoc) -> Iterator[tuple[Expression, ast.Call]]:
    if isinstance(doc, RecordTypeDoc):
        for _, inner in doc.fields:
            yield from _enum_calls(inner)
        return
    for node in ast.walk(doc.node):
        match node:
            case ast.Call(func=ast.Name(id="enum")):
                yield doc, node


def declare_types(docs: Iterable[tuple[Name, TypeDoc]], names: Names) -> None:
    """Make the named types of a spec, which may refer to each other in any order."""
    written = {name.text: (name, doc) for name, doc in docs}

    def find(name: str) -> Type | None:
        return types.value(name, written[name][0].at) if name in written else None

    def make(declaration: tuple[Name, TypeDoc]) -> Type:
        name, doc = declaration
        names.types[name.text] = kind = TypeReader(names, find, list(written)).read(doc)
        return kind

    hint = "a value must have an end"
    types = OnDemand("types", written, names.found, make=make, unknown=lambda _: NOTHING, hint=hint)
    for name in written:
        find(name)


class TypeReader:
    """Reads types; `find` gives the type of a name, None where there is none of that name."""

    def __init__(
        self, names: Names, find: FindType | None = None, known: Iterable[str] = ()
    ) -> None:
        self.names = names
        self.known = list(known)
        self.find: FindType = find or names.types.get

    def read(self, doc: TypeDoc) -> Type:
        """The type, or NOTHING where a mistake was reported."""
        if isinstance(doc, RecordTypeDoc):
            kind = self._record([(name, self.read(inner)) for name, inner in doc.fields])
        else:
            context = context_of(
                doc,
                Scope(self.names, shared="a type is made of constants",
                      commands="a type cannot call a command"),
            )  # fmt: skip
            kind = self._read(context, doc.node)
        if nesting(kind) > _MAX_NESTING:
            self.names.found.report(doc.at, "this type is nested too deeply")
            return NOTHING
        if weight(kind) > MAX_VALUES:
            at = doc.at
            self.names.found.report(
                at, f"one value of this type has more than {MAX_VALUES:,} parts"
            )
            return NOTHING
        return kind

    def _read(self, context: Context, node: ast.expr) -> Type:
        match node:
            case ast.Name(id=name):
                return self._named(context, node, name)
            case ast.BinOp(left=low, op=ast.MatMult(), right=high):
                return self._interval(context, node, low, high)
            case ast.Call(func=ast.Name(id="enum")):
                return self._enum(context, node)
            case ast.BinOp(op=ast.BitOr()):
                return self._union(context, node)
            case ast.Dict(keys=keys, values=values):
                names = [Name(k.id, context.at(k)) for k in keys if isinstance(k, ast.Name)]
                return self._record(
                    [(n, self._read(context, v)) for n, v in zip(names, values, strict=True)]
                )
            case ast.Subscript(value=ast.Name(id="optional"), slice=item):
                inner = self._read(context, item)
                return inner if isinstance(inner, OptionType) else OptionType(inner)
            case ast.Subscript(value=ast.Name(id="list"), slice=item):
                return ListType(self._read(context, item))
            case ast.Subscript(value=ast.Name(id="set"), slice=item):
                inner = self._read(context, item)
                if enumerable(inner, item, context, "the items of a set"):
                    return SetType(inner)
                return NOTHING
            case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[key, item])):
                keys_of = self._read(context, key)
                inner = self._read(context, item)
                if enumerable(keys_of, key, context, "the keys of a dict"):
                    return DictType(keys_of, inner)
                return NOTHING
        context.wrong(node, "this is not a type")
        return NOTHING

    def _named(self, context: Context, node: ast.expr, name: str) -> Type:
        found = self.find(name) or _BUILTIN.get(name)
        if found is None:
            known = [*self.known, *self.names.types, *_BUILTIN]
            hint = _FOREIGN.get(name) or did_you_mean(name, known)
            context.wrong(node, f"no such type: {name}", hint)
            return NOTHING
        return found

    def _interval(self, context: Context, node: ast.expr, low: ast.expr, high: ast.expr) -> Type:
        ends = []
        for part in (low, high):
            value = context.check(part)
            if isinstance(value.type, NothingType):
                return NOTHING
            if not isinstance(value, Literal) or not isinstance(value.type, IntType):
                context.wrong(part, "the ends of a range are constant integers")
                return NOTHING
            ends.append(value.value)
        first, last = ends
        if first > last:
            context.wrong(node, f"constant out of range: {first}..{last} is empty")
            return NOTHING
        if last - first >= MAX_INTEGER:
            context.wrong(node, f"constant out of range: {first}..{last} has too many values")
            return NOTHING
        return IntType(first, last)

    def _enum(self, context: Context, node: ast.Call) -> Type:
        members: list[str] = []
        for part in node.args:
            assert isinstance(part, ast.Name)
            if part.id in members:
                context.wrong(part, f"{part.id} is twice in this enum")
            else:
                members.append(part.id)
        return EnumType(tuple(members))

    def _union(self, context: Context, node: ast.BinOp) -> Type:
        """`1..3 | enum(done)`: one range, and names, in any order."""
        numbers: IntType | None = None
        names: list[str] = []
        for part in _parts_between_bars(node):
            if isinstance(part, ast.Name) and part.id in _NO_VALUE:
                context.wrong(part, "a value or None is written T?", "1..3 | enum(done)?")
                return NOTHING
            kind = self._read(context, part)
            wrong, hint = _no_part(kind, numbers)
            if wrong:
                context.wrong(part, wrong, hint)
                return NOTHING
            match kind:
                case NothingType():
                    return kind
                case IntType():
                    numbers = kind
                case EnumType(members):
                    names += members
                case UnionType():
                    numbers = kind.numbers
                    names += kind.names.members
        if numbers is None or not names:
            context.wrong(node, "a union has integers and names", "1..3 | enum(done)")
            return NOTHING
        return UnionType(numbers, EnumType(tuple(dict.fromkeys(names))))

    def _record(self, fields: list[tuple[Name, Type]]) -> Type:
        known: dict[str, Type] = {}
        for name, kind in fields:
            if name.text in known:
                self.names.found.report(name.at, f"the field {name.text} is declared twice")
            known[name.text] = kind
        return RecordType(tuple(known.items()))


def _parts_between_bars(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _parts_between_bars(node.left)
        yield from _parts_between_bars(node.right)
    else:
        yield node


def _no_part(kind: Type, numbers: IntType | None) -> tuple[str, str]:
    """Why a type cannot be part of a union with a range, or none so far; "" where it can."""
    match kind:
        case IntType(None):
            return "the integers of a union have two ends", "a range, such as 1..10"
        case IntType() | UnionType() if numbers is not None:
            return "one range of integers can be in a union", "1..9 | enum(done)"
        case OptionType():
            return "this part of a union may be None", "put the ? behind all of it"
        case NothingType() | IntType() | EnumType() | UnionType():
            return "", ""
    return f"a union is of integers and names, this is {described(kind)}", "1..9 | enum(done)"
