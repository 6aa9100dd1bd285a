"""What a name means: the one place where names are resolved."""

from __future__ import annotations

import ast

from ...codes import Code
from ..records import replace
from ..source.diagnostics import did_you_mean
from ..tree.expressions import (
    Broken,
    CallerIndex,
    ClientOf,
    Domain,
    Expr,
    Field,
    KindVar,
    Literal,
    OtherVar,
    OwnVar,
    SelfIndex,
    SharedVar,
    Temporary,
)
from ..types import (
    INT,
    EnumType,
    ListType,
    NothingType,
    ProcessType,
    RecordType,
    Type,
    UnionType,
)
from .adapting import adapt, described, enumerable, opened
from .contents import check_content, resource_of
from .context import Context, broken
from .entries import ProcessEntry
from .relations import without_option

__all__ = [
    "as_client", "check_attribute", "check_name", "instance_of", "is_instance", "names_instance",
]  # fmt: skip

_TYPES = {"bool": "[False, True] are all of it", "int": "range(a, b) is a list of numbers"}
_BOUND = (Temporary, OwnVar, KindVar, CallerIndex)


def check_name(context: Context, node: ast.Name, expected: Type | None) -> Expr:
    """A bare name, in the order: what is bound here, own and shared variables, the rest."""
    name, scope, at = node.id, context.scope, context.at(node)
    names = scope.names
    client = as_client(context, node, expected)
    if client is not None:
        return client
    if name in scope.locals:
        held = scope.locals[name]
        # An option's value is told where the spec gives it, not where the kind names it.
        return replace(held, at=at) if isinstance(held, _BOUND) else held
    if name in scope.pending:
        hint = "give it one on every path that leads here"
        return context.wrong(node, f"{name} may have no value yet here", hint, Code.TEMPORARY)
    if name == "self":
        return _self(context, node)
    if name in scope.own:
        return OwnVar(name, scope.own[name], at)
    if name in names.shared:
        if scope.shared:
            return context.wrong(node, f"{name} is shared", scope.shared)
        return SharedVar(name, names.shared[name], at)
    if name in names.constants:
        value = names.constants.value(name, at)
        if isinstance(value, str):
            return _member(context, node, value, expected)
        if isinstance(value.type, NothingType):
            return broken(at)
        return Literal(value.value, value.type, at)
    if name in names.types:
        kind = names.types[name]
        if not enumerable(kind, node, context, f"what is listed by {name}"):
            return broken(at)
        return Domain(kind, ListType(kind), at)
    if name in names.enums:
        return _member(context, node, name, expected)
    return _something_else(context, node)


def _self(context: Context, node: ast.Name) -> Expr:
    process = context.scope.process
    if process is None:
        return context.wrong(node, "self is the index of a process: there is none here")
    return SelfIndex(process.index_type, context.at(node))


def _member(context: Context, node: ast.Name, name: str, expected: Type | None) -> Expr:
    at = context.at(node)
    enums = context.scope.names.enums[name]
    wanted = None if expected is None else without_option(expected)
    if isinstance(wanted, UnionType) and name in wanted.names.members:
        return Literal(wanted.names.members.index(name), wanted.names, at)
    if isinstance(wanted, EnumType) and wanted in enums:
        return Literal(wanted.members.index(name), wanted, at)
    if len(enums) > 1:
        these = " and of ".join(str(each) for each in enums)
        return context.wrong(node, f"{name} is a member of {these}",
                             "it is not clear here which is meant")  # fmt: skip
    return Literal(enums[0].members.index(name), enums[0], at)


def _something_else(context: Context, node: ast.Name) -> Expr:
    name, scope = node.id, context.scope
    names = scope.names
    if name in names.processes:
        process = names.processes[name]
        return context.wrong(
            node, f"{name} is a process: it has no value",
            f"read its variables with {process.instance(0)}.name, "
            f"go through its instances with `for p in {name}`",
        )  # fmt: skip
    if name in names.resources:
        return context.wrong(node, f"{name} is a resource: it has no value",
                             names.resources[name].how_to_read() if scope.contents
                             else f"call one of its commands, {name}.command()")  # fmt: skip
    if name in names.defines:
        return names.defines[name].named(context, node)
    if name == "caller":
        return context.wrong(node, "caller means something in the commands of a kind only")
    if scope.process is not None and name in scope.process.assigned:
        step = scope.process.assigned[name]
        whose = f"a temporary of the step {step}" if step else "the variable of a loop"
        return context.wrong(
            node, f"{name} has no value here: it is {whose}, and gone when that is done",
            f"a variable that is kept is declared under vars of {scope.process.name.text}",
            Code.TEMPORARY,
        )  # fmt: skip
    for process in names.processes.values():
        if name in process.vars:
            return context.wrong(node, f"no such name here: {name}",
                                 f"{process.instance(0)}.{name} is a variable of "
                                 f"{process.name.text}")  # fmt: skip
        if name in process.labels and scope.process is None:
            return context.wrong(node, f"no such name here: {name}",
                                 f"it is a label: at({process.instance(0)}, {name}) says that this "
                                 "step can be the next one")  # fmt: skip
    if name in _TYPES:
        return context.wrong(node, f"{name} is a type, and no value", _TYPES[name])
    return context.no_such(node, "name", name, scope.visible())


# --- with a dot ------------------------------------------------------------------------------


def check_attribute(context: Context, node: ast.Attribute, _: Type | None) -> Expr:
    """`client.shown`, `gateway[1].snapshot`, `w.x`, `history.items`, or a field of a record."""
    found = instance_of(context, node.value)
    if found is not None:
        entry, instance = found
        return _variable(context, node, entry, instance)
    resource = resource_of(context, node.value)
    if resource is not None:
        return check_content(context, node, resource)
    match node.value:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)) if (
            name in context.scope.names.unusable
        ):
            return broken(context.at(node))
        case ast.Name(id=name) if not _is_known(context, name):
            known = [*context.scope.locals, *context.scope.own, *context.scope.names.shared]
            return context.no_such(
                node.value, "process or variable", name, [*context.scope.names.processes, *known]
            )
    base = opened(context.check(node.value), node.value, context)
    if isinstance(base.type, NothingType):
        return base
    if not isinstance(base.type, RecordType):
        return context.wrong(
            node, f"{described(base.type)} has no fields: .{node.attr} is not there"
        )
    kind = base.type.field(node.attr)
    if kind is None:
        return context.no_such(node, "field", node.attr, [n for n, _ in base.type.fields])
    return Field(base, node.attr, kind, context.at(node))


def _is_known(context: Context, name: str) -> bool:
    return name == "self" or name in context.scope.pending or name in context.scope.visible()


def instance_of(context: Context, node: ast.expr) -> tuple[ProcessEntry, Expr] | None:
    """The process instance that `client`, `gateway[1]` or a bound name stands for, if one."""
    names = context.scope.names
    match node:
        case ast.Name(id=name) if name in context.scope.locals:
            value = context.scope.locals[name]
            if isinstance(value, Temporary) and isinstance(value.type, ProcessType):
                return names.processes[value.type.process], value
        case ast.Name(id=name) if name in names.processes:
            entry = names.processes[name]
            if entry.count > 1 or not entry.single:
                context.wrong(node, f"there are {entry.count} instances of {name}: say which, "
                              f"such as {name}[0]")  # fmt: skip
            return entry, Literal(0, entry.index_type, context.at(node))
        case ast.Subscript(value=ast.Name(id=name), slice=index) if name in names.processes:
            entry = names.processes[name]
            what = f"the index of {name}"
            number = adapt(context.check(index), INT, index, context, what)
            return entry, adapt(number, entry.index_type, index, context, what)
    return None


def names_instance(context: Context, node: ast.expr) -> bool:
    """Whether `client`, `gateway[1]` or a bound name means an instance of a process."""
    root = node.value if isinstance(node, ast.Subscript) else node
    if not isinstance(root, ast.Name):
        return False
    if root.id in context.scope.locals:
        return is_instance(context.scope.locals[root.id])
    return root.id in context.scope.names.processes


def is_instance(value: Expr | None) -> bool:
    """Whether a value is an instance of a process that a loop or a parameter binds."""
    return isinstance(value, Temporary) and isinstance(value.type, ProcessType)


def as_client(context: Context, node: ast.expr, expected: Type | None) -> Expr | None:
    """A process instance where a client of a resource is expected, as in `room.inbox[gateway[1]]`;
    None where none is expected, or something else is written."""
    clients = _clients(context, expected)
    if clients is None or not names_instance(context, node):
        return None
    found = instance_of(context, node)
    if found is None or isinstance(found[1], Broken):
        return broken(context.at(node))
    entry, instance = found
    meant = [instance.value] if isinstance(instance, Literal) else range(entry.count)
    for name in map(entry.client, meant):
        if name not in clients.members:
            return _no_client(context, node, name, clients)
    if isinstance(instance, Literal):
        member = clients.members.index(entry.client(instance.value))
        return Literal(member, clients, context.at(node))
    return ClientOf(entry.name.text, instance, clients, context.at(node))


def _clients(context: Context, expected: Type | None) -> EnumType | None:
    """The type of the clients of a resource, if it is such a one: no other enum has the names of
    process instances."""
    kind = None if expected is None else without_option(expected)
    if not isinstance(kind, EnumType):
        return None
    processes = context.scope.names.processes
    known = {*processes, *(each.connection for each in processes.values())}
    return kind if all(each.partition("[")[0] in known for each in kind.members) else None


def _no_client(context: Context, node: ast.expr, name: str, clients: EnumType) -> Expr:
    who = list(clients.members)
    if not who:
        message = f"{name} is no client here: nobody is"
    elif len(who) == 1:
        message = f"{name} is no client here: only {who[0]} is"
    else:
        message = f"{name} is no client here: only {', '.join(who[:-1])} and {who[-1]} are"
    return context.wrong(node, message, "a client calls a command for which it matters who calls")


def _variable(context: Context, node: ast.Attribute, entry: ProcessEntry, instance: Expr) -> Expr:
    name = node.attr
    if name not in entry.vars:
        hint = did_you_mean(name, entry.vars)
        if name in entry.labels:
            hint = f"{name} is a label: at({entry.name.text}, {name})"
        return context.wrong(node, f"{entry.name.text} has no variable {name}", hint)
    if context.scope.shared:
        return context.wrong(node, f"{name} is a variable of another process", context.scope.shared)
    return OtherVar(entry.name.text, instance, name, entry.vars[name], context.at(node))
