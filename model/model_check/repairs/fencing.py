"""Changes that refuse whoever held a lock once and holds it no more (fencing).

In: all programs. Out: one change for each lock that may end while its holder still acts. Who takes
the lock takes a number, from a counter that grows: in the same step, which is one of the server; or
where the lock is taken by a test, in the next one. What the lock is there to protect notes the
highest number that came with an access, reads included, and refuses whoever comes with a lower one:
M. Kleppmann, "How to do distributed locking", 2016. Who is refused does nothing in that step.

Where the server of the lock keeps that too, it can look whether the lock is still there (see
`guards`), which is less. So this is for what is kept elsewhere: shared variables, or one other
server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from ..language.draft import Entry
from ..language.outline import Edit, Place, deeper
from ..language.syntax.kindfile import builtin_kinds
from ..language.tree.expressions import CommandCall, Expr, Not
from ..language.tree.spec import Resource
from ..language.tree.statements import (
    Assign,
    Await,
    Step,
    Switch,
    While,
)
from ..language.tree.walk import calls_of, controls_in
from ..results.repair import SpecChange
from .dependence import Item
from .program_view import ProgramView, own_variable

__all__ = ["fence_changes"]

FENCE = 3
"""What a fence weighs: more than a guard, for it needs a counter, and what is protected keeps a
number; less than a lock, for nobody waits."""


def fence_changes(views: Sequence[ProgramView]) -> Iterator[SpecChange]:
    """For each lock that may end by itself, that its holders' numbers are asked for."""
    if not views:
        return
    for resource in views[0].spec.resources:
        counter = _counter(resource)
        if counter and resource.count is None and _may_end(resource):
            holders = [each for view in views for each in _holders(view, resource)]
            yield from _fenced(resource, counter, holders)


def _counter(resource: Resource) -> str:
    """The command of the kind of a lock that counts; "" where it has none."""
    kind = builtin_kinds().get(resource.kind)
    found = () if kind is None or len(kind.parameters) != 1 else kind.commands
    return next((each.name.text for each in found if each.grows and not each.parameters), "")


def _setters(resource: Resource) -> set[str]:
    """The commands of the kind that set something only where there is nothing."""
    return {each.name.text for each in builtin_kinds()[resource.kind].commands if each.claims}


def _may_end(resource: Resource) -> bool:
    """Whether a lock may go while its holder still acts."""
    return any(each.most != 0 for some in resource.faults for each in some)


# --- who holds a lock ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Holder:
    """A step, or a test, that takes a lock, and the statements that are done with it then."""

    view: ProgramView
    place: Place
    held: tuple[Place, ...]


def _holders(view: ProgramView, lock: Resource) -> Iterator[_Holder]:
    setters = _setters(lock)
    for block in view.blocks():
        for number, place in enumerate(block):
            control = view.control(place)
            if isinstance(control, Switch) and control.label is not None and place.blocks:
                test = control.branches[0][0]
                if _takes(test, lock, setters) and place.blocks[0]:
                    yield _Holder(view, place, place.blocks[0])
            if isinstance(control, While) and block[number + 1 :]:
                match control.condition:
                    case Not(test) if _takes(test, lock, setters):  # it tries until it has
                        yield _Holder(view, place, block[number + 1 :])
            step = view.step(place)
            match () if step is None else step.body[:1]:
                case (Await(condition=value) | Assign(value=value),) if _takes(
                    value, lock, setters
                ):
                    yield _Holder(view, place, block[number + 1 :])


def _takes(value: Expr, lock: Resource, setters: set[str]) -> bool:
    return (
        isinstance(value, CommandCall)
        and value.resource == lock.name
        and value.command in setters
        and value.wait
    )


# --- what the lock protects ----------------------------------------------------------------------


def _fenced(lock: Resource, counter: str, holders: Sequence[_Holder]) -> Iterator[SpecChange]:
    if not holders or any(_is_repeated(each) for each in holders):
        return
    protected = frozenset(
        item for each in holders for step, _ in _steps(each) for item in _written(each.view, step)
    ) - {("resource", lock.name)}
    stores = set()
    for each in holders:
        touched = [s for s, _ in _steps(each) if each.view.flow(s).effects.touches & protected]
        if not touched:
            return
        stores |= {_store(each.view, step) for step in touched}
    if len(stores) != 1 or stores & {"?", lock.server}:
        return
    fence = _Fence(lock, counter, protected, holders)
    yield from fence.changes()


def _is_repeated(holder: _Holder) -> bool:
    """Whether a lock is taken in a loop that may have no end: its numbers would have none."""
    within = (
        each
        for each in controls_in(holder.view.process.run)
        if isinstance(each, While)
        and any(inner is holder.view.control(holder.place) for inner in controls_in(each.body))
    )
    crashes = holder.view.process.crashes
    return any(within) or (crashes is not None and crashes.most is None)


def _steps(holder: _Holder) -> Iterator[tuple[Step, Place]]:
    """The steps that are made with the lock, and where they stand."""
    waiting = list(holder.held)
    while waiting:
        place = waiting.pop(0)
        step = holder.view.step(place)
        if step is not None:
            yield step, place
        waiting += [inner for block in place.blocks for inner in block]


def _written(view: ProgramView, step: Step) -> frozenset[Item]:
    return frozenset(
        each for each in view.flow(step).effects.writes if each[0] in ("shared", "resource")
    )


def _store(view: ProgramView, step: Step) -> str:
    """Who keeps what a step touches: "" for who keeps shared variables, else a server; "?" where
    nobody keeps all of it."""
    if not calls_of(step.body):
        return "" if not view.waits(step) else "?"
    return view.server(step) or "?"


# --- writing -------------------------------------------------------------------------------------


class _Fence:
    """What is written for one lock."""

    def __init__(
        self, lock: Resource, counter: str, protected: frozenset[Item], holders: Sequence[_Holder]
    ) -> None:
        self.lock = lock
        self.counter = counter
        self.protected = protected
        self.holders = holders
        names = [each.view.fresh for each in holders]
        self.tokens = _fresh_in_all(names, f"{lock.name}_tokens")
        self.highest = _fresh_in_all(names, f"{lock.name}_highest")
        self.token = _fresh_in_all(names, f"{lock.name}_token")

    def changes(self) -> Iterator[SpecChange]:
        """The change; none where it cannot be written."""
        edits: list[tuple[str, Edit]] = []
        texts = []
        entries = [
            Entry(("resources", self.tokens, "kind"), f"{self.lock.kind}[int]"),
            Entry(("vars", self.highest), "int"),
        ]
        for holder in self.holders:
            name = holder.view.name
            made = self._edits(holder)
            if made is None:
                return
            edits += [(name, each) for each in made]
            labels = [place.label for step, place in _steps(holder) if self._touches(holder, step)]
            texts.append(f"{name}: {' and '.join(dict.fromkeys(labels))}")
            own = own_variable(name, self.token, "int")
            entries += [] if own in entries else [own]
        if any(p == q and a.meets(b.start, b.stop) for (p, a), (q, b) in combinations(edits, 2)):
            return
        text = (
            f"fencing: {self.tokens}.{self.counter}() numbers who takes {self.lock.name}; "
            f"{'; '.join(texts)} only with the highest number so far"
        )
        edited = tuple(edits)
        yield SpecChange("fence", "", text, edits=edited, entries=tuple(entries), weight=FENCE)

    def _touches(self, holder: _Holder, step: Step) -> bool:
        return bool(holder.view.flow(step).effects.touches & self.protected)

    def _edits(self, holder: _Holder) -> list[Edit] | None:
        """The step that takes the lock, with its number, and those that ask for it; None where
        that cannot be written."""
        view = holder.view
        number = f"{self.token} = {self.tokens}.{self.counter}()"
        found: list[Edit] = []
        step = view.step(holder.place)
        if step is not None:
            parts = _parts(holder.place, step)
            rest_of_it = replace(step, body=step.body[1:])
            waits = isinstance(step.body[0], Await)  # else it may not have the lock yet
            if parts is None or (not waits and self._touches(holder, rest_of_it)):
                return None
            # Nobody has a higher number than one that was just taken.
            rest = self._body(holder, rest_of_it, parts[1:], "")
            found.append(_anew(view, holder.place, (*parts[0], number, *rest)))
        for step, place in _steps(holder):
            if self._touches(holder, step):
                test = f"if {self.token} >= {self.highest}:"
                parts = _parts(place, step)
                body = self._body(holder, step, parts, test) if parts else self._only(place, test)
                found.append(_anew(view, place, body))
        if view.step(holder.place) is None:
            _put_before(view, holder.held[0], f"{self.lock.name}_number", number, found)
        return found

    def _only(self, place: Place, test: str) -> tuple[str, ...]:
        return (test, *deeper((f"{self.highest} = {self.token}", *place.body)))

    def _body(
        self, holder: _Holder, step: Step, parts: Sequence[tuple[str, ...]], test: str
    ) -> tuple[str, ...]:
        """The statements of a step: those from the first to the last that touches what is
        protected, under a test."""
        near = [
            i
            for i, each in enumerate(step.body)
            if self._touches(holder, replace(step, body=(each,)))
        ]
        first, last = (near[0], near[-1] + 1) if near else (len(parts), len(parts))
        inner = [row for part in parts[first:last] for row in part]
        if near:
            inner = [f"{self.highest} = {self.token}", *inner]
        return (
            *(row for part in parts[:first] for row in part),
            *((test, *deeper(inner)) if test and near else inner),
            *(row for part in parts[last:] for row in part),
        )


def _put_before(view: ProgramView, first: Place, label: str, body: str, edits: list[Edit]) -> None:
    """Write a step before another one, which may be edited already."""
    row = " " * first.indent + f"{view.fresh(label)}: {body}"
    same = next((each for each in edits if each.start == first.head), None)
    if same is None:
        edits.append(Edit(first.head, first.head + 1, (row, view.rows[first.head]), adds=True))
    else:
        edits.remove(same)
        edits.append(Edit(same.start, same.stop, (row, *same.rows), adds=True))


def _fresh_in_all(fresh: Sequence[Callable[[str], str]], name: str) -> str:
    """A name that nobody has got yet."""
    found = name
    while any(each(found) != found for each in fresh):
        found += "_2"
    return found


def _anew(view: ProgramView, place: Place, body: Sequence[str]) -> Edit:
    """A step with another body."""
    rows = (f"{place.label}:", *deeper(body))
    return Edit(place.head, place.stop, deeper(rows, place.indent))


def _parts(place: Place, step: Step) -> list[tuple[str, ...]] | None:
    """The lines of each statement of a step; None where that cannot be told."""
    parts: list[tuple[str, ...]] = []
    for row in place.body:
        goes_on = row.startswith((" ", "else", "elif", ")", "]", "}")) or not row.strip()
        if goes_on and parts:
            parts[-1] = (*parts[-1], row)
        elif not row.startswith("#"):
            parts.append((row,))
    return parts if len(parts) == len(step.body) else None
