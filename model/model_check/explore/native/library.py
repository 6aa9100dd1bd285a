"""A machine compiled to native code by LLVM: no compiler on the user's machine."""

from __future__ import annotations

import ctypes
import functools
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from ...machine.core import Machine
from . import (
    building,
    cycles,
    expansion,
    kernel,
    labelling,
    marking,
    pairing,
    pieces,
    reaching,
    sharing,
    table,
    wide,
)
from .bodies import LabelledWriter, words_of
from .expressions import WIDTHS
from .formulas import formula_text, letters_text, scan_text, step_scan_text
from .module import most_successors, successors_text
from .places import CONSTANTS
from .ranges import UncompilableError
from .restricted import definitions, module_text
from .row_places import ROW_CONSTANTS

__all__ = ["FULL_SLOT", "LEAN_SLOT", "Asked", "Kernel", "Library", "Piece", "answer_about_rows"]

FULL_SLOT = 8
LEAN_SLOT = 4
KERNELS = 8
"""Kernels that are kept compiled."""


class Effort(NamedTuple):
    """How well code is optimized: the level of LLVM's code generator, and passes before it."""

    level: int
    passes: tuple[str, ...]


QUICK = Effort(0, ("always_inliner", "global_dead_code_eliminate", "sroa", "simplify_cfg"))
"""Takes half the time, for code that takes a fifth more."""
THOROUGH = Effort(1, (*QUICK.passes, "instruction_combine", "simplify_cfg"))
"""All that pays: the whole -O2 takes four times as long for the same speed."""
NEEDED = "\n".join(
    [
        *(f"declare i{w} @llvm.ctpop.i{w}(i{w})" for w in WIDTHS),
        "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)",
    ]
)
"""What every module may call."""

QUESTIONS = (cycles, marking, pairing, reaching)
"""What is asked of rows of transitions ..."""
LINKED = (wide, pieces)
"""... and what that is written with."""
MANY_NODES = 500_000
"""From here on better code pays for the quarter of a second that it takes."""

Scan = Callable[[int, int, int, int, int], int]


class Kernel:
    """The search loop for states of this many words. It is the same for all machines."""

    def __init__(self, words: int, slot: int) -> None:
        self.slot = slot
        self._constants = {
            **CONSTANTS, "SIZE": 8 * words, "SLOT": slot, "LEAN": int(slot < FULL_SLOT),
        }  # fmt: skip
        self._code = _Code(THOROUGH, module_text((table, kernel), (), self._constants))
        self.run: Callable[[int], int] = self._code.function("run", 1)
        self.rehash: Callable[[int], int] = self._code.function("rehash", 1)
        self.find: Callable[[int, int], int] = self._code.function("find", 2)
        self.find_all: Callable[[int, int, int, int], int] = self._code.function("find_all", 4)

    @functools.cached_property
    def work(self) -> Callable[[int], int]:
        """The part of a thread among several."""
        self._code.add(module_text((sharing,), (table, kernel), self._constants))
        return self._code.function("work", 1)

    @functools.cached_property
    def building(self) -> dict[str, Piece]:
        """What makes rows of transitions, and what tells the steps that are taken."""
        self._code.add(module_text((building,), (table, wide), self._constants))
        return {name: self._code.function(name, 2) for name in ("build", "cover")}

    def expand_text(self, *, faults: bool) -> str:
        """What is to be compiled with each machine ..."""
        return module_text((expansion,), (), {**self._constants, "FAULTS": int(faults)})

    def label_text(self) -> str:
        """... and where the step of each transition is to be told."""
        return module_text((labelling,), (), self._constants)


Piece = Callable[[int, int], int]
"""Compiled code that does a piece of some work on rows, and answers whether it was the last."""


class _Answers:
    """The compiled questions of one module to rows of transitions, by name."""

    def __init__(self, module: ModuleType, effort: Effort) -> None:
        self._code = _Code(effort, module_text((module,), LINKED, ROW_CONSTANTS))
        self.pieces: dict[str, Piece] = {
            name: self._code.function(name, 2)
            for name in definitions(module)
            if name not in module.INLINED
        }


@functools.cache
def _answers(module: ModuleType, effort: Effort) -> _Answers:
    return _Answers(module, effort)


def answer_about_rows(name: str, nodes: int) -> Piece:
    """The compiled code that answers a question to rows of so many nodes."""
    effort = THOROUGH if nodes >= MANY_NODES else QUICK
    module = next(each for each in QUESTIONS if name in definitions(each))
    return _answers(module, effort).pieces[name]


@functools.lru_cache(maxsize=KERNELS)
def _kernel(words: int, slot: int) -> Kernel:
    return Kernel(words, slot)


class Library:
    """One machine, compiled, and the kernel for its states. `expand` is the address of what the
    kernel calls: soon there, for a search may be short.

    `slot`: the bytes of a slot of the table; FULL_SLOT, or LEAN_SLOT for a table of half the
    size that needs more comparisons. Raises TooWideError where the machine's numbers are too
    large, ImportError where llvmlite is not installed.
    """

    def __init__(self, machine: Machine, *, slot: int = FULL_SLOT) -> None:
        self.machine = machine
        self.words = words_of(machine)
        self.most = most_successors(machine)
        steps = successors_text(machine)
        self.kernel = _kernel(self.words, slot)
        self._text = f"{steps}\n\n{self.kernel.expand_text(faults=bool(machine.faulty))}"
        begun = time.thread_time()
        self._quick = _Code(QUICK, self._text)
        self.seconds = time.thread_time() - begun
        """CPU time that compiling took."""
        self._thorough: _Code | None = None
        self.expand = self._quick.address("expand")

    def improve(self) -> None:
        """Optimize `expand` well, once: for a long search."""
        if self._thorough is None:
            self._thorough = _Code(THOROUGH, self._text)
            self.expand = self._thorough.address("expand")

    @functools.cached_property
    def label(self) -> int:
        """The address of what tells the step of each transition: see `labelling`."""
        effort = QUICK if self._thorough is None else THOROUGH
        text = f"{successors_text(self.machine, LabelledWriter)}\n\n{self.kernel.label_text()}"
        self._labelled = _Code(effort, text)
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
        self._properties = _Code(THOROUGH, *parts)
        return {name: self._properties.function(scan, 5) for name, scan in scanned}

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
        return Asked(_Code(THOROUGH, *parts), "letters")

    def step_scan(self, name: str) -> Asked | None:
        """`steps(states, from, to, rows, wrong, found)` of what a property asks of steps: see
        `formulas.step_scan_text`. None where that cannot be compiled."""
        try:
            text = formula_text(self.machine, self.machine.formulas.of_steps[name], "asked")
        except UncompilableError:
            return None
        scan = step_scan_text("steps", "asked", 8 * self.words)
        return Asked(_Code(THOROUGH, text, scan), "steps")


class Asked:
    """A compiled function of six numbers, which are addresses mostly."""

    def __init__(self, code: _Code, name: str) -> None:
        self._code = code
        self.ask = code.function(name, 6)


class _Code:
    """Modules of LLVM text, compiled for this processor and linked with each other."""

    def __init__(self, effort: Effort, *parts: str) -> None:
        import llvmlite.binding as llvm

        self._passes = effort.passes

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        target = llvm.Target.from_default_triple()
        self._host = target.create_target_machine(
            cpu=llvm.get_host_cpu_name(),
            features=llvm.get_host_cpu_features().flatten(),
            opt=effort.level,
        )
        module = self._optimized(parts)
        self._engine = llvm.create_mcjit_compiler(module, self._host)
        self._engine.finalize_object()

    def add(self, *parts: str) -> None:
        """Compile one more module."""
        self._engine.add_module(self._optimized(parts))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function is."""
        return int(self._engine.get_function_address(name))

    def function(self, name: str, arguments: int) -> Callable[..., int]:
        """A function, to be called from Python; other threads run meanwhile."""
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arguments)
        found: Callable[..., int] = kind(self.address(name))
        return found

    def _optimized(self, parts: tuple[str, ...]) -> Any:
        import llvmlite.binding as llvm

        module = llvm.parse_assembly("\n\n".join((NEEDED, *parts)))
        module.triple = self._host.triple
        module.data_layout = str(self._host.target_data)
        builder = llvm.create_pass_builder(self._host, llvm.create_pipeline_tuning_options())
        passes = llvm.create_new_module_pass_manager()
        for each in self._passes:
            getattr(passes, f"add_{each}_pass")()
        passes.run(module, builder)
        return module
