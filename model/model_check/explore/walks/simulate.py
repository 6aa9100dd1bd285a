"""Simulation: walks at random through a spec's states, as many as are wanted, and what they show.

No state is kept, so that no space is too large; nothing is proved, either. Walks are taken in
rounds, which are the same whoever walks: in Python at first, in compiled code as soon as that pays.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

from ...language.records import dataclass
from ...language.source.diagnostics import SpecError
from ...language.tree.spec import Spec
from ...machine.core import Machine
from ...machine.make import make_program
from ...machine.python.program import Program
from ...machine.shapes import Layout
from ..beginning import checked_beginnings
from ..limits import Limits
from ..memo import GrowthNeededError
from ..search import DEFAULT_OPTIONS, NativeUnavailableError, SearchOptions, cores, native_here
from .portable import PortableWalks, Walking
from .seen import Simulated, WalkedSpace, walked_space
from .shorter import Shorter
from .sought import Events, sought_of
from .tally import KEPT, MOST_WALKS, Sight, Tally

if TYPE_CHECKING:
    from ..native.walks.run import NativeWalks

__all__ = ["SECONDS", "Simulation", "Told", "simulate"]

SECONDS = 10.0
"""For which walks are taken, where nothing else is said."""
SHARE = 0.8
"""Of the time that is left for all, walks take this much: the rest is for telling what they
show."""
TELLING = 0.9
"""... of which this much has passed when runs that show it are there, and as short as can be."""
SHORTENING = 0.5
"""Where walks were given a time and all has none, shortening takes this share of that more ..."""
LEAST = 5.0
"""... and may take so many seconds in any case."""
HURRY = 0.3
"""Seconds for which runs are taken once a limit is reached, which is before all is ended."""
FIRST_ROUND = 64
LARGEST_ROUND = 1 << 12
"""Walks of a round: twice as many each time, up to this many."""
LATE = 0.1
"""The share of all walks that are late ones."""
SOON = 0.4
"""Seconds in Python before compiled code walks on: about as long as compiling takes."""
MOST_SHOWN = 3_000
"""States on walks that are looked into afterwards, beside one walk for each event."""

MOST_SAMPLES = 24
"""Walks that are looked into whole, where something is asked of whole runs."""

Told = Callable[[int, int], None]
"""Told now and then: walks and steps."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """How many walks: `walks`, or for so many `seconds` (None: as long as there is time, `SECONDS`
    where no limit says so). `seed` makes them what they are; a walk has at most `depth` steps."""

    walks: int | None = None
    seconds: float | None = None
    seed: int = 0
    depth: int = 1_000


def simulate(
    spec: Spec,
    simulation: Simulation,
    limits: Limits | None = None,
    told: Told | None = None,
    *,
    layout: Layout | None = None,
    options: SearchOptions = DEFAULT_OPTIONS,
) -> WalkedSpace:
    """Walk, and make a space of the walks that show something. `layout`: the one to start with;
    where it has no room, all walks are taken again under a larger one. Of the `options`, the engine
    and its threads count.

    Raises SpecError where not even an initial state exists without a run-time error or a limit, and
    NativeUnavailableError where "native" was asked for and cannot be.
    """
    layout = layout or Layout()
    program, grows = make_program(spec, layout), True
    clock = _Clock(simulation, limits or Limits())
    while True:
        try:
            walks = _Walks(program, simulation, clock, options, told, grows=grows)
            return walks.space(layout)
        except GrowthNeededError as growth:
            if not grows:
                raise
            larger = layout.for_failure(program.machine.failures[growth.code - 1])
        try:
            program, layout = make_program(spec, larger), larger
        except SpecError:
            # There is room for other walks than that, and none for what comes then.
            grows = False


class _Clock:
    """When walks have to end."""

    def __init__(self, simulation: Simulation, limits: Limits) -> None:
        self.limits = limits
        self.started = time.monotonic()
        left = self._left()
        seconds = simulation.seconds
        if seconds is None and simulation.walks is None:
            seconds = SECONDS if left is None else SHARE * left
        self.seconds = seconds
        self._end = min(
            self.started + (seconds if seconds is not None else float("inf")),
            self.started + (SHARE * left if left is not None else float("inf")),
        )
        self.halted = False
        self._limit = float("inf") if left is None else self.started + TELLING * left

    def telling(self) -> Callable[[], str]:
        """What says why runs are not to be made shorter any more; "" as long as they may be. Made
        when the walks are over."""
        seconds = self.seconds
        share = float("inf") if seconds is None else max(SHORTENING * seconds, LEAST)
        end = min(self._limit, time.monotonic() + share)

        def why() -> str:
            if time.monotonic() >= end:
                return "the time for it was over"
            return self.limits.exceeded(0, self.started)

        return why

    def _left(self) -> float | None:
        """Seconds until a limit ends everything; None: there is none."""
        budget = self.limits.budget
        both = [
            each.timeout - (self.started - begun)
            for each, begun in ((self.limits, self.started), (budget, budget.started))
            if each.timeout is not None
        ]
        return max(min(both), 0.0) if both else None

    def halt(self) -> None:
        """A limit was reached."""
        self.halted = True

    def is_over(self) -> bool:
        """Whether walks have to end. Asked by any thread."""
        return self.halted or time.monotonic() >= self._end

    def why(self) -> str:
        """Why they have, in words; "" if they have not."""
        if why := self.limits.exceeded(0, self.started):
            return why
        if not self.is_over():
            return ""
        if self.seconds is not None and time.monotonic() - self.started >= self.seconds:
            return f"{self.seconds:.3g} s were over"
        return "most of the time was over (--timeout)"


class _Walks:
    """The walks under one layout. Raises GrowthNeededError where it has no room."""

    def __init__(
        self,
        program: Program,
        simulation: Simulation,
        clock: _Clock,
        options: SearchOptions,
        told: Told | None,
        *,
        grows: bool,
    ) -> None:
        self.program = program
        self.machine: Machine = program.machine
        self.simulation = simulation
        self.clock = clock
        self.options = options
        self.told = told
        self.events = Events(sought_of(self.machine))
        self.walking = Walking(simulation.seed, simulation.depth, grows)
        found: list[int] = []
        program.initial(found)
        self.initial = checked_beginnings(self.machine, found)
        self.portable = PortableWalks(program, self.events, self.walking)
        self.native: NativeWalks | None = None
        self.note = ""
        self._portable_tally = self._empty()
        self._looked_at: set[int] = set()

    def _empty(self) -> Tally:
        machine = self.machine
        return Tally(len(machine.steps), len(machine.failures), self.events.count)

    @property
    def tally(self) -> Tally:
        """What was seen so far."""
        found = self._empty()
        found.add(self._portable_tally)
        if self.native is not None:
            self.native.add_to(found)
        return found

    # --- the walks -----------------------------------------------------------------------------

    def space(self, layout: Layout) -> WalkedSpace:
        """Walk, and make a space of what was seen."""
        budget = self.clock.limits.budget
        over, marks, tally = "", [(0, 0, 0)], self._empty()
        with budget.held(), budget.halting(self.clock.halt):
            for numbers in self._rounds():
                self._take(numbers)
                tally = self.tally
                self._look_at_new(tally)
                marks.append((tally.walks, tally.steps, tally.states))
                if self.told is not None:
                    self.told(tally.walks, tally.steps)
                over = self.clock.why() or self._at_violation(tally)
                if over:
                    break
            runs = self._runs(tally, self.clock.telling())
            late = next(m for m in reversed(marks) if m[0] <= (1 - LATE) * tally.walks)
            simulated = Simulated(
                tally, self.simulation.seed, self.simulation.depth,
                over or "all walks that were asked for were taken",
                tally.steps - late[1], max(tally.states - late[2], 0), self._limit(tally),
                frozenset(self.portable.failing_steps(tally.failures)),
            )  # fmt: skip
            seconds = time.monotonic() - self.clock.started
            return walked_space(
                self.program, layout, self.initial, runs, self.portable.shows, simulated, seconds,
                self.note,
            )  # fmt: skip

    def _rounds(self) -> Iterator[range]:
        """The numbers of the walks of each round. One ends where the late ones begin."""
        wanted = self.simulation.walks
        last = MOST_WALKS if wanted is None else wanted
        turns = last if wanted is None else max(int((1 - LATE) * wanted), 1)
        first, size = 0, FIRST_ROUND
        while first < last:
            end = min(first + size, last if first >= turns else turns)
            yield range(first, end)
            first, size = end, min(2 * size, LARGEST_ROUND)

    def _take(self, numbers: range) -> None:
        """Take the walks of a round."""
        if self.native is None and self._is_worth_it():
            self.native = self._compiled()
        if self.native is not None:
            self.native.take(numbers, self.clock.is_over)
            return
        self._portable_tally.add(self.portable.take(numbers, self.initial, self._is_over))

    def _is_over(self) -> bool:
        """Whether walks in Python have to end: limits are asked for, as nobody else may."""
        return self.clock.is_over() or bool(self.clock.limits.exceeded(0, self.clock.started))

    def _is_worth_it(self) -> bool:
        """Whether compiled code is to walk on."""
        if self.options.engine == "auto" and not self.note:
            return time.monotonic() - self.clock.started >= SOON
        return self.options.engine == "native"

    def _compiled(self) -> NativeWalks | None:
        """Walks in compiled code; None where there can be none, and it was not asked for."""
        try:
            return self._made()
        except NativeUnavailableError as error:
            if self.options.engine == "native":
                why = f"{error}: nothing was simulated; leave out --engine native"
                raise NativeUnavailableError(why) from error
            self.note = f"{error}: the walks were taken in Python"
            return None

    def _made(self) -> NativeWalks:
        """Raises NativeUnavailableError."""
        native_here()
        from ..native.ranges import UncompilableError
        from ..native.walks.run import NativeWalks

        try:
            workers = self.options.workers or cores()
            return NativeWalks(self.program, self.events, self.walking, self.initial, workers)
        except UncompilableError as error:
            raise NativeUnavailableError(f"this spec has {error}, too much to compile") from error

    def _look_at_new(self, tally: Tally) -> None:
        """See why a formula had no value on a walk: where the layout had no room, all begins
        anew."""
        for place in range(len(self.events.sought)):
            event = self.events.none(place)
            if tally.seen[event] and event not in self._looked_at:
                self._looked_at.add(event)
                number, steps = tally.nearest(event)[0]
                for visit in self.portable.walk(number, self.initial):
                    if visit.steps == steps:
                        [*self.portable.events_of(visit)]
                        break

    def _at_violation(self, tally: Tally) -> str:
        """Why the walks may end, if one violation is enough and there is one; else ""."""
        if not self.clock.limits.first_violation:
            return ""
        from ..limits import at_first_violation

        somewhere = {p.name for p in self.machine.spec.properties if p.form.somewhere}
        names = {i: each.name for i, each in enumerate(self.events.sought)}
        error = next((p.name for p in self.machine.spec.properties if p.form.on_error), "")
        names[self.events.error] = error
        seen = [e for e, name in names.items() if tally.seen[e] and name not in somewhere]
        return at_first_violation(names[seen[0]]) if seen else ""

    # --- what is told of them ------------------------------------------------------------------

    def _runs(self, tally: Tally, ended: Callable[[], str]) -> list[Sequence[int]]:
        """The states of walks that show something, as short as can be made until that is `ended`;
        from then on as they are, the shortest first, and only as many as can be had at once."""
        shown = self._shown(tally)
        room = MOST_SHOWN - sum(steps for _, steps in shown)
        shorter = Shorter(self.machine, self.portable.moves, is_over=ended)
        runs: list[Sequence[int]] = []
        hurries = 0.0
        while shown:
            if not hurries and ended():
                hurries = time.monotonic() + HURRY
            if hurries and runs and time.monotonic() >= hurries:
                self._say(f"of what walks have shown, {len(shown)} are not told", ended())
                break
            sight = min(shown, key=lambda each: each[1]) if hurries else next(iter(shown))
            event = shown.pop(sight)
            run: Sequence[int] = self.portable.run_of(*sight, self.initial)
            if not hurries:
                if self.events.is_on_the_way(event):
                    run = shorter.without_needless(run, self.portable.shown(event))
                run = shorter.with_fewer_changes(run)
            runs.append(run)
        if hurries or shorter.was_ended:
            self._say("the runs that are told may be longer than need be", ended())
        return runs if hurries else [*runs, *self._samples(tally.walks, room)]

    def _say(self, what: str, why: str) -> None:
        """Note what is left out."""
        self.note = "; ".join(filter(None, (self.note, f"{what}: {why}")))

    def _shown(self, tally: Tally) -> dict[Sight, int]:
        """Walks that show something, each with the event: the best one for each, and others while
        there is room. Where one violation is enough, that on the first walk is the best."""
        kinds = (tally.earliest,) if self.clock.limits.first_violation else (
            tally.nearest, tally.earliest
        )  # fmt: skip
        shown: dict[Sight, int] = {}
        room = MOST_SHOWN
        for turn, kind in product(range(KEPT), kinds):
            for event in range(self.events.count):
                sights = kind(event)
                if turn < len(sights) and sights[turn] not in shown and (turn == 0 or room > 0):
                    shown[sights[turn]] = event
                    room -= sights[turn][1]
        return shown

    def _samples(self, walks: int, room: int) -> Iterator[Sequence[int]]:
        """The first walks as they are, where something is asked of whole runs: what they violate
        has no sight, but is seen afterwards."""
        if not any(each.form.in_time for each in self.machine.spec.properties):
            return
        for number in range(min(walks, MOST_SAMPLES)):
            if room <= 0:
                return
            run = self.portable.run_of(number, self.walking.depth, self.initial)
            room -= len(run)
            yield run

    def _limit(self, tally: Tally) -> str:
        """The limit of this tool that was met first, in words; "" if none was."""
        failures = self.machine.failures
        met = (f for f in failures if tally.failures[f.code] and f.unfinished)
        return next((each.text for each in met), "")
