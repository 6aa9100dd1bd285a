"""A machine's steps and formulas as a module of LLVM functions."""

from __future__ import annotations

from collections.abc import Iterable

from ...machine.core import Action, Formula, Machine
from ...machine.effects import effects_of, fields_read
from ...machine.ir import Choice, Emit, If, Loop, Statement
from .bodies import FunctionWriter, words_of
from .ranges import Interval, UncompilableError, field_intervals, intervals

__all__ = ["formula_text", "most_successors", "scan_text", "successors_text"]


MOST_SUCCESSORS = 1 << 20
"""Of one state; there is room for this many, and native code is not for more."""


def most_successors(machine: Machine) -> int:
    """How many successors a state can have at the most: room that is surely enough. Raises
    TooWideError where that may be too many."""
    total = 0
    for instance in machine.instances:
        places = machine.actions_by_location(instance.index)
        total += max((sum(_emits(each.body) for each in here) for _, here in places), default=0)
    if total > MOST_SUCCESSORS:
        raise UncompilableError(f"a state with up to {total:,} successors")
    return total


def _emits(body: Iterable[Statement]) -> int:
    total = 0
    for statement in body:
        match statement:
            case Emit():
                total += 1
            case If(_, then, orelse):
                total += max(_emits(then), _emits(orelse))
            case Choice(_, _, bound, inner) | Loop(_, _, bound, inner):
                inside = _emits(inner)
                if inside and bound is None:
                    raise UncompilableError("a choice among any number of things")
                total += inside * (bound or 0)
    return total


def _known(machine: Machine, body: tuple[Statement, ...]) -> dict[str, Interval]:
    found = intervals(body, field_intervals(machine.fields))
    found["halt"] = (-1, len(machine.failures))
    return found


def _loaded(machine: Machine) -> list[str]:
    """The words of the state at `%state`, as `%s0`, `%s1` and so on."""
    lines = ["  %s0 = load i64, ptr %state, align 8"]
    for word in range(1, words_of(machine)):
        lines.append(f"  %s{word}.at = getelementptr i8, ptr %state, i64 {8 * word}")
        lines.append(f"  %s{word} = load i64, ptr %s{word}.at, align 8")
    return lines


def _action(
    machine: Machine, action: Action, name: str, form: type[FunctionWriter], given: str
) -> str:
    """A function that appends the successors of one action, from number `n` on; answers
    the number after the last. `given`: its other parameters."""
    effects = effects_of(action.body, notes=False)
    function = form(machine, _known(machine, action.body), sorted(effects.writes))
    function.load_fields(effects.touches)
    function.start_halt(action.body)
    function.block(action.body)
    lines = [
        f"define internal i64 @{name}({given}, i64 %n) alwaysinline {{",
        "entry:",
        "  %n.at = alloca i64",
        *function.allocas,
        "  store i64 %n, ptr %n.at",
        *function.lines,
        "  %result = load i64, ptr %n.at",
        "  ret i64 %result",
        "}",
    ]
    return "\n".join(lines)


def successors_text(machine: Machine, form: type[FunctionWriter] = FunctionWriter) -> str:
    """`@successors(state, out, failed)`: writes all successors of a state one after the
    other, answers how many, and stores the code of its first run-time error at `failed` and
    that of its first want of room behind it, if there is one. `form`: what writes the steps; it
    may ask for more places."""
    parts = []
    state = [f"i64 %s{word}" for word in range(words_of(machine))]
    given = ", ".join([*state, *(f"ptr %{each}" for each in form.outputs)])
    addresses = ", ".join(f"i64 %{each}.address" for each in ("state", *form.outputs))
    lines = [
        f"define internal i64 @{form.name}({addresses}) alwaysinline {{",
        "entry:",
        *(f"  %{each} = inttoptr i64 %{each}.address to ptr" for each in ("state", *form.outputs)),
        *_loaded(machine),
    ]
    number = "0"
    before = "entry"
    for instance in machine.instances:
        field = machine.fields[instance.location_field]
        here, end = f"i{instance.index}", f"i{instance.index}.end"
        word, shift = divmod(field.offset, 64)
        lines.append(f"  %{here}.low = lshr i64 %s{word}, {shift}")
        whole = f"%{here}.low"
        if shift + field.width > 64:
            lines.append(f"  %{here}.high = shl i64 %s{word + 1}, {64 - shift}")
            lines.append(f"  %{here}.whole = or i64 {whole}, %{here}.high")
            whole = f"%{here}.whole"
        lines.append(f"  %{here}.at = and i64 {whole}, {field.mask}")
        cases = []
        blocks = []
        results = [(number, before)]
        for location, actions in machine.actions_by_location(instance.index):
            label = f"{here}.l{location}"
            cases.append(f"i64 {location}, label %{label}")
            blocks.append(f"{label}:")
            reached = number
            for turn, action in enumerate(actions):
                suffix = f"_{turn}" if turn else ""
                name = f"action_{instance.index}_{location}{suffix}"
                parts.append(_action(machine, action, name, form, given))
                call = f"call i64 @{name}({given}, i64 {reached})"
                reached = f"%{label}.n{suffix}"
                blocks.append(f"  {reached} = {call}")
            blocks.append(f"  br label %{end}")
            results.append((reached, label))
        lines.append(f"  switch i64 %{here}.at, label %{end} [{' '.join(cases)}]")
        lines += blocks
        lines.append(f"{end}:")
        incoming = ", ".join(f"[{value}, %{label}]" for value, label in results)
        lines.append(f"  %{here}.n = phi i64 {incoming}")
        number, before = f"%{here}.n", end
    lines += [f"  ret i64 {number}", "}"]
    return "\n".join([*parts, "\n".join(lines)])


def formula_text(machine: Machine, formula: Formula, name: str) -> str:
    """`@name(state)`: the formula's truth, or minus the code of its failure."""
    known = _known(machine, formula.body)
    function = FunctionWriter(machine, known)
    function.load_fields(fields_read(formula))
    function.start_halt(formula.body)
    function.block(formula.body)
    value = function.resized(function.expr(formula.value), 64)
    if "halt" in function.slots:
        halt = function.load("halt")
        failed = function.compute(f"icmp sgt i64 {halt.text}, 0")
        minus = function.compute(f"sub i64 0, {halt.text}")
        value = function.compute(f"select i1 {failed}, i64 {minus}, i64 {value}")
    lines = [
        f"define internal i64 @{name}(i64 %state.address) alwaysinline {{",
        "entry:",
        *function.allocas,
        "  %state = inttoptr i64 %state.address to ptr",
        *_loaded(machine),
        *function.lines,
        f"  ret i64 {value}",
        "}",
    ]
    return "\n".join(lines)


def scan_text(name: str, formula: str, size: int) -> str:
    """`@name(states, from, to, wrong, found)`: writes the numbers of the states, `size` bytes
    each, whose formula has the value `wrong` or cannot be evaluated; answers how many."""
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
