"""What the outputs of `repair` and `rests-on` are made from: one search, with its command."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import EXIT_AS_EXPECTED, EXIT_UNDETERMINED, EXIT_UNEXPECTED
from ...language.draft import Draft
from ...repairs.outcome import Repairs, Rests

__all__ = ["RepairReport", "RestsReport"]


@dataclass(frozen=True, slots=True)
class RepairReport:
    """A search for repairs. `path` is the spec's path as the user gave it, `command` the
    command line that repeats the search, `files` the paths of the repairs' specs, in their
    order (none were written: empty)."""

    path: str
    command: str
    draft: Draft
    found: Repairs
    files: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 repaired, or nothing to repair; 1 there is no repair; 3 undetermined."""
        if not self.found.complete:
            return EXIT_UNDETERMINED
        repaired = self.found.holds_already or self.found.repairs
        return EXIT_AS_EXPECTED if repaired else EXIT_UNEXPECTED


@dataclass(frozen=True, slots=True)
class RestsReport:
    """A search for what properties rest on; `path` and `command` as in a `RepairReport`."""

    path: str
    command: str
    found: Rests

    @property
    def exit_code(self) -> int:
        """0 told of all, 1 a property does not hold (it rests on nothing), 3 undetermined."""
        if any(each.verdict == "violated" for each in self.found.rests):
            return EXIT_UNEXPECTED
        return EXIT_AS_EXPECTED if self.found.complete else EXIT_UNDETERMINED
