"""How long a reason may take, of a check and of a log, and what is said meanwhile."""

from __future__ import annotations

__all__ = ["REASON_TIMEOUT", "asking_why"]

REASON_TIMEOUT = 5.0
"""Seconds of work, counted in units, that a property's reason may take."""


def asking_why(name: str) -> str:
    """What is being done, in words."""
    return f"asking why {name} is violated (some {REASON_TIMEOUT:g} s at most)"
