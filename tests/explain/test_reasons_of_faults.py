"""What is said of runs in which something goes wrong: certain, forced, proved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fuzz.compare import SkippedError
from fuzz.fault_specs import FAULT_SPECS
from fuzz.faulty import faulty
from fuzz.race_specs import random_race
from fuzz.races import disagreements, mistold
from fuzz.repair import load_text, repaired
from model_check import check
from model_check.explain.runs import Moves, RunGraph
from model_check.report.words.phrases import no_return_text
from model_check.results.check import NoReturn, PropertyResult
from model_check.symbolic import events
from model_check.symbolic.encoding import RunEncoding
from model_check.symbolic.unrolling import Unrolling
from model_check.symbolic.witness import WitnessRun
from model_check.verify.doomed import Continuations

Patch = pytest.MonkeyPatch
JUDGED = ("stays away", "for ever", "only faults", "right at first", "race")


@pytest.mark.parametrize("name", JUDGED)
def test_what_is_told_of_faults_is_so(name: str) -> None:
    assert mistold(load_text(FAULT_SPECS[name])) == []


@pytest.mark.parametrize("name", JUDGED)
def test_z3_and_the_search_agree_where_something_goes_wrong(name: str) -> None:
    counts: Counter[str] = Counter()
    assert disagreements(load_text(FAULT_SPECS[name]), counts) == []
    assert counts["bounded agrees"] > 0


def test_what_is_told_of_random_races_with_faults_is_so() -> None:
    judged = 0
    for seed in (1, 4, 5, 8, 12, 13, 15):
        text = repaired(faulty(random_race)(seed))
        if text is not None:
            try:
                assert mistold(load_text(text)) == [], text
            except SkippedError:
                continue
            judged += 1
    assert judged >= 2


# --- known answers ------------------------------------------------------------------------------

WORKER = """\
model: worker
vars: {worked: bool}
resources:
  jobs: {kind: "queue[1..1]"}
processes:
  shop:
    run: |
      place: jobs.put(1)
  worker:
    crashes: 1
    RESTARTS
    run: |
      take: jobs.get()
      work: worked = True
properties:
  all_done: {finally: worked}
"""


def judged(folder: Path, text: str, name: str) -> PropertyResult:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path)[name]


def test_a_loss_is_certain_after_the_crash_and_not_before(tmp_path: Path) -> None:
    found = judged(tmp_path, WORKER.replace("    RESTARTS\n", ""), "all_done")
    assert found.trace is not None
    events = [step.event for step in found.trace.steps]
    assert events == ["shop.place", "worker.take", "worker.crashes"]
    assert found.no_return is not None
    assert found.no_return.step == 3


DEADLOCK = """\
model: stuck
vars: {asked: bool, answered: bool}
processes:
  client:
    crashes: 1
    keeps: [tries]
    vars: {tries: 0..2}
    run: |
      ask:
          tries += 1
          if tries == 2:
              asked = True
      hear: await answered
  server:
    run: |
      serve:
          await asked
          answered = True
"""


def test_an_end_that_a_fault_could_mend_is_never_certain(tmp_path: Path) -> None:
    # The request is lost; only if the client crashes it asks again.
    found = judged(tmp_path, DEADLOCK, "no_deadlock")
    assert found.verdict == "violated"
    assert found.trace is not None
    assert [step.event for step in found.trace.steps] == ["client.ask"]
    assert found.no_return == NoReturn(None, "")
    assert no_return_text(found) == (
        "never certain: at every step some run still goes on without violating it"
    )


def test_a_reason_may_name_what_goes_wrong(tmp_path: Path) -> None:
    found = judged(tmp_path, WORKER.replace("RESTARTS", "restarts: false"), "all_done")
    assert found.reason is not None
    told = [(each.first, each.second) for each in found.reason.facts]
    assert told == [("worker.crashes", "")]
    assert found.reason.complete_by == "z3 and search"


# --- planted mistakes ---------------------------------------------------------------------------


def z3_waits_for_faults(patch: Patch) -> None:
    right = RunEncoding._next
    patch.setattr(
        RunEncoding,
        "_next",
        lambda self, instance, count, *, faults: right(self, instance, count, faults=True),
    )


def z3_is_sure_of_faults(patch: Patch) -> None:
    right = events._SlotFinder.slots

    def sure(self: Any) -> Any:
        found, last = right(self)
        return [replace(each, certain=True) for each in found], last

    patch.setattr(events._SlotFinder, "slots", sure)


def a_witness_waits_for_faults(patch: Patch) -> None:
    right = WitnessRun._outcomes
    patch.setattr(
        WitnessRun,
        "_outcomes",
        lambda self, state, instance, *, faults: right(self, state, instance, faults=True),
    )


def a_run_moved_by_moves_waits_for_faults(patch: Patch) -> None:
    right = Unrolling._option
    patch.setattr(
        Unrolling,
        "_option",
        lambda self, number, here, outcome, *, fault: right(
            self, number, here, outcome, fault=False
        ),
    )


def what_can_go_wrong_surely_does(patch: Patch) -> None:
    right = Continuations.settled
    patch.setattr(
        Continuations,
        "settled",
        lambda self, state, *, moves, failing, may_end: right(
            self, state, moves=moves, failing=failing, may_end=may_end and not moves
        ),
    )


def nothing_goes_on_from_an_end(patch: Patch) -> None:
    right = RunGraph.of_space

    def cut(moves: Moves, violates: Callable[[int], bool]) -> RunGraph:
        graph = right(moves, violates)
        ends = graph.good | graph.bad
        rows = tuple(() if n in ends else row for n, row in enumerate(graph.successors))
        return replace(graph, successors=rows)

    patch.setattr(RunGraph, "of_space", staticmethod(cut))


MISTAKES: Sequence[Callable[[Patch], None]] = (
    z3_waits_for_faults,
    z3_is_sure_of_faults,
    a_witness_waits_for_faults,
    a_run_moved_by_moves_waits_for_faults,
    what_can_go_wrong_surely_does,
    nothing_goes_on_from_an_end,
)


@pytest.mark.thorough
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each.__name__)
def test_a_planted_mistake_is_seen(mistake: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mistake(monkeypatch)
    assert any(map(contradicts, (*(FAULT_SPECS[name] for name in JUDGED), DEADLOCK)))


def contradicts(text: str) -> bool:
    """Whether a spec shows a mistake that was put into the tool."""
    spec = load_text(text)
    try:
        return bool(mistold(spec) or disagreements(spec))
    except AssertionError:
        return True  # it made the tool contradict itself


SECOND_TRY = """\
model: second-try
vars: {served: 0..1}
processes:
  worker:
    crashes: 1
    keeps: [tried]
    vars: {tried: bool, fresh: bool}
    run: |
      if tried:
          retry: pass
      else:
          take:
              fresh = True
              tried = True
      work: if fresh:
          finish: served = 1
properties:
  all_served: {finally: served == 1}
"""


def test_a_crash_is_placed_behind_those_steps_alone_behind_which_a_run_has_it(
    tmp_path: Path,
) -> None:
    """Who comes to `retry` has crashed before, and does so once."""

    def reasons(crashes: int) -> set[str]:
        path = tmp_path / "second-try.yaml"
        path.write_text(SECOND_TRY.replace("crashes: 1", f"crashes: {crashes}"), encoding="utf-8")
        reason = check(path)["all_served"].reason
        return {str(fact) for race in reason.races for fact in race.facts}

    finish = "worker crashes after work and before finish"
    assert reasons(1) == {"worker crashes after take and before work", finish}
    assert "worker crashes after retry or take and before work" in reasons(2)


LIMITED = """\
model: limited
resources: {jobs: {kind: "redis.list[1..2]"}}
processes:
  app:
    run: |
      for job in range(1, 3):
          add: jobs.rpush(job)
  worker:
    crashes: 1
    keeps: [ready]
    vars: {job: "1..2?", ready: "set[1..2]"}
    run: |
      while True:
          take: job = jobs.blpop(timeout=5)
          if job is not None:
              work: ready.add(job)
properties:
  all_worked: {finally: "worker.ready == {1, 2}"}
"""


def test_a_crash_is_not_placed_behind_a_step_that_does_not_lead_there(tmp_path: Path) -> None:
    path = tmp_path / "limited.yaml"
    path.write_text(LIMITED, encoding="utf-8")
    reason = check(path)["all_worked"].reason
    assert reason is not None
    assert [str(fact) for fact in reason.facts] == ["worker crashes after take and before work"]
    assert reason.complete_by == "search"
