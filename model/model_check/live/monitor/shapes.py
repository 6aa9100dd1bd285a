"""Sessions that are alike: the same said, in the same order, over connections told apart alike.

A log of a day has thousands of sessions and few different ones: their keys, addresses, and times
are not the model's. What was found of one is true of all that are like it, line by line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...results.monitor import LogFaults, SeenEvent, SessionVerdict
from ..brokers.payload import Value
from ..brokers.wire import RealId
from .events import LogEvent, LogSession

__all__ = ["events_like", "shape_of", "verdict_like"]


def shape_of(session: LogSession) -> object:
    """What two sessions have in common that are alike; None where nothing is said of that: where
    the times of several logs matter, or a line says what is none of the spec's."""
    if len(session.events) > 1 or session.open:
        return None
    (events,) = session.events
    if not all(each.leaves or (any(each.meanings) and not each.disturbs) for each in events):
        return None
    clients: dict[tuple[int, str], int] = {}
    blocks: dict[int, int] = {}
    ids = _ranks(session)
    found = []
    for each in events:
        block = each.line.block
        found.append(
            (
                clients.setdefault(each.client, len(clients)),
                None if block is None else blocks.setdefault(block.line, len(blocks)),
                each.line.words[0].upper(),
                (len(each.line.words), each.removes, bool(each.disturbs)),
                tuple(each.keys),
                tuple(
                    tuple((u.store, u.command, _plain(u.arguments, u.store, ids)) for u in piece)
                    for piece in each.pieces
                ),
            )
        )
    witnesses = frozenset(clients.get(each, -1) for each in session.witnesses)
    return tuple(found), witnesses


def _ranks(session: LogSession) -> Mapping[tuple[str, RealId], int]:
    """The places of the ids of entries in their order, by stream: what they are is a time."""
    known: dict[str, set[RealId]] = {}
    for event in session.all_events():
        for each in event.meanings:
            for value in each.arguments.values():
                several = value if isinstance(value, list) else [value]
                found = [one for one in several if isinstance(one, RealId)]
                known.setdefault(each.store, set()).update(found)
    return {
        (store, each): rank if each > (0, 0) else -1
        for store, ids in known.items()
        for rank, each in enumerate(sorted(ids))
    }


def _plain(
    arguments: Mapping[str, Value], store: str, ids: Mapping[tuple[str, RealId], int]
) -> str:
    if not ids:
        return repr(arguments)

    def plain(value: object) -> object:
        if isinstance(value, list):
            return [plain(each) for each in value]
        return ("id", ids[store, value]) if isinstance(value, RealId) else value

    return repr({name: plain(value) for name, value in arguments.items()})


def events_like(
    events: tuple[SeenEvent, ...] | None, like: LogSession, session: LogSession
) -> tuple[SeenEvent, ...] | None:
    """The events of a session, told of one that is like it."""
    if events is None or like is session:
        return events
    lines = _lines(like, session)
    return tuple(_event_like(each, lines) for each in events)


def _lines(like: LogSession, session: LogSession) -> dict[tuple[int, int], LogEvent]:
    return {
        (one.log, one.line.number): other
        for one, other in zip(like.all_events(), session.all_events(), strict=True)
    }


def _event_like(event: SeenEvent, lines: Mapping[tuple[int, int], LogEvent]) -> SeenEvent:
    if event.log is None:
        return event
    if event.line is not None:
        mine = lines[event.log, event.line].line
        return replace(event, line=mine.number, time=mine.time)
    if event.after is None:
        return event
    return replace(event, after=lines[event.log, event.after].line.number)


def verdict_like(found: SessionVerdict, like: LogSession, session: LogSession) -> SessionVerdict:
    """What was found of a session, told of one that is like it. It fits."""
    assert found.mismatch is None
    lines = _lines(like, session)
    addresses = {
        one.line.client: other.line.client
        for one, other in zip(like.all_events(), session.all_events(), strict=True)
    }
    faults = found.faults
    if faults is not None:
        steps = tuple(_event_like(each, lines) for each in faults.steps)
        faults = LogFaults(faults.least, steps, faults.certain)
    times = [event.line.time for event in session.all_events()]
    return replace(
        found,
        name=session.name,
        db=session.db,
        started=min(times),
        ended=max(times),
        connections={
            name: tuple(addresses[each] for each in mine)
            for name, mine in found.connections.items()
        },
        faults=faults,
    )
