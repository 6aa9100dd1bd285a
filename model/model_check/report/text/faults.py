"""What may go wrong, as lines that stand before what is said of a spec."""

from __future__ import annotations

from ...results.faults import Faults
from ..words.faults import faults_text
from .style import Style

__all__ = ["render_faults"]


def render_faults(faults: Faults, width: int, style: Style) -> list[str]:
    """With which faults all is meant that follows: it is read with that in mind."""
    text = faults_text(faults)
    look = "yellow" if faults.left_out else "bold"
    return style.wrapped(text[:1].upper() + text[1:], width, look) if text else []
