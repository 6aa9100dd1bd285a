"""Whether what a service has sent is what a turn of the schedule has."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..monitor.entry_ids import Ids
from ..monitor.line_steps import left_of, lines_sent
from ..proxy.gate import Push, Request
from .recognising import Said
from .turns import ScheduledTurn

__all__ = ["BoundSession", "HeldPush", "HeldRequest", "fits", "turns_in"]


AT_ONCE = 0.3
"""Seconds."""


@dataclass(eq=False, slots=True)
class HeldRequest:
    """A request of the session that waits, and what it says to it."""

    request: Request
    said: Said
    asking: bool = True
    """The proxy is asking about it: the answer lets it through."""
    looked: bool = False
    given_up: bool = False
    """Its service has closed the connection while it waited: its client has a time limit."""

    def look(self) -> bool:
        """Whether it was given up since the last look. Who closes its end at once, as `nc` does
        when its input ends, still waits for an answer."""
        if self.looked or not self.request.connection.ended:
            return False
        self.looked = True
        self.given_up = time.monotonic() - self.request.came > AT_ONCE
        return self.given_up

    def is_repeated(self, others: Iterable[HeldRequest]) -> bool:
        """Whether it was given up, and somebody has asked the same again."""
        return self.given_up and any(
            each.request.came > self.request.came and each.request.commands == self.request.commands
            for each in others
        )


@dataclass(eq=False, slots=True)
class HeldPush:
    """A message to a subscriber that waits; `instances`: whose it is, of whom any may take it where
    they share the connection; `store`: its channel."""

    push: Push
    instances: tuple[str, ...]
    store: str

    def is_for(self, turn: ScheduledTurn) -> bool:
        """Whether it is what a turn receives."""
        return turn.instance in self.instances and self.store == turn.listens


@dataclass
class BoundSession:
    """The session that is steered: what stands in the places of its keys, as far as it is known.
    `places`: their names."""

    places: frozenset[str]
    known: dict[str, str] = field(default_factory=dict)

    def admits(self, said: Said) -> bool:
        """Whether it can be this session that is spoken of."""
        return all(
            self.known.get(name, value) == value
            for name, value in said.session
            if name in self.places
        )

    def bind(self, said: Said) -> None:
        """Take it that this session is spoken of."""
        self.known.update((n, value) for n, value in said.session if n in self.places)

    @property
    def name(self) -> str:
        return "/".join(dict.fromkeys(self.known.values()))


def fits(said: Said, turn: ScheduledTurn, ids: Ids, *, transaction: bool) -> Ids | None:
    """What is known of ids if a request is what a turn sends; None if it is something else."""
    if not turn.sends:
        return None
    if turn.fails:
        return ids if transaction else None
    if said.script:
        # What it does is in its text; that it does it to these keys is all that is seen.
        stores = {each.store for each in turn.sends}
        return ids if stores <= said.keys.keys() else None
    found = lines_sent(said.events, turn.sends, ids, lambda _: True) if said.events else None
    return found[1] if found is not None and found[0] == len(said.events) else None


def turns_in(
    said: Said, turns: Sequence[ScheduledTurn], ids: Ids, *, transaction: bool
) -> tuple[int, Ids] | None:
    """How many of the next turns a request is, one after the other of one process: most often one;
    None where it is not even the first."""
    alone = fits(said, turns[0], ids, transaction=transaction)
    if alone is not None:
        return 1, alone
    parts = said.events[0].parts if len(said.events) == 1 and not said.script else ()
    if not parts:
        return None
    mine = [each for each in turns if each.instance == turns[0].instance]
    for rest, known, count in _one_after_another(mine, parts, ids):
        if not rest and list(turns[:count]) == mine[:count]:
            return count, known
    return None


def _one_after_another(
    turns: Sequence[ScheduledTurn], parts: Sequence[Sequence[object]], ids: Ids
) -> Iterator[tuple[Sequence[object], Ids, int]]:
    left = parts
    for count, turn in enumerate(turns, start=1):
        if not left or not turn.sends:
            return
        found = next(iter(left_of(turn.sends, left, ids)), None)  # type: ignore[arg-type]
        if found is None:
            return
        left, ids = found
        yield left, ids, count
