"""What a check says of faults: how often what may go wrong, or that nothing did."""

from __future__ import annotations

from typing import Literal as OneOf

from ..language.records import dataclass

__all__ = ["NO_FAULTS", "Expected", "FaultBudget", "Faults", "WithoutFaults", "fault_verb"]

Expected = OneOf["holds", "violated", "either"]
"""What a spec expects of a property; "either" only where its faults are left out: what it says, it
says of itself with them."""


@dataclass(frozen=True, slots=True)
class FaultBudget:
    """What may go wrong with `owner`, a process, resource or server by its name: `fault` is
    the key that says so (`crashes`, `loses`). `most`: how often in one run, all instances
    together; None: as often as it can. `loses_last`: of a server that fails over, how many of its
    last writes may be gone."""

    owner: str
    fault: str
    most: int | None
    loses_last: int = 0


@dataclass(frozen=True, slots=True)
class Faults:
    """What a spec says may go wrong, in its order: processes, resources, servers. `left_out`: all
    of it was to be left out (`--no-faults`), so none of it did."""

    budgets: tuple[FaultBudget, ...] = ()
    left_out: bool = False


NO_FAULTS = Faults()
"""Of a spec that says of nothing that it may go wrong."""


@dataclass(frozen=True, slots=True)
class WithoutFaults:
    """The verdict of a property where nothing goes wrong, and what is expected of it there."""

    verdict: OneOf["holds", "violated", "undetermined"]
    expected: Expected
    as_expected: bool


_VERBS = {"failover": "fails over"}
"""Of those whose name is no verb."""


def fault_verb(fault: str) -> str:
    """What it is said to do to whom it comes, by its name, which is a verb mostly: `crashes`."""
    return _VERBS.get(fault, fault)
