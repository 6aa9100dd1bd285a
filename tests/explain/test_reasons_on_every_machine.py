"""The same reason on a slow and on a fast machine: work is counted, and clocks are a net below."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from model_check.api.check import check
from model_check.budget.deadline import NET, UNITS_A_SECOND, Deadline, DeadlineError, Effort
from model_check.explain import constrained_search
from model_check.explain.patience import REASON_TIMEOUT
from model_check.explain.reason import TOO_LATE, Explainer
from model_check.language import load
from model_check.results.reasons import Reason
from model_check.symbolic.answer import OUT_OF_WORK, Answer
from model_check.symbolic.solver import is_satisfiable
from model_check.verify.checking import check_spec

SPECS = Path(__file__).parents[2] / "specs"
SECONDS = re.compile(r"[\d.,]+ (s|ms)\b|\([\d,]+ states/s\)")

PIGEONS = "\n".join(
    [
        *(f"(declare-fun |p{i}{j}| () Bool)" for i in range(7) for j in range(6)),
        *(f"(assert (or {' '.join(f'|p{i}{j}|' for j in range(6))}))" for i in range(7)),
        *(
            f"(assert (not (and |p{i}{j}| |p{k}{j}|)))"
            for j in range(6) for i in range(7) for k in range(i)
        ),
    ]
)  # fmt: skip
"""Seven pigeons and six holes: z3 has to try."""


def faster(monkeypatch: pytest.MonkeyPatch, times: float) -> None:
    """Have all clocks run as they would on a machine that is so many times slower."""
    for name in ("monotonic", "process_time", "perf_counter"):
        clock: Callable[[], float] = getattr(time, name)
        monkeypatch.setattr(time, name, lambda clock=clock: times * clock())


CHAT = SPECS / "legacy.yaml"
SHORT = {"STORED": "1", "TOTAL": "3"}


def reasons(path: Path, timeout: float, constants: Mapping[str, str] = SHORT) -> dict[str, Reason]:
    space, judgement = check_spec(load(path, constants))
    explainer = Explainer(space, judgement)
    found = {
        each.name: explainer.explain(each, timeout=timeout)
        for each in judgement.results
        if each.verdict == "violated"
    }
    return {name: replace(each, seconds=0.0) for name, each in found.items()}


@pytest.mark.parametrize(
    ("spec", "constants"), [(CHAT, SHORT), (SPECS / "faults" / "late-ack.yaml", {})]
)
def test_what_is_printed_is_the_same_byte_for_byte_where_clocks_run_twenty_times_faster(
    spec: Path, constants: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = SECONDS.sub("", check(spec, constants).text())
    assert "violated" in printed
    faster(monkeypatch, 20)
    assert SECONDS.sub("", check(spec, constants).text()) == printed


@pytest.mark.parametrize("seconds", [0.002, 0.01, 0.02, 0.05])
def test_a_reason_that_runs_out_of_work_does_so_at_the_same_place_on_every_machine(
    seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = reasons(CHAT, seconds)
    assert any("work" in each.note + each.races_note for each in found.values())
    faster(monkeypatch, 20)
    assert reasons(CHAT, seconds) == found


def test_little_work_leaves_open_what_much_work_decides() -> None:
    notes = [reasons(CHAT, each)["no_loss"] for each in (0.0, 0.05, 5.0)]
    assert [(each.proved_by, each.complete_by, each.note) for each in notes] == [
        ("", "", TOO_LATE),
        ("search", "search", OUT_OF_WORK),
        ("z3 and search", "z3 and search", ""),
    ]


def test_the_clocks_are_a_net_that_says_so_and_claims_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space, judgement = check_spec(load(CHAT, SHORT))
    whole = Explainer(space, judgement).explain(judgement.results[0], timeout=REASON_TIMEOUT)
    assert whole.complete_by == "z3 and search"
    faster(monkeypatch, 1e9)
    caught = Explainer(space, judgement).explain(judgement.results[0], timeout=REASON_TIMEOUT)
    told = f"stopped after {NET * REASON_TIMEOUT:g} s"
    assert caught.facts == caught.races == ()
    assert (caught.complete_by, caught.proved_by) == ("", "")
    assert caught.note == f"no reason was found: {told}"


@pytest.mark.parametrize("slow", ["process_time", "monotonic"])
def test_either_clock_ends_it(slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = dict.fromkeys(("process_time", "monotonic"), 100.0)
    for name in moments:
        monkeypatch.setattr(time, name, lambda name=name: moments[name])
    deadline = Deadline.of_work(4)
    moments[slow] += 4 * NET - 1
    assert (deadline.is_over(), deadline.why()) == (False, "")
    moments[slow] += 1
    assert (deadline.is_over(), deadline.why()) == (True, f"stopped after {4 * NET} s")


def test_work_that_is_done_is_no_clock() -> None:
    deadline = Deadline.of_work(1)
    deadline.look(UNITS_A_SECOND - 1)
    with pytest.raises(DeadlineError):
        deadline.look(1)
    assert deadline.is_over()
    assert deadline.why() == ""


def test_z3_spends_the_same_each_time_and_stops_where_its_work_is_done() -> None:
    spent = []
    for _ in range(3):
        effort = Effort(1e9)
        assert is_satisfiable(PIGEONS, Deadline(effort=effort)) is Answer.NO
        spent.append(1e9 - effort.left)
    assert spent[0] > 1000
    assert len(set(spent)) == 1
    for share, answer in ((0.5, Answer.UNKNOWN), (0.9, Answer.UNKNOWN), (1.5, Answer.NO)):
        effort = Effort(share * spent[0])
        assert is_satisfiable(PIGEONS, Deadline(effort=effort)) is answer
        assert (effort.left <= 0) == (answer is Answer.UNKNOWN)


def test_the_reason_of_the_chat_takes_less_than_a_second_of_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Deadline] = []
    of_work = Deadline.of_work

    def kept(*words: object) -> Deadline:
        made.append(of_work(*words))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(Deadline, "of_work", staticmethod(kept))
    reasons(CHAT, 5.0, {})
    assert len(made) == 2
    assert all(4.0 * UNITS_A_SECOND < each.effort.left < 5.0 * UNITS_A_SECOND for each in made)


def test_no_search_for_a_reason_takes_more_memory_than_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(constrained_search, "MOST_NODES", 20)
    found = reasons(CHAT, 5.0)["no_loss"]
    assert (found.proved_by, found.complete_by) == ("", "")
    assert found.note == TOO_LATE


def test_nothing_is_looked_for_where_every_run_violates_from_the_start(tmp_path: Path) -> None:
    text = """\
model: from-the-start
vars: {n: 0..30, m: 0..30, x: 0..1}
processes:
  p:
    run: |
      more: while n < 30:
          up: n += 1
  q:
    run: |
      more: while m < 30:
          up: m += 1
properties:
  at_last: {finally: x == 1}
"""
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    # Listing all runs is work for 0.1 seconds; a search among them would be more.
    found = reasons(path, 0.2, {})["at_last"]
    assert (found.facts, found.complete_by, found.note) == ((), "search", "")
    assert [each.facts for each in found.races] == [()]
