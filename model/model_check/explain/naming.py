"""Facts as they are told: events by the names that traces give them, and what more is said of one.

In: facts of a machine's runs. Out: the same in names. What goes wrong with a process is placed by
the steps around it: those that lead to where it stood, and those that could have come next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..machine.core import Machine
from ..machine.ir import Const, Let, Statement
from ..machine.names import field_local
from ..machine.rewrite import statements_in
from ..machine.shapes import decode
from ..results.reasons import Details
from ..results.reasons import Fact as ToldFact
from ..results.trace import event_name
from ..symbolic.facts import Fact
from ..symbolic.occurrences import ANYWHERE, BEGINNING, Label, Occurrence, occurrences
from ..verify.show import format_value
from .last_steps import last_steps
from .moves import Moves

__all__ = ["Naming"]


class Naming:
    """The names of a machine's events."""

    def __init__(self, machine: Machine, moves: Callable[[], Moves | None]) -> None:
        """`moves`: the transitions, where they are known by then."""
        self.machine = machine
        self._moves = moves
        self._last: dict[int, dict[int, frozenset[str]]] = {}

    def event(self, event: Occurrence) -> str:
        """The name of an event in a trace."""
        label = event.label
        if label.instance == BEGINNING:
            return ""
        step = self.machine.steps[label.step]
        shapes = (self.machine.variables[index].shape for index in step.indices)
        values = tuple(decode(s, raw) for s, raw in zip(shapes, label.indices, strict=True))
        name = self.machine.instances[step.instance].name
        return event_name(name, step.label, values, event.number)

    def details(self, label: Label) -> Details:
        """What is said of an event beside its name."""
        if label.instance == BEGINNING:
            return Details(leaves=self._values(label))
        fault = self.machine.steps[label.step].fault
        placed = "" if label.at == ANYWHERE else self._between(label.instance, label.at)
        return Details(placed, self._values(label), fault)

    def details_of(self, fact: Fact) -> Details:
        """What is said of a fact's first event beside its name; where there is none, of what does
        not happen."""
        first, second, _ = fact
        if first is not None:
            return self.details(first.label)
        wrong = second is not None and self.machine.steps[second.label.step].fault
        placed = self.details(second.label).placed if second is not None and wrong else ""
        return Details(placed, fault=wrong)

    def fact(self, fact: Fact, witness: Sequence[Label] = ()) -> ToldFact:
        """A fact with the run that shows that it is needed."""
        first, second, both = fact
        steps = [each.plain for each in witness if each.instance != BEGINNING]
        return ToldFact(
            "" if first is None else self.event(first),
            "" if second is None else self.event(second),
            tuple(map(self.event, occurrences(steps))),
            self.details_of(fact),
            both,
        )

    def _values(self, label: Label) -> str:
        """`n = 2`: a process's own variable by its own name."""
        own = "" if label.instance == BEGINNING else self.machine.instances[label.instance].name
        values = []
        for index, raw in label.chosen:
            variable = self.machine.variables[index]
            name = variable.name.removeprefix(f"{own}.") if own else variable.name
            values.append(f"{name} = {format_value(decode(variable.shape, raw))}")
        return " and ".join(values)

    def _between(self, instance: int, location: int) -> str:
        """`after handle and before ack`; where a process begins it may have taken no step yet, or
        have gone round, and where a step comes again and again it is both before and after: `while
        handle is next`."""
        where = self.machine.instances[instance]
        labels = where.locations[location].labels
        before = " or ".join(labels)
        begins = location == 0 and not where.task
        leading = dict.fromkeys(
            self.machine.steps[step].label
            for action in self.machine.actions_of(instance, fault=False)
            if location in self._targets(where.location_field, action.body)
            for step in action.steps
        )
        if len(leading) > 1 and (moves := self._moves()) is not None:
            if instance not in self._last:
                self._last[instance] = last_steps(moves, instance)
            taken = self._last[instance].get(location, frozenset())
            leading = {name: None for name in leading if name in taken} or leading
        alone = sum(each.labels == labels for each in where.locations) == 1
        if before and (begins or not leading or (leading.keys() & set(labels) and alone)):
            return f"{'' if alone else 'at its beginning, '}while {before} is next"
        parts = [f"after {' or '.join(leading)}"] if leading else []
        parts += [f"before {before}"] if before else []
        return " and ".join(parts)

    @staticmethod
    def _targets(field: int, body: Sequence[Statement]) -> set[int]:
        """The locations that an action may lead to."""
        return {
            each.value.value
            for each in statements_in(body)
            if isinstance(each, Let)
            and each.name == field_local(field)
            and isinstance(each.value, Const)
        }
