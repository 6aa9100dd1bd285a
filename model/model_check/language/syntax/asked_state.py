"""State of a kind that a resource has only where a spec calls a certain command of it."""

from __future__ import annotations

from .fields import Fields, mapping, variables
from .nodes import VarDoc

__all__ = ["asked_state"]


def asked_state(fields: Fields) -> tuple[tuple[str, VarDoc], ...]:
    """What stands under `asked`: by the name of each command the variables that it asks for."""
    return tuple(
        (key.text, each)
        for key, value in fields.section("asked")
        for each in variables(iter(mapping(value, key.text, fields.errors).entries), fields.errors)
    )
