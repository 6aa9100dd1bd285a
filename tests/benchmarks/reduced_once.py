"""Checks one spec in this process with one way to leave something out, and prints as JSON what
was found and what it took.

    python -m tests.benchmarks.reduced_once '{"spec": PATH, "constants": {}, "reduce": "auto",
                                              "at once": true}'

A process of its own, so that its memory is that of one check. Dead values are told apart, as SPIN
does: what is measured is what the reductions gain. One worker, as SPIN has one.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from model_check.budget.memory import memory_in_use
from model_check.explore.search import SearchOptions
from model_check.language import load
from model_check.symbolic.finder import ReductionFinder
from model_check.verify.checking import check_spec

from .processes import BenchmarkError, peak_of

__all__ = ["Checked"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: states and transitions that were explored, states in which a run can
    end, the verdicts by property, and of each violation the steps of its trace; `endings`: what the
    defines are at the different ends of a violated property, in any order, with the steps to each.
    `wall` and `cpu`: seconds from the text of the spec to the verdicts; `memory`: bytes that the
    process took for it."""

    states: int
    transitions: int
    ends: int
    verdicts: dict[str, str]
    steps: dict[str, int]
    endings: dict[str, list[str]]
    wall: float
    cpu: float
    memory: int


def checked(request: Mapping[str, Any]) -> Checked:
    """Check as requested. Raises BenchmarkError where not everything was explored, or a verdict
    is not the expected one."""
    options = SearchOptions(workers=1, forget_from=None, reduce=request["reduce"])
    if request["at once"]:
        options = replace(options, symmetry_from=0, order_from=0)
    before = memory_in_use() or 0
    clock, cpu = time.perf_counter(), time.process_time()
    spec = load(Path(request["spec"]), request["constants"])
    space, judgement = check_spec(spec, options=options, finder=ReductionFinder())
    wall, spent = time.perf_counter() - clock, time.process_time() - cpu
    peak = peak_of(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    if not space.complete:
        raise BenchmarkError(f"not everything was explored: {space.stopped}")
    if wrong := [each.name for each in judgement.results if not each.as_expected]:
        raise BenchmarkError(f"{', '.join(wrong)} has another verdict than expected")
    results = judgement.results
    return Checked(
        states=len(space.states),
        transitions=space.transitions,
        ends=len(space.terminal),
        verdicts={each.name: each.verdict for each in results},
        steps={each.name: len(each.trace.steps) for each in results if each.trace is not None},
        endings={
            each.name: sorted(f"{dict(e.values)} after {e.length}" for e in each.endings)
            for each in results
            if each.endings
        },
        wall=wall,
        cpu=spent,
        memory=peak - before,
    )  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asdict(checked(json.loads(sys.argv[1])))))
