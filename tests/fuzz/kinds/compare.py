"""Kinds beside the real thing, on random sequences; and the shortest one that they differ on."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Protocol

from model_check.language.tree.spec import Spec
from model_check.live.brokers.server import Server

from .model import Kind, KindError, Said
from .queues import RealQueue
from .sequences import Turn, random_turns
from .servers import DifferentError, RealServer
from .sockets import RealSockets
from .subject import SUBJECTS, Subject

__all__ = ["Compared", "Difference", "compare"]


class _Real(Protocol):
    def check(self, spec: Spec, said: Said) -> None: ...


@dataclass(frozen=True)
class Difference:
    """A sequence that a kind and the real thing answer otherwise, without the turns that do not
    matter for that, and what is different. `real`: which real thing."""

    subject: str
    real: str
    seed: int
    turns: tuple[Turn, ...]
    what: str

    def __str__(self) -> str:
        head = f"{self.subject} and {self.real}, seed {self.seed}: {self.what}"
        return "\n  ".join([head, *map(str, self.turns)])


@dataclass
class Compared:
    """What was compared: how many sequences, and how often each command was answered at once
    (`lrange`), had to wait (`blpop waits`), and was answered after that (`blpop late`).
    `difference`: the first one, it ended everything."""

    sequences: int = 0
    commands: Counter[str] = field(default_factory=Counter)
    difference: Difference | None = None


def compare(
    name: str,
    servers: Sequence[Server],
    seeds: Iterable[int],
    tell: Callable[[int], None] = lambda number: None,
) -> Compared:
    """Compare the kinds of SUBJECTS[name] with the real thing, on Redis each of `servers`, for
    random sequences from these seeds. `tell`: called with the number of those that are done."""
    found = Compared()
    with ExitStack() as stack:
        pairs = [(Kind(each), _reals(each, servers, stack)) for each in SUBJECTS[name]]
        for seed in seeds:
            kind, reals = pairs[seed % len(pairs)]
            turns = random_turns(kind.subject, kind.spec, random.Random(f"{name} {seed}"))
            found.difference = _compared(kind, reals, turns, seed, found.commands)
            if found.difference is not None:
                return found
            found.sequences += 1
            tell(found.sequences)
    return found


def _compared(
    kind: Kind, reals: Mapping[str, _Real], turns: Sequence[Turn], seed: int, counts: Counter[str]
) -> Difference | None:
    name = kind.subject.name
    try:
        said = kind.says(turns)
    except KindError as error:
        return Difference(name, "no real thing", seed, tuple(turns), f"the kind fails: {error}")
    _count(said, counts)
    for real, thing in reals.items():
        try:
            thing.check(kind.spec, said)
        except DifferentError as error:
            shortest, what = _shortest(kind, thing, turns, str(error))
            return Difference(name, real, seed, tuple(shortest), what)
    return None


def _reals(subject: Subject, servers: Sequence[Server], stack: ExitStack) -> Mapping[str, _Real]:
    """The real things that a subject is held against, by name."""
    if subject.name == "websocket":
        return {"websockets": stack.enter_context(RealSockets())}
    if subject.name == "queue":
        return {"asyncio.Queue": RealQueue(subject)}
    clients = subject.clients + subject.joins
    return {each.name: stack.enter_context(RealServer(each, clients)) for each in servers}


def _differs(kind: Kind, real: _Real, turns: Sequence[Turn]) -> str:
    """What is different; "" if nothing is."""
    try:
        real.check(kind.spec, kind.says(turns))
    except DifferentError as error:
        return str(error)
    except KindError as error:
        return f"the kind fails: {error}"
    return ""


def _shortest(
    kind: Kind, real: _Real, turns: Sequence[Turn], what: str
) -> tuple[Sequence[Turn], str]:
    """Leave out every turn without which there still is a difference."""
    place = 0
    while place < len(turns):
        fewer = [*turns[:place], *turns[place + 1 :]]
        found = _differs(kind, real, fewer)
        if found:
            turns, what = fewer, found
        else:
            place += 1
    return turns, what


def _count(said: Said, commands: Counter[str]) -> None:
    for event in said.events:
        how = " waits" if event.waits else " late" if event.late else ""
        how = " gives up" if event.gives_up else how
        if event.breaks:
            commands["breaks"] += 1
        for asked in event.asked:
            commands[f"{asked.call.command}{how}"] += 1
