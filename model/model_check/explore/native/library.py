"""A machine compiled to native code by LLVM: no compiler on the user's machine."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from types import ModuleType

from ...machine.core import Machine
from ..reduction import NOTHING, Reduction
from . import (
    building,
    choosing,
    cycles,
    expansion,
    finding,
    handing,
    kernel,
    labelling,
    marking,
    pairing,
    parts,
    pieces,
    reaching,
    reversing,
    sharing,
    sorting,
    table,
    wide,
)
from .bodies import LabelledWriter
from .canonical import canonical_text
from .choosing_places import CHOOSING_CONSTANTS
from .compiled import QUICK, THOROUGH, Code, Effort
from .covering import covering_text
from .disk import doubting, filtering, recalling, spilling
from .disk.places import SPILLING_CONSTANTS
from .formulas import formula_text, letters_text, scan_text, step_scan_text
from .module import first_room, most_successors, successors_text
from .ordering import Chooser, classify_text, tables_of
from .part_places import PART_CONSTANTS
from .places import CONSTANTS
from .ranges import UncompilableError
from .restricted import definitions, module_text
from .row_places import ROW_CONSTANTS
from .sorting_places import SORTING_CONSTANTS
from .state_words import LOADED, words_of
from .words import SIGN
from .work import Places

__all__ = ["FULL_SLOT", "LEAN_SLOT", "Asked", "Kernel", "Library", "Piece", "answer_about_rows"]

FULL_SLOT = 8
LEAN_SLOT = 4
KERNELS = 8
"""Kernels that are kept compiled."""


QUESTIONS = (cycles, handing, marking, pairing, reaching, reversing)
"""What is asked of rows of transitions ..."""
LINKED = (wide, pieces)
"""... and what that is written with."""
FEW_ROWS = 1 << 9
"""Transitions that are looked at in one go where they may lie in files. The system reads at most
64 KB where one number is read, so these are 32 MB, or some more."""
MANY_NODES = 500_000
"""From here on better code pays for the quarter of a second that it takes."""

Scan = Callable[[int, int, int, int, int], int]


ALWAYS = (table, finding, kernel)
"""What the search loop consists of ..."""
ON_DISK = (filtering, recalling, spilling, doubting)
"""... and what more, where older states lie on disk."""


class Kernel:
    """The search loop for states of this many words. It is the same for all machines. `disk`: of a
    search whose older states are on disk."""

    def __init__(self, words: int, slot: int, *, disk: bool = False) -> None:
        self.slot = slot
        self._modules = (*ALWAYS, *ON_DISK) if disk else ALWAYS
        self._constants = {
            **CONSTANTS, "SIZE": 8 * words, "SLOT": slot, "LEAN": int(slot < FULL_SLOT),
            "LONG": int(words > LOADED), "DISK": int(disk), "SIGN": SIGN,
            **SPILLING_CONSTANTS,
        }  # fmt: skip
        self._text = module_text(self._modules, (), self._constants)
        self._code = Code(THOROUGH, self._text)
        self.run: Callable[[int], int] = self._code.function("run", 1)
        self.rehash: Callable[[int], int] = self._code.function("rehash", 1)
        self.find: Callable[[int, int], int] = self._code.function("find", 2)
        self.find_all: Callable[[int, int, int, int], int] = self._code.function("find_all", 4)

    @functools.cached_property
    def spilling(self) -> Mapping[str, Piece]:
        """What moves states to disk, where they are."""
        return {name: self._code.function(name, 2) for name in ("spill", "merge", "look_up")}

    @functools.cached_property
    def doubting(self) -> Mapping[str, Callable[[int], int]]:
        """What looks doubted states up there, and ends a level."""
        names = ("gather", "sort_found", "compare_some", "remove", "close_level")
        return {name: self._code.function(name, 1) for name in names}

    @functools.cached_property
    def work(self) -> Callable[[int], int]:
        """The part of a thread among several."""
        self._code.add(module_text((sharing,), self._modules, self._constants))
        return self._code.function("work", 1)

    @property
    def texts(self) -> tuple[str, str]:
        """What is compiled for a search, and for one of many parts."""
        return self._text, self._parts_text

    @functools.cached_property
    def _parts_text(self) -> str:
        return module_text((parts,), self._modules, {**self._constants, **PART_CONSTANTS})

    @functools.cached_property
    def parts(self) -> dict[str, Callable[..., int]]:
        """What searches one part of many."""
        self._code.add(self._parts_text)
        return {
            name: self._code.function(name, len(each.args.args))
            for name, each in definitions(parts).items()
            if name not in parts.INLINED
        }

    @functools.cached_property
    def building(self) -> dict[str, Piece]:
        """What makes rows of transitions."""
        constants = self._constants
        if constants["DISK"]:
            constants = {**constants, "MADE_AT_ONCE": FEW_ROWS}
        self._code.add(module_text((building,), (*self._modules, wide), constants))
        return {name: self._code.function(name, 2) for name in ("build",)}

    @functools.cached_property
    def sorting(self) -> dict[str, Piece]:
        """What sorts states into classes."""
        self._code.add(module_text((sorting,), (), {**self._constants, **SORTING_CONSTANTS}))
        return {
            name: self._code.function(name, 2)
            for name in ("sort_states", "enter_classes", "choose_states")
        }

    def expand_text(self, *, faults: bool, reduction: Reduction) -> str:
        """What is to be compiled with each machine ..."""
        return self._machine_text(expansion, reduction, FAULTS=int(faults))

    def label_text(self, reduction: Reduction) -> str:
        """... and where the step of each transition is to be told."""
        return self._machine_text(labelling, reduction)

    def _machine_text(self, module: ModuleType, reduction: Reduction, **more: int) -> str:
        constants = {
            **self._constants, **CHOOSING_CONSTANTS, **more, "REDUCED": int(bool(reduction)),
            "ORDERED": int(reduction.order is not None),
            "SYMMETRIC": int(reduction.symmetry is not None),
        }  # fmt: skip
        return module_text((module, choosing) if reduction else (module,), (table,), constants)


Piece = Callable[[int, int], int]
"""Compiled code that does a piece of some work on rows, and answers whether it was the last."""


class _Answers:
    """The compiled questions of one module to rows of transitions, by name."""

    def __init__(self, module: ModuleType, effort: Effort, piece: int) -> None:
        constants = {**ROW_CONSTANTS, "PIECE": piece}
        self._code = Code(effort, module_text((module,), LINKED, constants))
        self.pieces: dict[str, Piece] = {
            name: self._code.function(name, 2)
            for name in definitions(module)
            if name not in module.INLINED
        }


@functools.cache
def _answers(module: ModuleType, effort: Effort, piece: int) -> _Answers:
    return _Answers(module, effort, piece)


def answer_about_rows(name: str, nodes: int, *, in_files: bool = False) -> Piece:
    """The compiled code that answers a question to rows of so many nodes; `in_files`: where much of
    memory is parts of files, it does less in one go, so that few of these are read."""
    effort = THOROUGH if nodes >= MANY_NODES else QUICK
    module = next(each for each in QUESTIONS if name in definitions(each))
    piece = FEW_ROWS if in_files else ROW_CONSTANTS["PIECE"]
    return _answers(module, effort, piece).pieces[name]


@functools.lru_cache(maxsize=KERNELS)
def _kernel(words: int, slot: int, disk: bool) -> Kernel:
    return Kernel(words, slot, disk=disk)


class Library:
    """One machine, compiled, and the kernel for its states. `expand` is the address of what the
    kernel calls: soon there, for a search may be short.

    `slot`: the bytes of a slot of the table; FULL_SLOT, or LEAN_SLOT for a table of half the
    size that needs more comparisons. `disk`: for a search whose older states are on disk. Raises
    UncompilableError where the machine's numbers are too
    large, ImportError where llvmlite is not installed.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        slot: int = FULL_SLOT,
        reduction: Reduction = NOTHING,
        disk: bool = False,
    ) -> None:
        self.machine = machine
        self.reduction = reduction
        self.words = words_of(machine)
        self.most = most_successors(machine) or first_room(machine)
        """Successors of one state that there is to be room for: where a search finds more, it
        needs more (see `engine`)."""
        self.kernel = _kernel(self.words, slot, disk)
        expand = self.kernel.expand_text(faults=bool(machine.faulty), reduction=reduction)
        steps = self._labelled_text() if reduction else successors_text(machine)
        self._text = f"{steps}\n\n{expand}"
        # What was worth it in a run before is there, and costs nothing.
        self._effort = THOROUGH if Code.is_kept(THOROUGH, self._text) else QUICK
        self._expanding = [Code(self._effort, self._text)]
        self.seconds = self._expanding[0].seconds
        """CPU time that compiling takes."""
        self.expand = self._expanding[0].address("expand")

    def improve(self) -> None:
        """Optimize `expand` well, once: for a long search."""
        if self._effort is QUICK:
            self._effort = THOROUGH
            self._expanding.append(Code(THOROUGH, self._text))
            self.expand = self._expanding[-1].address("expand")

    @property
    def digest(self) -> str:
        """Of all that decides how a state is expanded and found, alone or as a part of many: the
        same wherever the same is explored."""
        told = (
            str(self.words), str(self.kernel.slot), self._text, *self.kernel.texts,
            repr(self.reduction.order),
        )  # fmt: skip
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    @functools.cached_property
    def tables(self) -> Places:
        """What says which steps may wait."""
        return tables_of(self.machine, self.reduction)

    def chooser(self) -> Chooser | None:
        """Where the steps are chosen that one batch takes; None where all are."""
        return Chooser(self.machine, self.tables, self.most) if self.reduction else None

    def _labelled_text(self) -> str:
        """The steps, each told, and what a reduced search asks of states."""
        parts = [successors_text(self.machine, LabelledWriter)]
        if self.reduction:
            parts.append(classify_text(self.machine, self.reduction.order))
        if self.reduction.symmetry is not None:
            parts.append(canonical_text(self.machine, self.reduction.symmetry))
        return "\n\n".join(parts)

    @functools.cached_property
    def label(self) -> int:
        """The address of what tells the step of each transition: see `labelling`."""
        text = f"{self._labelled_text()}\n\n{self.kernel.label_text(self.reduction)}"
        self._labelled = Code(self._effort, text)
        return self._labelled.address("label")

    @functools.cached_property
    def scans(self) -> dict[str, Scan]:
        """`scans[name](states, from, to, wrong, found)` writes the numbers of the states in
        [from, to) whose property has the value `wrong` or cannot be evaluated to `found` (32
        bits each), and answers how many."""
        parts = []
        scanned = []
        for i, (name, formula) in enumerate(self.machine.formulas.properties.items()):
            try:
                parts.append(formula_text(self.machine, formula, f"property_{i}"))
            except UncompilableError:
                # This one is asked in Python; the others need not be.
                continue
            parts.append(scan_text(f"scan_{i}", f"property_{i}", 8 * self.words))
            scanned.append((name, f"scan_{i}"))
        self._properties = Code(THOROUGH, *parts)
        return {name: self._properties.function(scan, 5) for name, scan in scanned}

    @functools.cached_property
    def covering(self) -> Asked:
        """`cover(states, from, to, taken, outcomes, 0)`: see `covering`."""
        return Asked(Code(self._effort, covering_text(self.machine, 8 * self.words)), "cover")

    def letters(self, name: str, width: int) -> Asked | None:
        """`letters(states, from, to, doubted, letters, unanswered)` of what a property asks of
        states, in numbers of `width` bits: see `formulas.letters_text`. None where that cannot be
        compiled."""
        atoms = self.machine.formulas.asked_of_runs(name)
        try:
            parts = [formula_text(self.machine, each, f"f{i}") for i, each in enumerate(atoms)]
        except UncompilableError:
            return None
        names = [f"f{i}" for i in range(len(parts))]
        parts.append(letters_text("letters", names, 8 * self.words, width))
        return Asked(Code(THOROUGH, *parts), "letters")

    def step_scan(self, name: str) -> Asked | None:
        """`steps(states, from, to, rows, wrong, found)` of what a property asks of steps: see
        `formulas.step_scan_text`. None where that cannot be compiled."""
        try:
            text = formula_text(self.machine, self.machine.formulas.of_steps[name], "asked")
        except UncompilableError:
            return None
        scan = step_scan_text("steps", "asked", 8 * self.words)
        return Asked(Code(THOROUGH, text, scan), "steps")


class Asked:
    """A compiled function of six numbers, which are addresses mostly."""

    def __init__(self, code: Code, name: str) -> None:
        self._code = code
        self.ask = code.function(name, 6)
