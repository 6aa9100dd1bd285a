"""Beside checking: `repair()` says what to change, `rests_on()` what a spec rests on."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..budget.spending import telling
from ..explore.limits import Limits
from ..language.draft import Draft
from ..report.words.columns import counted
from .faults import faults_of
from .options import AdviceOptions, chosen

if TYPE_CHECKING:
    from ..results.repair import Repair, Repairs, Rest, Rests

__all__ = ["RepairResult", "RestsOnResult", "repair", "rests_on"]


class _Told(ABC):
    """What was found, as the command and a notebook show it."""

    @abstractmethod
    def _rendered(self, width: int, color: bool, unicode: bool, whole: bool) -> str:
        """What was found, as text."""

    def text(
        self,
        *,
        width: int = 100,
        color: bool = False,
        unicode: bool = True,
        whole: bool = False,
    ) -> str:
        """What the command prints. whole: each step of a trace, as with `--verbose`."""
        return self._rendered(width, color, unicode, whole)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from ..report.page.cell import text_html

        return text_html(self.text())


@dataclass(frozen=True, repr=False)
class RepairResult(_Told):
    """All smallest repairs of a spec. `found` is everything that is known of them; a result is
    true if there is a repair or nothing to repair, and the search was complete."""

    found: Repairs

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """The repairs: of the same size, unless larger ones were asked for."""
        return self.found.repairs

    @property
    def complete(self) -> bool:
        """Whether there are surely no others."""
        return self.found.complete

    @property
    def exit_code(self) -> int:
        """0 repaired or nothing to repair, 1 no repair, 3 undetermined."""
        return self.found.exit_code

    def __bool__(self) -> bool:
        return self.exit_code == 0

    def __repr__(self) -> str:
        others = "" if self.complete else ", and maybe others"
        count = counted(len(self.repairs), "repair")
        return f"<RepairResult of {self.found.spec.name}: {count}{others}>"

    def _rendered(self, width: int, color: bool, unicode: bool, whole: bool) -> str:
        from ..report.text.advice import render_repairs

        return render_repairs(self.found, width, color, unicode, whole)

    def diff(self, number: int) -> str:
        """The unified diff of repair `number`, counted from 0."""
        from ..report.words.repair_diff import repair_diff

        found = self.found
        return "\n".join(repair_diff(found.spec, found.repairs[number], found.draft))

    def document(self) -> str:
        """The text of `repairs.json`."""
        from ..report.documents.advice import REPAIRS

        return REPAIRS.text(self.found)

    def write(self, directory: Path | str = "out") -> RepairResult:
        """Write each repair as a spec, and `repairs.json`, into `directory`/model/repairs; the
        result that knows the files. Raises OutputError."""
        from ..report.documents.advice_files import write_repairs

        return replace(self, found=write_repairs(self.found, Path(directory)))


@dataclass(frozen=True, repr=False)
class RestsOnResult(_Told):
    """What the properties of a spec rest on: `found` is everything that is known. True if all of
    them hold, and it is proved what each rests on."""

    found: Rests

    @property
    def complete(self) -> bool:
        """Whether for each property that holds it is proved what it rests on."""
        return self.found.complete

    @property
    def exit_code(self) -> int:
        """0 told of all, 1 a property is violated, 3 undetermined."""
        return self.found.exit_code

    def __bool__(self) -> bool:
        return self.exit_code == 0

    def __getitem__(self, name: str) -> Rest:
        """What one property rests on. Raises KeyError."""
        for each in self.found.rests:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.found.rests)
        raise KeyError(f"no property {name}; there is {known}")

    def __repr__(self) -> str:
        names = ", ".join(each.name for each in self.found.rests)
        return f"<RestsOnResult of {self.found.spec.name}: {names}>"

    def _rendered(self, width: int, color: bool, unicode: bool, whole: bool) -> str:
        from ..report.text.rests import render_rests

        return render_rests(self.found, width, color, unicode, whole)

    def document(self) -> str:
        """The text of `rests-on.json`."""
        from ..report.documents.advice import RESTS

        return RESTS.text(self.found)

    def write(self, directory: Path | str = "out") -> Path:
        """Write `rests-on.json` into `directory`/model; its path. Raises OutputError."""
        from ..report.documents.advice_files import write_rests

        return write_rests(self.found, Path(directory))


def repair(
    path: Path | str,
    properties: Sequence[str] = (),
    constants: Mapping[str, int | bool | str] | None = None,
    options: AdviceOptions | None = None,
    *,
    limits: Limits | None = None,
    progress: Callable[[str], None] | None = None,
    **changes: Any,
) -> RepairResult:
    """Find all smallest sets of changes after which properties of a spec hold.

    path: the spec's file. properties: the names of those that must hold (and what is built in
    and holds already); none means all. constants: as of `check`. options: see `AdviceOptions`;
    each of them can be named here as well. limits: all limits at once, instead of those of the
    options. progress: told now and then, in words.

    Raises SpecError where the spec is wrong, or there is no such property, and StopNow as
    `check` does, where a limit was reached before it was known what can be changed.
    """
    from ..repairs.search import search_repairs

    asked = _asked(options, properties, constants, changes)
    with (limits or asked.limits).guarded() as limits:
        draft = Draft.read(
            path, asked.overrides, allow_outside=asked.allow_outside, faults=asked.faults
        )
        found = search_repairs(
            draft, asked.properties, minimal=asked.more, limits=limits, engine=asked.engine,
            report=progress,
        )  # fmt: skip
    with telling():
        command = _command("repair", path, asked, ["--more"] if asked.more else [])
        faults = faults_of(path, asked, found.spec)
        return RepairResult(replace(found, path=os.fspath(path), command=command, faults=faults))


def rests_on(
    path: Path | str,
    properties: Sequence[str] = (),
    constants: Mapping[str, int | bool | str] | None = None,
    options: AdviceOptions | None = None,
    *,
    limits: Limits | None = None,
    progress: Callable[[str], None] | None = None,
    **changes: Any,
) -> RestsOnResult:
    """Find the orders of steps, and the joined steps, that properties of a spec rest on.

    The arguments are those of `repair`. Raises SpecError and StopNow likewise.
    """
    from ..repairs.assumptions import search_rests

    asked = _asked(options, properties, constants, changes)
    with (limits or asked.limits).guarded() as limits:
        draft = Draft.read(
            path, asked.overrides, allow_outside=asked.allow_outside, faults=asked.faults
        )
        found = search_rests(
            draft, asked.properties, limits=limits, engine=asked.engine, report=progress
        )
    with telling():
        command = _command("rests-on", path, asked)
        faults = faults_of(path, asked, found.spec)
        return RestsOnResult(replace(found, path=os.fspath(path), command=command, faults=faults))


def _asked(
    options: AdviceOptions | None,
    properties: Sequence[str],
    constants: Mapping[str, int | bool | str] | None,
    changes: Mapping[str, Any],
) -> AdviceOptions:
    named = {"properties": properties} if properties else {}
    return chosen(AdviceOptions, options, constants, {**changes, **named})


def _command(name: str, path: Path | str, asked: AdviceOptions, more: Sequence[str] = ()) -> str:
    wanted = [word for each in asked.properties for word in ("--property", each)]
    return asked.command(name, path, after=[*wanted, *more, *asked.outside])
