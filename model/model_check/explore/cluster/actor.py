"""One part of a search in a process of Ray's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .fleet import Orders, tokens_of
from .part import Part

__all__ = ["PartActor"]

CALLED = frozenset(
    {
        "absorb", "begin", "come_back", "cut", "ends", "failing", "find", "go_back", "happens",
        "keep", "put_numbers", "rank", "route", "settle", "take", "window", "wrong",
    }
)  # fmt: skip
"""What a part does when it is asked."""


class PartActor:
    """Part number `index` of `size`; Ray makes an actor of it."""

    def __init__(self, index: int, size: int) -> None:
        self._index = index
        self._size = size
        self._part: Part | None = None

    def where(self) -> str:
        """The machine it is on, by Ray's name."""
        import ray

        return str(ray.get_runtime_context().get_node_id())

    def process(self) -> int:
        """The number of its process."""
        import os

        return os.getpid()

    def sees(self, path: str) -> bool:
        """Whether a file is there."""
        return Path(path).exists()

    def load(self, orders: Orders) -> None:
        """Begin anew. Raises DifferentProgramError, StoredError."""
        if self._part is not None:
            self._part.close()
            self._part.arena.close()
        self._part = orders.part(self._index, self._size)

    def do(self, name: str, answers: int, *given: Any) -> Any:
        """What a part does that has this name: one answer, or several."""
        assert name in CALLED
        found = tokens_of(getattr(self._part, name)(*given), answers)
        return found if answers > 1 else found[0]
