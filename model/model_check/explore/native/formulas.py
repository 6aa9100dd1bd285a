"""A machine's formulas as LLVM functions, and what asks them of many states or steps."""

from __future__ import annotations

from collections.abc import Sequence

from ...machine.core import Formula, Machine
from ...machine.effects import fields_read
from .bodies import FunctionWriter
from .module import known_locals
from .state_words import loaded_words

__all__ = ["formula_text", "letters_text", "scan_text", "step_scan_text"]

ROWS = """\
  %begins.at = inttoptr i64 %rows to ptr
  %begins.address = load i64, ptr %begins.at
  %begins = inttoptr i64 %begins.address to ptr
  %targets.at = getelementptr i8, ptr %begins.at, i64 8
  %targets.address = load i64, ptr %targets.at
  %targets = inttoptr i64 %targets.address to ptr"""
"""Where rows of transitions lie: see `row_places`."""


def formula_text(machine: Machine, formula: Formula, name: str) -> str:
    """`@name(state, before)`: the formula's truth, or minus the code of its failure. `before`: the
    state before a step, which a formula that speaks of steps reads, too."""
    old = fields_read(formula, old=True)
    function = FunctionWriter(machine, known_locals(machine, formula.body, old))
    function.load_fields(fields_read(formula, old=False))
    function.load_old(old)
    function.start_halt(formula.body)
    function.block(formula.body)
    value = function.lower(function.expr(formula.value), 64)
    if "halt" in function.slots:
        halt = function.load_register("halt")
        failed = function.compute(f"icmp sgt i64 {halt.text}, 0")
        minus = function.compute(f"sub i64 0, {halt.text}")
        value = function.compute(f"select i1 {failed}, i64 {minus}, i64 {value}")
    lines = [
        *function.constants,
        f"define internal i64 @{name}(i64 %state.address, i64 %before.address)"
        f"{'' if function.is_long else ' alwaysinline'} {{",
        "entry:",
        *function.allocas,
        "  %state = inttoptr i64 %state.address to ptr",
        "  %before = inttoptr i64 %before.address to ptr",
        *loaded_words(machine),
        *(loaded_words(machine, "before", "b") if old else ()),
        *function.lines,
        f"  ret i64 {value}",
        "}",
    ]
    return "\n".join(lines)


def scan_text(name: str, formula: str, size: int) -> str:
    """`@name(states, from, to, wrong, found)`: writes the numbers of the states, `size` bytes
    each, whose formula has the value `wrong` or cannot be evaluated; answers how many."""
    asked = f"""\
  %value = call i64 @{formula}(i64 %state, i64 0)
  %equal = icmp eq i64 %value, %wrong
  %failed = icmp slt i64 %value, 0
  %take = or i1 %equal, %failed"""
    return _over_states(name, ("wrong",), "", asked, size)


def letters_text(name: str, formulas: Sequence[str], size: int, width: int) -> str:
    """`@name(states, from, to, doubted, letters, found)`: writes the letters of the states,
    `size` bytes each, to numbers of `width` bits, and the numbers of the states in which a formula
    has no answer; answers how many these are. See `explore.letters`."""
    asked = ["  %w0 = add i64 0, 0", "  %u0 = or i1 false, false"]
    count = len(formulas)
    for i, formula in enumerate(formulas):
        asked += [
            f"  %v{i} = call i64 @{formula}(i64 %state, i64 0)",
            f"  %none{i} = icmp slt i64 %v{i}, 0",
            f"  %u{i + 1} = or i1 %u{i}, %none{i}",
            f"  %any{i} = and i1 %none{i}, %doubts",
            f"  %yes{i} = icmp eq i64 %v{i}, 1",
            f"  %no{i} = icmp eq i64 %v{i}, 0",
            f"  %true{i} = or i1 %yes{i}, %any{i}",
            f"  %false{i} = or i1 %no{i}, %any{i}",
            f"  %t{i} = select i1 %true{i}, i64 {1 << i}, i64 0",
            f"  %f{i} = select i1 %false{i}, i64 {1 << (i + count)}, i64 0",
            f"  %x{i} = or i64 %w{i}, %t{i}",
            f"  %w{i + 1} = or i64 %x{i}, %f{i}",
        ]
    letter = f"trunc i64 %w{count} to i{width}" if width < 64 else f"or i64 %w{count}, 0"
    asked += [
        f"  %bytes = mul i64 %i, {width // 8}",
        "  %letter.at = getelementptr i8, ptr %letters, i64 %bytes",
        f"  %letter = {letter}",
        f"  store i{width} %letter, ptr %letter.at",
        f"  %take = or i1 %u{count}, false",
    ]
    begin = """\
  %doubts = icmp ne i64 %doubted, 0
  %letters = inttoptr i64 %out to ptr
"""
    return _over_states(name, ("doubted", "out"), begin, "\n".join(asked), size)


def _over_states(name: str, parameters: Sequence[str], begin: str, asked: str, size: int) -> str:
    """`@name(states, from, to, ..., found)`: does what is `asked` of each `%state`, number `%i`, of
    some of `size` bytes, and writes the numbers of those of which it says `%take`; answers how
    many these are. `begin` comes before the first."""
    more = "".join(f" i64 %{each}," for each in parameters)
    return f"""
define i64 @{name}(i64 %states, i64 %from, i64 %to,{more} i64 %found) {{
entry:
{begin}  br label %head
head:
  %i = phi i64 [%from, %entry], [%next, %again]
  %n = phi i64 [0, %entry], [%m, %again]
  %more = icmp slt i64 %i, %to
  br i1 %more, label %do, label %done
do:
  %offset = mul i64 %i, {size}
  %state = add i64 %states, %offset
{asked}
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


def step_scan_text(name: str, formula: str, size: int) -> str:
    """`@name(states, from, to, rows, wrong, found)`: asks a formula of the steps from some states.
    Writes which have the value `wrong` or no answer, the states before and after each in one
    64-bit number; answers how many these are. `rows`: see `row_places`."""
    return f"""
define i64 @{name}(i64 %states, i64 %from, i64 %to, i64 %rows, i64 %wrong, i64 %found) {{
entry:
{ROWS}
  br label %head
head:
  %i = phi i64 [%from, %entry], [%following, %over]
  %n0 = phi i64 [0, %entry], [%n, %over]
  %more = icmp slt i64 %i, %to
  br i1 %more, label %row, label %done
row:
  %source.offset = mul i64 %i, {size}
  %source = add i64 %states, %source.offset
  %first.bytes = shl i64 %i, 3
  %first.at = getelementptr i8, ptr %begins, i64 %first.bytes
  %first = load i64, ptr %first.at
  %last.at = getelementptr i8, ptr %first.at, i64 8
  %last = load i64, ptr %last.at
  br label %inside
inside:
  %j = phi i64 [%first, %row], [%next, %again]
  %n = phi i64 [%n0, %row], [%m, %again]
  %left = icmp slt i64 %j, %last
  br i1 %left, label %do, label %over
do:
  %target.bytes = shl i64 %j, 2
  %target.at = getelementptr i8, ptr %targets, i64 %target.bytes
  %target.number = load i32, ptr %target.at
  %target.index = zext i32 %target.number to i64
  %target.offset = mul i64 %target.index, {size}
  %target = add i64 %states, %target.offset
  %value = call i64 @{formula}(i64 %target, i64 %source)
  %equal = icmp eq i64 %value, %wrong
  %failed = icmp slt i64 %value, 0
  %take = or i1 %equal, %failed
  br i1 %take, label %keep, label %again
keep:
  %where = shl i64 %n, 3
  %place = add i64 %found, %where
  %pointer = inttoptr i64 %place to ptr
  %both.high = shl i64 %i, 32
  %both = or i64 %both.high, %target.index
  store i64 %both, ptr %pointer
  %plus = add i64 %n, 1
  br label %again
again:
  %m = phi i64 [%n, %do], [%plus, %keep]
  %next = add i64 %j, 1
  br label %inside
over:
  %following = add i64 %i, 1
  br label %head
done:
  ret i64 %n0
}}
"""
