"""What expressions and statements mean, said once more: the oracle of the machine.

A direct walk over the checked tree with plain Python values, written from the docstrings of
`model_check.language.tree` and from docs/language.md alone. It shares no code with the
machine, so that the two can only be wrong together where the documents are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model_check.language.tree import expressions as exprs
from model_check.language.tree import statements as stmts
from model_check.language.tree.spec import Command, Resource
from model_check.language.types import (
    BoolType,
    EnumType,
    IntType,
    ProcessType,
    RecordType,
    Type,
    UnionType,
)

from . import operators
from .under_way import Sent, Wire, sent_on
from .values import Name, Value, holds, names_of, ordered, values_of
from .world import (
    BlockedError,
    BranchingError,
    DisconnectedError,
    FailedError,
    Frame,
    Line,
    RefusedError,
    TooLargeError,
    UnsoundError,
)

__all__ = [
    "arguments", "called", "evaluate", "execute", "is_held_up", "line_of", "line_of_its_own",
    "wire_of",
]  # fmt: skip

LONGEST = 60
"""Items of a list; what grows further grows without end."""
LARGEST = 1 << 40
"""As far as an integer grows."""
DISPLAYS = (
    exprs.ListLiteral | exprs.SetLiteral | exprs.RecordLiteral | exprs.DictLiteral
    | exprs.Conditional | exprs.Binary
)  # fmt: skip
"""Their parts go into a declared type: one that does not fit is an error of the model."""


# --- expressions ---------------------------------------------------------------------------


def evaluate(e: exprs.Expr, frame: Frame) -> Value:
    """The value of an expression. Raises FailedError; from a choice, Blocked- or BranchingError."""
    value = _evaluate(e, frame)
    if isinstance(value, tuple) and len(value) > LONGEST:
        raise TooLargeError
    if isinstance(value, int) and abs(value) > LARGEST:
        raise TooLargeError
    if not isinstance(e, exprs.CommandCall) and not holds(e.type, value):
        if isinstance(e, DISPLAYS) and not isinstance(e.type, IntType):
            raise FailedError(f"{value} is no {e.type}")
        raise UnsoundError(f"{e.at}: {value} is no {e.type}")
    return value


def _evaluate(e: exprs.Expr, frame: Frame) -> Value:
    def go(part: exprs.Expr) -> Value:
        return evaluate(part, frame)

    match e:
        case exprs.Literal(value, kind):
            return _literal(value, kind)
        case exprs.NoneLiteral():
            return None
        case exprs.KindVar(of=other) if other:
            return tuple(_other(e, frame)[name] for name in _names(e))
        case exprs.SharedVar() | exprs.OwnVar() | exprs.KindVar() | exprs.Temporary():
            return _place(e, frame)[e.name]
        case exprs.OtherVar(process, instance, name):
            return frame.world.own[_instance(process, go(instance), frame)][name]
        case exprs.Content(resource, instance, name):
            number = 0 if instance is None else go(instance)
            if (resource, number) not in frame.world.stored:
                raise FailedError(f"there is no {resource}[{number}]")
            return frame.world.stored[resource, number][name]
        case exprs.SelfIndex():
            return frame.number
        case exprs.CallerIndex(kind):
            return _client(kind, frame.process, frame.number, frame)
        case exprs.ClientOf(process, instance, kind):
            _, number = _instance(process, go(instance), frame)
            return _client(kind, process, number, frame)
        case exprs.At(process, instance, label):
            return label in frame.world.labels(_instance(process, go(instance), frame))
        case exprs.Done(process, instance):
            return _instance(process, go(instance), frame) in frame.world.ended
        case exprs.Binary(operator, left, right):
            return operators.binary(operator, go(left), go(right))
        case exprs.Compare(operator, left, right):
            return operators.compare(operator, go(left), go(right))
        case exprs.Logic(operator, items):
            if operator == "and":
                return all(go(item) for item in items)
            return any(go(item) for item in items)
        case exprs.Not(item):
            return not go(item)
        case exprs.Conditional(test, then, orelse):
            return go(then) if go(test) else go(orelse)
        case exprs.Index(base, index):
            items = go(base)
            return items[operators.position(base.type, items, go(index))]
        case exprs.Slice(base, start, stop):
            items = go(base)
            first = None if start is None else go(start)
            return items[first : None if stop is None else go(stop)]
        case exprs.Field(base, name):
            return go(base)[operators.field_number(base.type, name)]
        case exprs.ListLiteral(items):
            return tuple(go(item) for item in items)
        case exprs.SetLiteral(items):
            return frozenset(go(item) for item in items)
        case exprs.RecordLiteral(fields):
            return tuple(go(part) for _, part in fields)
        case exprs.DictLiteral(values):
            return tuple(go(part) for part in values)
        case exprs.Domain(of):
            if isinstance(of, ProcessType):
                return tuple(range(frame.world.spec.process(of.process).count))
            return tuple(values_of(of))
        case exprs.Function(name, arguments):
            return operators.function(name, [go(each) for each in arguments])
        case exprs.Comprehension():
            return _comprehension(e, frame)
        case exprs.Let():
            return _let(e, frame)
        case exprs.CommandCall():
            return _call(e, frame)
        case exprs.Choose(source):
            return _choose(go(source), frame)
        case exprs.Old(value):
            assert frame.before is not None
            return evaluate(value, replace(frame, world=frame.before, before=None))
    raise NotImplementedError(type(e).__name__)


def _other(e: exprs.KindVar, frame: Frame) -> dict[str, Value]:
    """What another resource holds that a command was given."""
    return frame.world.stored[frame.others[e.of]]


def _names(e: exprs.KindVar) -> list[str]:
    assert isinstance(e.type, RecordType)
    return [name for name, _ in e.type.fields]


def _literal(value: int, kind: Type) -> Value:
    match kind:
        case BoolType():
            return bool(value)
        case EnumType():
            return names_of(kind)[value]
        case UnionType(IntType(_, int(high)), names) if value > high:
            return names_of(names)[value - high - 1]
    return value


def _place(
    e: exprs.SharedVar | exprs.OwnVar | exprs.KindVar | exprs.Temporary, frame: Frame
) -> dict[str, Value]:
    match e:
        case exprs.SharedVar():
            return frame.world.shared
        case exprs.OwnVar(name):
            if name in frame.loops:
                return frame.loops
            return frame.world.own[frame.process, frame.number]
        case exprs.KindVar():
            assert frame.resource is not None
            return frame.world.stored[frame.resource]
    return frame.temporaries


def _instance(process: str, number: int, frame: Frame) -> tuple[str, int]:
    if not 0 <= number < frame.world.spec.process(process).count:
        raise FailedError(f"there is no {process}[{number}]")
    return process, number


def _client(kind: Type, process: str, number: int, frame: Frame) -> Name:
    assert isinstance(kind, EnumType)
    name = frame.world.spec.process(process).client_name(number)
    if name not in kind.members:
        raise FailedError(f"{name} is no client")
    return names_of(kind)[kind.members.index(name)]


def _elements(e: exprs.Comprehension, frame: Frame) -> Iterator[Value]:
    outer = dict(frame.temporaries)
    for item in ordered(evaluate(e.source, frame)):
        frame.temporaries = {**outer, e.binder: item}
        try:
            if e.condition is None or evaluate(e.condition, frame):
                yield evaluate(e.element, frame)
        finally:
            frame.temporaries = outer
    frame.temporaries = outer


def _comprehension(e: exprs.Comprehension, frame: Frame) -> Value:
    elements = _elements(e, frame)
    match e.into:
        case "list":
            return tuple(elements)
        case "set":
            return frozenset(elements)
        case "all":
            return all(elements)
        case "any":
            return any(elements)
        case "count" | "sum":
            return sum(elements)
    return operators.function(e.into, [tuple(elements)])


def _let(e: exprs.Let, frame: Frame) -> Value:
    given = {name: evaluate(argument, frame) for name, _, argument in e.parameters}
    for name, kind, _ in e.parameters:
        if not holds(kind, given[name]):
            raise FailedError(f"{name} of {e.define} cannot be {given[name]}")
    outer, frame.temporaries = frame.temporaries, given
    try:
        return evaluate(e.value, frame)
    finally:
        frame.temporaries = outer


def _call(e: exprs.CommandCall, frame: Frame) -> Value:
    resource, number, command = called(e, frame)
    answered = frame.sent is not None and e == frame.awaited
    given = frame.sent if answered and frame.sent is not None else arguments(e, frame, command)
    if e.wait and not answered and is_held_up(frame, resource, number, command):
        raise BlockedError
    if e.wait:
        frame.done.append((resource, number, command))
    inner = Frame(
        frame.world, frame.process, frame.number, {},
        {name: value for (name, _), value in zip(command.parameters, given, strict=True)},
        (resource.name, number), frame.label, frame.choices, gives_up=frame.gives_up,
        others={name: _given(which, index, frame) for name, which, index in e.others},
    )  # fmt: skip
    line = line_of(resource, number, frame)
    if line not in frame.world.cut:
        return _done(e, inner, command, answered=answered)
    if command.connects:
        frame.world.cut -= {line}
        return execute(command.run, inner)
    if not command.local:
        raise DisconnectedError(line)
    try:
        return execute(command.run, inner)
    except BlockedError:
        raise DisconnectedError(line) from None


def _done(e: exprs.CommandCall, inner: Frame, command: Command, *, answered: bool) -> Value:
    """A command on a connection that is whole: what is only sent is done later, and what is waited
    for comes behind all that was sent before. `answered`: that was seen to when it was sent."""
    assert inner.resource is not None
    world, (resource, number) = inner.world, inner.resource
    wire = wire_of(inner, resource, command)
    if not e.wait:
        who, given = (inner.process, inner.number), tuple(inner.temporaries.values())
        sent = Sent(id(e), who, inner.label, resource, number, e.command, given)
        world.under_way = sent_on(world.under_way, wire, sent)
        return None
    if wire in world.under_way and not command.local and not answered:
        raise BlockedError
    late = inner.gives_up and bool(command.gives_up)
    return execute(command.gives_up if late else command.run, inner)


def is_held_up(frame: Frame, resource: Resource, number: int, command: Command) -> bool:
    """Whether something is waited for on the connection over which a command is sent. What a client
    does in its own memory, and what nobody sends, is not."""
    if command.local or command.wire.startswith("("):
        return False
    mine = (wire_of(frame, resource.name, command), line_of_its_own(resource, number))
    return mine in frame.world.held_up.values()


def line_of_its_own(resource: Resource, number: int) -> tuple[str, int] | None:
    """The instance of a resource to which a client has a connection for it alone."""
    return None if resource.disconnects is None else (resource.name, number)


def wire_of(frame: Frame, resource: str, command: Command) -> Wire:
    """The connection over which a command is sent."""
    client = frame.world.spec.process(frame.process).client_name(frame.number)
    return Wire(client, frame.world.spec.resource(resource).server, command.connection)


def line_of(resource: Resource, number: int, frame: Frame) -> Line:
    """The connection that is used here."""
    client = frame.world.spec.process(frame.process).client_name(frame.number)
    return resource.name, number, client


def called(e: exprs.CommandCall, frame: Frame) -> tuple[Resource, int, Command]:
    """The resource, the instance of it and the command that a call means."""
    resource = frame.world.spec.resource(e.resource)
    number = 0 if e.instance is None else evaluate(e.instance, frame)
    if not 0 <= number < (resource.count or 1):
        raise FailedError(f"there is no {e.resource}[{number}]")
    return resource, number, resource.commands[number][e.command]


def _given(resource: str, index: exprs.Expr | None, frame: Frame) -> tuple[str, int]:
    number = 0 if index is None else evaluate(index, frame)
    if not 0 <= number < (frame.world.spec.resource(resource).count or 1):
        raise FailedError(f"there is no {resource}[{number}]")
    return resource, number


def arguments(e: exprs.CommandCall, frame: Frame, command: Command) -> tuple[Value, ...]:
    """The values that a command is called with; each must be of its parameter's type."""
    given = tuple(evaluate(each, frame) for each in e.arguments)
    for (name, kind), value in zip(command.parameters, given, strict=True):
        if not holds(kind, value):
            raise FailedError(f"{name} is {kind}, this is {value}")
    return given


def _choose(source: Value, frame: Frame) -> Value:
    if frame.choices:
        return frame.choices.pop(0)
    options = list(ordered(source))
    if not options:
        raise BlockedError
    raise BranchingError(options)


# --- statements ----------------------------------------------------------------------------


def execute(body: tuple[stmts.StepStatement, ...], frame: Frame) -> Value:
    """Run statements in order; the answer, if one of them returns it."""
    for statement in body:
        match statement:
            case stmts.Assign(target, value):
                _assign(target, evaluate(value, frame), frame)
            case stmts.Evaluate(value):
                evaluate(value, frame)
            case stmts.Await(condition):
                if not evaluate(condition, frame):
                    raise BlockedError
            case stmts.If(branches, orelse):
                chosen = next((b for test, b in branches if evaluate(test, frame)), orelse)
                execute(chosen, frame)
            case stmts.ForEach(binder, source, inner):
                for item in ordered(evaluate(source, frame)):
                    frame.temporaries[binder] = item
                    execute(inner, frame)
            case stmts.Branch(branches):
                execute(branches[_choose(tuple(range(len(branches))), frame)], frame)
            case stmts.Watching(word):
                _watching(word, frame)
            case stmts.Notify(event, of):
                _notify(event, of, frame)
            case stmts.Refuse(error):
                raise RefusedError(error)
            case stmts.Return(value):
                return evaluate(value, frame)
    return None


def _watching(word: str, frame: Frame) -> None:
    assert frame.resource is not None
    world, (name, number) = frame.world, frame.resource
    server = world.spec.resource(name).server
    if word == "touch":
        for each in (name, number), *frame.others.values():
            world.touch(*each)
        return
    client = world.spec.process(frame.process).client_name(frame.number)
    if word == "unwatch":
        world.forget(client=client, server=server)
    elif (client, server) not in world.touched:
        world.watching |= {(name, number, client)}


def _notify(event: str, of: str, frame: Frame) -> None:
    """An event of a key is published on each channel that tells of it."""
    assert frame.resource is not None
    publish_event(event, frame.others[of] if of else frame.resource, frame)


def publish_event(event: str, of: tuple[str, int], frame: Frame) -> None:
    """What a server tells of an event of a key."""
    name, number = of
    for channel in frame.world.spec.resources:
        heard = channel.heard
        told = None if heard is None or heard.of != name else heard.told(event, number)
        if heard is not None and told is not None:
            instance, given = told
            said = {each: evaluate(value, frame) for each, value in given.items()}
            inner = Frame(
                frame.world, frame.process, frame.number, {}, said, (channel.name, instance),
                frame.label, frame.choices,
            )  # fmt: skip
            execute(heard.commands[instance].run, inner)


def _assign(target: exprs.Expr, value: Value, frame: Frame) -> None:
    if not holds(target.type, value):
        if isinstance(target, exprs.Temporary):
            raise UnsoundError(
                f"{target.at}: the temporary {target.name} is {target.type}: {value}"
            )
        raise FailedError(f"{value} is no {target.type}")
    _put(target, value, frame)


def _put(target: exprs.Expr, value: Value, frame: Frame) -> None:
    match target:
        case exprs.KindVar(of=other) if other:
            _other(target, frame).update(zip(_names(target), value, strict=True))
        case exprs.SharedVar() | exprs.OwnVar() | exprs.KindVar() | exprs.Temporary():
            _place(target, frame)[target.name] = value
        case exprs.OtherVar(process, instance, name):
            who = _instance(process, evaluate(instance, frame), frame)
            frame.world.own[who][name] = value
        case exprs.Index(base, index):
            items = list(evaluate(base, frame))
            items[operators.position(base.type, items, evaluate(index, frame))] = value
            _put(base, tuple(items), frame)
        case exprs.Field(base, name):
            parts = list(evaluate(base, frame))
            parts[operators.field_number(base.type, name)] = value
            _put(base, tuple(parts), frame)
        case _:
            raise NotImplementedError(type(target).__name__)
