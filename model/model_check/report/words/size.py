"""How much of a space was explored, in words: the terminal, the page and a notebook's cell say the
same."""

from __future__ import annotations

from ...results.check import SpaceSummary
from .columns import counted

__all__ = ["NOT_ALL", "explored_text", "reduced_texts", "states_text", "which_states"]


_SO_FAR = " explored so far"
_ON_WALKS = " on a few of the walks"
NOT_ALL = (_SO_FAR, _ON_WALKS)
"""Which states are counted where these are not all that make a difference."""


def explored_text(space: SpaceSummary) -> str:
    """Whether everything was explored."""
    if space.simulation is not None:
        return "simulated"
    if not space.complete:
        return "explored in part"
    if space.reduced:
        return "explored completely, less what makes no difference"
    return "explored completely"


def which_states(space: SpaceSummary) -> str:
    """Which states are counted: behind "4 states"; "" where these are all."""
    if space.simulation is not None:
        return _ON_WALKS
    if not space.complete:
        return _SO_FAR
    return " that are left" if space.reduced else ""


def states_text(space: SpaceSummary) -> str:
    """How many states there are, where there is little room: `1,398`; `1,398+` where there are
    more, of which nobody knows how many, `~1,398` where the number is an estimate."""
    if space.simulation is not None:
        return f"~{space.states:,}"
    return f"{space.states:,}{'' if space.complete else '+'}"


def reduced_texts(space: SpaceSummary) -> list[str]:
    """What was left out, and why that makes no difference; nothing where all is there."""
    texts = []
    if "order" in space.reduced:
        texts.append(
            f"{counted(space.left_out, 'transition')} left out: a step that can change places with "
            "all that others still do was taken before them"
        )
    if "symmetry" in space.reduced:
        alike = "; ".join(space.alike)
        texts.append(f"states that differ only in which is which count as one: {alike}")
    if texts:
        texts[-1] += " (--reduce none explores every state)"
    return texts
