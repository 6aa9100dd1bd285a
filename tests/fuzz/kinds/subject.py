"""The specs that kinds are compared on: a few clients, any of whom may call any command.

Every command of a kind is a step of its own, with arguments that stand in shared variables:
whoever runs the spec puts them there before the step. So one small machine runs any sequence
of commands. A client whose connection breaks goes on with the next command. One more process,
where the server can join commands, has a step with up to three of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from model_check.language.checker.notices import events_of
from model_check.language.checker.survey import all_statements
from model_check.language.syntax.kindfile import builtin_kinds
from model_check.language.syntax.nodes import Await, CommandDoc, If, Refuse, Statement
from model_check.report.words.kinds import type_text

__all__ = [
    "EXECUTED",
    "JOINED",
    "MORE",
    "SLOTS",
    "SUBJECTS",
    "Subject",
    "label_of",
    "place_of",
    "spec_text",
]

SLOTS = 3
"""Commands that a joined step has at most."""
EXECUTED = "executed"
"""The label of the step that is a transaction which may fail."""
JOINED = "joined"
"""The label of the step that joins commands."""

NUMBERS = "-9..9"
"""Numbers as arguments, where a command takes any."""

LONG = ("seconds", "milliseconds")
LONG_TIME = "-1..9999999"
"""Times to live as arguments."""

TYPES = """\
types:
  Value: 1..3
  Field: enum(red, blue, green)
  Item: {id: Value, urgent: bool}
  Group: enum(mail)
  Worker: enum(ann, bob)
  Times: 1..3
  Sent: Value | enum(done, failed)
  Last: 9..10 | enum(done)
  Count: -999..999 | enum(done)
"""
UNIONS = tuple(re.findall(r"(\w+):.*\|", TYPES))
"""Those of them that have numbers and names."""


@dataclass(frozen=True)
class Subject:
    """What is compared in one go. `resources`: their kinds with type arguments, by name;
    `clients`: how many processes there are; `joins`: whether there is one more, whose steps have
    several commands (MULTI/EXEC); `options`: of each resource; `without`: the commands that are
    left to another subject; `begins`: those that most sequences begin with, and have more often."""

    name: str
    resources: tuple[tuple[str, str], ...]
    clients: int = 3
    joins: bool = False
    options: str = ""
    without: frozenset[str] = frozenset()
    begins: tuple[str, ...] = ()
    types: str = ""
    """Lines of types that it alone has."""
    extras: tuple[tuple[str, str], ...] = ()
    """By resource, what else is said of it."""

    def kind(self, resource: str) -> str:
        """The kind of a resource without its type arguments."""
        return dict(self.resources)[resource].partition("[")[0]

    def others(self, resource: str) -> list[str]:
        """The other resources of the same kind and types, the next one first; itself, where there
        are none."""
        alike = [name for name, kind in self.resources if kind == dict(self.resources)[resource]]
        at = alike.index(resource)
        return [*alike[at + 1 :], *alike[:at]] or [resource]

    def commands(self) -> Iterator[tuple[str, CommandDoc]]:
        """All commands, with the resource that each is called on."""
        for resource, _ in self.resources:
            for command in builtin_kinds()[self.kind(resource)].commands:
                if command.base not in self.without and self._has(resource, command):
                    yield resource, command

    def _has(self, resource: str, command: CommandDoc) -> bool:
        """Whether there are as many other resources as a command is given."""
        return not command.more or len(command.others) <= len(self.others(resource)) < 3

    def breakable(self) -> list[str]:
        """The resources whose connections break; where commands are joined, none do."""
        kinds = builtin_kinds()
        connected = [n for n, _ in self.resources if kinds[self.kind(n)].disconnected is not None]
        return [] if self.joins else connected

    def watched(self) -> str | None:
        """A resource that clients watch, and that stands in their transactions."""
        return next((r for r, command in self.commands() if command.name.text == "watch"), None)

    def joinable(self) -> list[tuple[str, CommandDoc]]:
        """The commands that the server can join."""
        return [
            (resource, command)
            for resource, command in self.commands()
            if command.joins and builtin_kinds()[self.kind(resource)].joins
            if not waits(command) and not self.may_refuse(resource, command)
            if command.decided is None
        ]

    def may_refuse(self, resource: str, command: CommandDoc) -> bool:
        """Whether a server may answer a command with an error: that a name is no number, only where
        there are names."""
        found = [each for part in (command.issue, command.run) for each in part]
        if not any(each in dict(self.resources)[resource] for each in UNIONS):
            found = [each for each in found if not _asks_for_names(each)]
        return any(isinstance(each, Refuse) for each in all_statements(tuple(found)))


_ALL = (
    ("items", "redis.list[Value]"),
    ("news", "redis.pubsub[Value]"),
    ("rooms", "redis.channels[Field, Value]"),
    ("log", "redis.stream[Value]"),
    ("text", "redis.string[int]"),
    ("hash", "redis.hash[Field, int]"),
)
_HEARD = (
    ("log", "redis.stream[Value]"),
    ("news", "redis.pubsub[Value]"),
)
_MEMBERS = (
    ("items", "redis.list[Value]"),
    ("crowd", "redis.set[Value]"),
    ("queue", "redis.sortedset[Value]"),
)

_GROUPS = frozenset({
    "xgroup_create", "xgroup_destroy", "xgroup_setid", "xgroup_delconsumer", "xreadgroup", "xack",
    "xpending", "xpending_range", "xclaim", "xautoclaim",
})  # fmt: skip
_NO_GROUPS = frozenset({
    "xread", "xrange", "xrevrange", "xlen", "exists", "expire", "pexpire", "persist", "ttl", "pttl",
    "expire_now",
})  # fmt: skip
_BEGINS = (
    "xgroup_create(mkstream)", "xadd", "xadd", "xreadgroup(nowait)", "xreadgroup(block)",
    "xreadgroup(noack)",
)  # fmt: skip

_TIMES = frozenset({"expire", "pexpire", "persist", "ttl", "pttl", "expire_now"})
"""What other kinds are asked for as well."""

_LISTS = tuple((name, "redis.list[Value]") for name in ("items", "more", "rest"))
_QUEUES = tuple((name, "redis.sortedset[Value]") for name in ("queue", "more"))
_MOVING = _TIMES | {"ltrim", "lrem", "linsert", "lset", "lpos", "lindex", "lmove", "blmove"}
_RANGES = _TIMES | {"zrange", "zrevrange", "zrangebyscore", "zrevrangebyscore", "zcount",
                    "zremrangebyscore", "zincrby", "zrank", "zscore"}  # fmt: skip
"""What is left out where several are waited for at once."""
_TAKING = _TIMES | {"zrem", "zremrangebyscore", "zpopmin", "zpopmax", "bzpopmin", "bzpopmax",
                    "delete", "exists", "watch", "unwatch", "zcard", "zcount", "zscore", "zrank",
                    "zincrby"}  # fmt: skip
"""What is left out where ranges are asked for of many members."""
_FILLED = ("zadd(mapping)", "zadd", "zadd", "zadd")
MORE = "keyspace, all"
"""What takes longer than a test may."""
_HELD = (
    ("redis.list", "Value"), ("redis.string", "int"), ("redis.hash", "Field, int"),
    ("redis.set", "Value"), ("redis.sortedset", "8..11"), ("redis.stream", "Value"),
)  # fmt: skip
# SPOP is sent as the SREM that takes what the model says, which is another event.
_NOT_TOLD = _GROUPS | {"publish", "spublish", "ssubscribe", "sunsubscribe", "spop"}


def _told(kind: str, types: str, *, by_key: bool) -> tuple[object, ...]:
    """A resource of a kind, and a channel that tells of its events, by key or by event. What
    expires here is given a time first, which is an event too."""
    left_out = "expire" if by_key else "expired"
    events = [each for each in events_of(builtin_kinds()[kind]) if each != left_out]
    members = ", ".join("del_" if each == "del" else each for each in events)
    channel = "redis.pubsub[Told]" if by_key else "redis.channels[Told, Which]"
    key = "__keyspace@0__:it" if by_key else "__keyevent@0__:{channel}"
    return (
        (("it", f"{kind}[{types}]"), ("told", channel)),
        3,
        by_key and kind != "redis.stream",
        "",
        _NOT_TOLD if by_key else _NOT_TOLD | {"expire_now"},
        ("subscribe",) if by_key else ("psubscribe",),
        f"  Told: enum({members})\n  Which: 0..0",
        (("it", ", key: it"), ("told", f", key: '{key}', of: it")),
    )


SUBJECTS: dict[str, tuple[Subject, ...]] = {
    name: tuple(Subject(name, *rest) for rest in variants)  # type: ignore[arg-type]
    for name, variants in {
        "redis.list": [
            ((("items", "redis.list[Value]"), ("more", "redis.list[Value]")),),
            ((("items", "redis.list[Item]"),),),
            ((("items", "redis.list[Field?]"),),),
            ((("items", "redis.list[list[Value]]"),),),
            ((("items", "redis.list[Sent]"),),),
            (_LISTS, 3, False, "", _MOVING),
        ],
        "redis.pubsub": [
            ((("news", "redis.pubsub[Value]"),),),
            ((("news", "redis.pubsub[Item]"),),),
            ((("news", "redis.pubsub[list[Value]]"),),),
        ],
        "redis.channels": [
            ((("rooms", "redis.channels[Field, Value]"),),),
            ((("rooms", "redis.channels[Value, Item]"),),),
        ],
        "redis.stream": [
            ((("log", "redis.stream[Item]"),), 3, False, "", _GROUPS),
            (
                (("log", "redis.stream[Value, Group, Worker, Times]"),),
                3,
                False,
                "",
                _NO_GROUPS,
                _BEGINS,
            ),
            ((("log", "redis.stream[Sent]"),), 3, False, "", _GROUPS | {"xdel"}),
        ],
        "redis.string": [
            ((("text", "redis.string[int]"),),),
            ((("text", "redis.string[Count]"),),),
        ],
        "redis.set": [
            ((("crowd", "redis.set[Value]"),),),
            ((("crowd", "redis.set[Item]"),),),
            ((("crowd", "redis.set[Sent]"),),),
        ],
        "redis.sortedset": [
            ((("queue", "redis.sortedset[8..11]"),), 3, False, "", _TIMES),
            ((("queue", "redis.sortedset[Last]"),), 3, False, "", _TIMES),
            (_QUEUES, 3, False, "", _RANGES),
            ((("queue", "redis.sortedset[8..11]"),), 3, False, "", _TAKING, _FILLED),
        ],
        "redis.hash": [
            ((("hash", "redis.hash[Field, int]"),),),
            ((("hash", "redis.hash[Field, Count]"),),),
        ],
        "keyspace": [
            _told("redis.string", "int", by_key=True),
            _told("redis.hash", "Field, int", by_key=False),
            _told("redis.set", "Value", by_key=True),
        ],
        MORE: [_told(*each, by_key=by_key) for each in _HELD for by_key in (True, False)],
        # ZRANGE has too many forms to see each among others.
        "MULTI": [(each, 3, True, "", _GROUPS | {"zrange"}) for each in (_ALL, _HEARD, _MEMBERS)],
        "websocket": [
            ((("line", "websocket[Value]"),), 2),
            ((("line", "websocket[Item]"),), 2),
            ((("line", "websocket[list[Field]]"),), 2),
        ],
        "queue": [
            ((("jobs", "queue[Value]"),),),
            ((("jobs", "queue[Item]"),), 3, False, ", bound: 2"),
        ],
    }.items()
}
"""By what is compared: the specs to do it on, in turn."""


def waits(command: CommandDoc) -> bool:
    """Whether a command may have to wait."""
    return bool(command.issue) or any(isinstance(each, Await) for each in command.run)


def _asks_for_names(statement: Statement) -> bool:
    """Whether what a statement does depends on something being a name."""
    return isinstance(statement, If) and statement.branches[0][0].text.endswith(" in enum")


def label_of(resource: str, command: str) -> str:
    """The label of the step that calls a command: `log_xread_dollar` for `xread($)`."""
    words = command.replace("$", "dollar").replace("+", "plus").replace("-", "minus")
    return f"{resource}_{re.sub(r'[^a-z0-9]+', '_', words).rstrip('_')}"


def place_of(slot: int, resource: str, parameter: str, *, own: bool = False) -> str:
    """The variable that an argument is put into; `own`: one of the client, where a command is sent
    before it is answered."""
    return f"{'own_' * own}{resource}_{parameter}_{slot}"


def spec_text(subject: Subject) -> str:
    """The spec."""
    commands = list(subject.commands())
    joinable = subject.joinable() if subject.joins else []
    lines = ["model: kinds", TYPES.rstrip(), *subject.types.splitlines(), "resources:"]
    breakable = subject.breakable()
    for name, kind in subject.resources:
        breaks = ", disconnects: true" if name in breakable else ""
        more = dict(subject.extras).get(name, "")
        lines += [f"  {name}: {{kind: '{kind}'{subject.options}{more}{breaks}}}"]
    lines += ["vars:"]
    places = _places(subject)
    lines += [f"  {name}: '{kind}'" for name, kind in places.items() if not name.startswith("own_")]
    lines += [f"  what_{slot}: 0..{len(joinable)}" for slot in range(SLOTS) if joinable]
    lines += ["processes:", "  client:", f"    count: {subject.clients}"]
    own = [f"      {name}: '{kind}'" for name, kind in places.items() if name.startswith("own_")]
    lines += ["    vars:", *own] if own else []
    lines += ["    run: |"]
    caught = ["disconnected"] if breakable else []
    caught += ["refused"] if any(subject.may_refuse(*each) for each in commands) else []
    watched = subject.watched()
    caught += [] if watched is None else ["changed"]
    lines += ["      while True:", "          try:"] if caught else ["      while True:"]
    far = "    " if caught else ""
    for number, (resource, command) in enumerate(commands):
        label = label_of(resource, command.name.text)
        lines += [f"{far}          or:" if number else f"{far}          either:"]
        lines += [
            f"{far}              {label}: {_call(0, resource, command, subject.others(resource))}"
        ]
    if watched is not None:
        lines += [
            f"{far}          or:",
            f"{far}              {EXECUTED}: with atomic(watch=[{watched}]):",
        ]
        lines += [f"{far}                  {watched}.exists()"]
    for word in caught:
        lines += [f"          except {word}:", "              continue"]
    if joinable:
        lines += ["  joiner:", "    run: |", "      while True:", f"          {JOINED}:"]
        for slot in range(SLOTS):
            for number, (resource, command) in enumerate(joinable, start=1):
                word = "elif" if number > 1 else "if"
                lines += [f"              {word} what_{slot} == {number}:"]
                lines += [
                    f"                  {_call(slot, resource, command, subject.others(resource))}"
                ]
    return "\n".join([*lines, "properties:", "  nothing: {always: True}", ""])


def _call(slot: int, resource: str, command: CommandDoc, others: list[str]) -> str:
    own = bool(command.issue)
    parameters = {
        p.text: place_of(slot, resource, p.text, own=own) for p, _, _ in command.parameters
    }
    parameters |= {each.text: other for each, other in zip(command.others, others, strict=False)}
    if not command.form.texts and not command.form.rest:
        # By name, so that no other form takes as many.
        parameters = {name: f"{name}={given}" for name, given in parameters.items()}
    return f"{resource}.{command.form.written(parameters)}"


def _places(subject: Subject) -> dict[str, str]:
    """The variables for arguments, with their types."""
    found: dict[str, str] = {}
    for resource, kind in subject.resources:
        words = kind.partition("[")[2].removesuffix("]").split(", ")
        names = [each.text for each in builtin_kinds()[subject.kind(resource)].parameters]
        defaults = {n: type_text(t) for n, t in builtin_kinds()[subject.kind(resource)].defaults}
        meant = defaults | dict(zip(names, words, strict=False))
        for command in builtin_kinds()[subject.kind(resource)].commands:
            for parameter, type_, _ in command.parameters:
                text = type_.text  # type: ignore[union-attr]
                plain = text.removesuffix("?")
                given = meant.get(plain, plain) + text[len(plain) :]
                if "[" in plain:
                    parts = re.split(r"\b([A-Z]|int)\b", plain)
                    given = "".join({**meant, "int": NUMBERS}.get(each, each) for each in parts)
                given = {"int": NUMBERS, "int?": f"{NUMBERS}?"}.get(given, given)
                for slot in range(SLOTS if subject.joins else 1):
                    place = place_of(slot, resource, parameter.text, own=bool(command.issue))
                    if parameter.text in LONG:
                        given = meant.get(text, text).replace("int", LONG_TIME)
                    found[place] = _wider(found.get(place, ""), given)
    return found


def _wider(before: str, given: str) -> str:
    """The type that holds what two commands take that have a parameter of one name."""
    narrow = before == f"{given}?" or before.startswith(NUMBERS)
    return before if narrow and given != f"{before}?" else given
