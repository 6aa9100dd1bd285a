"""z3 as the second judge of runs that never end, of steps, and of what is possible: against the
search on random small machines, and against a search that lies."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from fuzz.repair import load_text
from model_check import check
from model_check.explore.search import explore
from model_check.explore.space import Space
from model_check.results.check import PropertyResult, SecondOpinion
from model_check.symbolic import unrolling
from model_check.symbolic.answer import OUT_OF_WORK
from model_check.symbolic.bounded_check import SOONER, second_opinion
from model_check.verify import fair_runs, temporal
from model_check.verify.fair_cycles import Demands
from model_check.verify.fair_runs import FairRuns
from model_check.verify.formulas import StepAnswers
from model_check.verify.judgement import Judgement
from model_check.verify.verdicts import judge

PROPERTIES = (
    "finally: x == {n}", "eventually: x == {n}", "leads_to: {{after: x == {n}, comes: y == {m}}}",
    "each_step: x != {n} or old(y) == {m}", "possible: x == {n} and y == {m}",
    "ltl: 'G F a'", "ltl: 'F G !a'", "ltl: 'a U b'", "ltl: 'G (a -> X b)'", "ltl: '!a W b'",
    "ltl: 'F (a & X !a)'", "ltl: '(G F a) -> G F b'", "ltl: 'b R (a | b)'", "ltl: '!b M a'",
)  # fmt: skip


def machine(rng: random.Random) -> str:
    """Processes that go from number to number, each by a random table, with fairness of all
    kinds."""
    lines = ["model: table", "vars: {x: 0..2, y: 0..1}", "processes:"]
    for name in "pqr"[: rng.randint(1, 3)]:
        fairness = rng.choice(["weak", "weak", "strong", "none"])
        lines += [f"  {name}:", f"    fairness: {fairness}"]
        if rng.random() < 0.3:
            lines.append(f"    strong: [{name}0]")
        lines.append("    run: |")
        depth = "      "
        if rng.random() < 0.8:
            lines.append(f"{depth}while True:")
            depth += "    "
        for turn in range(rng.randint(1, 2)):
            guard = rng.choice([f"x == {rng.randint(0, 2)}", f"y == {rng.randint(0, 1)}", "True"])
            effect = rng.choice([f"x = {rng.randint(0, 2)}", "x = (x + 1) % 3", "y = 1 - y"])
            lines += [
                f"{depth}{'either' if turn == 0 else 'or'}:", f"{depth}    {name}{turn}:",
                f"{depth}        await {guard}", f"{depth}        {effect}",
            ]  # fmt: skip
        if not lines[-4].strip().startswith("or"):
            lines += [f"{depth}or:", f"{depth}    {name}_idle: await x == 2 and y == 1"]
    n, m = rng.randint(0, 2), rng.randint(0, 1)
    lines += [f"define: {{a: x == {n}, b: y == {m}}}", "properties:"]
    for number, form in enumerate(rng.sample(PROPERTIES, 4)):
        lines.append(f"  p{number}: {{{form.format(n=rng.randint(0, 2), m=m)}}}")
    return "\n".join(lines) + "\n"


def judged(text: str) -> tuple[Space, Judgement]:
    space = explore(load_text(text))
    return space, judge(space)


def opinions(text: str, counts: Counter[str]) -> list[str]:
    """About what z3 disagrees with the search."""
    space, judgement = judged(text)
    wrong = []
    for result in judgement.results:
        opinion = second_opinion(space, judgement, result, timeout=20)
        looped = result.trace is not None and result.trace.end == "loop"
        counts[opinion.answer] += 1
        counts[f"{result.verdict} {'by a lasso' if looped else ''}".strip()] += 1
        counts["sooner"] += opinion.note == SOONER
        if opinion.answer != "agrees":
            wrong.append(f"{result.name} {result.verdict}: {opinion}\n{text}")
    return wrong


def test_z3_agrees_about_random_machines_that_go_on_for_ever() -> None:
    counts: Counter[str] = Counter()
    for seed in range(14):
        assert opinions(machine(random.Random(seed)), counts) == []
    assert counts["violated by a lasso"] > 8
    assert counts["violated"] > 8
    assert counts["holds"] > 25


def _unfair(patch: pytest.MonkeyPatch) -> None:
    missing = Demands.missing
    patch.setattr(
        Demands, "missing",
        lambda self, always, sometimes, taken: missing(self, 0, sometimes, taken),
    )  # fmt: skip


def _none_is_fair(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Demands, "missing", lambda self, always, sometimes, taken: bool(self.weak))


def _strong_for_weak(patch: pytest.MonkeyPatch) -> None:
    demands = FairRuns.demands

    def weak_alone(self: FairRuns, acceptance: int) -> Demands:
        found = demands(self, acceptance)
        return Demands(found.weak | found.strong, 0, found.acceptance)

    patch.setattr(FairRuns, "demands", weak_alone)


def _weak_for_strong(patch: pytest.MonkeyPatch) -> None:
    demands = FairRuns.demands

    def all_strong(self: FairRuns, acceptance: int) -> Demands:
        found = demands(self, acceptance)
        return Demands(0, found.weak | found.strong, found.acceptance)

    patch.setattr(FairRuns, "demands", all_strong)


def _no_end_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FairRuns, "_ends", lambda *_: {})


def _every_end_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fair_runs, "accepts_for_ever", lambda *_: True)


def _no_lasso(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FairRuns, "_lasso", lambda *_: None)


def _every_letter(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fair_runs, "wanted", lambda must, must_not, atoms: 0)


def _the_formula_itself(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(temporal, "breaking", temporal.keeping)


def _before_for_after(patch: pytest.MonkeyPatch) -> None:
    of = StepAnswers.of
    patch.setattr(StepAnswers, "of", lambda self, before, after: of(self, after, before))


MISTAKES: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    _unfair, _none_is_fair, _strong_for_weak, _weak_for_strong, _no_end_counts, _every_end_counts,
    _no_lasso, _every_letter, _the_formula_itself, _before_for_after,
)  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_z3_sees_a_mistake_in_what_judges_the_space(
    mistake: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)
    for text in (STARVING, POLL, *(machine(random.Random(seed)) for seed in range(30))):
        try:
            wrong = opinions(text, Counter())
        except AssertionError:
            continue  # what tells the trace has noticed by itself
        if any("disagrees" in each for each in wrong):
            return
    raise AssertionError("nobody noticed")


STARVING = """\
model: starving
vars: {n: 0..1, got: bool}
processes:
  ticker:
    run: |
      while True:
          tick: n = 1 - n
  waiter:
    run: |
      take:
          await n == 1
          got = True
properties:
  served: {eventually: got}
"""
POLL = """\
model: poll
vars: {answered: bool}
processes:
  clerk:
    run: |
      either:
          answer: answered = True
      or:
          lose: pass
  customer:
    run: |
      while True:
          ask: if answered:
              break
properties:
  at_last: {finally: answered}
  some_time: {eventually: answered}
  can: {possible: answered}
  cannot: {possible: not answered and done(customer)}
  kept: {each_step: answered or not old(answered)}
  once: {each_step: answered == old(answered)}
"""


def opinion_of(name: str, text: str = POLL) -> tuple[PropertyResult, SecondOpinion]:
    space, judgement = judged(text)
    result = next(each for each in judgement.results if each.name == name)
    return result, second_opinion(space, judgement, result)


@pytest.mark.parametrize(
    ("name", "verdict", "steps"),
    [
        ("at_last", "violated", 2), ("some_time", "violated", 2), ("can", "holds", 1),
        ("cannot", "violated", 2), ("kept", "holds", 2), ("once", "violated", 1),
    ],
)  # fmt: skip
def test_what_it_says_of_a_poll(name: str, verdict: str, steps: int) -> None:
    result, opinion = opinion_of(name)
    assert (result.verdict, opinion.answer, opinion.steps) == (verdict, "agrees", steps)
    assert opinion.note == ""


def test_it_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "poll.yaml"
    path.write_text(POLL, encoding="utf-8")
    text = check(path, reason=False, bounded=True).text(width=200)
    for line in (
        "at_last      agrees: violated by a run that goes round within 2 steps, and by none that"
        " has sooner",
        "can          agrees: a run of 1 step shows it, and none sooner",
        "cannot       agrees: no run of at most 2 steps shows it",
        "kept         agrees: no run of at most 2 steps violates it",
        "once         agrees: violated after 1 step, and not sooner",
    ):
        assert line in text


def test_a_lasso_that_is_not_there_or_was_missed_is_contradicted() -> None:
    space, judgement = judged(POLL)
    result = next(each for each in judgement.results if each.name == "some_time")
    lie = dataclasses.replace(result, verdict="holds", trace=None)
    blind = dataclasses.replace(judgement, violating={})
    assert second_opinion(space, blind, lie).answer == "disagrees"
    surely = POLL.replace("lose: pass", "late: answered = True")
    space, judgement = judged(surely)
    holds = next(each for each in judgement.results if each.name == "some_time")
    assert second_opinion(space, judgement, holds).answer == "agrees"
    lie = dataclasses.replace(holds, verdict="violated", trace=result.trace)
    assert second_opinion(space, judgement, lie).answer == "disagrees"


def test_what_is_possible_sooner_or_later_than_said_is_contradicted() -> None:
    space, judgement = judged(POLL)
    result = next(each for each in judgement.results if each.name == "can")
    assert result.trace is not None
    for steps in ((), result.trace.steps * 2):
        lie = dataclasses.replace(result, trace=dataclasses.replace(result.trace, steps=steps))
        assert second_opinion(space, judgement, lie).answer == "disagrees"
    lie = dataclasses.replace(result, verdict="violated", trace=None)
    assert second_opinion(space, judgement, lie).answer == "disagrees"


def test_a_formula_that_may_have_no_value_is_not_asked() -> None:
    text = POLL.replace("vars: {", "vars: {box: 'list[0..1] = [0]', ")
    text = text.replace("lose: pass", "lose: box.append(1)")
    result, opinion = opinion_of("first", text + '  first: {eventually: "box[0] == 1"}\n')
    assert (result.verdict, opinion.answer) == ("violated", "undetermined")
    assert opinion.note == "z3 was not asked: a formula that may have no value"


def test_too_many_bits_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unrolling, "MOST_BITS", 5)
    _, opinion = opinion_of("some_time")
    assert opinion.answer == "undetermined"
    assert opinion.note.startswith("z3 was not asked: runs of ")


def test_without_time_nothing_is_claimed() -> None:
    space, judgement = judged(POLL)
    for result in judgement.results:
        late = second_opinion(space, judgement, result, timeout=0)
        assert (late.answer, late.note) == ("undetermined", OUT_OF_WORK)


COUNTS = """\
model: counts
vars: {x: 0..1, n: 0..40}
processes:
  p:
    run: |
      while True:
          up:
              x = 1 - x
              n = (n + 1) % 41
properties:
  comes: {eventually: x > 1}
  full: {ltl: "G F full"}
define: {full: n > 40}
"""


def test_a_lasso_need_not_come_back_to_what_nobody_reads() -> None:
    """Half of it is asked of the machine that forgets; what a property reads has to come back."""
    space = explore(load_text(COUNTS))
    judgement = judge(space)
    comes, full = judgement.results[:2]
    assert comes.trace is not None
    assert full.trace is not None
    assert (len(comes.trace.steps), len(full.trace.steps)) == (2, 41)
    assert second_opinion(space, judgement, comes).answer == "agrees"
    assert second_opinion(space, judgement, comes).note == ""
    steps = comes.trace.steps[:1]
    lie = dataclasses.replace(comes, trace=dataclasses.replace(comes.trace, steps=steps))
    assert second_opinion(space, judgement, lie).answer == "disagrees"
