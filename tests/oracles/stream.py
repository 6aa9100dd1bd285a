"""The chat on a Redis stream, written out by hand; entry number n has id n.

`follow` reads from the last id seen. `dollar` reads what there is and then re-issues XREAD
with `$`: sending it is one step (it notes where the stream ends), the answer is another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .bfs import Space, explore

__all__ = ["StreamState", "dollar", "follow", "missing"]

Chunks = tuple[int, ...]


class StreamState(NamedTuple):
    """`chunk` is the publisher's turn, 0 when it is done. `gateway` is a label; `mark` the
    last id seen (follow), or where the stream ended when `$` was sent (dollar)."""

    chunk: int
    stream: Chunks
    gateway: str
    mark: int
    snapshot: Chunks
    socket: Chunks
    shown: Chunks


def _publisher(state: StreamState, total: int) -> Iterator[StreamState]:
    if state.chunk:
        turn = state.chunk + 1 if state.chunk < total else 0
        yield state._replace(chunk=turn, stream=(*state.stream, state.chunk))


def _client(state: StreamState) -> Iterator[StreamState]:
    if state.socket:
        yield state._replace(socket=state.socket[1:], shown=(*state.shown, state.socket[0]))


def _follow(state: StreamState) -> Iterator[StreamState]:
    if len(state.stream) > state.mark:
        batch = state.stream[state.mark :]
        yield state._replace(socket=state.socket + batch, mark=state.mark + len(batch))


def _dollar(state: StreamState) -> Iterator[StreamState]:
    if state.gateway == "read":
        yield state._replace(gateway="send", snapshot=state.stream)
    elif state.gateway == "send":
        yield state._replace(gateway="ask", socket=state.socket + state.snapshot)
    elif state.gateway == "ask":
        yield state._replace(gateway="wait", mark=len(state.stream))
    elif len(state.stream) > state.mark:
        # It is served as soon as one entry is there; answered late, it gets that one still.
        woken_by = state.stream[state.mark]
        yield state._replace(gateway="ask", mark=0, socket=(*state.socket, woken_by))


def _search(
    gateway: Callable[[StreamState], Iterator[StreamState]], label: str, stored: int, total: int
) -> Space[StreamState]:
    def successors(state: StreamState) -> Iterator[StreamState]:
        yield from _publisher(state, total)
        yield from gateway(state)
        yield from _client(state)

    first = stored + 1 if stored < total else 0
    history = tuple(range(1, stored + 1))
    return explore([StreamState(first, history, label, 0, (), (), ())], successors)


def follow(stored: int, total: int) -> Space[StreamState]:
    return _search(_follow, "forward", stored, total)


def dollar(stored: int, total: int) -> Space[StreamState]:
    return _search(_dollar, "read", stored, total)


def missing(total: int) -> Callable[[StreamState], Chunks]:
    return lambda state: tuple(sorted({*range(1, total + 1)} - {*state.shown}))
