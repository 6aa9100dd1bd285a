"""By which method it is found out how likely runs go wrong.

Exactly where that can be computed, and is small; else by simulation. What a simulation sees too
seldom to tell how rare it is, is asked of many more runs, and then by splitting. What no order of
the steps leads to is not asked of runs at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..budget.spending import Ask, StopNow, never
from ..language.records import dataclass, replace
from .chain import MissingPackageError, TooLargeError
from .coming import EndlessRunError
from .intervals import reach
from .markov import is_markov
from .markov import solve as markov_solve
from .regions import is_regional
from .regions import solve as regions_solve
from .runs.runner import Tables
from .simulation import MOST_RUNS, simulate
from .splitting import split
from .tally import Measured, Outcomes
from .timed_graph import TimedGraph

__all__ = ["EXACT", "NEVER", "RARE", "Asked", "Estimate", "estimate"]

EXACT = ("markov", "regions")
"""Methods that compute."""
RARE = 10
"""What fewer runs broke is rare, its interval is as wide as the share itself, ..."""
RARE_SHARE = 0.01
"""... if it is surely no larger share of all than that."""
NEVER = "orders"
"""The method by which a property is found that no run breaks, whatever its steps take."""
NONE: Measured = (0.0, 0.0, 0.0)
RARELY = (
    "too rare for so many runs, or has no chance, and splitting is no help: no level between is"
    " reached often"
)
ALIKE = "nothing is drawn by chance: every run is the same, and goes round for ever"
ROUND = "too rare for so many runs, or has no chance, and is not split: a run goes round for ever"
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a method. `precision`: to either side of each share; `most` runs of a
    simulation; `seed`; `workers`: threads, None: one a core; `native`: whether compiled code takes
    the runs, None: where it can; `exact`: whether it may be computed. `told`: what is done, in
    words; `interrupted`: asked now and then."""

    precision: float
    most: int = MOST_RUNS
    seed: int = 1
    workers: int | None = None
    native: bool | None = None
    exact: bool = True
    told: Told | None = None
    interrupted: Ask = never


@dataclass(frozen=True, slots=True)
class Estimate:
    """What came of runs: `outcomes` of all together, `methods` by property, `notes` on how it was
    found out, and why it was `stopped` before it was as precise as asked; "" if it was not."""

    outcomes: Outcomes
    methods: Mapping[str, str]
    notes: tuple[str, ...] = ()
    stopped: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether it was computed."""
        return self.outcomes.method in EXACT


def estimate(graph: TimedGraph, asked: Asked) -> Estimate:
    """How likely runs of a graph break its properties, and how they end.

    The same for the same graph and the same `asked`, whatever its workers. Raises EndlessRunError,
    and StopNow where nothing is known when it must end.
    """
    notes: list[str] = []
    if asked.exact:
        found = _exactly(graph, asked, notes)
        if found is not None:
            possible = _possible(graph)
            methods = {
                name: found.method if name in possible else NEVER for name in graph.flags.masks
            }
            return Estimate(found, methods, tuple([*notes, found.note] if found.note else notes))
    try:
        return _simulated(graph, asked, notes)
    except EndlessRunError as error:
        if not notes and (is_markov(graph) or is_regional(graph)):
            notes.append("not computed exactly: it is to be simulated")
        error.not_computed = "; ".join(notes)
        raise


def _exactly(graph: TimedGraph, asked: Asked, notes: list[str]) -> Outcomes | None:
    """What is computed; None, and a note why, where it is not."""
    markov = is_markov(graph)
    if not markov and not is_regional(graph):
        notes.append(
            "not computed exactly: for that, all times are `exp`, or all are fixed or uniform"
        )
        return None
    _tell(asked, "computing exactly")
    try:
        return markov_solve(graph) if markov else regions_solve(graph)
    except (TooLargeError, MissingPackageError) as error:
        notes.append(f"not computed exactly: {error}")
    return None


def _simulated(graph: TimedGraph, asked: Asked, notes: list[str]) -> Estimate:
    tables = Tables(graph, native=asked.native)
    names = [*graph.flags.masks]
    possible = _possible(graph)
    found = _runs(tables, asked, asked.precision, asked.most)
    stopped = found.note
    if found.are_alike:
        notes.append(ALIKE)
    rare = [name for name in possible if not found.are_alike and _is_rare(found, name)]
    if rare and not stopped and found.runs < asked.most:
        _tell(asked, f"{', '.join(rare)}: rare, so many more runs")
        found = _runs(tables, asked, None, asked.most)
        stopped = found.note
        rare = [name for name in rare if _is_rare(found, name)]
    if not stopped and found.runs >= asked.most and _is_wide(found, asked.precision):
        runs = "1 run" if found.runs == 1 else f"{found.runs:,} runs"
        notes.append(f"after {runs}, some interval is still wider than was asked")
    methods = {name: found.method if name in possible else NEVER for name in names}
    broken, endings = dict(found.broken), dict(found.endings)
    for name in set(names) - set(possible):
        broken[name], endings[name] = NONE, {}
    for name in rare if not stopped else ():
        _tell(asked, f"{name}: splitting")
        try:
            split_up = split(
                tables, name, seed=asked.seed, workers=asked.workers, interrupted=asked.interrupted
            )
        except StopNow as stop:
            stopped = stop.why
            break
        except EndlessRunError:
            notes.append(f"{name} is {ROUND}")
            continue
        if split_up is None:
            notes.append(f"{name} is {RARELY}")
            continue
        methods[name] = split_up.method
        broken[name], endings[name] = split_up.broken[name], split_up.endings[name]
        notes.append(f"{name}: {split_up.note}, {split_up.runs:,} trials")
    outcomes = replace(found, broken=broken, endings=endings, note="")
    return Estimate(outcomes, methods, tuple(notes), stopped)


def _possible(graph: TimedGraph) -> list[str]:
    """The properties that some order of the steps that come breaks."""
    return [name for name, mask in graph.flags.masks.items() if mask & graph.possible]


def _runs(tables: Tables, asked: Asked, precision: float | None, most: int) -> Outcomes:
    def progress(done: int, of: int) -> None:
        _tell(asked, f"{done:,} runs of at most {of:,}")

    def long(steps: int) -> None:
        _tell(asked, f"a run has taken {steps:,} steps, and what is asked of it is not known yet")

    return simulate(
        tables, precision=precision, most=most, seed=asked.seed, workers=asked.workers,
        progress=progress, long=long, interrupted=asked.interrupted,
    )  # fmt: skip


def _is_wide(found: Outcomes, precision: float) -> bool:
    """Whether some interval reaches further than it was to."""
    return any(reach(each) > precision for each in found.broken.values())


def _is_rare(found: Outcomes, name: str) -> bool:
    assert found.counts is not None
    return found.counts[name] < RARE and found.broken[name][2] < RARE_SHARE


def _tell(asked: Asked, text: str) -> None:
    if asked.told is not None:
        asked.told(text)
