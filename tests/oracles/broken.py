"""The client whose connection breaks, and who opens a new one, written out by hand.

When it breaks, some frames have arrived at the browser and can still be read; then it learns
what has happened. The gateway learns it from what it sends or reads next; its handler is over
then, with its subscription, and another one begins as soon as there is a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .bfs import Space, explore

__all__ = ["BrokenState", "broken", "missing"]

Chunks = tuple[int, ...]
ORDER = {
    "late": ("accept", "read", "send", "subscribe", "forward"),
    "early": ("accept", "subscribe", "read", "send", "forward"),
}


class BrokenState(NamedTuple):
    """`chunk` is 0 before the question and after the last one. `unaware`: who has not noticed yet
    that the connection broke."""

    asked: bool = False
    answering: bool = False
    chunk: int = 0
    half: bool = False
    history: Chunks = ()
    gateway: str = "accept"
    snapshot: Chunks = ()
    inbox: Chunks | None = None
    socket: Chunks = ()
    is_open: bool = True
    unaware: frozenset[str] = frozenset()
    left: int = 1
    is_showing: bool = True
    shown: Chunks = ()


def broken(total: int, *, breaks: int = 1, fixed: bool = False) -> Space[BrokenState]:
    """`fixed`: save, then publish; subscribe, then read; drop duplicates."""
    order = ORDER["early" if fixed else "late"]

    def publisher(state: BrokenState) -> Iterator[BrokenState]:
        if not state.answering:
            if state.asked:
                yield state._replace(answering=True, chunk=1)
        elif state.chunk:
            if state.half == fixed:  # this half publishes
                inbox = None if state.inbox is None else (*state.inbox, state.chunk)
                after = state._replace(inbox=inbox)
            else:
                after = state._replace(history=(*state.history, state.chunk))
            if state.half:
                after = after._replace(chunk=(state.chunk + 1) % (total + 1))
            yield after._replace(half=not state.half)

    def gateway(state: BrokenState) -> Iterator[BrokenState]:
        at = order.index(state.gateway)
        following = state._replace(gateway=order[min(at + 1, len(order) - 1)])
        cut = "gateway" in state.unaware
        if cut and state.gateway in ("send", "forward"):
            # It is always told: by what it sends, or by what it listens for.
            yield state._replace(
                gateway="accept", snapshot=(), inbox=None, unaware=state.unaware - {"gateway"}
            )
            return
        match state.gateway:
            case "accept":
                if state.is_open:
                    yield following
            case "read":
                yield following._replace(snapshot=state.history)
            case "subscribe":
                yield following._replace(inbox=state.inbox or (), asked=True)
            case "send":
                sent = state.snapshot if state.is_open else ()
                yield following._replace(socket=state.socket + sent)
            case "forward" if state.inbox:
                sent = state.inbox[:1] if state.is_open else ()
                yield state._replace(inbox=state.inbox[1:], socket=state.socket + sent)

    def client(state: BrokenState) -> Iterator[BrokenState]:
        if not state.is_showing:
            socket = state.socket if state.is_open else ()
            aware = state.unaware - {"client"}
            yield state._replace(
                is_showing=True, shown=(), is_open=True, socket=socket, unaware=aware
            )
        elif state.socket:
            chunk, rest = state.socket[0], state.socket[1:]
            again = fixed and chunk in state.shown
            shown = state.shown if again else (*state.shown, chunk)
            yield state._replace(socket=rest, shown=shown)
        elif "client" in state.unaware:
            yield state._replace(is_showing=False, unaware=state.unaware - {"client"})

    def network(state: BrokenState) -> Iterator[BrokenState]:
        if state.left and state.is_open:
            for arrived in range(len(state.socket) + 1):
                yield state._replace(
                    left=state.left - 1, is_open=False, socket=state.socket[:arrived],
                    unaware=frozenset(("gateway", "client")),
                )  # fmt: skip

    def ordinary(state: BrokenState) -> Iterator[BrokenState]:
        yield from publisher(state)
        yield from gateway(state)
        yield from client(state)

    def successors(state: BrokenState) -> Iterator[BrokenState]:
        yield from ordinary(state)
        yield from network(state)

    space = explore([BrokenState(left=breaks)], successors)
    # Where only the network can act, a run may end.
    ends = tuple(state for state in space.depth_of if not any(True for _ in ordinary(state)))
    return Space(space.depth_of, space.transitions, ends)


def missing(total: int) -> Callable[[BrokenState], Chunks]:
    return lambda state: tuple(sorted({*range(1, total + 1)} - {*state.shown}))
