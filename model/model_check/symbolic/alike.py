"""Which instances of a machine are alike: what its spec suggests, proved of the machine.

Numbers of a group (see `machine.symmetry.groups`) are put into classes: of neighbours in a class it
is proved that they can change places. So can any two of it, by several such changes. Not every
question is asked for that. Where c is a class, an instance of its first number that a change of two
others leaves as it is commutes with all changes that leave the first number alone, and what the
instances of the others do is what it does, with numbers changed: so it is with each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..budget.deadline import FOREVER, Deadline, DeadlineError
from ..machine.core import Formula
from ..machine.python.program import Program, execute
from ..machine.python.source import source_of_canonical
from ..machine.symmetry.groups import Group, groups_of
from ..machine.symmetry.inference import sorts_of
from ..machine.symmetry.places import Places
from ..machine.symmetry.renaming import UnlikeError
from ..machine.symmetry.transpositions import Alike, Transposition, transposition
from .answer import Answer
from .automorphisms import Automorphisms, Place

__all__ = ["alike_instances"]

UNITS_A_VARIABLE = 30
"""The work of saying what becomes of one (see `Effort`)."""
OUT_OF_TIME = "what was asked of z3 took too long"


class _NotShownError(Exception):
    """It could not be shown that two numbers can change places; the text says why."""


def alike_instances(
    program: Program, formulas: Sequence[tuple[str, Formula]], deadline: Deadline = FOREVER
) -> tuple[Places, list[Alike], list[str]]:
    """The numbers that can change places without that any of the formulas, which have names for a
    person, tells it; and for other processes with a `count`, why theirs cannot."""
    spec = program.machine.spec
    sorts = sorts_of(spec)
    places = Places(program, sorts)
    found: list[Alike] = []
    why_not: list[str] = []
    initial: list[int] = []
    program.initial(initial)
    proofs = Automorphisms(program.machine, places.forgotten, deadline)
    for group in groups_of(spec, sorts):
        if group.why_not:
            why_not.append(group.why_not)
        if len(group.numbers) < 2:
            continue
        search = _Classes(places, group, proofs, formulas, initial)
        try:
            found += search.classes()
        except DeadlineError:
            why_not.append(f"{' and '.join(group.processes)}: {OUT_OF_TIME}")
            break
        why_not += search.why_not[:1]
    return places, found, why_not


class _Classes:
    def __init__(
        self,
        places: Places,
        group: Group,
        proofs: Automorphisms,
        formulas: Sequence[tuple[str, Formula]],
        initial: Iterable[int],
    ) -> None:
        self.places = places
        self.machine = places.machine
        self.initial = frozenset(initial)
        self.group = group
        self.proofs = proofs
        self.formulas = formulas
        self.why_not: list[str] = []

    def classes(self) -> list[Alike]:
        """The classes of two numbers at least. Raises DeadlineError."""
        classes: list[tuple[list[int], list[Transposition]]] = []
        for number in self.group.numbers:
            for numbers, changes in classes:
                change = self._change(numbers[-1], number)
                if change is not None:
                    numbers.append(number)
                    changes.append(change)
                    break
            else:
                classes.append(([number], []))
        found = []
        for numbers, changes in classes:
            if len(numbers) > 1 and self._whole(changes):
                found.append(Alike(self.group, tuple(numbers), tuple(changes)))
        return found

    def _change(self, a: int, b: int) -> Transposition | None:
        """The change of two numbers, if what they do themselves is alike."""
        self.proofs.deadline.spend(UNITS_A_VARIABLE * len(self.machine.variables))
        try:
            change = transposition(self.places, self.group, a, b)
            self._begins_alike(change)
            for place in self.proofs.places:
                # What it becomes need not be asked, if there is that: a change is its own opposite.
                other = change.instances[place[0]]
                if place[0] < other or (other, *place[1:]) not in self.proofs.places:
                    self._keeps(change, place)
            for name, formula in self.formulas:
                if self.proofs.keeps_value(change, formula) is not Answer.YES:
                    raise _NotShownError(f"{name} may tell which is which")
        except (UnlikeError, _NotShownError) as error:
            names = " and ".join(self.group.processes)
            self.why_not.append(f"{names} {a} and {b} are not alike: {error}")
            return None
        return change

    def _begins_alike(self, change: Transposition) -> None:
        """The changed initial states must be initial: then a state that stands for others is one
        that is reached, too."""
        changed = execute(source_of_canonical(self.machine, change.body))["canonical"]
        if any(changed(state) not in self.initial for state in self.initial):
            raise _NotShownError("they do not begin alike")

    def _whole(self, changes: Sequence[Transposition]) -> bool:
        """Whether all others cannot tell the numbers of a class either."""
        try:
            for place in self.proofs.places:
                for change in self._to_ask(place[0], changes):
                    self._keeps(change, place)
        except _NotShownError as error:
            self.why_not.append(f"{' and '.join(self.group.processes)} are not alike: {error}")
            return False
        return True

    def _to_ask(self, instance: int, changes: Sequence[Transposition]) -> Iterable[Transposition]:
        """The changes of which it is to be asked what they make of an instance's actions."""
        moves = [each for each in changes if each.instances[instance] != instance]
        if not moves:
            return changes
        orbit = {instance}
        for _ in changes:
            orbit |= {each.instances[i] for each in changes for i in orbit}
        if len(orbit) == len(changes) + 1 and moves != [changes[0]]:
            return ()
        return [each for each in changes if each not in moves]

    def _keeps(self, change: Transposition, place: Place) -> None:
        found = self.proofs.keeps(change, place)
        if found is Answer.YES:
            return
        instance = self.machine.instances[place[0]]
        labels = instance.locations[place[1]].labels
        where = f"{instance.name} at {' or '.join(labels)}" if labels else instance.name
        if found is Answer.NO:
            raise _NotShownError(f"{where} may do something else")
        raise _NotShownError(f"what {where} does is too much to compare")
