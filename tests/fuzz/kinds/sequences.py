"""Random sequences of commands: who calls what, with which arguments."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from model_check.language.syntax.call_form import base_name
from model_check.language.syntax.wire_form import Option, wire_form
from model_check.language.tree.spec import Command, Spec
from model_check.language.types import (
    BoolType,
    EnumType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    Type,
    UnionType,
)

from .subject import SLOTS, Subject

__all__ = ["Asking", "Turn", "random_turns"]

LONGEST = 14
"""Turns of a sequence."""
FAR, NEAR = 7, 2
"""Numbers as arguments are at most so far from 0, about as long as what is stored gets; half of
them are near it, where commands do most."""
STORING = 3
"""How much likelier a command is that stores something, since many take things away."""
STAYING = 0.4
"""How likely the same client has the next turn as well."""
MOST_FRAMES = 3
LEASES = {
    "ex": (None, None, 100),
    "px": (None, None, 100_000),
    "seconds": (-1, 0, 100, 200),
    "milliseconds": (-1, 0, 100_000, 200_700),
    "min_idle_time": (0, 1_000_000_000),
}
"""How long keys last, and entries wait: never or longer than a sequence."""
BEGINNING = 0.9
"""How likely a sequence begins with the commands that make the others do something."""
EXECUTING = 0.1
"""How likely a turn is that a client's transaction comes, where some watch."""
BREAKING = 0.08
"""How likely a turn is that a client's connection breaks, where some do."""

GIVING_UP = 0.3
"""How likely whoever waits for a limited time does so in vain."""

Value = object


@dataclass(frozen=True)
class Asking:
    """A command on a resource, with its arguments."""

    resource: str
    command: str
    arguments: Mapping[str, Value]

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.resource}.{self.command}({given})"


@dataclass(frozen=True)
class Turn:
    """What a client does at once: one command; the last client, where there is one that joins:
    several as one. Or nothing: its connection to the resource `breaks`. `gives_up`: where what it
    does waits for a limited time, that is over at once; where it waits so already, it is now."""

    client: int
    asked: tuple[Asking, ...]
    breaks: str = ""
    gives_up: bool = False
    executes: bool = False
    """Whether it is a transaction that fails where what the client watches was touched."""

    def __str__(self) -> str:
        if self.breaks:
            return f"client[{self.client}] is cut off from {self.breaks}"
        told = " + ".join(map(str, self.asked))
        told = f"MULTI {told} EXEC" if self.executes else told
        return f"client[{self.client}] {told}" + " (in no time)" * self.gives_up


def random_turns(subject: Subject, spec: Spec, chance: random.Random) -> list[Turn]:
    """A sequence for a subject, whose checked spec is `spec`."""
    single = [(r, c.name.text) for r, c in subject.commands()]
    joined = [(r, c.name.text) for r, c in subject.joinable()] if subject.joins else []
    breakable = subject.breakable()
    turns: list[Turn] = []
    client = 0
    if subject.begins and chance.random() < BEGINNING:
        first = [each for each in single if each[1] in subject.begins]
        for name in subject.begins:
            turns.append(Turn(0, (_asking([e for e in first if e[1] == name], spec, chance),)))
        single += first
    for _ in range(chance.randint(3, LONGEST)):
        if not turns or chance.random() > STAYING:
            client = chance.randrange(subject.clients + subject.joins)
        if breakable and chance.random() < BREAKING:
            turns.append(Turn(client, (), chance.choice(breakable)))
            continue
        watched = subject.watched()
        if watched is not None and client < subject.clients and chance.random() < EXECUTING:
            turns.append(Turn(client, (Asking(watched, "exists", {}),), executes=True))
            continue
        number, among = 1, single
        if client == subject.clients:
            number, among = chance.randint(2, SLOTS), joined
        asked = tuple(_asking(among, spec, chance) for _ in range(number))
        turns.append(Turn(client, asked, gives_up=chance.random() < GIVING_UP))
    return turns


def _asking(among: list[tuple[str, str]], spec: Spec, chance: random.Random) -> Asking:
    found = [(r, spec.resource(r).commands[0][name]) for r, name in among]
    # Of a name that has several forms, all together are as likely as one command.
    names = Counter((r, base_name(command.name)) for r, command in found)
    often = [c.carries or c.blocking or c.name == "watch" for _, c in found]
    weights = [
        (STORING if each else 1) / names[r, base_name(command.name)]
        for each, (r, command) in zip(often, found, strict=True)
    ]
    ((resource, command),) = chance.choices(found, weights)
    return Asking(resource, command.name, _arguments(command, chance))


def _arguments(command: Command, chance: random.Random) -> dict[str, Value]:
    given = {
        name: _time(name, kind, chance) if name in LEASES else _value(kind, chance)
        for name, kind in command.parameters
    }
    for part in wire_form(command.wire).parts:
        if isinstance(part, Option) and len(part.choices) > 1:
            # The server takes one of them.
            kept = chance.choice(part.choices)
            kinds = dict(command.parameters)
            given |= {n: None if isinstance(kinds[n], OptionType) else False
                      for n in part.names if n not in kept}  # fmt: skip
    return given


def _time(name: str, kind: Type, chance: random.Random) -> Value:
    """A time to live that the server takes."""
    low = kind.low if isinstance(kind, IntType) else None
    return chance.choice([e for e in LEASES[name] if low is None or e is None or e >= low])


def _value(kind: Type, chance: random.Random) -> Value:
    match kind:
        case BoolType():
            return chance.random() < 0.5
        case IntType(low, high):
            most = chance.choice((FAR, NEAR))
            least = -most if low is None else max(low, -most)
            most += max(0, least)
            return chance.randint(least, most if high is None else min(high, most))
        case EnumType(members):
            return chance.choice(members)
        case UnionType(numbers, names):
            return _value(chance.choice((numbers, names)), chance)
        case OptionType(item):
            return None if chance.random() < 0.25 else _value(item, chance)
        case ListType(item):
            return [_value(item, chance) for _ in range(chance.randint(1, MOST_FRAMES))]
        case RecordType(fields):
            return {name: _value(each, chance) for name, each in fields}
    raise AssertionError(f"no values for {kind}")
