"""From what a line says and what a step sends to what is known of the ids of a stream's entries.

The model counts entries; a server gives them ids that only grow.
"""

from __future__ import annotations

from ..brokers.payload import Value
from ..brokers.wire import RealId
from .sessions import Utterance

__all__ = ["Ids", "agree"]

Ids = tuple[tuple[str, int, RealId], ...]
"""Of streams, by store, the entries whose ids are known."""


def agree(wanted: Utterance, found: Utterance, ids: Ids) -> Ids | None:
    """The known ids if a line says what a step sends; None if it says something else."""
    for name, value in wanted.arguments.items():
        if name not in found.arguments:
            continue  # how long somebody waits, no model counts
        there: Value = found.arguments[name]
        if isinstance(there, RealId) and isinstance(value, int):
            learned = _learned(ids, wanted.store, value, there)
            if learned is None:
                return None
            ids = learned
        elif there != value or isinstance(there, bool) != isinstance(value, bool):
            return None
    return ids


def _learned(ids: Ids, store: str, number: int, real: RealId) -> Ids | None:
    """Ids grow with the numbers of the entries, and number 0 is before the first."""
    if (number <= 0) != (real == (0, 0)):
        return None
    if number <= 0:
        return ids
    for other, known, its in ids:
        if other == store and (
            (known < number) != (its < real) or (known == number) != (its == real)
        ):
            return None
    return tuple(sorted({*ids, (store, number, real)}))
