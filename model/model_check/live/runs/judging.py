"""From a free run that came to rest to what it says of each property of its spec.

What a property asks decides how far one run can answer it. A run-time error and a deadlock show by
themselves. What processes hold at the end is known, and so is what stands on a server then. What
they held on the way is known too, but not always in which order: a command takes effect at the
server some time before its answer is there, and meanwhile others go on. So where several processes
are asked about, what a run seems to break counts only if it does in whichever order it was; else
it is unclear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import chain, combinations

from ...explore.memo import GrowthNeededError
from ...explore.space import is_final
from ...language.tree.spec import Property, Spec
from ...machine.core import Machine, Step
from ...machine.effects import fields_read
from ...machine.make import make_program
from ...machine.shapes import Layout
from ...results.check import Verdict
from ...verify.formulas import Answers
from ...verify.one_run import Run, RunQuestion
from ..brokers.contract import Request
from ..brokers.payload import Value
from ..errors import LiveError
from .open_spec import reads_content
from .open_system import (
    LIST_ROOM,
    MORE_ROOM,
    OpenSystem,
    content_names,
    roomy,
    with_value,
)

__all__ = ["Arrived", "Judge", "Judged"]

MOST_UNDER_WAY = 6
"""Steps under way at one moment whose orders are all looked at."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A step that a process has taken. `began`: the number of the state in which it asked for
    something first. `answered`: what it asked and got; None where that does not tell what it did
    (it has died, or met a broken connection)."""

    instance: int
    step: Step
    began: int
    answered: Sequence[tuple[Request, Value]] | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What one run says: the properties that it broke, those of which that is `unclear`, because
    nobody knows what was first, and those of which it showed that they are `seen`."""

    broken: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


class Answer(Enum):
    """What a run says of a property."""

    KEPT = "kept"
    BROKEN = "broken"
    UNCLEAR = "unclear"


class Judge:
    """Judges runs of a system. `spec`: what the system was made of; `layout` had room for all
    states of that."""

    def __init__(self, system: OpenSystem, spec: Spec, layout: Layout) -> None:
        self._system = system
        self._spec = spec
        self._of_processes = {each.name: each for each in system.machine.spec.properties}
        self._questions = {
            name: RunQuestion(system.program, each) for name, each in self._of_processes.items()
        }
        self._alone = {name for name in self._of_processes if _is_of_one(system.machine, name)}
        self._ends = _StoredEnds(spec, layout)

    @property
    def unjudged(self) -> tuple[str, ...]:
        """The properties of which no run has said anything."""
        known = {*self._of_processes, *self._ends.judged}
        found = (e for e in self._spec.properties if not e.form.built_in and e.name not in known)
        return tuple(each.name for each in found)

    @property
    def can_show(self) -> tuple[str, ...]:
        """The properties of which a run can show what they ask for, and none can refute it."""
        return tuple(n for n, each in self._of_processes.items() if each.form.somewhere)

    @property
    def can_break(self) -> tuple[str, ...]:
        """The properties that a run can be seen to break."""
        others = {*self.unjudged, *self.can_show}
        return tuple(each.name for each in self._spec.properties if each.name not in others)

    def failed(self) -> Judged | None:
        """What a run says that has met an error of the spec; None where no property speaks of
        that."""
        names = tuple(each.name for each in self._spec.properties if each.form.on_error)
        return Judged(broken=names) if names else None

    def ended(
        self, states: Sequence[int], steps: Sequence[Arrived], stored: Mapping[str, Value]
    ) -> Judged:
        """What a run says that came to rest: the states that it passed, and the steps that led
        from each to the next; `stored` is what stood on servers then. Raises LiveError where there
        is no room for what a property computes."""
        try:
            found = {n: self._answer(e, states, steps) for n, e in self._of_processes.items()}
            variables = {**self._system.variables(states[-1]), **stored}
            found |= dict(self._ends.judge(variables))
        except GrowthNeededError as error:
            raise LiveError(f"to judge it, {MORE_ROOM}") from error
        if not is_final(self._system.machine, states[-1]):
            names = (each.name for each in self._spec.properties if each.form.on_deadlock)
            found |= dict.fromkeys(names, Answer.BROKEN)

        def those(answer: Answer, among: Iterable[str]) -> tuple[str, ...]:
            return tuple(name for name in among if found.get(name) is answer)

        can_break = self.can_break
        return Judged(
            those(Answer.BROKEN, can_break),
            those(Answer.UNCLEAR, can_break),
            those(Answer.KEPT, self.can_show),
        )

    def _answer(self, each: Property, states: Sequence[int], steps: Sequence[Arrived]) -> Answer:
        if each.form.asks_ends:
            asked = self._system.program.formulas.properties[each.name]
            return _at_end(Answers(asked).of(states[-1]), each)
        if each.form.asks_all or each.form.somewhere:
            return self._in_states(each, states, steps)
        found = _ANSWERS[self._verdict(each, states)]
        sure = each.name in self._alone or not any(
            _under_way(steps, number) for number in range(len(states))
        )
        return found if sure or found is Answer.KEPT else Answer.UNCLEAR

    def _verdict(self, each: Property, states: Sequence[int]) -> Verdict:
        """What a run through these states says that has ended there."""
        return self._questions[each.name].verdict(Run(tuple(states), len(states) - 1))

    def _in_states(self, each: Property, states: Sequence[int], steps: Sequence[Arrived]) -> Answer:
        """The answer that one state decides, or the other one, where none does."""
        found = _ANSWERS[self._verdict(each, states)]
        wanted = Answer.KEPT if each.form.somewhere else Answer.BROKEN
        if found is not wanted or each.name in self._alone:
            return found
        places = enumerate(states)
        sure = any(self._decides(each, s) and self._is_sure(each, n, s, steps) for n, s in places)
        return found if sure else Answer.UNCLEAR

    def _decides(self, each: Property, state: int) -> bool:
        return self._verdict(each, (state,)) == ("holds" if each.form.somewhere else "violated")

    def _is_sure(self, each: Property, number: int, state: int, steps: Sequence[Arrived]) -> bool:
        """Whether a state decides, whichever of the steps under way have taken effect by then."""
        others = _under_way(steps, number)
        if len(others) > MOST_UNDER_WAY or any(other.answered is None for other in others):
            return False
        some = chain.from_iterable(combinations(others, n) for n in range(1, len(others) + 1))
        reached = (self._after(state, each) for each in some)
        return all(after is None or self._decides(each, after) for after in reached)

    def _after(self, state: int, steps: Iterable[Arrived]) -> int | None:
        """The state after some steps, with the answers that they got; None where one of them cannot
        be taken."""
        for each in steps:
            ways = self._system.ways(each.instance, state, each.answered or ())
            targets = (w.target for w in ways if w.step == each.step and w.target is not None)
            target = next(targets, None)
            if target is None:
                return None
            state = target
        return state


_ANSWERS: Mapping[Verdict, Answer] = {
    "holds": Answer.KEPT, "violated": Answer.BROKEN, "undetermined": Answer.UNCLEAR,
}  # fmt: skip


def _at_end(answer: int, asked: Property) -> Answer:
    """What the answer of a property's formula at the end says; a negative one, that it has none."""
    if answer < 0:
        return Answer.UNCLEAR
    return Answer.BROKEN if answer == asked.form.wrong_answer else Answer.KEPT


def _under_way(steps: Sequence[Arrived], number: int) -> list[Arrived]:
    """The steps that may have taken effect before a state was there, although they are told behind
    it: they were begun before, and were not over."""
    return [each for each in steps[number:] if each.began < number]


def _is_of_one(machine: Machine, name: str) -> bool:
    """Whether a property speaks of a single process, whose steps have an order of their own."""
    owners = {each.name: each.owner for each in machine.variables}
    asked = machine.formulas.of_property(name)
    whose = {owners[machine.fields[i].owner] for f in asked for i in fields_read(f)}
    return len(whose) <= 1 and "" not in whose


class _StoredEnds:
    """The properties of the end that speak of what stands on a server then. `judged`: those of
    which something was said."""

    def __init__(self, spec: Spec, layout: Layout) -> None:
        asked = tuple(e for e in spec.properties if e.form.asks_ends and reads_content(e.formula))
        self._asked = asked
        self.judged: list[str] = []
        if asked:
            room = roomy(spec, layout)
            lists = dict.fromkeys(content_names(spec).values(), LIST_ROOM)
            self._program = make_program(
                replace(spec, properties=asked),
                Layout({**room.capacities, **lists}, room.integers),
                fold=False,
            )

    def judge(self, values: Mapping[str, Value]) -> Iterator[tuple[str, Answer]]:
        """What is said of each property that speaks of nothing else than what has these values, by
        the shown name of the variable."""
        if not self._asked:
            return
        machine = self._program.machine
        known = {each.name: each for each in machine.variables if each.name in values}
        state = 0
        for name, variable in known.items():
            state = with_value(machine, variable, state, values[name])
        fields = {index for each in known.values() for index in each.fields}
        for each in self._asked:
            evaluator = self._program.formulas.properties[each.name]
            if fields_read(evaluator.formula) <= fields:
                if each.name not in self.judged:
                    self.judged.append(each.name)
                yield each.name, _at_end(Answers(evaluator).of(state), each)
