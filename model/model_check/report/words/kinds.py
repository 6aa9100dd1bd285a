"""What a kind of resource says of itself, in words: its signatures, what waits, what is joined."""

from __future__ import annotations

from ...language.checker.survey import all_statements
from ...language.syntax.nodes import (
    Await,
    CommandDoc,
    Expression,
    For,
    If,
    KindDoc,
    Name,
    RecordTypeDoc,
    Refuse,
    Statement,
    TypeDoc,
)

__all__ = [
    "about_text",
    "call_text",
    "joined_text",
    "kind_title",
    "parameter_text",
    "prose",
    "type_text",
    "waits",
]


def kind_title(kind: KindDoc) -> str:
    """`redis.list[T]`, `redis.sortedset[T, S = int]`."""
    defaults = dict(kind.defaults)
    arguments = ", ".join(
        f"{each.text} = {type_text(defaults[each.text])}" if each.text in defaults else each.text
        for each in kind.parameters
    )
    return f"{kind.name}[{arguments}]" if arguments else kind.name


def call_text(command: CommandDoc) -> str:
    """`rpush(value: T)`, and of a form what a call gives that means it: `xread("$")`,
    `set(new: T, nx=True)`."""
    shown = {each[0].text: parameter_text(*each) for each in command.parameters}
    more = command.more and f"*{command.more}: other ones"
    shown |= {each.text: more or f"{each.text}: another one" for each in command.others}
    return command.form.written(shown)


def joined_text(command: CommandDoc, kind: KindDoc) -> str:
    """Whether its server joins it, and what does it together with which command behind it."""
    told = ["yes"] if kind.joins and command.joins and not waits(command) else []
    told += [f"`{name}` of its answer: {by}" for name, by in command.moves]
    told += [f"`{name}` where it is None: {by}" for name, by in command.absent]
    return ", ".join(told)


def about_text(command: CommandDoc) -> str:
    """What it does, and the errors with which it may be refused."""
    found = all_statements((*command.issue, *command.run))
    errors = dict.fromkeys(f"`{e.error}`" for e in found if isinstance(e, Refuse))
    refused = f" May be refused: {', '.join(errors)}." if errors else ""
    return prose(command.about) + refused


def parameter_text(name: Name, type_: TypeDoc, default: Expression | None) -> str:
    """`start: int`, `item: T = 0`."""
    return f"{name.text}: {type_text(type_)}" + ("" if default is None else f" = {default.text}")


def type_text(doc: TypeDoc) -> str:
    """A type as it is written."""
    if isinstance(doc, RecordTypeDoc):
        fields = ", ".join(f"{name.text}: {type_text(inner)}" for name, inner in doc.fields)
        return f"{{{fields}}}"
    return doc.text


def prose(text: str) -> str:
    """A text in one line."""
    return " ".join(text.split())


def waits(command: CommandDoc) -> bool:
    """Whether a step that calls it can fire only when it has its answer."""
    return bool(command.issue) or any(_awaits(each) for each in command.run)


def _awaits(statement: Statement) -> bool:
    match statement:
        case Await():
            return True
        case If(branches, orelse):
            blocks = [*(body for _, body in branches), orelse]
            return any(_awaits(inner) for block in blocks for inner in block)
        case For(body=body):
            return any(_awaits(inner) for inner in body)
    return False
