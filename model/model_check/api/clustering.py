"""Where a search runs in many parts, for as long as what it found is asked."""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..budget.spending import Budget
from ..explore.search import NativeUnavailableError
from ..explore.space import Space
from .options import CheckOptions

if TYPE_CHECKING:
    from ..explore.cluster.on_ray import RayCluster
    from .explaining import Stage

__all__ = ["Clustered", "clustered"]


class Clustered:
    """A cluster, or none, that is needed until a space is known, and for as long as that lives
    where the space stays there."""

    def __init__(self, cluster: RayCluster | None, budget: Budget) -> None:
        self._budget = budget
        self.cluster = cluster
        self._kept = False

    def keep_for(self, space: Space) -> None:
        """The space was explored; where its states stay with the parts, these stay with it."""
        if self.cluster is not None and space.is_elsewhere:
            weakref.finalize(space, self.cluster.close)
            self._kept = True

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how it was searched."""
        return (self.cluster.note,) if self.cluster is not None and self.cluster.note else ()

    def close(self) -> None:
        """End what nobody needs."""
        if self.cluster is None or self._kept:
            return
        if self._budget.exceeded():
            # There is no time left, and it takes a second.
            atexit.register(self.cluster.close)
        else:
            self.cluster.close()


@contextmanager
def clustered(asked: CheckOptions, stage: Stage, budget: Budget) -> Iterator[Clustered]:
    """Where a check searches in many parts, if it is asked to. Raises ClusterError where Ray is not
    installed, and NativeUnavailableError where no native code is to search."""
    if not asked.cluster:
        yield Clustered(None, budget)
        return
    if asked.engine == "python":
        why = "the parts of a search on a cluster run native code"
        raise NativeUnavailableError(
            f"--engine python with --cluster: {why}; leave one of them out"
        )
    if asked.disk is not None:
        why = "each part of a search on a cluster keeps its states in memory"
        raise NativeUnavailableError(f"--disk with --cluster: {why}; leave one of them out")
    from ..explore.cluster.on_ray import RayCluster

    shared = (
        None if asked.kept_in is None else asked.kept_in.with_name(f"{asked.kept_in.name}.parts")
    )
    found = Clustered(RayCluster(asked.cluster, asked.workers, shared, asked.every, stage), budget)
    try:
        yield found
    finally:
        found.close()
