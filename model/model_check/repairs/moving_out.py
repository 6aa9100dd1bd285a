"""Changes that move a step out of the block in which it stands, and those that look twice.

In: a program. Out: the changes, each with the lines it writes. Who looks and then subscribes
misses what comes in between: the subscription is moved before the look, out of the `if` that the
look leads to, or out of a loop; or the look is done again behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ..language.outline import Edit, Place, deeper
from ..language.tree.statements import For, Step, While
from ..language.tree.walk import calls_of
from ..results.repair import ChangeKind, SpecChange
from .dependence import Item, changes
from .program_view import LookAndChoice, ProgramView

__all__ = ["look_again_changes", "move_out_changes"]

MORE = 2
"""What it weighs to look again: one step more, where a move is none."""


def move_out_changes(view: ProgramView) -> Iterator[SpecChange]:
    """The first step of a branch, before the look that leads to it; and that of a loop, before the
    loop. Only what can be done once more, or in vain: a wait, a look, a subscription."""
    for look in view.looks():
        written = look.flow.writes
        for branch in look.branches():
            first = look.place.blocks[branch][0]
            step = view.step(first)
            if step is None or not _is_movable(view, step):
                continue
            if not look.is_parted(branch, first, first):
                continue
            if _own(view.flow(step).effects.touches & written):
                continue  # it needs what the look has found
            yield _before_look(look, branch, first)
    for block in view.blocks():
        for place in block:
            control = view.control(place)
            inner = place.blocks[0] if place.blocks else ()
            if not isinstance(control, While | For) or len(inner) < 2:
                continue
            step = view.step(inner[0])
            if step is None or not _is_movable(view, step) or _takes(view, step):
                continue
            touches = view.flow(step).effects.touches
            if isinstance(control, For) and ("own", control.variable) in touches:
                continue
            yield _before_loop(view, place, inner[0])


def _is_movable(view: ProgramView, step: Step) -> bool:
    """Whether a step waits, looks, or does what other commands need to have been done before."""
    calls = calls_of(step.body)
    return (
        view.waits(step)
        or view.is_look(step)
        or (bool(calls) and all(view.is_needed(call) for call in calls))
    )


def _takes(view: ProgramView, step: Step) -> bool:
    """Whether a step waits for something and takes it: each round of a loop needs another one."""
    commands = [each for call in calls_of(step.body) for each in view.commands(call)]
    return any(each.blocking and changes(each) for each in commands)


def _own(items: frozenset[Item]) -> bool:
    return any(kind == "own" for kind, *_ in items)


def _before_look(look: LookAndChoice, branch: int, first: Place) -> SpecChange:
    view = look.view
    start, stop = look.look.start, look.place.stop
    moved = deeper(view.rows[first.start : first.stop], look.indent - first.indent)
    until = look.place.head if not look.is_test else look.look.head
    rows = (*moved, *view.rows[start:until], *look.rest(branch, first, first))
    text = f"{view.name}: {first.label} before {look.look.label}, out of the if"
    return _change("move_out", view, text, Edit(start, stop, rows))


def _before_loop(view: ProgramView, loop: Place, first: Place) -> SpecChange:
    moved = deeper(view.rows[first.start : first.stop], loop.indent - first.indent)
    kept = (*view.rows[loop.start : first.start], *view.rows[first.stop : loop.stop])
    text = f"{view.name}: {first.label} before the loop that it stands in"
    return _change("move_out", view, text, Edit(loop.start, loop.stop, (*moved, *kept)))


def look_again_changes(view: ProgramView) -> Iterator[SpecChange]:
    """A look that only looks, once more: behind a later step of its block, if what it finds is
    used after that, or in the branch that it leads to, before a later step there."""
    for look in view.looks():
        pure = not look.flow.writes if look.is_test else view.is_look(look.step)
        for branch in look.branches() if pure else ():
            block = look.place.blocks[branch]
            for before, place in pairwise(block):
                if view.step(before) is not None:
                    yield _twice(look, branch, place)
    for block in view.blocks():
        for number, place in enumerate(block):
            step = view.step(place)
            if step is None or not view.is_look(step):
                continue
            found = {item for item in view.flow(step).effects.writes if item[0] == "own"}
            for later in range(number + 1, len(block)):
                between = view.step(block[later])
                if between is None:
                    break
                if view.flow(between).effects.writes & found:
                    break
                if not view.is_look(between) and view.is_used(block[later + 1 :], found):
                    yield _repeated(view, place, block[later])


def _twice(look: LookAndChoice, branch: int, before: Place) -> SpecChange:
    """In a branch, what stands from a step on is done only if the look finds the same again."""
    view = look.view
    block = look.place.blocks[branch]
    margin = before.indent
    label = view.fresh(f"{look.look.label}_again")
    tested = f"if {look.condition(branch)}:"
    again = [f"{label}: {tested}"]
    if not look.is_test:
        again = [*_labelled(label, look.look.body), tested]
    inner = deeper(view.rows[before.start : block[-1].stop])
    rows = (*deeper(again, margin), *inner)
    text = f"{view.name}: {look.look.label} again before {before.label or 'what follows'}"
    return _change("look_again", view, text, Edit(before.start, block[-1].stop, rows))


def _repeated(view: ProgramView, place: Place, behind: Place) -> SpecChange:
    label = view.fresh(f"{place.label}_again")
    again = deeper(_labelled(label, place.body), behind.indent)
    rows = (*view.rows[behind.start : behind.stop], *again)
    text = f"{view.name}: {place.label} again after {behind.label}"
    return _change("look_again", view, text, Edit(behind.start, behind.stop, rows))


def _labelled(label: str, body: tuple[str, ...]) -> tuple[str, ...]:
    return (f"{label}: {body[0]}",) if len(body) == 1 else (f"{label}:", *deeper(body))


def _change(kind: ChangeKind, view: ProgramView, text: str, edit: Edit) -> SpecChange:
    weight = MORE if kind == "look_again" else 1
    return SpecChange(kind, view.name, text, edits=((view.name, edit),), weight=weight)
