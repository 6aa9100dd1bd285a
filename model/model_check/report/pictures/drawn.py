"""The pictures that were drawn of a check, as the page wants them."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Drawn"]


@dataclass(slots=True)
class Drawn:
    """SVG of the traces by property, and of the space ("": not drawn). `nodes` is by the number
    of a state the number of the node of the space's picture that stands for it,
    and `folded_by` says in words what states were joined by ("": each has a node)."""

    traces: dict[str, str] = field(default_factory=dict)
    space: str = ""
    nodes: tuple[int, ...] = ()
    folded_by: str = ""
