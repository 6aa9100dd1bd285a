"""What is computed of how likely a loss is, beside what real connections lose.

The specs' processes run freely on a real Redis, as `record` lets them: a message every so often,
so much between publishing and saving, so much between the commands of whoever connects, at a random
moment. The same times are computed with. A real step takes longer than what was asked for, by what
a command and a timer take: so it is computed as well with the times that steps took in these runs,
and that is what has to agree.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model_check.api.likelihood import how_likely
from model_check.api.real_runs import record
from model_check.report.documents.timing import TIMED
from model_check.results.likelihood import Share
from model_check.results.shares import share_interval
from model_check.results.step_times import Timing

from .processes import BenchmarkError

__all__ = ["recorded"]

SPECS = Path(__file__).parents[2] / "specs"
PROPERTY = "no_loss"
CONNECTIONS = 300
EVERY = 50
"""Milliseconds from one message to the next."""
CERTAIN = 0.999
"""Of five rows one may well lie outside of its interval of 95 %: what fails is what lies outside of
this one."""


@dataclass(frozen=True, slots=True)
class Case:
    """A spec, the step that the window is before, and how many milliseconds there are between its
    commands (`window`), and between publishing and saving (`gap`)."""

    spec: str
    step: str
    window: int
    gap: int

    @property
    def told(self) -> str:
        return f"{self.spec}, window {self.window} ms, {self.gap} ms to save"


CASES = (
    Case("legacy", "gateway.subscribe", 5, 0),
    Case("legacy", "gateway.subscribe", 30, 0),
    Case("fix-subscribe-first", "gateway.read_history", 5, 0),
    Case("fix-subscribe-first", "gateway.read_history", 5, 5),
    Case("fix-subscribe-first", "gateway.read_history", 5, 20),
)


def recorded(*, quick: bool) -> None:
    """Print the table. `quick`: with few connections. Raises BenchmarkError where what is computed
    is not what was recorded."""
    connections = 60 if quick else CONNECTIONS
    print(f"{'':46}  computed  recorded, 95 %            computed with its times, 95 %")
    wrong = []
    for case in CASES:
        found = record(
            SPECS / f"{case.spec}.yaml", interval=EVERY / 1000, gap=case.gap / 1000,
            window=case.window / 1000, connections=connections,
        )  # fmt: skip
        lost, judged = found.broken[PROPERTY], found.judged
        asked = _computed(case)
        assert found.timing is not None
        real = _computed(case, found.timing)
        _, low, high = share_interval(lost, judged)
        print(
            f"{case.told:46}  {asked.estimate:7.1%}"
            f"   {lost / judged:6.1%} ({low:.1%} to {high:.1%})"
            f"    {real.estimate:6.1%} ({real.low:.1%} to {real.high:.1%})",
            flush=True,
        )
        _, least, most = share_interval(lost, judged, CERTAIN)
        if real.high < least or most < real.low:
            wrong.append(f"{case.told}: {real.estimate:.1%} is not in {least:.1%} to {most:.1%}")
    if wrong:
        raise BenchmarkError("\n".join(wrong))


def _computed(case: Case, measured: Timing | None = None) -> Share:
    """The share of runs that lose something, with the times that were asked for, or with those that
    were measured."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timed.yaml"
        times = None
        if measured is not None:
            times = Path(folder) / "times.json"
            times.write_text(TIMED.text(measured), encoding="utf-8")
        path.write_text("\n".join(_lines(case, measured)), encoding="utf-8")
        found = how_likely(path, properties=[PROPERTY], allow_outside=True, timing=times)
        return found[PROPERTY].share


def _lines(case: Case, measured: Timing | None) -> Iterator[str]:
    yield f"extends: {SPECS / case.spec}.yaml"
    yield "model: timed"
    yield "timing:"
    if measured is None:
        yield f"  ai_service.publish: {EVERY}ms"
        yield f"  ai_service.save: {case.gap}ms"
        # `record` lets everybody begin while a publisher that saves at once would publish.
        yield f"  gateway: 0..{4 * EVERY}ms"
        yield f"  {case.step}: {case.window}ms"
    else:
        yield "  gateway: from log"
        for each in measured.steps:
            if each.since == "step" and not each.waits:
                yield f"  {each.step}: from log"
