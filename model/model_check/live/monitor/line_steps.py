"""Which lines of a log are what one step sends, and which steps are what one line says.

Most often that is one line and one step. A step with several commands is one MULTI/EXEC or script,
of several lines; and a line that names several keys (`DEL a b`) says something to each, so that it
has several of a step's commands, or is several steps of one process that follow each other at once.
In between, nobody has seen anything: no state there is one that a property is asked of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from .entry_ids import Ids, agree
from .events import LogEvent, Utterance

__all__ = ["left_of", "lines_sent", "matched"]

Piece = Sequence[Utterance]
"""All that can be meant by what is said to one key."""


def lines_sent(
    events: Sequence[LogEvent],
    sends: Sequence[Utterance],
    ids: Ids,
    follows: Callable[[int], bool],
) -> tuple[int, Ids] | None:
    """How many of the next lines of a log are all that a step sends, carried out as one, and the
    ids that are known then; None where they are not. `follows`: whether a line may come next, after
    those before it."""
    first = events[0]
    count = 0
    while sends:
        if count == len(events):
            return None
        each = events[count]
        if count and (
            first.line.block is None
            or each.client != first.client
            or each.line.block != first.line.block
            or not follows(count)
        ):
            return None
        pieces = each.pieces
        agreed = matched(sends[: len(pieces)], pieces, ids)
        if agreed is None:
            return None
        ids, sends = agreed, sends[len(pieces) :]
        count += 1
    return count, ids


def matched(sends: Sequence[Utterance], pieces: Sequence[Piece], ids: Ids) -> Ids | None:
    """The ids that are known if these pieces, in any order, are what is sent; None if not."""
    if len(sends) != len(pieces):
        return None
    return next((known for rest, known in left_of(sends, pieces, ids) if not rest), None)


def left_of(
    sends: Sequence[Utterance], pieces: Sequence[Piece], ids: Ids
) -> Iterator[tuple[tuple[Piece, ...], Ids]]:
    """The pieces that are left when those are taken away that are sent, and the ids that are known
    then; each way in which that can be."""
    if not sends:
        yield tuple(pieces), ids
        return
    wanted = sends[0]
    for number, piece in enumerate(pieces):
        found = (
            agree(wanted, each, ids)
            for each in piece
            if (each.store, each.command) == (wanted.store, wanted.command)
        )
        agreed = next((each for each in found if each is not None), None)
        if agreed is not None:
            yield from left_of(sends[1:], (*pieces[:number], *pieces[number + 1 :]), agreed)
