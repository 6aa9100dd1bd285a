"""The client that reconnects once to another node, written out by hand.

It does so at any time after it has shown something.

Closing a WebSocket drops the frames on their way, and what is sent into it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .bfs import Space, explore

__all__ = ["ReconnectState", "missing", "reconnect"]

Chunks = tuple[int, ...]
FOLLOWING = {"accept": "read", "read": "send", "send": "subscribe", "subscribe": "forward"}


class Gateway(NamedTuple):
    label: str = "accept"
    snapshot: Chunks = ()
    inbox: Chunks | None = None
    """None until it subscribes."""


class ReconnectState(NamedTuple):
    """`node` is where the client is; it closed socket 0 when that is 1."""

    saving: bool
    chunk: int
    history: Chunks
    gateways: tuple[Gateway, Gateway]
    sockets: tuple[Chunks, Chunks]
    node: int
    shown: Chunks


def _publisher(state: ReconnectState, total: int) -> Iterator[ReconnectState]:
    if not state.chunk:
        return
    if not state.saving:
        first, second = (
            g if g.inbox is None else g._replace(inbox=(*g.inbox, state.chunk))
            for g in state.gateways
        )
        yield state._replace(saving=True, gateways=(first, second))
    else:
        turn = state.chunk + 1 if state.chunk < total else 0
        yield state._replace(saving=False, chunk=turn, history=(*state.history, state.chunk))


def _gateway(state: ReconnectState, i: int) -> Iterator[ReconnectState]:
    gateway = state.gateways[i]
    sent: Chunks = ()
    match gateway.label:
        case "accept":
            if state.node < i:
                return
        case "read":
            gateway = gateway._replace(snapshot=state.history)
        case "send":
            sent = gateway.snapshot
        case "subscribe":
            gateway = gateway._replace(inbox=())
        case "forward":
            if not gateway.inbox:
                return
            sent = gateway.inbox[:1]
            gateway = gateway._replace(inbox=gateway.inbox[1:])
    gateway = gateway._replace(label=FOLLOWING.get(gateway.label, "forward"))
    closed = i == 0 and state.node == 1
    socket = state.sockets[i] if closed else state.sockets[i] + sent
    first, second = state.gateways, state.sockets
    yield state._replace(
        gateways=(gateway, first[1]) if i == 0 else (first[0], gateway),
        sockets=(socket, second[1]) if i == 0 else (second[0], socket),
    )


def _client(state: ReconnectState) -> Iterator[ReconnectState]:
    down = state.sockets[state.node]
    if down:
        left = (down[1:], state.sockets[1]) if state.node == 0 else (state.sockets[0], down[1:])
        yield state._replace(sockets=left, shown=(*state.shown, down[0]))
    if state.node == 0 and state.shown:
        yield state._replace(node=1, sockets=((), state.sockets[1]), shown=())


def reconnect(stored: int, total: int) -> Space[ReconnectState]:
    def successors(state: ReconnectState) -> Iterator[ReconnectState]:
        yield from _publisher(state, total)
        yield from _gateway(state, 0)
        yield from _gateway(state, 1)
        yield from _client(state)

    first = stored + 1 if stored < total else 0
    history = tuple(range(1, stored + 1))
    return explore(
        [ReconnectState(False, first, history, (Gateway(), Gateway()), ((), ()), 0, ())],
        successors,
    )


def missing(total: int) -> Callable[[ReconnectState], Chunks]:
    return lambda state: tuple(sorted({*range(1, total + 1)} - {*state.shown}))
