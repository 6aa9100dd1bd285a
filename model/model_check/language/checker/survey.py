"""A first look at the processes, before anything in them is checked.

Who calls what must be known before a resource's types are: `Client` in a kind is made of
the process instances that call it. And `at(p, label)` may name a label of any process.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ..records import dataclass
from ..syntax.call_form import CallShape
from ..syntax.nodes import (
    Assign,
    Atomic,
    Await,
    CommandDoc,
    Evaluate,
    Expression,
    For,
    If,
    Labelled,
    Name,
    Return,
    Statement,
    While,
    blocks_of,
)

__all__ = [
    "CallSite", "CommandTarget", "Survey", "all_statements", "calls_in", "command_name",
    "expressions_of", "joined_label", "mentions", "survey",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CommandTarget:
    """What a call names: the resource, the index after it if there is one, the command; and what
    it gives, which tells the form of the command."""

    resource: str
    index: ast.expr | None
    command: str
    shape: CallShape


@dataclass(frozen=True, slots=True)
class CallSite:
    """A command call as it stands in a process, in the step with this label."""

    target: CommandTarget
    expression: Expression
    label: str


@dataclass(frozen=True, slots=True)
class Survey:
    """`labels`: each label as written with the label of the step it is part of. `assigned`:
    each name that is given a value, with the label of the step that does so first; "" for the
    variable of a loop over steps."""

    labels: tuple[tuple[Name, str], ...]
    calls: tuple[CallSite, ...]
    assigned: dict[str, str]


def survey(run: tuple[Statement, ...], resources: Collection[str]) -> Survey:
    """All labels, command calls and names that are set of a process, in the order of the text."""
    labels: list[tuple[Name, str]] = []
    calls: list[CallSite] = []
    assigned: dict[str, str] = {}
    for statement, step in _statements(run, ""):
        if isinstance(statement, Labelled):
            labels.append((statement.label, step))
        match statement:
            case Assign(Expression(node=ast.Name(id=name)), operator=None) | For(Name(name)):
                assigned.setdefault(name, step)
        for expression in expressions_of(statement):
            calls += [CallSite(t, expression, step) for t in calls_in(expression, resources)]
    return Survey(tuple(labels), tuple(calls), assigned)


def joined_label(statement: Atomic) -> str:
    """The label of a `with atomic:` that has none of its own: those inside, with `+`."""
    inner = [s.label.text for s, _ in _statements(statement.body, "") if isinstance(s, Labelled)]
    return "+".join(inner)


def _statements(block: tuple[Statement, ...], inside: str) -> Iterator[tuple[Statement, str]]:
    """All statements, each with the label of the step it stands in ("" for none yet).
    `inside` is the label of the atomic step around them."""
    for statement in block:
        match statement:
            case Labelled(label, body):
                step = inside or label.text
                yield statement, step
                # A labelled `if` or `while` is a step by itself; what is in it has its own.
                single = body[0] if len(body) == 1 else None
                own = inside or (label.text if isinstance(single, Atomic) else "")
                for inner, found in _statements(body, own):
                    yield inner, found or step
            case Atomic(body):
                yield statement, inside
                yield from _statements(body, inside or joined_label(statement))
            case _:
                yield statement, inside
                for part in blocks_of(statement):
                    yield from _statements(part, inside)


def expressions_of(statement: Statement) -> tuple[Expression, ...]:
    """The expressions that stand in a statement itself, not in what is nested in it."""
    match statement:
        case Assign(target, value):
            return (target, value)
        case Evaluate(value) | Return(Expression() as value):
            return (value,)
        case Await(condition) | While(condition):
            return (condition,)
        case For(_, iterable):
            return (iterable,)
        case If(branches):
            return tuple(condition for condition, _ in branches)
    return ()


def command_name(node: ast.Call, resources: Collection[str]) -> CommandTarget | None:
    """The command that a call means; None where no resource is called."""
    match node.func:
        case ast.Attribute(value=ast.Name(id=resource), attr=command):
            index = None
        case ast.Attribute(
            value=ast.Subscript(value=ast.Name(id=resource), slice=index), attr=command
        ):
            pass
        case _:
            return None
    if resource not in resources:
        return None
    return CommandTarget(resource, index, command, _shape(node, resources))


def _shape(node: ast.Call, resources: Collection[str]) -> CallShape:
    keywords = ((each.arg, _truth(each.value)) for each in node.keywords if each.arg is not None)
    starred = any(isinstance(each, ast.Starred) for each in node.args)
    others = frozenset(i for i, each in enumerate(node.args) if _is_resource(each, resources))
    return CallShape(tuple(map(_text, node.args)), tuple(keywords), starred, others)


def _is_resource(node: ast.expr, resources: Collection[str]) -> bool:
    named = node.value if isinstance(node, ast.Subscript) else node
    return isinstance(named, ast.Name) and named.id in resources


def _text(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
    return None


def _truth(node: ast.expr) -> bool | None:
    match node:
        case ast.Constant(value=bool(truth)):
            return truth
    return None


def calls_in(expression: Expression, resources: Collection[str]) -> Iterator[CommandTarget]:
    """The command calls in an expression."""
    for node in ast.walk(expression.node):
        if isinstance(node, ast.Call):
            target = command_name(node, resources)
            if target is not None:
                yield target


def mentions(command: CommandDoc, name: str) -> bool:
    """Whether a command of a kind uses a name."""
    return any(
        isinstance(node, ast.Name) and node.id == name
        for statement, _ in _statements(
            (*command.issue, *command.run, *command.gives_up, *command.afterwards), ""
        )
        for expression in expressions_of(statement)
        for node in ast.walk(expression.node)
    )


def all_statements(block: tuple[Statement, ...]) -> Iterator[Statement]:
    """The statements of a step, inner ones too."""
    for statement in block:
        yield statement
        for part in blocks_of(statement):
            yield from all_statements(part)
