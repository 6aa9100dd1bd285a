"""The scaled chat of the benchmarks, written out by hand.

Chunks are published, then saved. Each gateway reads, sends, subscribes and forwards, and may
begin anew a few times; what waits in its subscription then stays, what is on its way to the
client is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .bfs import Space, explore

__all__ = ["ChatState", "Connection", "scaled_chat"]

Chunks = tuple[int, ...]


class Connection(NamedTuple):
    """A gateway and its client. `label` is the gateway's next step."""

    label: str = "read"
    read: int = 0
    left: int = 0
    subscribed: bool = False
    inbox: Chunks = ()
    page: Chunks = ()
    shown: frozenset[int] = frozenset()


class ChatState(NamedTuple):
    """Chunks up to `published` were published, those up to `saved` are in the history."""

    published: int
    saved: int
    connections: tuple[Connection, ...]


def _publisher(state: ChatState, chunks: int) -> Iterator[ChatState]:
    if state.saved < state.published:
        yield state._replace(saved=state.published)
    elif state.published < chunks:
        chunk = state.published + 1
        reached = tuple(
            each._replace(inbox=(*each.inbox, chunk)) if each.subscribed else each
            for each in state.connections
        )
        yield state._replace(published=chunk, connections=reached)


def _connection(now: Connection, saved: int) -> Iterator[Connection]:
    match now.label:
        case "read":
            yield now._replace(label="send", read=saved)
        case "send":
            page = (*now.page, *range(1, now.read + 1))
            yield now._replace(label="subscribe", read=0, page=page)
        case "subscribe":
            yield now._replace(label="forward", subscribed=True)
        case "forward":
            if now.inbox:
                page = (*now.page, now.inbox[0])
                yield now._replace(inbox=now.inbox[1:], page=page)
            if now.left:
                yield now._replace(label="read", left=now.left - 1, subscribed=False, page=())
    if now.page:
        yield now._replace(page=now.page[1:], shown=now.shown | {now.page[0]})


def scaled_chat(chunks: int, gateways: int, reconnects: int) -> Space[ChatState]:
    """Every state of so many chunks, gateways with a client each, and reconnects of each."""

    def successors(state: ChatState) -> Iterator[ChatState]:
        yield from _publisher(state, chunks)
        for i, now in enumerate(state.connections):
            for then in _connection(now, state.saved):
                connections = (*state.connections[:i], then, *state.connections[i + 1 :])
                yield state._replace(connections=connections)

    connection = Connection(left=reconnects)
    return explore([ChatState(0, 0, (connection,) * gateways)], successors)
