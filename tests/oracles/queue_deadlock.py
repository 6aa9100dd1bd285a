"""A worker that puts follow-up jobs into its own bounded queue, written out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .bfs import Space, explore

__all__ = ["QueueState", "is_deadlock", "own_queue"]


class QueueState(NamedTuple):
    upload: int
    queue: tuple[str, ...]
    worker: str
    job: str
    drawn: int


def own_queue(uploads: int, room: int) -> Space[QueueState]:
    def successors(state: QueueState) -> Iterator[QueueState]:
        full = len(state.queue) == room
        if state.upload and not full:
            following = state.upload + 1 if state.upload < uploads else 0
            yield state._replace(upload=following, queue=(*state.queue, "image"))
        if state.worker == "take" and state.queue:
            job = state.queue[0]
            label = "follow_up" if job == "image" else "draw"
            yield state._replace(queue=state.queue[1:], job=job, worker=label)
        if state.worker == "follow_up" and not full:
            yield state._replace(queue=(*state.queue, "thumbnail"), worker="take")
        if state.worker == "draw":
            yield state._replace(drawn=state.drawn + 1, worker="take")

    return explore([QueueState(1, (), "take", "image", 0)], successors)


def is_deadlock(state: QueueState) -> bool:
    """Of a state where nothing can happen: is someone not done?"""
    return state.upload != 0 or state.worker != "take"
