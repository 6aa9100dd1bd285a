"""Gap detection at the client, written out by hand: it asks over its WebSocket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .bfs import Space, explore

__all__ = ["GapState", "detection", "missing"]

Chunks = tuple[int, ...]


class GapState(NamedTuple):
    """`down` are the frames on their way to the client, `up` the numbers it asks for."""

    publisher: str
    chunk: int
    history: Chunks
    gateway: str
    snapshot: Chunks
    subscribed: bool
    inbox: Chunks
    down: Chunks
    up: Chunks
    shown: Chunks
    newest: int


def _publisher(state: GapState, total: int, save_first: bool) -> Iterator[GapState]:
    if state.publisher == "end":
        return
    last_half = state.publisher == "second"
    if save_first != last_half:
        state = state._replace(history=(*state.history, state.chunk))
    elif state.subscribed:
        state = state._replace(inbox=(*state.inbox, state.chunk))
    if not last_half:
        yield state._replace(publisher="second")
    elif state.chunk < total:
        yield state._replace(publisher="first", chunk=state.chunk + 1)
    else:
        yield state._replace(publisher="end", chunk=0)


def _gateway(state: GapState, greets: bool) -> Iterator[GapState]:
    match state.gateway:
        case "read":
            yield state._replace(gateway="send", snapshot=state.history)
        case "send":
            yield state._replace(gateway="subscribe", down=state.down + state.snapshot)
        case "subscribe":
            yield state._replace(gateway="greet" if greets else "serve", subscribed=True)
        case "greet":
            yield state._replace(gateway="serve", down=state.down + state.history[-1:])
        case "serve":
            if state.inbox:
                yield state._replace(inbox=state.inbox[1:], down=(*state.down, state.inbox[0]))
            if state.up:
                asked = state.up[0]
                answer = state.history[asked - 1 : asked]
                yield state._replace(up=state.up[1:], down=state.down + answer)


def _client(state: GapState) -> Iterator[GapState]:
    if state.down:
        chunk = state.down[0]
        yield state._replace(
            down=state.down[1:],
            up=(*state.up, *range(state.newest + 1, chunk)),
            shown=tuple(sorted({*state.shown, chunk})),
            newest=max(state.newest, chunk),
        )


def detection(
    stored: int, total: int, save_first: bool = True, greets: bool = True
) -> Space[GapState]:
    """The protocol; without the one or the other condition to see that both are needed."""

    def successors(state: GapState) -> Iterator[GapState]:
        yield from _publisher(state, total, save_first)
        yield from _gateway(state, greets)
        yield from _client(state)

    publisher = ("first", stored + 1) if stored < total else ("end", 0)
    history = tuple(range(1, stored + 1))
    return explore(
        [GapState(*publisher, history, "read", (), False, (), (), (), (), 0)], successors
    )


def missing(total: int) -> Callable[[GapState], Chunks]:
    return lambda state: tuple(sorted({*range(1, total + 1)} - {*state.shown}))
