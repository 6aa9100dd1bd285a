"""A machine's steps as a module of LLVM functions."""

from __future__ import annotations

from collections.abc import Iterable

from ...machine.core import Action, Machine
from ...machine.effects import effects_of
from ...machine.ir import Choice, Emit, If, Loop, Statement
from ...machine.names import field_local, old_local
from .bodies import FunctionWriter
from .ranges import Interval, field_intervals, intervals
from .state_words import LOADED, loaded_words, words_of

__all__ = ["first_room", "known_locals", "most_successors", "successors_text"]


ORDINARY = 16
"""Bytes from the code of an error to the number of successors that no fault has made."""
FIRST_ROOM = 1 << 16
"""Successors of one state that there is room for at first, where there may be more ..."""
FIRST_BYTES = 1 << 25
"""... in so many bytes, ..."""
LEAST_ROOM = 1 << 8
"""... but for so many of any size."""


def first_room(machine: Machine) -> int:
    """For how many successors of one state there is room at first."""
    return min(FIRST_ROOM, max(LEAST_ROOM, FIRST_BYTES // (8 * words_of(machine))))


def most_successors(machine: Machine) -> int | None:
    """How many successors a state can have at the most. None where that may be more than there is
    room for at first."""
    total = 0
    for instance in machine.instances:
        places = machine.actions_by_location(instance.index)
        total += max((sum(_emits(each.body) for each in here) for _, here in places), default=0)
    return total if total <= first_room(machine) else None


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
                total += inside * (FIRST_ROOM + 1 if bound is None else bound)
    return total


def known_locals(
    machine: Machine, body: tuple[Statement, ...], old: Iterable[int] = ()
) -> dict[str, Interval]:
    """Where each local of a body lies; `old`: the fields that it reads as they were before a
    step."""
    known = field_intervals(machine.fields)
    known |= {old_local(field_local(each)): known[field_local(each)] for each in old}
    found = intervals(body, known)
    found["halt"] = (-1, len(machine.failures))
    return found


def _action(
    machine: Machine, action: Action, name: str, form: type[FunctionWriter], given: str
) -> str:
    """A function that appends the successors of one action, from number `n` on; answers
    the number after the last. `given`: its other parameters."""
    effects = effects_of(action.body, notes=False)
    function = form(machine, known_locals(machine, action.body), sorted(effects.writes))
    function.room_checked = most_successors(machine) is None
    function.load_fields(effects.touches)
    function.start_halt(action.body)
    function.ends = ["leave"]
    function.block(action.body)
    attribute = "" if function.is_long else " alwaysinline"
    lines = [
        *function.constants,
        f"define internal i64 @{name}({given}, i64 %n){attribute} {{",
        "entry:",
        "  %n.at = alloca i64",
        *function.allocas,
        "  store i64 %n, ptr %n.at",
        *function.lines,
        "  br label %leave",
        "leave:",
        "  %result = load i64, ptr %n.at",
        "  ret i64 %result",
        "}",
    ]
    return "\n".join(lines)


def successors_text(machine: Machine, form: type[FunctionWriter] = FunctionWriter) -> str:
    """`@successors(state, out, failed)`: writes all successors of a state one after the
    other, answers how many, and stores the code of its first run-time error at `failed` and
    that of its first want of room behind it, if there is one; and, where something may go wrong,
    how many successors are none of a fault behind that. `form`: what writes the steps; it
    may ask for more places."""
    parts = []
    words = words_of(machine)
    state = [f"i64 %s{word}" for word in range(words if words <= LOADED else 0)]
    given = ", ".join([*state, "ptr %state", *(f"ptr %{each}" for each in form.outputs)])
    addresses = ", ".join(f"i64 %{each}.address" for each in ("state", *form.outputs))
    lines = [
        f"define internal i64 @{form.name}({addresses}) alwaysinline {{",
        "entry:",
        *(f"  %{each} = inttoptr i64 %{each}.address to ptr" for each in ("state", *form.outputs)),
        *loaded_words(machine),
    ]
    reader = FunctionWriter(machine, {})
    number = ordinary = "0"
    before = "entry"
    for instance in machine.instances:
        here, end = f"i{instance.index}", f"i{instance.index}.end"
        place = reader.field(instance.location_field).text
        lines += reader.lines
        reader.lines.clear()
        cases = []
        blocks = []
        results = [(number, before)]
        none_wrong = [("0", before)]
        for location, actions in machine.actions_by_location(instance.index):
            label = f"{here}.l{location}"
            cases.append(f"i64 {location}, label %{label}")
            blocks.append(f"{label}:")
            reached = number
            done = None
            for turn, action in enumerate(actions):
                if action.fault and done is None:
                    done = reached
                suffix = f"_{turn}" if turn else ""
                name = f"action_{instance.index}_{location}{suffix}"
                parts.append(_action(machine, action, name, form, given))
                call = f"call i64 @{name}({given}, i64 {reached})"
                reached = f"%{label}.n{suffix}"
                blocks.append(f"  {reached} = {call}")
            if machine.faulty:
                ways = reached if done is None else done
                blocks.append(f"  %{label}.d = sub i64 {ways}, {number}")
            blocks.append(f"  br label %{end}")
            results.append((reached, label))
            none_wrong.append((f"%{label}.d", label))
        lines.append(f"  switch i64 {place}, label %{end} [{' '.join(cases)}]")
        lines += blocks
        lines.append(f"{end}:")
        incoming = ", ".join(f"[{value}, %{label}]" for value, label in results)
        lines.append(f"  %{here}.n = phi i64 {incoming}")
        number, before = f"%{here}.n", end
        if machine.faulty:
            incoming = ", ".join(f"[{value}, %{label}]" for value, label in none_wrong)
            lines.append(f"  %{here}.d = phi i64 {incoming}")
            lines.append(f"  %{here}.o = add i64 {ordinary}, %{here}.d")
            ordinary = f"%{here}.o"
    if machine.faulty and form.name == "successors":
        lines.append(f"  %ordinary.at = getelementptr i8, ptr %failed, i64 {ORDINARY}")
        lines.append(f"  store i64 {ordinary}, ptr %ordinary.at")
    lines += [f"  ret i64 {number}", "}"]
    return "\n".join([*parts, "\n".join(lines)])
