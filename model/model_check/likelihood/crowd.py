"""Threads that share work, each with tools of its own: what comes of it is the same with any number
of them, if each piece of work is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import count
from typing import Generic, TypeVar

from ..budget.spending import INTERRUPTED, Ask, why_of
from .coming import EndlessRunError

__all__ = ["Crowd", "Stop"]

Stop = Callable[[], str]
"""Why to stop, in words; "" where nothing says so."""
Member = TypeVar("Member")
Work = TypeVar("Work")


class Crowd(Generic[Member]):
    """One thread for each of the members, this thread the first. `interrupted` is asked by this
    thread alone."""

    def __init__(self, members: Sequence[Member], interrupted: Ask) -> None:
        self._members = members
        self._interrupted = interrupted
        self._stopped = ""

    def do(self, do: Callable[[Member, Work, Stop], object], works: Sequence[Work]) -> str:
        """Have each of these pieces of work done by a member, in their order. Why not all were
        done, in words, or "". Raises the EndlessRunError of the first piece that has one."""
        turns = count()
        lost: list[tuple[int, EndlessRunError]] = []

        def go_on(member: Member, stop: Stop) -> None:
            # They are begun in their order: where one fails, all before it are done.
            while not lost and not stop() and (turn := next(turns)) < len(works):
                try:
                    do(member, works[turn], stop)
                except EndlessRunError as error:
                    lost.append((turn, error))

        others = [
            threading.Thread(target=go_on, args=(each, lambda: self._stopped))
            for each in self._members[1:]
        ]
        for each in others:
            each.start()
        try:
            go_on(self._members[0], self._stop)
        except BaseException:
            self._stopped = INTERRUPTED
            raise
        finally:
            for each in others:
                each.join()
        if lost:
            raise min(lost, key=lambda each: each[0])[1]
        return self._stopped

    def _stop(self) -> str:
        self._stopped = self._stopped or why_of(self._interrupted)
        return self._stopped
