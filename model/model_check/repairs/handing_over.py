"""Changes that acknowledge work after it is done, and not before.

In: a program. Out: the changes, each with the lines it writes. Who pops a job and crashes has lost
it: nobody else knows of it any more. Two forms. What is taken is kept on a resource of the
process's own until the work on it is done, and put back after a crash: by which commands, the kind
says (`handover`). Or the command that says that the work is done (`acknowledges`) moves behind it,
past loops and choices, which other steps are never moved past.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from ..language.draft import Entry
from ..language.outline import INDENT, Edit, Place, deeper
from ..language.syntax.handover import ITEM, Handover
from ..language.tree.expressions import CommandCall, Expr, OwnVar, SelfIndex
from ..language.tree.spec import Command
from ..language.tree.statements import (
    Assign,
    Await,
    Break,
    Continue,
    Control,
    Evaluate,
    For,
    Step,
    Switch,
    While,
)
from ..language.types import OptionType
from ..results.repair import SpecChange
from .dependence import flow_of_tests
from .program_view import ProgramView

__all__ = ["hand_over_changes"]

HANDOVER = 3
"""What it weighs to keep what was taken elsewhere: more than a guard, for it needs a resource, and
steps that were not there."""


def hand_over_changes(view: ProgramView) -> Iterator[SpecChange]:
    """What a process takes and may lose, kept until the work is done; and acknowledgements behind
    the work."""
    crashes = view.process.crashes
    if crashes is not None and crashes.most != 0 and crashes.restarts:
        taken: dict[str, list[_Taken]] = {}
        for each in _all_taken(view):
            taken.setdefault(each.call.resource, []).append(each)
        for some in taken.values():
            yield from _kept(view, some)
    for block in view.blocks():
        for number, place in enumerate(block):
            yield from _acknowledged(view, block[number:], place)


# --- kept elsewhere ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Taken:
    """A step that takes something off a resource and stores it in the variable `item`, and the
    statement behind which the work on it is `done`: None where it is done when something is taken
    anew. `again`: this step does that, while something is there that was taken before."""

    place: Place
    item: str
    call: CommandCall
    command: Command
    how: Handover
    done: Place | None = None
    again: bool = False


def _all_taken(view: ProgramView) -> Iterator[_Taken]:
    """All that a process takes, and the work on it."""
    blocks = [block[number:] for block in view.blocks() for number in range(len(block))]
    found = {
        each.place.label: (each, block[1:])
        for block in blocks
        if (each := _taken(view, block[0])) is not None
    }
    renewed = set()
    work = {}
    for label, (taken, behind) in found.items():
        same = {
            other
            for other, (each, _) in found.items()
            if (each.item, each.call.resource) == (taken.item, taken.call.resource)
        }
        work[label] = _work(view, behind, taken.item, same)
        renewed |= same & set(view.labels_in(work[label]))
    for label, (taken, _) in found.items():
        inner = renewed & set(view.labels_in(work[label]))
        if work[label] or label in renewed:
            done = work[label][-1] if work[label] and not inner else None
            yield replace(taken, done=done, again=label in renewed)


def _taken(view: ProgramView, place: Place) -> _Taken | None:
    step = view.step(place)
    match None if step is None else step.body:
        case (*before, Assign(OwnVar(item), CommandCall() as call)) if all(
            isinstance(each, Await) for each in before
        ):
            command = next(iter(view.commands(call)))
            own = call.instance is None or isinstance(call.instance, SelfIndex)
            if command.handover is not None and call.wait and own:
                return _Taken(place, item, call, command, command.handover)
    return None


def _work(
    view: ProgramView, block: Sequence[Place], item: str, same: Collection[str]
) -> Sequence[Place]:
    """The statements that are the work on what was taken: all that follow it in its block, but for
    a loop that may have no end and has nothing to do with it. None where it is set anew, but by the
    steps with the labels `same`, which take the next one."""
    end = len(block)
    for number, place in enumerate(block):
        control = view.control(place)
        endless = isinstance(control, While) and control.condition is None
        if endless and not view.is_read(block[number:], (item,)):
            end = number
            break
    for each in (each for place in block[:end] for each in view.controls(place)):
        if isinstance(each, Step) and each.label not in same:
            if ("own", item) in view.flow(each).effects.writes:
                return ()
        elif isinstance(each, For) and each.variable == item:
            return ()
    return block[:end]


def _kept(view: ProgramView, taken: Sequence[_Taken]) -> Iterator[SpecChange]:
    """What the process takes off one resource, kept on a second one until the work is done."""
    first = taken[0]
    resource = view.spec.resource(first.call.resource)
    if len({each.call.instance for each in taken}) > 1 or not all(resource.arguments):
        return
    name = view.fresh(f"{resource.name}_at_{view.name}")
    own = f"{name}[self]" if view.count else name
    edits: list[Edit] = []
    for each in taken:
        edits += _taken_and_done(view, each, own, sum(edit.adds for edit in edits))
    edits = _begun(view, edits, _put_back(view, first, own))
    if any(one.meets(other.start, other.stop) for one, other in combinations(edits, 2)):
        return
    arguments = ", ".join(resource.arguments)
    entries = [Entry(("resources", name, "kind"), f"{resource.kind}[{arguments}]")]
    if view.count:
        entries.append(Entry(("resources", name, "count"), view.count))
    if resource.payload is not None and resource.payload.names is None:
        # What one command moves looks the same at both ends.
        entries.append(Entry(("resources", name, "payload"), resource.payload.texts[0]))
    by = dict(first.command.moves)[first.how.keep]
    steps = " and ".join(each.place.label for each in taken)
    work = " and ".join(dict.fromkeys(f"{each.item} after {_end(view, each)}" for each in taken))
    text = (
        f"{view.name}: acknowledge {work}, not by {steps} ({by} to {name}, put back after a crash)"
    )
    yield SpecChange(
        "hand_over", "", text, edits=tuple((view.name, each) for each in edits),
        entries=tuple(entries), weight=HANDOVER,
    )  # fmt: skip


def _end(view: ProgramView, taken: _Taken) -> str:
    """With what the work is done, in a word."""
    return "the work" if taken.done is None else view.labels_in((taken.done,))[-1]


def _put_back(view: ProgramView, taken: _Taken, own: str) -> tuple[str, ...]:
    """The step with which a process begins: what it had when it crashed goes where it was. At most
    one thing is there, for it is done with before another one is taken."""
    found = "left" if "left" not in _names(view) else "left_over"
    source = taken.call.resource + ("" if taken.call.instance is None else "[self]")
    return (
        f"{view.fresh('put_back')}:  # one command: what it had when it crashed",
        *deeper((f"{found} = {own}.{taken.how.back}()", f"if {found} is not None:")),
        *deeper(deeper((f"{source}.{taken.how.give}({found})",))),
    )


def _names(view: ProgramView) -> set[str]:
    return {each.name for each in (*view.process.vars, *view.process.loops, *view.spec.vars)}


def _taken_and_done(view: ProgramView, taken: _Taken, own: str, number: int) -> Iterator[Edit]:
    """The step that takes, and behind the work, or before the next one is taken, the one that says
    that it is done. `number`: how many of these were written before, for labels of their own."""
    place, item = taken.place, taken.item
    is_none = isinstance(taken.command.result, OptionType)
    by = dict(taken.command.moves)[taken.how.keep]
    keep = _if_there(item, f"{own}.{taken.how.keep}({item})", is_none)
    call = _if_there(item, f"{own}.{taken.how.done.replace(ITEM, item)}", is_none)
    label = view.fresh(f"done_with_{item}" + (f"_{number}" if number else ""))
    done = (f"{label}: {call[0]}",) if len(call) == 1 else (f"{label}:", *deeper(call))
    done = deeper(done, place.indent)
    rows = (
        *view.rows[place.start : place.head],
        *(done if taken.again else ()),
        " " * place.indent + f"{place.label}:  # {by}",
        *deeper((*place.body, *keep), place.indent + INDENT),
    )
    yield Edit(place.start, place.stop, rows, adds=taken.again)
    if taken.done is not None:
        end = taken.done.stop
        yield Edit(end - 1, end, (view.rows[end - 1], *done), adds=True)


def _if_there(item: str, call: str, is_none: bool) -> tuple[str, ...]:
    return (f"if {item} is not None:", *deeper((call,))) if is_none else (call,)


def _begun(view: ProgramView, edits: Sequence[Edit], rows: tuple[str, ...]) -> list[Edit]:
    """The edits, and the rows before all that the program says."""
    start = view.places[0].start
    rows = deeper(rows, view.places[0].indent)
    found = []
    for each in edits:
        if each.start == start:
            each = Edit(start, each.stop, (*rows, *each.rows), adds=True)
        found.append(each)
    if all(each.start != start for each in found):
        found.append(Edit(start, start + 1, (*rows, view.rows[start]), adds=True))
    return found


# --- behind the work -----------------------------------------------------------------------------


def _acknowledged(view: ProgramView, block: Sequence[Place], place: Place) -> Iterator[SpecChange]:
    """An acknowledgement, behind all that follows it in its block, where loops or choices do."""
    step = view.step(place)
    match None if step is None else step.body:
        case (Evaluate(CommandCall() as call),) | (Assign(_, CommandCall() as call),):
            if not next(iter(view.commands(call))).acknowledges:
                return
        case _:
            return
    assert step is not None  # it has a body
    behind = block[1:]
    if all(view.step(each) is not None for each in behind):
        return  # as a move
    flow = view.flow(step)
    for each in (inner for other in behind for inner in view.controls(other)):
        if isinstance(each, Break | Continue):
            return
        if isinstance(each, For) and ("own", each.variable) in flow.effects.touches:
            return
        if isinstance(each, Step) and flow.depends_on(view.flow(each)):
            return
        tests = _tests(each)
        if not flow.effects.commutes_with(flow_of_tests(view.spec, view.process, tests)):
            return
    start, stop = place.start, behind[-1].stop
    rows = (*view.rows[place.stop : stop], *view.rows[start : place.stop])
    text = f"{view.name}: {place.label} after {view.labels_in(behind[-1:])[-1]}, not before"
    yield SpecChange("hand_over", view.name, text, edits=((view.name, Edit(start, stop, rows)),))


def _tests(control: Control) -> tuple[Expr, ...]:
    match control:
        case Switch(branches):
            return tuple(test for test, _ in branches)
        case While(condition) if condition is not None:
            return (condition,)
        case For(source=source):
            return (source,)
    return ()
