"""A machine compiled to native code by LLVM: no compiler on the user's machine."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...machine.core import Machine
from .bodies import WIDTHS, words_of
from .kernel import CONSTANTS, FUNCTIONS, INLINED
from .module import formula_text, most_successors, successors_text
from .ranges import TooWideError
from .restricted import function_text

__all__ = ["FULL_SLOT", "LEAN_SLOT", "Library", "compile_library"]

FULL_SLOT = 8
LEAN_SLOT = 4


@dataclass(frozen=True)
class Library:
    """The kernel's functions for one machine. `scans[name](context, from, to, wrong, found)`
    writes the numbers of the states in [from, to) whose property has the value `wrong` or
    cannot be evaluated to `found` (32 bits each), and answers how many."""

    machine: Machine
    words: int
    most: int
    slot: int
    run: Callable[[int], int]
    work: Callable[[int], int]
    rehash: Callable[[int], int]
    find: Callable[[int, int], int]
    scans: dict[str, Callable[[int, int, int, int, int], int]]
    _engine: Any = field(repr=False)
    """Keeps the code alive."""


def _scan_text(name: str, formula: str, size: int) -> str:
    return f"""
define i64 @{name}(i64 %states, i64 %from, i64 %to, i64 %wrong, i64 %found) {{
entry:
  br label %head
head:
  %i = phi i64 [%from, %entry], [%next, %again]
  %n = phi i64 [0, %entry], [%m, %again]
  %more = icmp slt i64 %i, %to
  br i1 %more, label %do, label %done
do:
  %offset = mul i64 %i, {size}
  %state = add i64 %states, %offset
  %value = call i64 @{formula}(i64 %state)
  %equal = icmp eq i64 %value, %wrong
  %failed = icmp slt i64 %value, 0
  %take = or i1 %equal, %failed
  br i1 %take, label %keep, label %again
keep:
  %where = shl i64 %n, 2
  %place = add i64 %found, %where
  %pointer = inttoptr i64 %place to ptr
  %number = trunc i64 %i to i32
  store i32 %number, ptr %pointer
  %plus = add i64 %n, 1
  br label %again
again:
  %m = phi i64 [%n, %do], [%plus, %keep]
  %next = add i64 %i, 1
  br label %head
done:
  ret i64 %n
}}
"""


def library_text(machine: Machine, slot: int) -> tuple[str, list[str]]:
    """The whole module as LLVM text, and the names of the properties that it can scan for.
    Raises TooWideError."""
    size = 8 * words_of(machine)
    constants = {**CONSTANTS, "SIZE": size, "SLOT": slot, "LEAN": int(slot < FULL_SLOT)}
    parts = [f"declare i{w} @llvm.ctpop.i{w}(i{w})" for w in WIDTHS]
    parts.append("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)")
    parts.append(successors_text(machine))
    for name, function in INLINED.items():
        parts.append(function_text(function, constants, name, inline=True))
    for name, function in FUNCTIONS.items():
        parts.append(function_text(function, constants, name))
    scanned = []
    for i, (name, formula) in enumerate(machine.properties.items()):
        try:
            parts.append(formula_text(machine, formula, f"property_{i}"))
        except TooWideError:
            # This one is asked in Python; the others need not be.
            continue
        parts.append(_scan_text(f"scan_{i}", f"property_{i}", size))
        scanned.append(name)
    return "\n\n".join(parts), scanned


def compile_library(machine: Machine, *, slot: int = FULL_SLOT) -> Library:
    """Compile a machine and the kernel. `slot`: the bytes of a slot of the table; FULL_SLOT,
    or LEAN_SLOT for a table of half the size that needs more comparisons.

    Raises TooWideError where the machine's numbers are too large, ImportError where llvmlite
    is not installed.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    text, scanned = library_text(machine, slot)
    module = llvm.parse_assembly(text)
    target = llvm.Target.from_default_triple()
    host = target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=1
    )
    module.triple = host.triple
    module.data_layout = str(host.target_data)
    # Five passes do what pays: the whole -O2 takes four times as long for the same speed.
    builder = llvm.create_pass_builder(host, llvm.create_pipeline_tuning_options())
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_global_dead_code_eliminate_pass()
    passes.add_sroa_pass()
    passes.add_simplify_cfg_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.run(module, builder)
    engine = llvm.create_mcjit_compiler(module, host)
    engine.finalize_object()

    def function(name: str, arguments: int) -> Callable[..., int]:
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arguments)
        found: Callable[..., int] = kind(engine.get_function_address(name))
        return found

    scans = {
        name: function(f"scan_{i}", 5)
        for i, name in enumerate(machine.properties)
        if name in scanned
    }
    return Library(
        machine, words_of(machine), most_successors(machine), slot, function("run", 1),
        function("work", 1), function("rehash", 1), function("find", 2), scans, engine,
    )  # fmt: skip
