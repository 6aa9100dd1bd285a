"""The whole space of a spec, for what is asked of it to have room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..explore.limits import Limits, Progress
from ..explore.memo import GrowthNeededError
from ..explore.search import SearchOptions, explore
from ..explore.space import Space
from ..language.tree.spec import Spec
from ..machine.shapes import Layout

__all__ = ["WHOLE", "told_of_space"]

WHOLE = SearchOptions(reduce="none", forget_from=None)
"""How to explore: nothing is left out, and all values are told apart."""
T = TypeVar("T")


def told_of_space(
    spec: Spec,
    tell: Callable[[Space], T],
    limits: Limits | None = None,
    progress: Progress | None = None,
    options: SearchOptions = WHOLE,
) -> T:
    """What `tell` says of the space of a spec. Where a formula that it asks computes a value that
    the layout has no room for, everything is explored again under a larger one.

    Raises what `explore` and `tell` do, but GrowthNeededError.
    """
    layout = Layout()
    while True:
        space = explore(spec, limits, progress, layout=layout, options=options)
        try:
            return tell(space)
        except GrowthNeededError as growth:
            layout = space.layout.for_failure(space.machine.failures[growth.code - 1])
