"""A spec checked whole, and with what can be left out left out: the same must be said of it.

Verdicts, the lengths of what is shown, runs that the interpreter can make step by step, endings,
errors, deadlocks: of all, the interpreter or the whole space says what is right. What is left of
the space must be part of it; where only the order of steps is made use of, all ends are there, at
their depths, and where states stand for others, those are alike in all that can be seen of them
(see `alike_states`). The tables that say which steps can wait are judged by what they are for (see
`stubborn`). In Python, and in native code with several numbers of threads.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from unittest.mock import patch

from model_check.explore.limits import Limits
from model_check.explore.native import batches, engine
from model_check.explore.search import NativeUnavailableError, Reduce, SearchOptions
from model_check.explore.space import Space
from model_check.language import Spec, SpecError
from model_check.language.tree.spec import Property
from model_check.results.check import PropertyResult
from model_check.symbolic import finder as finding
from model_check.symbolic.finder import ReductionFinder
from model_check.verify.checking import check_spec
from model_check.verify.coverage import Coverage, coverage_of
from model_check.verify.judgement import Judgement
from model_check.verify.reducible import Finder

from .alike_states import unlike
from .compare import (
    Differing,
    SkippedError,
    fields_of,
    judged_differences,
    skip_stopped,
    stops,
    unlike_arrays,
)
from .exact_order import exact_finder
from .in_time import InTime
from .interpreter import Interpreter
from .machine_graph import MachineGraph
from .replay import Replay
from .stubborn import misordered
from .world import FailedError, TooLargeError, UnsoundError

__all__ = ["WORKERS", "Way", "reduced_differences"]

LIMIT = 600
"""States of a spec that is explored whole by the interpreter."""
WORKERS = (1, 2, 3, 4)
MADE_SHORT = 120.0
"""Seconds for one check, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a spec is checked with something left out. `workers`: threads of native code, None: in
    Python; `exact`: with the tables of `exact_order` in place of the tool's."""

    reduce: Reduce
    workers: int | None = None
    exact: bool = False

    def __str__(self) -> str:
        where = "Python" if self.workers is None else f"native code, {self.workers} threads"
        return f"{self.reduce}{', exact tables' if self.exact else ''}, {where}"


EVERY = tuple(
    Way(reduce, workers, exact)
    for workers in (None, *WORKERS)
    for reduce, exact in (("order", True), ("order", False), ("symmetry", False), ("auto", False))
)
"""Every way."""


def some_ways(draw: random.Random) -> Iterator[Way]:
    """By default, in Python, and two others, one of them in native code."""
    by_default = Way("auto")
    yield by_default
    yield draw.choice([each for each in EVERY if each.workers is None and each != by_default])
    yield draw.choice([each for each in EVERY if each.workers is not None])


def reduced_differences(
    spec: Spec, finder: Finder | None = None, ways: Iterable[Way] | None = None
) -> Differing:
    """What is said otherwise of a spec where something is left out, and what was left out.
    `finder`: in place of the tool's. Raises SkippedError where there is nothing to compare."""
    whole = _Whole(spec, finder)
    found: list[str] = []
    kinds: list[str] = []
    seed = f"{whole.space.transitions} {whole.space.machine.width}"
    for way in ways or some_ways(random.Random(seed)):
        try:
            space, judgement = whole.checked(way)
        except NativeUnavailableError:
            continue
        problems = [*_problems(whole, way, space, judgement)]
        found += [f"{each} ({way})" for each in problems]
        kinds += _kinds(whole, way, space)
    return Differing(found, kinds)


class _Whole:
    """A spec explored whole, by the tool and by the interpreter; `finder`: in place of the
    tool's."""

    def __init__(self, spec: Spec, finder: Finder | None) -> None:
        self.spec = spec
        self.finder = finder or ReductionFinder()
        self._checked: dict[Way, tuple[Space, Judgement]] = {}
        options = SearchOptions(engine="python", forget_from=None, reduce="none")
        limits = Limits(max_states=LIMIT, timeout=MADE_SHORT)
        try:
            self.space, self.judgement = check_spec(spec, limits, options=options)
        except SpecError:
            raise SkippedError from None
        interpreter = Interpreter(spec)
        try:
            skip_stopped(self.space.stopped)
            self.expected = interpreter.explore(LIMIT)
        except (TooLargeError, FailedError, UnsoundError):
            raise SkippedError from None
        if len(self.space.states) != len(self.expected.states):
            raise SkippedError  # other comparisons tell of that
        self.judge = InTime(spec, self.expected)
        self.replay = Replay(interpreter, self.expected)
        self.graph = MachineGraph(self.space.program, 2 * LIMIT)
        self.coverage = coverage_of(self.space)

    def checked(self, way: Way) -> tuple[Space, Judgement]:
        """The spec checked with something left out, from the first state on. Raises
        NativeUnavailableError."""
        if way not in self._checked:
            options = SearchOptions(
                engine="python" if way.workers is None else "native", workers=way.workers,
                forget_from=None, reduce=way.reduce, symmetry_from=0, order_from=0,
            )  # fmt: skip
            # Threads share what is not worth it, a few states at a time, in a table that is
            # soon full: where races are.
            few_at_once = patch.object(batches, "EACH", 3)
            shared = patch.multiple(engine, WIDE=2, LONG=0, FIRST_TABLE=4)
            # What hardly pays is used as well.
            all_pays = patch.object(finding, "share_left_out", return_value=1.0)
            with few_at_once, shared, all_pays:
                self._checked[way] = check_spec(
                    self.spec, Limits(timeout=MADE_SHORT), options=options,
                    layout=self.space.layout, finder=exact_finder if way.exact else self.finder,
                )  # fmt: skip
        return self._checked[way]


def _kinds(whole: _Whole, way: Way, space: Space) -> Iterator[str]:
    """Of what kind a spec is, so that it can be counted that each was there."""
    if space.reduction is None or not space.reduction:
        return
    of = "exact order" if way.exact else way.reduce
    yield f"by {of}"
    if len(space.states) < len(whole.space.states):
        yield f"with fewer states by {of}"
    if way.workers is not None:
        yield "in native code"


# --- what must be so ------------------------------------------------------------------------------


def _problems(whole: _Whole, way: Way, space: Space, judgement: Judgement) -> Iterator[str]:
    stopped = stops(space, "the search", len(whole.space.states))
    yield from stopped
    if stopped:
        return
    yield from _space_problems(whole, space)
    yield from judged_differences(whole.judge, whole.replay, judgement, fewer=True)
    for one, other in zip(whole.judgement.results, judgement.results, strict=True):
        asked = next(each for each in whole.spec.properties if each.name == one.name)
        yield from _endings(asked, one, other)
    coverage = coverage_of(space)
    if coverage is not None and coverage != _told_of_left(space, whole.coverage):
        yield f"coverage: {coverage}, whole {whole.coverage}"
    if way.workers is not None:
        yield from _in_python(whole, way, space)


def _symmetric(space: Space) -> bool:
    return space.reduction is not None and space.reduction.symmetry is not None


def _space_problems(whole: _Whole, space: Space) -> Iterator[str]:
    known = {fields: number for number, fields in enumerate(fields_of(whole.space))}
    numbers = [known.get(fields) for fields in fields_of(space)]
    if None in numbers:
        yield "a state is reached that there is not"
        return
    mine = [n for n in numbers if n is not None]
    if len(set(mine)) < len(mine):
        yield "a state is there twice"
    if _symmetric(space):
        assert space.reduction is not None
        assert space.reduction.symmetry is not None
        yield from unlike(whole.graph, space.reduction.symmetry.canonical)
        return
    ends = {mine[n] for n in space.terminal}
    if ends != set(whole.space.terminal):
        yield f"ends: {len(ends)} of {len(whole.space.terminal)}"
    depths = {mine[n]: space.depth_of(n) for n in space.terminal}
    if any(whole.space.depth_of(n) != depth for n, depth in depths.items()):
        yield "an end is farther than it is"
    for before, after, step in space.edges():
        source = whole.graph.index[whole.space.states[mine[before]]]
        instance = whole.graph.machine.steps[step].instance
        outcome = whole.graph.steps[source][instance].get(step)
        if outcome is None or whole.space.states[mine[after]] not in {
            whole.graph.states[target] for target in outcome.targets
        }:
            yield "a step is taken that there is not"
            return
    order = None if space.reduction is None else space.reduction.order
    if order is not None:
        yield from misordered(whole.graph, order)


def _told_of_left(space: Space, whole: Coverage | None) -> Coverage | None:
    """What is told of a whole space without what is not told where something was left out: what
    formulas are asked under is asked of all states."""
    if whole is None or whole.unseen is None or space.keeps_all:
        return whole
    return replace(whole, unseen=tuple(each for each in whole.unseen if each.kind != "premise"))


def _endings(asked: Property, whole: PropertyResult, left: PropertyResult) -> Iterator[str]:
    """Whether the endings of a violated property are the same: of one that is asked of ends, all of
    them, each as near; of others those that are told are there."""
    one, other = ({str(e.values): e.length for e in each.endings} for each in (whole, left))
    at_ends = asked.form.at_ends or asked.form.on_deadlock
    if at_ends and one != other:
        yield f"{asked.name}: endings {other}, whole {one}"
    elif not at_ends and not other.keys() <= one.keys():
        yield f"{asked.name}: endings that there are not: {other}, whole {one}"


def _in_python(whole: _Whole, way: Way, space: Space) -> Iterator[str]:
    """Native code numbers the same states alike."""
    plain, _ = whole.checked(replace(way, workers=None))
    for found in unlike_arrays(plain, space):
        yield f"than in Python, other {found}"
