"""The chat protocols with Pub/Sub and a list, written out by hand for any number of nodes.

A node is one gateway with one client behind one socket. Each function below is one process:
it yields the states that its next step leads to (one at most: no process has a choice).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .bfs import Space, explore

__all__ = [
    "ChatState", "append_first", "atomic", "both", "cumulative", "duplicated", "legacy",
    "missing", "missing_anywhere", "missing_texts", "out_of_order", "read_twice",
    "subscribe_first",
]  # fmt: skip

Chunks = tuple[int, ...]


class Node(NamedTuple):
    gateway: str
    snapshot: Chunks = ()
    subscribed: bool = False
    inbox: Chunks = ()
    socket: Chunks = ()
    shown: Chunks = ()


class ChatState(NamedTuple):
    """`publisher` is the label of its next step, `chunk` the turn of its loop (0 after it)."""

    publisher: str
    chunk: int
    history: Chunks
    nodes: tuple[Node, ...]


Publisher = Callable[[ChatState, int], Iterator[ChatState]]
GatewayStep = Callable[[ChatState, Node], Iterator[Node]]
ClientStep = Callable[[Node], Iterator[Node]]


# --- publishers -----------------------------------------------------------------------------


def _next_turn(state: ChatState, first: str, total: int) -> ChatState:
    if state.chunk < total:
        return state._replace(publisher=first, chunk=state.chunk + 1)
    return state._replace(publisher="end", chunk=0)


def _published(state: ChatState) -> ChatState:
    nodes = tuple(
        node._replace(inbox=(*node.inbox, state.chunk)) if node.subscribed else node
        for node in state.nodes
    )
    return state._replace(nodes=nodes)


def _saved(state: ChatState) -> ChatState:
    return state._replace(history=(*state.history, state.chunk))


def publish_then_save(state: ChatState, total: int) -> Iterator[ChatState]:
    if state.publisher == "first":
        yield _published(state)._replace(publisher="second")
    elif state.publisher == "second":
        yield _next_turn(_saved(state), "first", total)


def save_then_publish(state: ChatState, total: int) -> Iterator[ChatState]:
    if state.publisher == "first":
        yield _saved(state)._replace(publisher="second")
    elif state.publisher == "second":
        yield _next_turn(_published(state), "first", total)


def publish_and_save(state: ChatState, total: int) -> Iterator[ChatState]:
    if state.publisher == "first":
        yield _next_turn(_saved(_published(state)), "first", total)


# --- gateways -------------------------------------------------------------------------------


def gateway(*labels: str) -> GatewayStep:
    """A gateway that does these steps in order and then forwards for ever."""

    def step(state: ChatState, node: Node) -> Iterator[Node]:
        if node.gateway == "forward":
            if node.inbox:
                yield node._replace(inbox=node.inbox[1:], socket=(*node.socket, node.inbox[0]))
            return
        label = node.gateway.rstrip("+")
        if label == "read":
            node = node._replace(snapshot=state.history)
        elif label == "send":
            node = node._replace(socket=node.socket + node.snapshot)
        else:
            node = node._replace(subscribed=True)
        yield node._replace(gateway=following[node.gateway])

    following = dict(zip(labels, [*labels[1:], "forward"], strict=True))
    return step


READ_THEN_SUBSCRIBE = ("read", "send", "subscribe")
SUBSCRIBE_THEN_READ = ("subscribe", "read", "send")
SUBSCRIBE_THEN_READ_TWICE = ("subscribe", "read", "send", "read+", "send+")


# --- clients --------------------------------------------------------------------------------


def show_everything(node: Node) -> Iterator[Node]:
    if node.socket:
        yield node._replace(socket=node.socket[1:], shown=(*node.shown, node.socket[0]))


def show_new(node: Node) -> Iterator[Node]:
    if node.socket:
        chunk = node.socket[0]
        shown = node.shown if chunk in node.shown else (*node.shown, chunk)
        yield node._replace(socket=node.socket[1:], shown=shown)


def show_latest(node: Node) -> Iterator[Node]:
    if node.socket:
        yield node._replace(socket=node.socket[1:], shown=(node.socket[0],))


# --- protocols ------------------------------------------------------------------------------


def _search(
    publisher: Publisher,
    labels: tuple[str, ...],
    client: ClientStep,
    stored: int,
    total: int,
    nodes: int,
) -> Space[ChatState]:
    gateway_step = gateway(*labels)

    def successors(state: ChatState) -> Iterator[ChatState]:
        yield from publisher(state, total)
        for i, node in enumerate(state.nodes):
            for moved in (*gateway_step(state, node), *client(node)):
                yield state._replace(nodes=(*state.nodes[:i], moved, *state.nodes[i + 1 :]))

    initial = ChatState("start", stored, tuple(range(1, stored + 1)), (Node(labels[0]),) * nodes)
    return explore([_next_turn(initial, "first", total)], successors)


def legacy(stored: int, total: int, nodes: int = 1) -> Space[ChatState]:
    return _search(publish_then_save, READ_THEN_SUBSCRIBE, show_everything, stored, total, nodes)


def subscribe_first(stored: int, total: int, nodes: int = 1) -> Space[ChatState]:
    return _search(publish_then_save, SUBSCRIBE_THEN_READ, show_new, stored, total, nodes)


def both(stored: int, total: int, nodes: int = 1) -> Space[ChatState]:
    return _search(save_then_publish, SUBSCRIBE_THEN_READ, show_new, stored, total, nodes)


def append_first(stored: int, total: int, nodes: int = 1) -> Space[ChatState]:
    return _search(save_then_publish, READ_THEN_SUBSCRIBE, show_everything, stored, total, nodes)


def read_twice(stored: int, total: int, nodes: int = 1) -> Space[ChatState]:
    return _search(publish_then_save, SUBSCRIBE_THEN_READ_TWICE, show_new, stored, total, nodes)


def atomic(stored: int, total: int, nodes: int = 1) -> Space[ChatState]:
    return _search(publish_and_save, SUBSCRIBE_THEN_READ, show_new, stored, total, nodes)


def cumulative(stored: int, total: int, nodes: int = 1) -> Space[ChatState]:
    """A chunk's number stands for the text so far; the client keeps the latest one only."""
    return _search(publish_then_save, READ_THEN_SUBSCRIBE, show_latest, stored, total, nodes)


# --- what is looked for ---------------------------------------------------------------------


def missing(total: int) -> Callable[[ChatState], Chunks]:
    """The chunks that the only client does not show."""
    return lambda state: tuple(sorted({*range(1, total + 1)} - {*state.nodes[0].shown}))


def missing_anywhere(total: int) -> Callable[[ChatState], tuple[Chunks, ...] | None]:
    """For each client the chunks it does not show; None if every client shows all."""

    def lost(state: ChatState) -> tuple[Chunks, ...] | None:
        each = tuple(tuple(sorted({*range(1, total + 1)} - {*n.shown})) for n in state.nodes)
        return each if any(each) else None

    return lost


def missing_texts(total: int) -> Callable[[ChatState], int]:
    """How many chunks the text lacks that the client shows."""
    return lambda state: total - (state.nodes[0].shown or (0,))[0]


def duplicated(state: ChatState) -> bool:
    return any(len(set(node.shown)) < len(node.shown) for node in state.nodes)


def out_of_order(state: ChatState) -> bool:
    return any(list(node.shown) != sorted(node.shown) for node in state.nodes)
