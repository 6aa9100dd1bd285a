"""From a machine to its source: a restricted Python that runs as it is.

Integers, `if`, `for`, `while`, shifts and masks, and nothing else: so the same text is the
portable engine, the oracle of faster ones, and what they are compiled from. It contains
no text of the spec, only numbers and names made here.

For each process instance one function `successors(s, out)`: appends every successor of
state `s` by a step of that instance, or `-code` where a step runs into a failure; what goes wrong
apart, as `faults(s, out)`. Both together also come as `labelled` (appends `(successor, step)`),
and as `told` (appends `(successor, step, notes)`), which runs only along traces; `waiting`
appends what holds steps back instead, as `(wait, notes)`. A note is a
call's number with its values. Where a step fails there is `(-code, (the number that is wrong,))`
or `(-code, ())`, and what follows did not happen; before it, a command that was sent and not
answered has its number plus that of all calls, and its arguments alone. A condition of the spec has
its number plus twice that of all calls, and how it comes out.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..core import Action, Formula, Instance, Machine
from ..effects import assigned, effects_of, fields_read, fields_written, locals_in
from ..ir import (
    BitCount,
    Choice,
    Const,
    Decision,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Local,
    Loop,
    Note,
    Operation,
    Renewal,
    Require,
    Select,
    Statement,
)
from ..names import field_local, old_local
from ..rewrite import can_halt, depth_of, statements_in

__all__ = [
    "COVERED", "FAULTS", "LABELLED", "PLAIN", "TOLD", "WAITING", "source_of",
    "source_of_canonical", "source_of_formulas", "source_of_initial", "source_of_steps",
]  # fmt: skip

PLAIN, FAULTS = "successors", "faults"
LABELLED, TOLD, COVERED, WAITING = "labelled", "told", "covered", "waiting"
CANONICAL, CHOSEN = "canonical", "chosen"
"""What makes of a state another one; and tells what it notes on the way, by number."""
NOTING = (TOLD, WAITING)
"""The forms that follow what is sent and answered."""

# Python nests no more than 20 loops and 100 levels of indentation in one function. What lies
# deeper is written as a function of its own.
MOST_LOOPS = 12
DEEPEST = 40
# Python's compiler descends into each part of a long `a | b | c` and of a long `elif`.
TOGETHER = 40


class _SourceWriter:
    """Lines of source at an indentation, for one machine's fields."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.lines: list[str] = []
        self.apart: list[_SourceWriter] = []
        """The functions that hold what would lie too deep."""
        self.depth = 0
        self.loops = 0
        self.known: set[str] = set()
        """Locals that surely have a value here."""
        self.parameters: tuple[str, ...] = ()
        """What this function is given besides locals."""

    @property
    def text(self) -> str:
        """All that was written."""
        return "\n".join(line for each in (self, *self.apart) for line in each.lines) + "\n"

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def let(self, name: str, value: str) -> None:
        self.line(f"{name} = {value}")
        self.known.add(name)

    # --- functions ------------------------------------------------------------------------------

    def instance(self, instance: Instance, form: str) -> None:
        fault = {PLAIN: False, FAULTS: True}.get(form)
        places = tuple(self.machine.actions_by_location(instance.index, fault=fault))
        name = f"{form}_{instance.index}"
        where = self._field(instance.location_field, "s")
        if len(places) <= TOGETHER:
            self.line(f"def {name}(s, out):")
            self.depth += 1
            self.line(f"at = {where}")
            self._cases(places, form)
            self.depth -= 1
            return
        groups = [places[i : i + TOGETHER] for i in range(0, len(places), TOGETHER)]
        for number, group in enumerate(groups):
            self.line(f"def {name}_{number}(s, out, at):")
            self.depth += 1
            self._cases(group, form)
            self.depth -= 1
        self.line(f"def {name}(s, out):")
        self.depth += 1
        self.line(f"at = {where}")
        for number, group in enumerate(groups):
            self.line(f"if at <= {group[-1][0]}:")
            self.line(f"    return {name}_{number}(s, out, at)")
        self.depth -= 1

    def _cases(self, places: Iterable[tuple[int, tuple[Action, ...]]], form: str) -> None:
        word = "if"
        for location, actions in places:
            self.line(f"{word} at == {location}:")
            self.depth += 1
            for action in actions:
                self._action(action, form)
            self.depth -= 1
            word = "elif"
        if word == "if":
            self.line("pass")

    def initial(self) -> None:
        self.line("def initial(out):")
        self.depth += 1
        self.line("s = 0")
        self.known = set()
        body = self.machine.initial
        for index in range(len(self.machine.fields)):
            self.let(field_local(index), "0")
        fields = self.machine.fields
        kept = [each for each in sorted(fields_written(body)) if fields[each].constant is None]
        self._body(body, PLAIN, kept)
        self.depth -= 1

    def canonical(self, body: tuple[Statement, ...], form: str) -> None:
        self.line(f"def {form}(s):")
        self.depth += 1
        if form == CHOSEN:
            self.line("notes = []")
        self.known = set()
        effects = effects_of(body)
        self._load(effects.touches)
        self._body(body, form, sorted(effects.writes))
        self.depth -= 1

    def formula(self, name: str, formula: Formula) -> None:
        self.line(f"def {name}(s, before=0):")
        self.depth += 1
        self.known = set()
        for old, state in ((False, "s"), (True, "before")):
            self._load(fields_read(formula, old=old), state)
        fails = can_halt(formula.body)
        if fails:
            self.let("halt", "0")
        self.parameters = ("s",)
        self._start_locals(formula.body)
        self.block(formula.body, PLAIN, [])
        if fails:
            self.line("if halt > 0:")
            self.line("    return -halt")
        self.line(f"return {self.expr(formula.value)}")
        self.depth -= 1

    def _action(self, action: Action, form: str) -> None:
        self.known = set()
        effects = effects_of(action.body, notes=form in NOTING)
        # A field that some way through the body leaves alone keeps its value: load it.
        self._load(effects.touches)
        self._body(action.body, form, sorted(effects.writes))

    def _body(self, body: tuple[Statement, ...], form: str, written: list[int]) -> None:
        if can_halt(body):
            self.let("halt", "0")
        self.parameters = ("s", "out")
        if form in NOTING:
            self.line("notes = []")
            self.parameters = ("s", "out", "notes")
        self._start_locals(body)
        self.block(body, form, written)

    def _start_locals(self, body: tuple[Statement, ...]) -> None:
        """Where something will lie apart, all locals have a value from the start: what is
        given to it and taken from it must be there, whatever way was taken."""
        if depth_of(body) > min(MOST_LOOPS, DEEPEST - self.depth):
            for name in sorted(assigned(body) - self.known):
                self.let(name, "0")

    def _load(self, fields: Iterable[int], state: str = "s") -> None:
        for index in sorted(fields):
            name = field_local(index)
            self.let(name if state == "s" else old_local(name), self._field(index, state))

    def _field(self, index: int, state: str) -> str:
        each = self.machine.fields[index]
        shifted = f"{state} >> {each.offset}" if each.offset else state
        return f"{shifted} & {_number(each.mask)}"

    # --- statements -----------------------------------------------------------------------------

    def block(self, body: Iterable[Statement], form: str, written: list[int]) -> None:
        for statement in body:
            deep = self.depth >= DEEPEST or self.loops >= MOST_LOOPS
            if deep and isinstance(statement, If | Loop | Choice):
                self._apart(statement, form, written)
            else:
                self.statement(statement, form, written)

    def _apart(self, statement: Statement, form: str, written: list[int]) -> None:
        """Write a statement as a function of its own, from the locals that it uses to those
        that it sets, and call it here."""
        loops = {s.name for s in statements_in([statement]) if isinstance(s, Loop | Choice)}
        sets = assigned([statement])
        if can_halt([statement]):
            sets.add("halt")
        uses = locals_in([statement], notes=form in NOTING) - loops
        if any(isinstance(s, Emit) for s in statements_in([statement])):
            uses |= {field_local(index) for index in written} | {"halt"} & self.known
        inside = _SourceWriter(self.machine)
        inside.apart = self.apart
        self.apart.append(inside)
        name = f"apart_{len(self.apart)}"
        # All that are set anywhere have a value where something lies apart (see `_body`).
        taken = sorted((uses | sets) & self.known)
        given = [*self.parameters, *taken]
        inside.parameters = self.parameters
        inside.line(f"def {name}({', '.join(given)}):")
        inside.depth = 1
        inside.known = set(taken)
        for each in sorted(sets - self.known):
            inside.let(each, "0")
        inside.statement(statement, form, written)
        results = "".join(f"{each}, " for each in sorted(sets))
        inside.line(f"return ({results})")
        self.line(f"{f'({results}) = ' if results else ''}{name}({', '.join(given)})")
        self.known |= sets

    def statement(self, statement: Statement, form: str, written: list[int]) -> None:
        match statement:
            case Let(name, value):
                self.let(name, self.expr(value))
            case If(test, then, orelse):
                self.line(f"if {self.expr(test)}:")
                self._inner(then, form, written)
                if orelse:
                    self.line("else:")
                    self._inner(orelse, form, written)
            case Loop(name, count, _, body):
                self.line(f"for {name} in range({self.expr(count)}):")
                self.loops += 1
                self._inner(body, form, written, name)
                self.loops -= 1
            case Choice():
                self._choice(statement, form, written)
            case Require(test, wait):
                self.line(f"if halt == 0 and not {self.expr(test)}:")
                self.line("    halt = -1")
                if form == WAITING and wait >= 0:
                    self.line(f"    out.append(({wait}, list(notes)))")
            case Fail(code, test, _, value):
                self.line(f"if halt == 0 and {self.expr(test)}:")
                self.line(f"    halt = {code}")
                if form == TOLD:
                    wrong = "()" if value is None else f"({self.expr(value)},)"
                    self.line(f"    notes.append(({-code}, {wrong}))")
            case Note():
                if form in NOTING:
                    self._note(statement)
                elif form == CHOSEN:
                    self.line(f"notes.append({statement.call})")
            case Decision(condition, test):
                guard = "if halt == 0: " if "halt" in self.known else ""
                if form == COVERED:
                    self.line(f"{guard}out.append({2 * condition} + {self.expr(test)})")
                elif form == TOLD:
                    number = 2 * len(self.machine.calls) + condition
                    self.line(f"{guard}notes.append(({number}, ({self.expr(test)},)))")
            case Renewal():
                pass
            case Emit(step):
                if form not in (COVERED, WAITING):
                    self._emit(step, form, written)

    def _note(self, note: Note) -> None:
        values = "".join(f"{self.expr(v)}, " for v in note.values)
        fails = "halt" in self.known
        if note.sent:
            if fails:
                self.line("if halt == 0:")
                self.line(f"    notes.append(({len(self.machine.calls) + note.call}, ({values})))")
            return
        told = f"({note.call}, ({values}))"
        if fails:
            self.line("if halt == 0:")
            self.line(f"    notes[-1] = {told}")
            self.line("else:")
            self.line(f"    notes.append({told})")
        else:
            self.line(f"notes.append({told})")

    def _inner(
        self, body: tuple[Statement, ...], form: str, written: list[int], *counted: str
    ) -> None:
        self.depth += 1
        before, known = len(self.lines), set(self.known)
        self.known.update(counted)
        self.block(body, form, written)
        if len(self.lines) == before:
            self.line("pass")
        self.known = known
        self.depth -= 1

    def _choice(self, choice: Choice, form: str, written: list[int]) -> None:
        # Every round starts from the values before it.
        kept = sorted(assigned(choice.body))
        if can_halt(choice.body):
            kept.append("halt")
        known = [k for k in kept if k in self.known]
        for name in known:
            self.line(f"{choice.name}_{name} = {name}")
        if form in NOTING:
            self.line(f"{choice.name}_notes = notes")
        self.line(f"for {choice.name} in range({self.expr(choice.count)}):")
        self.depth += 1
        for name in known:
            self.line(f"{name} = {choice.name}_{name}")
        if form in NOTING:
            self.line(f"notes = list({choice.name}_notes)")
        self.known.update(known)
        before = set(self.known)
        self.known.add(choice.name)
        self.loops += 1
        lines = len(self.lines)
        self.block(choice.body, form, written)
        if len(self.lines) == lines:
            self.line("pass")
        self.loops -= 1
        self.known = before
        self.depth -= 1

    def _emit(self, step: int, form: str, written: list[int]) -> None:
        parts = []
        cleared = (1 << self.machine.width) - 1
        for index in written:
            each = self.machine.fields[index]
            cleared &= ~each.bits
            local = field_local(index)
            parts.append(f"{local} << {each.offset}" if each.offset else local)
        kept = [f"s & {_number(cleared)}"] if cleared else []
        parts = kept + parts
        while len(parts) > TOGETHER:
            self.line(f"reached = {' | '.join(parts[:TOGETHER])}")
            parts = ["reached", *parts[TOGETHER:]]
        state = " | ".join(parts) or "s"
        if form in (CANONICAL, CHOSEN):
            self.line(f"return {state}" if form == CANONICAL else f"return {state}, notes")
            return
        if form == LABELLED:
            state, failed = f"({state}, {step})", f"(-halt, {step})"
        elif form == TOLD:
            state, failed = f"({state}, {step}, notes)", f"(-halt, {step}, notes)"
        else:
            failed = "-halt"
        if "halt" not in self.known:
            self.line(f"out.append({state})")
            return
        self.line("if halt == 0:")
        self.line(f"    out.append({state})")
        self.line("elif halt > 0:")
        self.line(f"    out.append({failed})")

    # --- expressions ----------------------------------------------------------------------------

    def expr(self, expr: Expr) -> str:
        match expr:
            case Const(value):
                text = _number(value)
                return text if value >= 0 else f"({text})"
            case Local(name):
                return name
            case Operation(operator, left, right):
                return f"({self.expr(left)} {operator} {self.expr(right)})"
            case Select(test, then, orelse):
                return f"({self.expr(then)} if {self.expr(test)} else {self.expr(orelse)})"
            case BitCount(value):
                return f"({self.expr(value)}).bit_count()"


def _number(value: int) -> str:
    # Python refuses to write very long numbers in decimal.
    return str(value) if abs(value) < 1 << 64 else hex(value)


def source_of(machine: Machine) -> str:
    """The machine's functions as text, but for those that name the steps: they are seldom
    needed."""
    writer = _SourceWriter(machine)
    for instance in machine.instances:
        writer.instance(instance, PLAIN)
    for index in machine.faulty:
        writer.instance(machine.instances[index], FAULTS)
    writer.initial()
    _write_formulas(writer, machine.formulas)
    return writer.text


def source_of_formulas(machine: Machine, formulas: Iterable[Formula]) -> str:
    """The functions of some formulas over the states of a machine alone."""
    writer = _SourceWriter(machine)
    _write_formulas(writer, formulas)
    return writer.text


def _write_formulas(writer: _SourceWriter, formulas: Iterable[Formula]) -> None:
    for i, formula in enumerate(formulas):
        writer.formula(f"formula_{i}", formula)


def source_of_steps(machine: Machine, *forms: str) -> str:
    """The functions of the steps in these forms (LABELLED, TOLD) alone."""
    writer = _SourceWriter(machine)
    for instance in machine.instances:
        for form in forms:
            writer.instance(instance, form)
    return writer.text


def source_of_canonical(machine: Machine, body: tuple[Statement, ...]) -> str:
    """The functions of a body that makes of any state another one, by one `Emit` at its end:
    `canonical(s)` gives that, `chosen(s)` also a list of the numbers that were noted."""
    writer = _SourceWriter(machine)
    for form in (CANONICAL, CHOSEN):
        writer.canonical(body, form)
    return writer.text


def source_of_initial(machine: Machine) -> str:
    """The function that makes the initial states alone."""
    writer = _SourceWriter(machine)
    writer.initial()
    return writer.text
