"""From a spec to what random walks through its states show: violations, and what is possible.

A simulation never says that something holds, but for what one state is enough to show. All that is
said is said by the judge of explored spaces, of the few states that some walks came by.
"""

from __future__ import annotations

from ..explore.limits import Limits
from ..explore.memo import GrowthNeededError
from ..explore.search import DEFAULT_OPTIONS, SearchOptions
from ..explore.walks.seen import WalkedSpace
from ..explore.walks.simulate import Simulation, Told, simulate
from ..explore.walks.sought import Events, sought_of
from ..explore.walks.tally import CUT, DEADLOCK, FINAL, LEFT, LIMITED, WENT_WRONG
from ..language.records import replace
from ..language.tree.spec import Spec
from ..machine.shapes import Layout
from ..results.check import SpaceSummary
from ..results.coverage import UntakenStep
from ..results.simulation import SimulationSummary
from .coverage import name_of_step, untaken_steps
from .formula_values import told_with_values
from .in_time import told_in_time
from .judgement import Judgement
from .verdicts import judge

__all__ = ["simulate_spec", "summarize_simulation"]


def simulate_spec(
    spec: Spec,
    simulation: Simulation,
    limits: Limits | None = None,
    told: Told | None = None,
    *,
    all_traces: bool = False,
    options: SearchOptions = DEFAULT_OPTIONS,
) -> tuple[WalkedSpace, Judgement]:
    """Walk, and judge what the walks show. Raises as `simulate`."""
    layout: Layout | None = None
    while True:
        space = simulate(spec, simulation, limits, told, layout=layout, options=options)
        try:
            judgement = told_in_time(space, judge(space, all_traces=all_traces))
            return space, _counted(space, told_with_values(space, judgement))
        except GrowthNeededError as growth:
            failure = space.machine.failures[growth.code - 1]
        layout = space.layout.for_failure(failure)


def _summary(space: WalkedSpace) -> SimulationSummary:
    """What was walked, in values a person reads."""
    found, machine = space.simulated, space.machine
    tally = found.tally
    taken = {
        name_of_step(machine, step)
        for step, times in zip(machine.steps, tally.taken, strict=True)
        if times or step.index in found.failing
    }
    faults = {name_of_step(machine, step): step.at for step in machine.steps if step.fault}
    missing = [*untaken_steps(machine, taken)]
    missing += [
        UntakenStep(name, at.source.path, at.line)
        for name, at in faults.items()
        if name not in taken
    ]
    return SimulationSummary(
        walks=tally.walks,
        steps=tally.steps,
        seed=found.seed,
        depth=found.depth,
        longest=tally.longest,
        over=found.over,
        final=tally.ended[FINAL],
        deadlocks=tally.ended[DEADLOCK],
        failed=tally.ended[WENT_WRONG],
        outside=tally.ended[LEFT],
        cut=tally.ended[CUT],
        limited=tally.ended[LIMITED],
        limit=found.limit,
        states=tally.states,
        late_steps=found.late_steps,
        late_states=found.late_states,
        untaken=tuple(missing),
        faults=bool(faults),
    )


def _counted(space: WalkedSpace, judgement: Judgement) -> Judgement:
    """The judgement whose results say on how many walks each was seen."""
    events, seen = Events(sought_of(space.machine)), space.simulated.tally.seen
    walks = {each.name: seen[place] for place, each in enumerate(events.sought)}
    for each in space.machine.spec.properties:
        if each.form.on_error:
            walks[each.name] = max(seen[len(events.sought) :])
    told = tuple(
        replace(each, walks=walks.get(each.name)) if each.verdict != "undetermined" else each
        for each in judgement.results
    )
    return replace(judgement, results=told)


def summarize_simulation(space: WalkedSpace) -> SpaceSummary:
    """The size of what was walked, in values a person reads."""
    within, found = space.machine.spec.within, _summary(space)
    return SpaceSummary(
        states=found.states,
        transitions=found.steps,
        depth=found.longest,
        final_states=found.final,
        deadlock_states=found.deadlocks,
        seconds=space.seconds,
        stopped=space.stopped,
        grew="",
        growth=None,
        state_bits=space.machine.width,
        outside=found.outside,
        within=within.text if within else "",
        simulation=found,
    )
