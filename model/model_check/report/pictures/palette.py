"""The colours of all pictures, each with one meaning.

They are those of Okabe and Ito, which the colour-blind can tell apart, on white. No two names
share a value, so that a page can show a picture in the dark by attribute selectors alone,
such as `svg [fill="#1b2a38"]`, without knowing what it draws.
"""

from __future__ import annotations

__all__ = [
    "ACTOR", "AMBER", "BADGE", "BLUE", "FAINT", "GREEN", "INK", "LIFELINE", "LOST", "MUTED",
    "ON_ACTOR", "PALE_AMBER", "PALE_BLUE", "PALE_RED", "PAPER", "PROCESSES", "RED",
    "SERVER_EDGE", "SERVER_LINE", "STRIPE",
]  # fmt: skip

PAPER = "#ffffff"
"""What everything is drawn on."""
INK = "#1b2a38"
"""Text that is read first, and the outlines of the trace in the space."""
MUTED = "#66727f"
"""Text that is read second."""
ACTOR = "#22384d"
"""The box with a process's name."""
ON_ACTOR = "#fdfefe"
"""Text on ACTOR."""
LIFELINE = "#9fb3c4"
"""The line of a process, and the outline of a state that nothing is said about."""
SERVER_LINE = "#b9c1c9"
"""The line of a server or resource."""
SERVER_EDGE = "#8b97a3"
"""The outline of the box with a server's name."""
FAINT = "#d5dbe1"
"""Lines between the parts of a picture."""
STRIPE = "#f6f8fa"
"""The ground of every second row."""
BADGE = "#f1f3f5"
"""The ground of a remark."""
BLUE = "#0072b2"
"""A step, and a command that is sent."""
PALE_BLUE = "#e6f1f8"
"""The ground of a step or an item."""
GREEN = "#007a5a"
"""Data that comes back."""
RED = "#c43e00"
"""What is wrong: a lost message, a violating state, the point of no return."""
PALE_RED = "#fdeee6"
"""The ground of what is wrong."""
LOST = "#f8c9b3"
"""The ground of what is not wrong yet and will be for certain: lost states."""
AMBER = "#9a6700"
"""The risk window, and the facts that make it."""
PALE_AMBER = "#fff6dd"
"""The ground of the risk window."""
PROCESSES = (BLUE, "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#8c6d1f")
"""Whose step an edge of the space is: the first process's is BLUE."""
