"""A timed graph laid out for the kernel, and what takes its runs.

Times are counted in ticks, shorter than a nanosecond where no time is very long: so that two times
that are never the same are hardly ever the same here.
"""

from __future__ import annotations

import functools
from array import array
from collections import Counter
from collections.abc import Callable

from ...explore.native.restricted import module_text
from ...explore.native.work import Places
from ...explore.search import NativeUnavailableError, native_here
from ...explore.walks import draws
from ...explore.walks.draws import DRAW_CONSTANTS, first_draw
from ...language.records import dataclass, field, replace
from ...language.tree.timing import (
    Distribution,
    Exponential,
    Fixed,
    FromLog,
    Normal,
    Uniform,
)
from ..coming import Endless, EndlessRunError, coming_in
from ..stepping import Stepping
from ..timed_graph import ENDING, Settled, TimedGraph
from ..weights import small_weights
from . import kernel, times, trials, whole
from . import places as k
from .portable import portable_function
from .rounds import Moment, Round, at_moment, round_of

__all__ = ["MOST_STEPS", "MOST_TIMELESS", "Entries", "Runner", "Stop", "Tables", "is_native"]

MOST_BITS = 46
"""The longest time takes no more bits in ticks: a run has room for many thousands of such."""
MOST_SHIFT = 16
"""A nanosecond has 2 ** 16 ticks at most."""
MOST_STEPS = 100_000_000
"""A run with so many steps is given up ..."""
MOST_TIMELESS = 1_000_000
"""... and one with so many while no time passes."""
FIRST_LOOK = 1_000
"""After so many steps it is looked at whether a run goes round for ever ..."""
LATER_LOOK = 8
"""... and again after so many times as many ..."""
LOOKED_AT = 20_000
"""... through at most so many steps, ..."""
MOST_DRAWS = 4
"""... of which so many may draw something (after more, chance is taken to go on having a part), or
..."""
DRAWS_UNKNOWN = 100
"""... so many, where nothing but the clocks and chance settles what is asked."""
BUDGET = 1_000_000
"""Steps after which it is asked whether to stop: some tens of milliseconds of compiled code ..."""
FEW_STEPS = 2_000
"""... or of Python."""
SEEN = 2_000
"""Steps more that a run takes that is lost, for it to be seen what comes again and again."""
MOST_KEPT = 4_000
"""Runs that reached a level, to go on from: enough of them, and of their memory."""
NUMBER = 8
"""Bytes of a number."""
WHY = {k.LONG: Endless.LONG, k.STANDSTILL: Endless.STANDSTILL, k.UNKNOWN: Endless.UNKNOWN}
"""By answer, why of a run nothing can be said."""
Stop = Callable[[], object]
"""Asked now and then whether to stop."""


def is_native(wanted: bool | None) -> bool:
    """Whether compiled code takes the runs: where it is wanted, or nothing is said and it can.
    Raises NativeUnavailableError where it is wanted and cannot."""
    try:
        native_here()
    except NativeUnavailableError:
        if wanted:
            raise
        return False
    return wanted is not False


@functools.cache
def _functions() -> dict[str, Callable[[int], int]]:
    """The functions of the kernel that are called from here, in compiled code."""
    from ...explore.native.compiled import THOROUGH, Code

    constants = {**DRAW_CONSTANTS, **times.TIME_CONSTANTS, **k.CONSTANTS}
    code = Code(THOROUGH, module_text((kernel, whole, trials, times), (draws,), constants))
    found = {name: code.function(name, 1) for name in ("simulate", "take_trials")}
    _CODE.append(code)
    return found


_CODE: list[object] = []
"""Compiled code, that must live as long as its functions."""


class Tables:
    """The numbers of a graph that its runs are made with. `native`: see `is_native`."""

    def __init__(self, graph: TimedGraph, *, native: bool | None = None) -> None:
        self.graph = graph
        self.native = is_native(native)
        self.properties = tuple(graph.flags.masks)
        self.instances = len(graph.begin_times)
        self.moves = moves = coming_in(graph)
        extra = graph.flags.of_transition
        self._values: dict[int, object] = {
            k.BEGINS: array("q", moves.begins),
            k.TARGETS: array("I", moves.targets),
            k.STEPS: array("I", moves.steps),
            k.OF_TRANSITION: 0 if extra is None else array("q", [extra[p] for p in moves.places]),
            k.FIRST: array("q", graph.flags.first),
            k.FOUND: array("q", graph.flags.found),
            k.KEEP: array("q", graph.flags.keep),
            k.SETTLED: _by_node(graph.settled),
            k.KINDS: array("I", graph.kinds),
            k.KIND_COUNT: graph.kind_count,
            k.MASKS: array("q", graph.flags.masks.values()),
            k.PROPERTIES: len(self.properties),
            k.INITIAL: graph.initial,
            k.STEP_COUNT: len(graph.clocks),
            k.INSTANCE_COUNT: self.instances,
        }
        self._kept: list[array[int]] = []
        self._set_clocks()
        self._values[k.RENEWALS] = self._renewals()

    @property
    def run_size(self) -> int:
        """Bytes of a run."""
        return k.RUN_HEAD + 16 * (self.instances + len(self.graph.clocks))

    @functools.cached_property
    def stepping(self) -> Stepping:
        """At which clocks nobody looks any more."""
        return Stepping(self.graph)

    @functools.cached_property
    def only_clocks(self) -> array[int]:
        """What is settled, node by node, without what the order of steps will never settle."""
        none = array("q", [0]) * self.graph.count
        return _by_node(replace(self.graph.settled, never_if_set=none, never_if_clear=none))

    # --- clocks ---------------------------------------------------------------------------------

    def _renewals(self) -> array[int] | int:
        renewals = self.graph.renewals
        if renewals is None:
            return 0
        lists = [
            self._keep(array("q", [len(each), *each])) if each else 0 for each in renewals.steps
        ]
        return array("q", [lists[renewals.of[place]] for place in self.moves.places])

    def _set_clocks(self) -> None:
        graph = self.graph
        clocks, begin_times = graph.clocks, graph.begin_times
        distributions = [*(each.time for each in clocks), *begin_times]
        longest = max(map(_longest, distributions), default=0)
        self.shift = min(MOST_SHIFT, max(0, MOST_BITS - longest.bit_length()))
        weights = small_weights([each.weight for each in clocks])
        steps = array("q")
        for number, clock in enumerate(clocks):
            starts = self._keep(array("q", graph.starts[number]))
            steps.extend([
                *self._time(clock.time), int(clock.every), weights[number],
                graph.instance_of[number], starts, len(graph.starts[number]),
                int(clock.since_possible),
            ])  # fmt: skip
        begins = array("q")
        for each in begin_times:
            begins.extend([*self._time(each), 0, 0, 0, 0, 0, 0])
        self._values |= {k.CLOCKS: steps, k.BEGINNINGS: begins}

    def _keep(self, numbers: array[int]) -> int:
        """Where numbers lie, which are kept there."""
        self._kept.append(numbers)
        return numbers.buffer_info()[0]

    def _time(self, time: Distribution | None) -> tuple[int, int, int, int, int]:
        """The first places of a clock."""
        ticks = 1 << self.shift
        match time:
            case None:
                return k.AT_ONCE, 0, 0, 0, 0
            case Fixed(fixed):
                return k.FIXED, fixed * ticks, 0, 0, 0
            case Uniform(low, high):
                width = (high - low) * ticks
                return k.UNIFORM, low * ticks, width, _mask(width), 0
            case Exponential(mean):
                return k.EXPONENTIAL, 0, mean * ticks, 0, 0
            case Normal(mean, deviation):
                return k.NORMAL, mean * ticks, deviation * ticks, 0, 0
            case FromLog(times=()):
                raise ValueError("no log was read that has times of this step")
            case FromLog(listed):
                numbers = self._keep(array("q", [each * ticks for each in listed]))
                return k.LISTED, 0, len(listed), _mask(len(listed)), numbers

    # --- for the kernel -------------------------------------------------------------------------

    def function(self, name: str) -> Callable[[int], int]:
        """A function of the kernel."""
        return _functions()[name] if self.native else portable_function(name)

    def runner(self, seed: int, run: array[int]) -> Places:
        """A runner of these tables; `run`: room for one of its runs."""
        steps, instances = len(self.graph.clocks), self.instances
        return Places(
            k.RUNNER_SIZE,
            {
                **self._values,
                k.SEED: seed,
                k.RUN: run,
                k.SCRATCH: _zeros(2 * steps), k.READY: _zeros(steps), k.TURNS: _zeros(instances),
                k.ACTORS: _zeros(instances), k.RUN_SIZE: self.run_size,
                k.FIRST_LOOK: FIRST_LOOK, k.MOST_TIMELESS: MOST_TIMELESS,
            },
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entries:
    """Runs that reached a level: the first `kept` of `count`, one after the other."""

    runs: array[int] = field(default_factory=lambda: array("q"))
    kept: int = 0
    count: int = 0


class Runner:
    """Takes runs of a graph, and counts how they end. `counts`: by property and by kind of ending,
    how many broke it, and behind that, by kind of ending, how many there were."""

    def __init__(self, tables: Tables, seed: int) -> None:
        self._tables = tables
        self._native = tables.native
        self._simulate = tables.function("simulate")
        self._take_trials = tables.function("take_trials")
        self._run = _zeros(tables.run_size // NUMBER)
        self._places = tables.runner(seed, self._run)
        rows = len(tables.properties) + 1
        self.counts = _zeros(rows * tables.graph.kind_count)
        self._places[k.COUNTS] = self.counts
        self._rounds: dict[Moment, Round] = {}
        """What runs do for ever, by how they stood where that was seen."""
        self.alike = False
        """Whether a run went round for ever by which nothing was drawn: all others do the same."""

    @property
    def steps(self) -> int:
        """Of all runs that it took and that have ended."""
        return self._places[k.ALL_STEPS]

    @property
    def steps_under_way(self) -> int:
        """Of the run that it takes now."""
        return self._run[k.STEPS_DONE // NUMBER]

    def take(self, numbers: range, stop: Stop) -> bool:
        """Take the runs of these numbers; whether all were taken: it was not to `stop`, which is
        asked now and then. Raises EndlessRunError."""
        return self._all(self._simulate, numbers, stop)

    def aim(self, distances: array[int] | None, hopeless: int) -> None:
        """Have trials end at a level of these distances, by node, or where the memory is a
        `hopeless` one; None: where runs end."""
        self._places[k.DISTANCES] = 0 if distances is None else distances
        self._places[k.HOPELESS] = hopeless

    def take_trials(
        self, numbers: range, entries: Entries, level: int, stop: Stop
    ) -> Entries | None:
        """Take runs on from entries (from the beginning, where there are none), until they end or
        reach a level. Those that did; None where it was to `stop`. Raises EndlessRunError."""
        room = min(len(numbers), MOST_KEPT)
        reached = _zeros(room * self._tables.run_size // NUMBER)
        places = self._places
        # By address alone: these live no longer than this call.
        places[k.ENTRIES] = entries.runs.buffer_info()[0] if entries.kept else 0
        places[k.ENTRY_COUNT], places[k.LEVEL] = entries.kept, level
        places[k.REACHED], places[k.REACHED_COUNT] = reached.buffer_info()[0], 0
        places[k.REACHED_ROOM] = room
        if not self._all(self._take_trials, numbers, stop):
            return None
        count = places[k.REACHED_COUNT]
        return Entries(reached, min(count, room), count)

    def _all(self, function: Callable[[int], int], numbers: range, stop: Stop) -> bool:
        places = self._places
        places[k.NUMBER], places[k.LAST] = numbers.start, numbers.stop
        places[k.UNDER_WAY] = 0
        answer = k.BUSY
        while answer != k.DONE:
            places[k.BUDGET] = BUDGET if self._native else FEW_STEPS
            answer = function(places.address)
            if answer in WHY:
                self._look(function, answer)
            elif answer == k.BUSY and stop():
                return False
        return True

    # --- runs that take long --------------------------------------------------------------------

    def _look(self, function: Callable[[int], int], answer: int) -> None:
        """Have a run go on that takes long, or end where it goes round for ever. Raises
        EndlessRunError where it is given up."""
        places, run = self._places, self._run
        done, now = run[k.STEPS_DONE // NUMBER], run[k.NOW // NUMBER]
        if answer == k.UNKNOWN and not places[k.DISTANCES]:
            found = self._unsettled(function)
            if found is not None and not found.timeless:
                self._count_round(found, run[k.STEPS_DONE // NUMBER])
                return
        if answer != k.LONG or done >= MOST_STEPS or now >= k.LATE:
            steps = {k.LONG: done, k.STANDSTILL: MOST_TIMELESS}.get(answer, 0)
            raise EndlessRunError(self._coming_again(function), WHY[answer], steps)

        known = at_moment(self._tables.stepping, run)
        if known not in self._rounds:
            found = self._round(function, min(done, LOOKED_AT), MOST_DRAWS)
            if found is None:
                places[k.LOOK_AT] = min(done * LATER_LOOK, MOST_STEPS)
                return
            self._rounds[known] = found
        found = self._rounds[known]
        if found.timeless or places[k.DISTANCES]:
            why = Endless.AT_ONCE if found.timeless else Endless.LONG
            raise EndlessRunError(self._coming_again(function), why, done)
        self._count_round(found, done)

    def _unsettled(self, function: Callable[[int], int]) -> Round | None:
        """What the run does for ever of which the order of its steps settles nothing; None where
        chance goes on having a part."""
        places = self._places
        kept = places[k.SETTLED]
        places[k.SETTLED] = self._tables.only_clocks
        found = self._round(function, LOOKED_AT, DRAWS_UNKNOWN)
        places[k.SETTLED] = kept
        return found

    def _round(self, function: Callable[[int], int], most: int, draws: int) -> Round | None:
        """What the run does for ever that is under way, if that is seen in so many steps, of which
        so many draw something."""
        places = self._places

        def go_on() -> bool:
            places[k.LOOK_AT], places[k.BUDGET] = 0, 1
            return function(places.address) == k.LONG

        return round_of(self._tables.stepping, self._run, go_on, most, draws)

    def _count_round(self, found: Round, steps: int) -> None:
        """Count a run that goes round for ever, and the steps that it took before."""
        graph, places = self._tables.graph, self._places
        self.alike |= self._run[k.DRAW // NUMBER] == first_draw(places[k.SEED], places[k.NUMBER])
        returning = graph.flags.returning
        broken = found.always & ~returning | found.often & returning
        kind = graph.kinds[found.node]
        for row, mask in enumerate([*graph.flags.masks.values(), -1]):
            self.counts[row * graph.kind_count + kind] += mask == -1 or bool(mask & broken)
        places[k.ALL_STEPS] += steps
        places[k.NUMBER] += 1
        places[k.UNDER_WAY] = 0

    def _coming_again(self, function: Callable[[int], int]) -> int:
        """The step that comes most often where a run that is lost goes on."""
        places = self._places
        nothing_known = Settled.blank(self._tables.graph.count)
        for node in range(self._tables.graph.count):
            nothing_known.open_if_set[node] = nothing_known.open_if_clear[node] = ENDING
        places[k.SETTLED] = _by_node(nothing_known)
        places[k.DISTANCES] = places[k.LOOK_AT] = 0
        seen = [places[k.WORST_STEP]]
        while len(seen) < SEEN:
            places[k.BUDGET] = 1
            if function(places.address) not in WHY:  # one step, after which it is lost again
                break
            seen.append(places[k.WORST_STEP])
        counts = Counter(seen[len(seen) // 2 :])
        return min(counts, key=lambda step: (-counts[step], step))


def _zeros(count: int) -> array[int]:
    return array("q", [0]) * max(count, 1)


def _by_node(settled: Settled) -> array[int]:
    """What is settled, node by node."""
    found = _zeros(len(settled.open_if_set) * k.SETTLED_SIZE // NUMBER)
    for place, each in (
        (k.OPEN_IF_SET, settled.open_if_set), (k.OPEN_IF_CLEAR, settled.open_if_clear),
        (k.BROKEN_IF_SET, settled.broken_if_set), (k.BROKEN_IF_CLEAR, settled.broken_if_clear),
        (k.NEVER_IF_SET, settled.never_if_set), (k.NEVER_IF_CLEAR, settled.never_if_clear),
    ):  # fmt: skip
        found[place // NUMBER :: k.SETTLED_SIZE // NUMBER] = array("q", each)
    return found


def _mask(count: int) -> int:
    """All bits of a number below `count`."""
    return (1 << (count - 1).bit_length()) - 1


def _longest(time: Distribution | None) -> int:
    """A time that most are not above, in nanoseconds."""
    match time:
        case Fixed(fixed):
            return fixed
        case Uniform(_, high):
            return high
        case Exponential(mean):
            return mean
        case Normal(mean, deviation):
            return mean + deviation
        case FromLog(times):
            return max(times, default=0)
    return 0
