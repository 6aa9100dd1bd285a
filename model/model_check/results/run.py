"""A run of the command: what was found of each of its specs, or why nothing was."""

from __future__ import annotations

from ..language.records import dataclass
from ..language.source.diagnostics import Diagnostic
from .check import CheckReport

__all__ = ["CheckedSpec", "RunReport"]


@dataclass(frozen=True, slots=True)
class CheckedSpec:
    """A spec of a run. `report`: what was found; where it is None, one of these says why:
    `mistakes` in the spec, an `error` that a user can mend (as it is printed), or why the run was
    `stopped` before all was known of it."""

    path: str
    report: CheckReport | None = None
    mistakes: tuple[Diagnostic, ...] = ()
    error: str = ""
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class RunReport:
    """All specs of a run, in their order, and the exit code of all of it."""

    specs: tuple[CheckedSpec, ...]
    exit_code: int

    @property
    def reports(self) -> tuple[CheckReport, ...]:
        """What was found, of the specs that were checked."""
        return tuple(each.report for each in self.specs if each.report is not None)
