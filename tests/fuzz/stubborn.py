"""Tables of what steps do to one another, judged by what they are for, in all states there are.

Of each state, each set of instances that the tables allow a search to choose is made here once
more, from the words of `explore.reduction` alone. Then it is looked what the others can do while
these wait, in every order, and whether the theory's conditions are so:

- whatever an instance of the set can do then, it can do now, by the same step, and after it the
  others can do the same, and come to the same state (D1 of Valmari, The state explosion problem,
  1998), with the same steps failing;
- one of the set has a step now, by no fault, that it has as long as the others go on (D2);
- where the others come to a goal, they still do after any step of the set that is taken;
- where goals are insisted on, the others come to none by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from model_check.explore.reduction import Goal, Order
from model_check.machine.python.program import Evaluator

from .exact_order import goal_states
from .machine_graph import MachineGraph, Outcome

__all__ = ["misordered"]

MOST_WORK = 400_000
"""States that are looked at for one machine, each time."""


def misordered(graph: MachineGraph, order: Order, *, within: int = MOST_WORK) -> list[str]:
    """What is wrong with the tables of a machine, in words; each once."""
    return _Judge(graph, order, within).problems()


class _Judge:
    def __init__(self, graph: MachineGraph, order: Order, work: int) -> None:
        self.graph = graph
        self.order = order
        self.work = work
        self.reached = [goal_states(graph, goal) for goal in order.goals]
        formulas = graph.program.formulas.of_steps
        self.of_steps = [(goal, formulas[goal.name]) for goal in order.goals if goal.kind == "step"]
        self.found: dict[str, None] = {}

    def problems(self) -> list[str]:
        for number in range(len(self.graph.states)):
            if not self.graph.may_end(number) and not self.graph.fails(number):
                for chosen in {*self.allowed(number)}:
                    self._judge(number, chosen)
            if self.work < 0:
                break
        return [*self.found]

    # --- what the tables allow ----------------------------------------------------------------

    def allowed(self, number: int) -> Iterator[frozenset[int]]:
        """The sets that may be chosen in a state."""
        steps = self.graph.steps[number]
        insisted = self._raisers(number, self.order.insists)
        for seed in self.graph.instances:
            if any(not self.graph.is_fault(step) for step in steps[seed]):
                yield self._closed(number, {seed} | insisted)

    def _closed(self, number: int, start: set[int]) -> frozenset[int]:
        found = set(start)
        while True:
            more = {j for i in found for j in self._asked(number, i)} - found
            if not more:
                return frozenset(found)
            found |= more

    def _asked(self, number: int, i: int) -> Iterator[int]:
        view = self.order.views[i]
        for move in view.moves[self._class(number, i)]:
            can_be_taken = move.step in self.graph.steps[number][i]
            for j in self.graph.instances:
                row = (move.conflicts if can_be_taken else move.enablers)[j]
                if (row >> self._class(number, j)) % 2 == 1:
                    yield j
            if can_be_taken:
                yield from self._raisers(number, move.lowers)

    def _raisers(self, number: int, goals: int) -> set[int]:
        views = enumerate(self.order.views)
        return {j for j, view in views if view.raises[self._class(number, j)] & goals}

    def _class(self, number: int, i: int) -> int:
        state, key, shift = self.graph.states[number], 0, 0
        view = self.order.views[i]
        for index in view.fields:
            field = self.graph.machine.fields[index]
            key += field.raw(state) << shift
            shift += field.width
        return view.classes[key]

    # --- what they are for --------------------------------------------------------------------

    def _judge(self, number: int, chosen: frozenset[int]) -> None:
        now = self.graph.steps[number]
        keys = {(i, step) for i in chosen for step in now[i] if not self.graph.is_fault(step)}
        seen, waiting = {number}, [number]
        while waiting:
            self.work -= 1
            here = waiting.pop()
            keys &= {(i, step) for i in chosen for step in self.graph.steps[here][i]}
            self._look(number, here, chosen)
            for j in self.graph.instances:
                if j in chosen:
                    continue
                for other, outcome in self.graph.steps[here][j].items():
                    self._swapped(here, chosen, (j, other), outcome)
                    more = outcome.targets - seen
                    seen |= more
                    waiting += more
        if not keys:
            self._note("no step of the set lasts")

    def _look(self, number: int, here: int, chosen: frozenset[int]) -> None:
        """At a state to which the others come, while these wait."""
        now, then = self.graph.steps[number], self.graph.steps[here]
        for i in chosen:
            for step in then[i]:
                if step not in now[i]:
                    self._note(f"the others make {self._name(step)} possible")
                else:
                    self._look_at_steps(number, here, (i, step), chosen)
        for bit, reached in enumerate(self.reached):
            goal = self.order.goals[bit]
            if here not in reached or number in reached:
                continue
            if self.order.insists >> bit & 1:
                self._note(f"the others come to the goal {_told(goal)}")
            for i in chosen:
                for step, outcome in then[i].items():
                    if step in now[i] and not outcome.targets <= reached:
                        told = f"{self._name(step)} hides the goal {_told(goal)}"
                        self._note(told)

    def _look_at_steps(
        self, number: int, here: int, mine: tuple[int, int], chosen: frozenset[int]
    ) -> None:
        """Whether a step of the set is wrong later and not now, or hides that one of the others
        is."""
        i, a = mine
        steps = self.graph.steps
        for goal, formula in self.of_steps:

            def wrong(before: int, after: set[int], formula: Evaluator = formula) -> bool:
                states = self.graph.states
                return any(formula.answer(states[n], states[before]) != 1 for n in after)

            if wrong(here, steps[here][i][a].targets) and not wrong(
                number, steps[number][i][a].targets
            ):
                self._note(f"{self._name(a)} is a step that {goal.name} forbids only later")
            for j in set(self.graph.instances) - chosen:
                for b, outcome in steps[here][j].items():
                    if not wrong(here, outcome.targets):
                        continue
                    for target in steps[here][i][a].targets:
                        then = steps[target][j].get(b)
                        if then is not None and not wrong(target, then.targets):
                            told = f"{self._name(a)} hides that {goal.name} forbids {self._name(b)}"
                            self._note(told)

    def _swapped(
        self, here: int, chosen: frozenset[int], other: tuple[int, int], outcome: Outcome
    ) -> None:
        """Whether steps of the set can be taken before that of another, to the same states."""
        j, b = other
        steps = self.graph.steps
        for i in chosen:
            for a, mine in steps[here][i].items():
                told = f"{self._name(a)} and {self._name(b)}"
                early = set[int]()
                for target in mine.targets:
                    then = steps[target][j].get(b)
                    if then is None:
                        self._note(f"{told}: the first stops the second")
                        continue
                    early |= then.targets
                    if then.fails != outcome.fails:
                        self._note(f"{told}: the second fails otherwise then")
                for target in outcome.targets:
                    late = steps[target][i].get(a)
                    if late is None:
                        self._note(f"{told}: the second stops the first")
                        continue
                    if not late.targets <= early:
                        self._note(f"{told} lead elsewhere in the other order")
                    if late.fails != mine.fails:
                        self._note(f"{told}: the first fails otherwise then")

    def _note(self, told: str) -> None:
        self.found.setdefault(told, None)

    def _name(self, step: int) -> str:
        each = self.graph.machine.steps[step]
        return f"{self.graph.machine.instances[each.instance].name}.{each.label}"


def _told(goal: Goal) -> str:
    return f"{goal.name or 'of an error'} ({goal.kind})"
