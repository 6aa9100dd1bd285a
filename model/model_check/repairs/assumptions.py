"""What a property that holds rests on: the order of which steps, and which steps being one.

Everything is relaxed that data flow allows: two steps of a block in the other order, and a
`with atomic:` taken apart; a command that is not waited for, and a variable that is not kept over a
crash (`field_facts`). Each program that comes of it is explored. A property rests on a
smallest set of facts (the first step precedes the second; these steps are one) such that it
holds in every program that keeps them, whatever else is relaxed; and for each fact there is a
program that breaks this one alone of the set, with a trace in it that violates the property.

z3 proposes a smallest set that meets every clause so far: each violating program keeps from
the set what it has not broken, so at least one of the facts that it breaks is needed. Then a
program that keeps the set is explored, the least relaxed one first, until there is none left
or one violates and becomes a clause. So the set is a smallest one, and the proof is complete.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

from ..budget.deadline import Deadline, DeadlineError
from ..budget.spending import StopNow
from ..explore.limits import Limits
from ..explore.search import Engine, SearchOptions
from ..language.draft import Draft
from ..language.rearrange import Arrangement
from ..language.source.diagnostics import SpecError
from ..language.syntax.nodes import Relaxed
from ..language.tree.spec import Spec
from ..machine.shapes import Layout
from ..results.check import Trace, Verdict
from ..results.repair import Fact, Need, Rest, Rests, StepBlock
from ..symbolic.solver import Choices, Clause
from ..verify.checking import check_spec
from ..verify.trace import Tracer
from .changes import blocks_of, order_of, require_properties, with_blocks
from .field_facts import acknowledged_in, kept_in, outlives_waiting, unnoticed_in
from .violations import decided, shortest_violation

__all__ = ["search_rests"]

Report = Callable[[str], None]
"""Told in words how far the search is."""


_Broken = frozenset[int]


@dataclass(frozen=True, slots=True)
class _RelaxedProgram:
    """A relaxed program that was explored: verdicts by name, of violated ones the traces (see
    `shortest_violation`), and in words why an undetermined verdict is none."""

    verdicts: dict[str, Verdict]
    traces: dict[str, Trace | None]
    open: dict[str, str]


class _StoppedError(Exception):
    """A limit ended the search."""


def search_rests(
    draft: Draft,
    names: Sequence[str] = (),
    *,
    limits: Limits | None = None,
    engine: Engine = "auto",
    report: Report | None = None,
) -> Rests:
    """Find what properties of a spec rest on.

    names: the properties; none means all. limits: states and memory of each program, and the
    seconds of all. Raises SpecError where the spec is wrong, or a property is not there.
    """
    spec = draft.spec()
    known = [each.name for each in spec.properties]
    require_properties(spec, names)
    wanted = [name for name in known if not names or name in names]
    return _AssumptionSearch(draft, spec, limits or Limits(), engine, report).run(wanted)


def _facts_of(block: StepBlock) -> Iterator[Fact]:
    labels = block.labels
    for a, b in combinations(range(len(labels)), 2):
        if (a, b) not in block.bound:
            yield Fact("order", block.process, (labels[a], labels[b]), block, (a, b))
    for place, unit in enumerate(block.segment.units):
        if len(unit.inner) > 1:
            yield Fact("atomic", block.process, unit.inner, block, (place,))


class _AssumptionSearch:
    def __init__(
        self, draft: Draft, spec: Spec, limits: Limits, engine: Engine, report: Report | None
    ) -> None:
        self.draft = draft
        self.spec = spec
        self.limits = limits
        self.engine: Engine = engine
        self.report = report
        self.started = time.monotonic()
        self.deadline = Deadline(interrupted=self._exceeded)
        self.blocks = blocks_of(draft, spec)
        self.facts = (
            *(fact for block in self.blocks for fact in _facts_of(block)),
            *acknowledged_in(spec),
            *kept_in(spec),
        )
        self.programs: dict[_Broken, _RelaxedProgram | None] = {}
        self.layout = Layout()
        """The room that the program explored last needed: others need about the same."""
        self.states = 0
        self.stopped = ""

    def run(self, wanted: Sequence[str]) -> Rests:
        rests = []
        for name in wanted:
            try:
                rests.append(self._rest(name))
            except _StoppedError as stopped:
                self.stopped = str(stopped)
                rests.append(self._unproved(name))
            except StopNow as stop:
                self.stopped = stop.why
                rests.append(self._unproved(name))
            except DeadlineError:
                self.stopped = self._exceeded() or "z3 gave no answer"
                rests.append(self._unproved(name))
        explored = sum(each is not None for each in self.programs.values())
        return Rests(
            spec=self.spec,
            facts=self.facts,
            rests=tuple(rests),
            explored=explored,
            refused=len(self.programs) - explored,
            states=self.states,
            stopped=self.stopped,
            seconds=time.monotonic() - self.started,
        )

    # --- one property ------------------------------------------------------------------------

    def _rest(self, name: str) -> Rest:
        itself = self._program(frozenset(), name)
        assert itself is not None  # the checker has taken the spec
        verdict = itself.verdicts[name]
        if verdict != "holds":
            return Rest(name, verdict, (), (), False)
        sets: list[tuple[int, ...]] = []
        while True:
            kept = self._smallest(name, sets)
            if kept is None or (sets and len(kept) > len(sets[0])):
                return Rest(
                    name, verdict, self._needs(name, sets[0]),
                    tuple(tuple(self.facts[i] for i in each) for each in sets[1:]), True,
                )  # fmt: skip
            if self._suffices(name, kept):
                sets = sorted([*sets, kept])

    def _unproved(self, name: str) -> Rest:
        """What is known when the search has ended: facts that are needed for sure."""
        itself = self.programs.get(frozenset())
        verdict = itself.verdicts[name] if itself is not None else "undetermined"
        if verdict != "holds":
            return Rest(name, verdict, (), (), False)
        single = [next(iter(b)) for b in self._violating(name) if len(b) == 1]
        return Rest(name, verdict, self._needs(name, tuple(sorted(single))), (), False)

    def _unnoticed(self, name: str) -> _Broken:
        """The facts that make no difference to a property (see `unnoticed_in`): no program that
        breaks them is explored for it."""
        asked = next(each for each in self.spec.properties if each.name == name)
        processes = unnoticed_in(self.spec, asked)
        return frozenset(
            i
            for i, fact in enumerate(self.facts)
            if fact.kind == "acknowledged" and fact.process in processes
        )

    def _violating(self, name: str) -> list[_Broken]:
        """The relaxed programs known to violate a property, as what they break."""
        return [
            broken
            for broken, program in self.programs.items()
            if program is not None and program.verdicts.get(name) == "violated"
        ]

    def _smallest(self, name: str, sets: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
        """A smallest set of facts of which each violating program so far breaks one, other
        than `sets` and what contains them; None if there is none."""
        kept = Choices(len(self.facts))
        unnoticed = self._unnoticed(name)
        kept.demand(*(sorted(broken - unnoticed) for broken in self._violating(name)))
        kept.demand(*([~i for i in each] for each in sets))
        found = kept.smallest(self.deadline)
        return None if found is None else tuple(sorted(found))

    def _suffices(self, name: str, kept: tuple[int, ...]) -> bool:
        """Whether a property holds in every program that keeps these facts."""
        for broken in self._relaxations(name, kept):
            program = self._program(broken, name)
            if program is not None and program.verdicts[name] == "violated":
                return False
        return True

    def _relaxations(self, name: str, kept: tuple[int, ...]) -> Iterator[_Broken]:
        """Everything that can be broken without breaking `kept`, the least first."""
        chosen = Choices(len(self.facts))
        asked = next(each for each in self.spec.properties if each.name == name)
        waits = {i for i, fact in enumerate(self.facts) if fact.kind == "acknowledged"}
        unnoticed = self._unnoticed(name)
        chosen.demand(*([~i] for i in sorted(unnoticed)))
        if outlives_waiting(self.spec, asked):
            # A program that waits for less breaks all that one breaks that waits for more.
            chosen.demand(*([i] for i in sorted(waits - unnoticed - {*kept})))
        for block in self.blocks:
            chosen.demand(*self._orders(block))
        chosen.demand(*([~i] for i in kept))
        while (broken := chosen.smallest(self.deadline)) is not None:
            yield broken
            chosen.demand([~i if i in broken else i for i in range(len(self.facts))])

    def _orders(self, block: StepBlock) -> Iterator[Clause]:
        """That pairs of a block are broken so that what comes of it is an order."""
        broken = {
            fact.places: i
            for i, fact in enumerate(self.facts)
            if fact.block == block and fact.kind == "order"
        }

        def before(a: int, b: int) -> int | bool:
            """That step a comes before step b: a literal, or what is known of it."""
            if a > b:
                turned = before(b, a)
                return not turned if isinstance(turned, bool) else ~turned
            return ~broken[a, b] if (a, b) in broken else True

        for a, b, c in permutations(range(len(block.labels)), 3):
            # Not (a before b and b before c), or a before c.
            literals = (before(b, a), before(c, b), before(a, c))
            if not any(each is True for each in literals):
                yield [each for each in literals if not isinstance(each, bool)]

    # --- one program ---------------------------------------------------------------------------

    def _program(self, broken: _Broken, name: str) -> _RelaxedProgram | None:
        """A relaxed program, explored; None if the checker does not take it. Raises
        _StoppedError where a limit keeps a property from being decided there."""
        if broken not in self.programs:
            if self.report is not None:
                self.report(f"{name}: orders of the steps explored: {len(self.programs)}")
            self.programs[broken] = self._explored(broken)
        program = self.programs[broken]
        if program is not None and program.verdicts.get(name) == "undetermined":
            raise _StoppedError(program.open[name])
        return program

    def _exceeded(self) -> str:
        """Why the whole search must stop now: its time is over, or it was interrupted."""
        over = replace(self.limits, max_states=None, max_memory=None)
        return over.exceeded(0, self.started)

    def _explored(self, broken: _Broken) -> _RelaxedProgram | None:
        limits = self.limits
        if why := self._exceeded():
            raise _StoppedError(why)
        try:
            spec = self._relaxed(broken).spec()
        except SpecError:
            return None
        left = limits.timeout
        if left is not None:
            left = max(0.0, left - (time.monotonic() - self.started))
        space, judgement = check_spec(
            spec, replace(limits, timeout=left), options=SearchOptions(engine=self.engine),
            layout=self.layout,
        )  # fmt: skip
        self.layout = space.layout
        self.states += len(space.states)
        stopped = (self._exceeded() or space.stopped) if space.stopped else ""
        where = "in a program that was made of these steps" if broken else "in the spec as it is"
        tracer = Tracer(space)
        verdicts = {each.name: decided(each) for each in judgement.results}
        traces = {
            each.name: shortest_violation(tracer, judgement, each)
            for each in judgement.results
            if each.verdict == "violated"
        }
        left_open = {
            name: stopped or f"{name} is undetermined {where}: {judgement.left_open(name)}"
            for name, verdict in verdicts.items()
            if verdict == "undetermined"
        }
        return _RelaxedProgram(verdicts, traces, left_open)

    def _relaxed(self, broken: _Broken) -> Draft:
        arrangements = {}
        facts = [self.facts[i] for i in sorted(broken)]
        for block in dict.fromkeys(each.block for each in facts):
            if block is None:
                continue
            own = [self.facts[i] for i in sorted(broken) if self.facts[i].block == block]
            moved = [(f.places[0], f.places[1]) for f in own if f.kind == "order"]
            order = order_of(len(block.labels), moved)
            assert order is not None  # z3 was asked for one
            split = frozenset(f.places[0] for f in own if f.kind == "atomic")
            arrangements[block] = Arrangement(tuple((place,) for place in order), split)
        draft = with_blocks(self.draft, arrangements)
        at = (each.at for each in facts if each.kind == "acknowledged")
        lost = ((each.process, each.labels[0]) for each in facts if each.kind == "kept")
        relaxed = Relaxed(frozenset(filter(None, at)), frozenset(lost))
        return replace(draft, relaxed=relaxed)

    def _needs(self, name: str, kept: tuple[int, ...]) -> tuple[Need, ...]:
        """For each of the facts the least relaxed program that breaks it alone of them."""
        needs = []
        for i in kept:
            ways = [b for b in self._violating(name) if b & set(kept) == {i}]
            broken = min(ways, key=lambda each: (len(each), sorted(each)))
            fewer = frozenset(j for j in broken if j == i or self.facts[j].kind != "acknowledged")
            simpler = self._program(fewer, name)
            if simpler is not None and simpler.verdicts[name] == "violated":
                broken = fewer
            program = self.programs[broken]
            assert program is not None  # it violates
            facts = tuple(self.facts[j] for j in sorted(broken))
            needs.append(Need(self.facts[i], facts, program.traces[name]))
        return tuple(needs)
