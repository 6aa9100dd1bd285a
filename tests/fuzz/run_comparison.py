"""Whether what is said of runs in time is so, whichever way a spec is explored.

In: a small spec, whose runs can be looked at one by one. Out: what the tool says otherwise than
brute force, of the space that Python explores, that native code does, and that in which values are
forgotten that no step reads any more; and of which kinds the spec is, so that it can be counted
that each was there.
"""

from __future__ import annotations

from collections.abc import Iterator

from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions
from model_check.explore.space import Space
from model_check.language import Spec
from model_check.machine.core import Failure
from model_check.machine.make import make_program
from model_check.verify.checking import check_spec
from model_check.verify.formula_values import told_with_values
from model_check.verify.verdicts import judge

from .compare import (
    Comparison,
    Differing,
    NoMachineError,
    SkippedError,
    comparison,
    judged_differences,
    native_spaces,
    stops,
)
from .in_time import InTime
from .replay import Replay

__all__ = ["FEW", "run_differences"]

FEW = 60
"""States of a spec whose runs are looked at one by one."""


def run_differences(spec: Spec) -> Differing:
    """What the tool says otherwise than brute force. Raises SkippedError."""
    plain = comparison(spec, FEW)
    found, kinds = [*plain.found], [*_kinds(plain)]
    if not found and plain.judge is not None and plain.replay is not None:
        assert plain.space is not None
        others = {
            "native code": _native(plain.judge, plain.replay, plain.space),
            "values forgotten": _forgotten(plain.judge, plain.replay),
        }
        for how, differing in others.items():
            if differing is not None:
                kinds.append(f"with {how}")
                found += [f"{each} (with {how})" for each in differing]
    return Differing(found, kinds)


def _kinds(plain: Comparison) -> Iterator[str]:
    if plain.judge is None:
        return
    explored = plain.judge.explored
    if explored.outside:
        yield "out of `within`"
    if explored.errors:
        yield "into errors"
    forms = [p for p in plain.judge.spec.properties if p.form.asks_runs]
    if any(plain.judge.expected(each).broken_off for each in forms):
        yield "bad prefixes"


def _native(judged_by: InTime, replay: Replay, space: Space) -> list[str] | None:
    """What differs in native code; None where it cannot explore this spec. Raises
    NoMachineError."""
    program = make_program(judged_by.spec, space.layout)
    found: list[str] = []
    try:
        for _, native in native_spaces(program, space.layout, (1,)):
            if isinstance(native, Failure):
                found = [f"the search wants more room: {native.message}"]
            elif not (found := stops(native, "the search", len(space.states))):
                told = told_with_values(native, judge(native))
                found = [*judged_differences(judged_by, replay, told)]
    except NoMachineError:
        raise
    except SkippedError:
        return None
    return found


def _forgotten(judged_by: InTime, replay: Replay) -> list[str] | None:
    """What differs where values are forgotten; None where there are none to forget."""
    options = SearchOptions(engine="python", forget_from=0)
    space, judgement = check_spec(judged_by.spec, Limits(timeout=20), options=options)
    if space.program.forgetting is None:
        return None
    stopped = stops(space, "the search", len(judged_by.explored.states))
    return stopped or [*judged_differences(judged_by, replay, judgement, fewer=True)]
