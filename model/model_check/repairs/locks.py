"""The heaviest change: a lock around what processes do with what they share.

In: all programs. Out: one change for each set of things that are shared, with the lines that it
writes into every program that touches them. Wherever a process touches some of them in steps that
stand behind each other and do not wait, it takes the lock before the first and gives it back after
the last. The lock is a variable: it says that only one has it, and not by what (SETNX and a
deletion by its owner, a lock of the database).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..language.draft import Entry
from ..language.outline import Edit, Place, deeper
from ..language.tree.statements import Break, Continue, For, Step, Switch, While
from ..language.tree.walk import controls_in
from ..results.repair import SpecChange
from .dependence import Item, flow_of_tests
from .program_view import ProgramView

__all__ = ["lock_changes"]

LOCK = 4
"""What a lock weighs: more than any other change, for it makes others wait."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Statements of a block that stand behind each other. `steps`: how many steps are in them;
    `reads`, `writes`: of what others can see."""

    view: ProgramView
    places: tuple[Place, ...]
    steps: int
    touches: frozenset[Item]
    writes: frozenset[Item]


def lock_changes(views: Sequence[ProgramView]) -> Iterator[SpecChange]:
    """A lock around each set of spans that have to do with each other."""
    spans = [span for view in views for span in _spans(view)]
    groups: list[list[_Span]] = []
    for span in spans:
        near = [group for group in groups if any(_meet(span, each) for each in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(each for group in near for each in group), span])
    number = 0
    for group in groups:
        group.sort(key=spans.index)
        several = any(_meet(span, span) and span.view.process.count > 1 for span in group)
        if not several and len({span.view.name for span in group}) < 2:
            continue
        if max(span.steps for span in group) > 1:
            number += 1
            yield _lock(group, number)


def _meet(one: _Span, other: _Span) -> bool:
    """Whether they have to do with each other: one writes what the other touches."""
    if one.view is other.view and one.view.process.count == 1:
        return False
    return bool(one.writes & other.touches or other.writes & one.touches)


def _spans(view: ProgramView) -> Iterator[_Span]:
    waiting = [view.places]
    while waiting:
        run: list[Place] = []
        for place in (*waiting.pop(0), None):
            if place is not None and _is_lockable(view, place):
                run.append(place)
                continue
            if run and (span := _span(view, run)) is not None:
                yield span
            run = []
            if place is not None:
                waiting += place.blocks


def _is_lockable(view: ProgramView, place: Place) -> bool:
    """Whether a lock can be held meanwhile: nothing in it waits, goes round, or leaves."""
    control = view.control(place)
    if control is None:
        return False
    for each in controls_in((control,)):
        if isinstance(each, Step):
            if view.waits(each):
                return False
        elif not isinstance(each, Switch) or isinstance(each, While | For | Break | Continue):
            return False
    return True


def _span(view: ProgramView, run: Sequence[Place]) -> _Span | None:
    effects = [_effects(view, place) for place in run]
    far = [i for i, (touches, _, _) in enumerate(effects) if touches]
    if not far:
        return None
    first, last = far[0], far[-1]
    kept = effects[first : last + 1]
    return _Span(
        view,
        tuple(run[first : last + 1]),
        sum(steps for _, _, steps in kept),
        frozenset[Item]().union(*(touches for touches, _, _ in kept)),
        frozenset[Item]().union(*(writes for _, writes, _ in kept)),
    )


def _effects(view: ProgramView, place: Place) -> tuple[frozenset[Item], frozenset[Item], int]:
    """What a statement touches and writes that others can see, and how many steps it has."""
    touches: set[Item] = set()
    writes: set[Item] = set()
    steps = 0
    control = view.control(place)
    assert control is not None  # it is lockable
    for each in controls_in((control,)):
        if isinstance(each, Step):
            effects = view.flow(each).effects
        elif isinstance(each, Switch):
            tests = tuple(test for test, _ in each.branches)
            effects = flow_of_tests(view.spec, view.process, tests)
            if each.label is None:
                continue
        else:
            continue
        steps += 1
        touches |= effects.touches
        writes |= effects.writes
    seen = {"own", "temporary"}
    return (
        frozenset(each for each in touches if each[0] not in seen),
        frozenset(each for each in writes if each[0] not in seen),
        steps,
    )


def _lock(group: Sequence[_Span], number: int) -> SpecChange:
    taken = {each.name for span in group for each in span.view.process.vars}
    taken |= {each.name for each in group[0].view.spec.vars}
    name = "mutex" if number == 1 else f"mutex_{number}"
    while name in taken:
        name = f"{name}_2"
    edits = []
    around = []
    for place, span in enumerate(group):
        view = span.view
        first, last = span.places[0], span.places[-1]
        own = sum(each.view is view for each in group[:place])
        suffix = "" if not own and number == 1 else f"_{number}_{own + 1}"
        take = view.fresh(f"lock{suffix}")
        give = view.fresh(f"unlock{suffix}")
        begin = (f"{take}:", *deeper((f"await not {name}", f"{name} = True")))
        rows = (
            *deeper(begin, first.indent),
            *view.rows[first.start : last.stop],
            *deeper((f"{give}: {name} = False",), first.indent),
        )
        edits.append((view.name, Edit(first.start, last.stop, rows)))
        names = view.labels_in(span.places)
        until = f" to {names[-1]}" if len(names) > 1 else ""
        around.append(f"{view.name}: {names[0]}{until}")
    text = f"one lock around {'; around '.join(around)}"
    entry = Entry(("vars", name), "bool")
    return SpecChange("lock", "", text, edits=tuple(edits), entries=(entry,), weight=LOCK)
