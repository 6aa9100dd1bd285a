"""Changes that let a step act only if what its process has found is still so.

In: a program. Out: the changes, each with the lines it writes. Three forms: where what was read was
touched meanwhile, all is done anew (WATCH), or where the server cannot watch, where what is there
now is another value (of a row, `UPDATE ... WHERE version = ...`); the step looks once more, by
itself, whether the branch in which it stands would still be taken; or it asks whether what its
process has set is still there (a token). These compare values: a key that has another value in
between and then the old one again passes there, and does not pass WATCH.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..language.keys import CHANGED, WATCH
from ..language.outline import INDENT, Edit, Place, deeper
from ..language.syntax.call_form import base_name
from ..language.syntax.kindfile import builtin_kinds
from ..language.syntax.nodes import Assign as WrittenAssign
from ..language.syntax.nodes import Labelled
from ..language.tree.expressions import CommandCall, Expr, Literal, OwnVar, SelfIndex
from ..language.tree.statements import Evaluate, Step
from ..language.tree.walk import calls_of
from ..results.repair import SpecChange
from .dependence import expressions_of
from .one_command import SCRIPT, by_command
from .program_view import LookAndChoice, ProgramView, own_variable

__all__ = ["guard_changes"]

GUARD = 2
"""What a guard weighs: it does more than what is there, in the same order."""


def guard_changes(view: ProgramView) -> Iterator[SpecChange]:
    """All guards of a program."""
    for block in view.blocks():
        for number, place in enumerate(block):
            yield from _compared(view, block[number:], place)
    for look in view.looks():
        yield from _still_taken(look)
    yield from _own_tokens(view)
    yield from _taken_away(view)


# --- what was read is still so ------------------------------------------------------------------


def _compared(view: ProgramView, block: tuple[Place, ...], look: Place) -> Iterator[SpecChange]:
    step = view.step(look)
    read = _read(look)
    if step is None or read is None or not view.is_look(step):
        return
    name, text = read
    looked = {item for item in view.flow(step).effects.touches if item[0] != "own"}
    for place in block[1:]:
        act = view.step(place)
        if act is None or ("own", name) in view.flow(act).effects.writes:
            return
        if view.is_look(act):
            continue
        if view.flow(act).effects.writes & looked and _at_once(view, step, act):
            if keys := _watchable(view, step):
                yield _watched(view, look, place, keys)
            else:
                yield _done_anew(view, look, place, (name, text))
        return


def _read(place: Place) -> tuple[str, str] | None:
    """The variable that a step sets, where that is all it does, and to what, as written."""
    match place.statement:
        case Labelled(body=(WrittenAssign(target, value, None),)) if "\n" not in value.text:
            return (target.text, value.text) if target.text.isidentifier() else None
    return None


def _at_once(view: ProgramView, look: Step, act: Step) -> bool:
    """Whether who keeps what is read and written can compare and write in one step: one server,
    or, of variables, whoever keeps them."""
    if not calls_of(look.body):
        return not calls_of(act.body) and not view.waits(act)
    return view.server(look) != "" and view.server(look) == view.server(act)


def _done_anew(
    view: ProgramView, look: Place, act: Place, read: tuple[str, str]
) -> SpecChange:  # fmt: skip
    name, text = read
    margin = look.indent
    done = view.fresh(f"{act.label}_done")
    rows = (
        "while True:",
        *deeper(deeper(view.rows[look.start : act.start], -margin)),
        *deeper(
            (
                *deeper(view.rows[act.start : act.head], -margin),
                f"{act.label}:",
                *deeper((f"{done} = {text} == {name}", f"if {done}:", *deeper(act.body))),
                f"if {done}:",
                *deeper(("break",)),
            )
        ),
    )
    told = f"{act.label} only if {text} is still what {look.label} found, else from {look.label} on"
    return SpecChange(
        "guard",
        view.name,
        f"{view.name}: {told} (compare and set)",
        edits=((view.name, Edit(look.start, act.stop, deeper(rows, margin))),),
        entries=(own_variable(view.name, done, "bool"),),
        weight=GUARD,
    )


def _watchable(view: ProgramView, look: Step) -> tuple[str, ...]:
    """The resources that a step looks at, where their server can watch all of them."""
    calls = calls_of(look.body)
    kinds = builtin_kinds()
    for call in calls:
        kind = kinds.get(view.spec.resource(call.resource).kind)
        commands = () if kind is None else kind.commands
        if call.instance is not None or all(each.name.text != WATCH for each in commands):
            return ()
    return tuple(dict.fromkeys(call.resource for call in calls))


def _watched(view: ProgramView, look: Place, act: Place, keys: tuple[str, ...]) -> SpecChange:
    margin = look.indent
    calls = tuple(f"{key}.{WATCH}()" for key in keys)
    label = view.fresh(WATCH)
    inner = deeper(view.rows[act.start : act.stop], INDENT - margin)
    rows = (
        "while True:",
        *deeper((f"{label}: {calls[0]}",) if len(calls) == 1 else (f"{label}:", *deeper(calls))),
        *deeper(deeper(view.rows[look.start : act.start], -margin)),
        *deeper(("try:",)),
        *deeper(deeper((f"with atomic(watch=[{', '.join(keys)}]):", *inner, "break"))),
        *deeper((f"except {CHANGED}:", *deeper(("continue",)))),
    )
    them = "it" if len(keys) == 1 else "them"
    told = f"watch {' and '.join(keys)} before {look.label}; {act.label} only if nobody has touched"
    return SpecChange(
        "guard",
        view.name,
        f"{view.name}: {told} {them} since, else all anew (WATCH)",
        edits=((view.name, Edit(look.start, act.stop, deeper(rows, margin))),),
        weight=GUARD,
    )


# --- the branch would still be taken -------------------------------------------------------------


def _still_taken(look: LookAndChoice) -> Iterator[SpecChange]:
    view = look.view
    if look.flow.writes - {each for each in look.flow.writes if each[0] == "own"}:
        return
    read = None if look.is_test else _read(look.look)
    if not look.server or (read is None and not look.is_test):
        return
    for branch in look.branches():
        for place in look.place.blocks[branch][1:]:
            step = view.step(place)
            if step is None or view.server(step) != look.server or view.is_look(step):
                continue
            condition = look.condition(branch)
            if read is None:
                body: tuple[str, ...] = (f"if {condition}:", *deeper(place.body))
            else:
                now = view.fresh(f"{read[0]}_now")
                condition = re.sub(rf"\b{read[0]}\b", now, condition)
                body = (f"{now} = {read[1]}", f"if {condition}:", *deeper(place.body))
            by = by_command(look, branch, step)
            told = "a script compares" if by == SCRIPT else by
            text = f"{place.label} only if {look.look.label} would still find the same ({told})"
            yield _guarded(view, place, text, body)


def _guarded(view: ProgramView, place: Place, text: str, body: tuple[str, ...]) -> SpecChange:
    if len([row for row in body if not row.startswith(" ")]) == 1:
        rows = (f"{place.label}: {body[0]}", *body[1:])
    else:
        rows = (f"{place.label}:", *deeper(body))
    edit = Edit(place.head, place.stop, deeper(rows, place.indent))
    return SpecChange(
        "guard", view.name, f"{view.name}: {text}", edits=((view.name, edit),), weight=GUARD
    )


# --- what its process has set is still there -----------------------------------------------------


def _own_tokens(view: ProgramView) -> Iterator[SpecChange]:
    """Steps behind one that sets a value under a key, only while that is still there."""
    tokens: dict[str, tuple[int, str]] = {}
    for block in view.blocks():
        for place in block:
            control = view.control(place)
            parts = () if control is None else expressions_of(control)
            for each in parts:
                if isinstance(each, CommandCall) and (test := _token(view, each)):
                    server = next(iter(view.commands(each))).joins
                    tokens.setdefault(test, (place.head, server))
    for test, (head, server) in tokens.items():
        for block in view.blocks():
            for place in block:
                step = view.step(place)
                if step is None or place.head <= head or view.is_look(step):
                    continue
                if server and view.server(step) == server:
                    text = f"{place.label} only if {test} (a script compares)"
                    yield _guarded(view, place, text, (f"if {test}:", *deeper(place.body)))


def _token(view: ProgramView, call: CommandCall) -> str:
    """The test that what a command has set is still there; "" where it sets nothing of its own."""
    resource = view.spec.resource(call.resource)
    kind, command = builtin_kinds().get(resource.kind), resource.any_command(call.command)
    given = zip(command.parameters, call.arguments, strict=True)
    values = [value for (name, _), value in given if name in command.carries]
    if kind is None or len(values) != 1 or not call.wait:
        return ""
    value = _written(values[0])
    index = "" if call.instance is None else f"[{_written(call.instance)}]"
    for look in kind.commands:
        setters = {name for name, _ in look.absent} | {by.lower() for _, by in look.absent}
        if base_name(call.command) in setters and not look.parameters and value and index != "[]":
            return f"{call.resource}{index}.{look.name.text}() == {value}"
    return ""


def _written(value: Expr) -> str:
    """A simple expression as text; "" for another one."""
    match value:
        case SelfIndex():
            return "self"
        case OwnVar(name):
            return name
        case Literal(number) if not isinstance(number, bool):
            return str(number)
    return ""


# --- it was this one that took it away -----------------------------------------------------------


def _taken_away(view: ProgramView) -> Iterator[SpecChange]:
    """What follows a step that takes something away, only if there was something: of several who
    try, one goes on."""
    for block in view.blocks():
        for place in block[:-1]:
            step = view.step(place)
            match () if step is None else step.body:
                case (Evaluate(CommandCall() as call),) if call.wait:
                    removes = all(each.removes for each in view.commands(call))
                case _:
                    continue
            if removes and len(place.body) == 1:
                yield _goes_on(view, place, block[-1].stop)


def _goes_on(view: ProgramView, place: Place, stop: int) -> SpecChange:
    found = view.fresh(f"{place.label}_did")
    step = (f"{place.label}: {found} = {place.body[0]} > 0", f"if {found}:")
    rest = deeper(view.rows[place.stop : stop])
    edit = Edit(place.head, stop, (*deeper(step, place.indent), *rest))
    text = f"{view.name}: what follows {place.label} only if that took something away"
    entry = own_variable(view.name, found, "bool")
    return SpecChange(
        "guard", view.name, text, edits=((view.name, edit),), entries=(entry,), weight=1
    )
