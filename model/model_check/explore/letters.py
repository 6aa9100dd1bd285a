"""What the states of a space say of some atoms, each in one number: a letter.

Bit i of a letter is set where atom i is true, bit i + `atoms` where it is false. Where an atom has
no answer, neither is set, and an automaton may only read what does not ask for it; or, `doubted`,
both are, and it may read whatever is possible.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..language.records import dataclass

__all__ = ["Letters", "Reading", "letter_of", "wanted"]

Reading = tuple[int, int, int]
"""What an automaton may read: the bits that a letter must have (`wanted`), the place it is at
then, and the marks it takes."""


@dataclass(frozen=True, slots=True)
class Letters:
    """`of[s]` is the letter of state s; `atoms`: how many there are. `unanswered`: the numbers of
    the states in which an atom has no answer, ascending."""

    of: Sequence[int]
    atoms: int
    unanswered: Sequence[int]


def wanted(must: int, must_not: int, atoms: int) -> int:
    """The bits of a letter of which some atoms are true, and some others are not."""
    return must | must_not << atoms


def letter_of(answers: Sequence[int], *, doubted: bool) -> int:
    """The letter of a state, from what it says of each atom: 0, 1, or negative where there is no
    answer."""
    letter = 0
    for i, answer in enumerate(answers):
        if answer == 1 or (answer < 0 and doubted):
            letter |= 1 << i
        if answer == 0 or (answer < 0 and doubted):
            letter |= 1 << (i + len(answers))
    return letter
