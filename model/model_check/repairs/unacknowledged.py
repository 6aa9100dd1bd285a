"""Changes that let a process begin with what it was given before it crashed.

In: a program. Out: the changes, each with the lines it writes. A server that keeps what it has
given until that is acknowledged gives it to nobody else, and not again by itself: who begins anew
and reads on leaves it there for ever. So it is asked for first (`XREADGROUP ... 0`), until nothing
is left: how, the kind says (`again`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..language.outline import Edit, Place, deeper
from ..language.syntax.call_form import base_name
from ..language.syntax.nodes import Assign as WrittenAssign
from ..language.syntax.nodes import Labelled
from ..language.tree.expressions import CommandCall, OwnVar
from ..language.tree.spec import Command
from ..language.tree.statements import Assign
from ..language.types import OptionType
from ..results.repair import SpecChange
from .program_view import ProgramView, own_variable

__all__ = ["ask_again_changes"]

ASK_AGAIN = 2
"""What it weighs: a step that was not there, and a variable that says when it is over."""


def ask_again_changes(view: ProgramView) -> Iterator[SpecChange]:
    """Each step that reads what is new, after one that reads what is not acknowledged."""
    crashes = view.process.crashes
    if crashes is None or crashes.most == 0 or not crashes.restarts:
        return
    for block in view.blocks():
        for place in block:
            if call := _call_again(view, place):
                yield _asked_first(view, place, *call)


def _call_again(view: ProgramView, place: Place) -> tuple[str, str] | None:
    """The variable that a step sets to what it reads, where that is all it does, and the call that
    reads what was not acknowledged."""
    step = view.step(place)
    match None if step is None else step.body:
        case (Assign(OwnVar(name), CommandCall() as call),) if call.wait:
            command = next(iter(view.commands(call)))
        case _:
            return None
    match place.statement:
        case Labelled(body=(WrittenAssign(value=written),)) if (
            command.again and "\n" not in written.text
        ):
            text = _again(written.text, command)
            return (name, text) if text else None
    return None


def _again(text: str, command: Command) -> str:
    """A call that gives something more, and no flags; what need not be given is named, for it may
    stand elsewhere then. "" for what is no simple call."""
    call = ast.parse(text.strip(), mode="eval").body
    more = ast.parse(f"f({command.again})", mode="eval").body
    if not isinstance(call, ast.Call) or not isinstance(more, ast.Call):
        return ""
    flags = command.name[len(base_name(command.name)) :].strip("()").split(",")
    given = zip(call.args, command.parameters, strict=False)
    named = [
        ast.keyword(name, value) for value, (name, kind) in given if isinstance(kind, OptionType)
    ]
    plain = call.args[: len(call.args) - len(named)]
    kept = [each for each in call.keywords if each.arg not in flags]
    return ast.unparse(ast.Call(call.func, plain, [*named, *kept, *more.keywords]))


def _asked_first(view: ProgramView, place: Place, name: str, call: str) -> SpecChange:
    left = view.fresh(f"{name}_left")
    rows = (
        f"if {left}:",
        *deeper(
            (
                f"{view.fresh(f'{place.label}_again')}:  # what it had when it crashed",
                *deeper((f"{name} = {call}", f"{left} = len({name}) > 0")),
            )
        ),
        f"if not {left}:",
    )
    inner = deeper(view.rows[place.start : place.stop])
    written = (*deeper(rows, place.indent), *inner)
    text = (
        f"{view.name}: after a crash, first what was not acknowledged, then {place.label} ({call})"
    )
    return SpecChange(
        "hand_over",
        view.name,
        text,
        edits=((view.name, Edit(place.start, place.stop, written)),),
        entries=(own_variable(view.name, left, "bool = True"),),
        weight=ASK_AGAIN,
    )
