"""How a value travels without more around it: a number or a name as it is."""

from __future__ import annotations

import json

__all__ = ["bare_text"]


def bare_text(value: object) -> str:
    """A number or a name as it is, anything else as JSON."""
    if isinstance(value, int | str) and not isinstance(value, bool):
        return str(value)
    return json.dumps(value)
