"""A spec explored in many parts, and by one search alone: array by array the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from model_check.budget.spending import StopNow
from model_check.explore.cluster.elsewhere import WHY
from model_check.explore.cluster.fleet import Cluster
from model_check.explore.limits import Limits
from model_check.explore.search import NativeUnavailableError, SearchOptions
from model_check.explore.space import Space
from model_check.language import Spec, SpecError
from model_check.results.check import PropertyResult
from model_check.verify.checking import check_spec
from model_check.verify.judgement import Judgement
from model_check.verify.reducible import Finder

from .compare import SkippedError, stops

__all__ = ["parts_differences", "spaces_differ"]

LIMIT = 50_000
"""States of a random spec."""
SECONDS = 20.0

ARRAYS = ("states", "parents", "terminal", "outside", "errors", "levels")
NUMBERS = ("transitions", "initial", "expanded", "left_out", "goes_forward", "stopped", "growth")


def parts_differences(
    spec: Spec, clusters: Sequence[Cluster], *, forget: bool = False, finder: Finder | None = None
) -> list[str]:
    """What a search in parts finds otherwise than one alone; `finder`: with what it finds left
    out. Raises SkippedError."""
    options = SearchOptions(
        engine="native", workers=1, forget_from=0 if forget else None, symmetry_from=0, order_from=0
    )
    try:
        with Limits(max_states=LIMIT, timeout=SECONDS).guarded() as limits:
            alone = check_spec(spec, limits, options=options, finder=finder)
    except (SpecError, StopNow, NativeUnavailableError, ValueError):
        raise SkippedError from None  # ValueError: what has no first state forgets nothing
    if alone[0].stopped.startswith("the ") or alone[1].stopped:
        raise SkippedError  # at a limit, of which each knows after pieces of its own
    found: list[str] = []
    for cluster in clusters:
        parted = check_spec(
            spec, Limits(), options=replace(options, cluster=cluster), finder=finder
        )
        if not alone[0].stopped:
            found += stops(parted[0], "the search in parts", len(alone[0].states))
        found += spaces_differ(alone[0], parted[0])
        found += _judged_alike(alone[1], parted[1], elsewhere=parted[0].is_elsewhere)
    return found


def spaces_differ(one: Space, other: Space) -> Iterator[str]:
    """The arrays and counters of two spaces that differ."""
    for name in ARRAYS:
        if list(getattr(one, name)) != list(getattr(other, name)):
            yield f"other {name} in parts"
    for name in NUMBERS:
        if getattr(one, name) != getattr(other, name):
            yield f"{name}: {getattr(one, name)} alone, {getattr(other, name)} in parts"


def _told(result: PropertyResult) -> tuple[object, ...]:
    """What is the same of a property whichever of the shortest traces is told."""
    trace = result.trace
    return result.verdict, result.violating_states, trace and (len(trace.steps), trace.end)


def _judged_alike(one: Judgement, other: Judgement, *, elsewhere: bool) -> Iterator[str]:
    for mine, theirs in zip(one.results, other.results, strict=True):
        if theirs.verdict == "undetermined" and theirs.note == WHY:
            continue
        same = _told(mine) == _told(theirs) if elsewhere else mine == theirs
        if not same:
            yield f"{mine.name}: {mine.verdict} alone, {theirs.verdict} in parts, or another trace"
    for name, states in other.violating.items():
        if list(states) != list(one.violating[name]):
            yield f"{name}: other violating states in parts"
