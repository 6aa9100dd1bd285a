"""Commands of a kind as its file writes them: what they do, what is sent, what is joined."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from ..source.diagnostics import Diagnostics, did_you_mean
from ..source.reader import MappingNode, Node, ScalarNode, SequenceNode
from .command_body import CommandBody, ReadBody
from .fields import Fields, named, names
from .handover import ITEM, Handover
from .limits import UNITS, TimeLimit
from .names import shorten
from .nodes import CommandDoc, Expression, Name, Statement, TypeDoc
from .program import parse_program
from .type_text import parse_typed

__all__ = [
    "NEVER", "check_handover", "names_of", "program_under", "read_body", "read_command",
    "typed_names",
]  # fmt: skip

Bodies = Callable[[Node], ReadBody]
NEVER = "never"
"""Of a command that no server joins with others."""
_LAST = "last"
_COMMAND_KEYS = (
    "about", "reference", "parameters", "issue", "run", "afterwards", "wire", "answer", "joins",
    "local", "needs", "connection", "connects", "moves", "absent", "handover", "acknowledges",
    "again", "grows", "claims", "removes", "flat", "decided", "leases", "runs_down", "gives_up",
    "limit",
)  # fmt: skip
_HANDOVER_KEYS = ("keep", "done", "back", "give")
_KIND = re.compile(r"[^\W\d]\w*(?:\.\w+)+(?:\[.*\])?")
_CALL = re.compile(r"\w+\([^()\n]*\)")
# A command, and its form that is called with a literal: `xread($)`.
_COMMAND = re.compile(r"(?P<name>[^\W\d]\w*)(?:\([^\s()'\"]+\))?")


def _joins(fields: Fields) -> str:
    """How a command can be joined with others, if not as its kind says."""
    text = fields.text("joins")
    if text not in ("", NEVER, _LAST):
        message = f"of a command, joins is never or last, not {shorten(text)}"
        fields.refuse("joins", message, "the server is named by the kind")
    return text


def names_of(fields: Fields, key: str, what: str) -> tuple[Name, ...]:
    """The names in a list under a key; `what` each names."""
    node, errors = fields.node.get(key), fields.errors
    if node is None:
        return ()
    if not isinstance(node, SequenceNode):
        errors.report(node.at, f"{key} must be a list of names", "[T]")
        return ()
    names = []
    for item in node.items:
        if isinstance(item, ScalarNode):
            names.append(named(item, what, errors))
        else:
            errors.report(item.at, f"a {what} is a name", "[T]")
    return tuple(names)


def _others(fields: Fields) -> Iterator[Name]:
    """The parameters that are other resources: their type is a kind, `redis.list[T]`."""
    for key, value in fields.section("parameters"):
        if isinstance(value, ScalarNode) and _KIND.fullmatch(value.text):
            yield named(key, "parameter", fields.errors, callable_=True)


def typed_names(
    fields: Fields, section: str, without: Sequence[Name] = ()
) -> tuple[tuple[Name, TypeDoc, Expression | None], ...]:
    """The names in a section with their types, and the values that they have where none is given;
    `without` these."""
    found = []
    left_out = {each.text for each in without}
    for key, value in fields.section(section):
        if key.text in left_out:
            continue
        name = named(key, "parameter", fields.errors, callable_=True)
        typed = parse_typed(value, fields.errors)
        if typed is not None:
            found.append((name, *typed))
    return tuple(found)


def read_command(
    key: ScalarNode, node: Node, local: bool, errors: Diagnostics, bodies: Bodies
) -> CommandDoc:
    """A command by its name, and what stands under it; `local`: whether all of its kind are;
    `bodies` reads what it does."""
    match = _COMMAND.fullmatch(key.text)
    if match is None:
        errors.report(
            key.at, f"{shorten(key.text)} cannot name a command", "such as get or read($)"
        )
    else:
        named(
            ScalarNode(key.content.part(0, match.end("name")), "", key.at),
            "command",
            errors,
            callable_=True,
        )
    fields = Fields(node, f"the command {shorten(key.text)}", _COMMAND_KEYS, errors)
    joins = _joins(fields)
    others = tuple(_others(fields))
    if fields.node.get("run") is None and fields.node is node:
        errors.report(key.at, f"the command {shorten(key.text)} has no run", "what it does")
    return CommandDoc(
        name=Name(key.text, key.at),
        about=fields.text("about"),
        reference=fields.text("reference"),
        parameters=typed_names(fields, "parameters", without=others),
        body=bodies(node),
        wire=fields.text("wire"),
        answer=fields.text("answer"),
        joins=joins != NEVER,
        wire_text=fields.written("wire") or key.content,
        local=fields.truth("local") or local,
        needs=tuple(name.text for name in names(fields, "needs", "command", errors)),
        last=joins == _LAST,
        connection=fields.text("connection"),
        connects=fields.truth("connects"),
        moves=tuple(_one_for_two(fields, "moves")),
        absent=tuple(_one_for_two(fields, "absent")),
        handover=_handover(fields),
        acknowledges=fields.text("acknowledges"),
        again=fields.text("again"),
        grows=fields.truth("grows"),
        claims=fields.truth("claims"),
        removes=fields.truth("removes"),
        flat=fields.truth("flat"),
        leases=_leasing(fields),
        runs_down=fields.truth("runs_down"),
        decided=fields.written("decided"),
        limit=_limit(fields),
        others=others,
    )


def read_body(node: Node, errors: Diagnostics) -> CommandBody:
    """What a command does, by what stands under its name."""
    return CommandBody(
        issue=program_under(node, "issue", errors),
        run=program_under(node, "run", errors),
        afterwards=program_under(node, "afterwards", errors),
        gives_up=program_under(node, "gives_up", errors),
    )


def _limit(fields: Fields) -> TimeLimit | None:
    """Which parameter says how long a command waits at most, and in what."""
    text = fields.text("limit")
    if bool(text) != (fields.node.get("gives_up") is not None):
        key = "limit" if text else "gives_up"
        fields.errors.report(fields.node.at, "what waits for a limited time has limit and gives_up:"
                             " which parameter it is, and what happens then",
                             f"{key} stands alone")  # fmt: skip
    if not text:
        return None
    parameter, _, unit = text.partition(" ")
    known = {name.text for name, _ in fields.section("parameters")}
    if unit not in UNITS or parameter not in known:
        units = " or ".join(UNITS)
        fields.refuse("limit", f"a limit is one of the parameters, in {units}, not {shorten(text)}",
                      "limit: timeout seconds")  # fmt: skip
        return None
    return TimeLimit(parameter, UNITS[unit])


def _one_for_two(fields: Fields, key: str) -> Iterator[tuple[str, str]]:
    """Commands behind this one, and by what the server does both at once."""
    for name, value in fields.section(key):
        if isinstance(value, ScalarNode) and value.text.strip() and "\n" not in value.text:
            yield name.text, value.text.strip()
        else:
            message = f"{key} says by what command the server does both at once"
            fields.errors.report(value.at, message, f"{key}: {{set: SETNX}}")


def _leasing(fields: Fields) -> tuple[str, ...]:
    """Which calls of a command have to do with times to live: those that give one of these
    parameters; all."""
    if isinstance(fields.node.get("leases"), SequenceNode):
        return tuple(each.text for each in names_of(fields, "leases", "parameter"))
    return ("",) if fields.truth("leases") else ()


def _handover(fields: Fields) -> Handover | None:
    """How what the command takes is kept elsewhere until the work on it is done."""
    node = fields.node.get("handover")
    if node is None:
        return None
    inner = Fields(node, "handover", _HANDOVER_KEYS, fields.errors)
    if inner.node is not node:
        return None
    found = Handover(*(inner.text(key) for key in _HANDOVER_KEYS))
    is_call = _CALL.fullmatch(found.done) and found.done.count(ITEM) == 1
    if not is_call or not all(found.commands()):
        message = f"handover needs keep, done (a call with {ITEM}), back and give"
        hint = f'{{keep: rpush, done: "lrem(1, {ITEM})", back: rpop, give: lpush}}'
        fields.errors.report(node.at, message, hint)
        return None
    return found


def check_handover(
    command: CommandDoc, commands: tuple[CommandDoc, ...], errors: Diagnostics
) -> None:
    """That what hands over, or acknowledges, names commands of the kind, and that one command does
    both where one must."""
    known = {each.name.text: each for each in commands}
    found = command.handover
    named = (*(() if found is None else found.commands()), command.acknowledges)
    for name in named:
        if name and name not in known:
            message = f"{command.name.text} names {shorten(name)}, which is no command"
            errors.report(command.name.at, message, did_you_mean(name, known))
            return
    if found is None:
        return
    for first, second in ((command, found.keep), (known[found.back], found.give)):
        if second not in dict(first.moves):
            message = f"{first.name.text} and {shorten(second)} are not one command"
            errors.report(command.name.at, message, f"moves: {{{second}: ...}}")


def program_under(node: Node, key: str, errors: Diagnostics) -> tuple[Statement, ...]:
    """The program text under a key; () where there is none."""
    found = node.get(key) if isinstance(node, MappingNode) else None
    return () if found is None else parse_program(found, errors)
