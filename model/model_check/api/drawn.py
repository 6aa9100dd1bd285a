"""What a notebook draws of a result: a trace, and the explored space.

Each is what it is without a notebook, too: a `Trace` that equals the one it was made from, and a
graph of networkx.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..language.records import dataclass
from ..results.check import CheckReport, Trace

if TYPE_CHECKING:
    from ..verify.state_graph import StateGraph

__all__ = ["MOST_DRAWN", "DrawnTrace", "SpacePicture"]

MOST_DRAWN = 20_000
"""States of a space that is still drawn (folded): beyond, a picture tells nothing."""


class DrawnTrace(Trace):
    """A trace that draws itself in a notebook, and is short where it is printed."""

    _name = ""
    _draw: Callable[[], str] | None = None

    @classmethod
    def of(cls, trace: Trace, name: str, draw: Callable[[], str]) -> DrawnTrace:
        """The trace of the property `name`; `draw` gives its sequence diagram as SVG."""
        drawn = cls(**_values(trace))
        vars(drawn).update(_name=name, _draw=draw)
        return drawn

    def __eq__(self, other: object) -> bool:
        return _values(self) == _values(other) if isinstance(other, Trace) else NotImplemented

    __hash__ = Trace.__hash__

    def __reduce__(self) -> Any:
        return DrawnTrace.of, (Trace(**_values(self)), self._name, self._draw)

    def __repr__(self) -> str:
        count = len(self.steps)
        of = f" of {self._name}" if self._name else ""
        return f"<Trace{of}: {count:,} step{'s' * (count != 1)}, end: {self.end}>"

    def _repr_svg_(self) -> str | None:
        return self._draw() if self._draw else None


def _values(trace: Trace) -> dict[str, Any]:
    return {each.name: getattr(trace, each.name) for each in fields(Trace)}


@dataclass(frozen=True)
class SpacePicture:
    """Gives the picture of a space as SVG when it is called; None where there is none."""

    report: CheckReport
    states: StateGraph

    def __call__(self) -> str | None:
        if self.report.space.states > MOST_DRAWN:
            return None
        from ..report.pictures.check import space_svg

        return space_svg(self.report, self.states) or None
