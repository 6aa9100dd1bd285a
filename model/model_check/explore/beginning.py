"""Where runs begin: the initial states of a program, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Sequence

from ..language.source.diagnostics import Diagnostic, SpecError
from ..machine.core import Machine
from .memo import GrowthNeededError

__all__ = ["checked_beginnings"]


def checked_beginnings(machine: Machine, found: Sequence[int]) -> list[int]:
    """The initial states that a program has made, each once; where one fails, it is minus the code
    of the failure. Raises GrowthNeededError where the layout has no room for one, and SpecError
    where one runs into an error, or there is none."""
    for state in found:
        if state < 0:
            failure = machine.failures[-state - 1]
            if failure.kind == "growth":
                raise GrowthNeededError(-state)
            message = f"{failure.message} in an initial state"
            hint = "this is as far as this tool goes" if failure.kind == "limit" else ""
            raise SpecError([Diagnostic(failure.at, message, hint)])
    initially = machine.spec.initially
    if not found and initially is not None:
        message = "initially leaves no first state"
        raise SpecError([Diagnostic(initially.at, message, "every await must be true in one")])
    return list(dict.fromkeys(found))
