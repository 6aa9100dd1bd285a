"""`finally` is not said to hold where a fair run goes on for ever without it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from fuzz.compare import differences
from model_check import check
from model_check.language import load
from model_check.verify import verdicts
from model_check.verify.checking import check_spec
from model_check.verify.fair_cycles import Demands

POLL = """\
model: poll
about: A clerk may lose the order; the customer asks until there is an answer.
vars:
  answered: bool
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
  answered_at_last: {finally: answered}
"""


def checked(tmp_path: Path, text: str) -> dict[str, str]:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return {each.name: each.verdict for each in check(path, reason=False)}


def test_a_poll_that_goes_on_for_ever_is_no_proof(tmp_path: Path) -> None:
    path = tmp_path / "poll.yaml"
    path.write_text(POLL, encoding="utf-8")
    result = check(path, reason=False)
    found = result["answered_at_last"]
    assert found.verdict == "violated"
    trace = result.trace("answered_at_last")
    assert (trace.end, trace.loop_from) == ("loop", 1)
    assert [each.event for each in trace.steps] == ["clerk.lose", "customer.ask"]
    assert result.exit_code == 1


def test_a_poll_that_is_answered_in_every_fair_run_holds(tmp_path: Path) -> None:
    surely = POLL.replace("          lose: pass", "          late: answered = True")
    assert checked(tmp_path, surely)["answered_at_last"] == "holds"


def test_a_spec_in_which_no_run_ends_proves_nothing_of_ends(tmp_path: Path) -> None:
    text = (
        "model: spin\nvars: {paid: bool}\nprocesses:\n  payer:\n    run: |\n"
        "      while True:\n          look: if paid:\n              break\n"
        "properties:\n  at_last: {finally: paid}\n"
    )
    assert checked(tmp_path, text)["at_last"] == "violated"


def test_a_formula_that_stays_true_for_ever_holds(tmp_path: Path) -> None:
    text = (
        "model: beat\nvars: {n: 0..1, up: bool}\nprocesses:\n  heart:\n    run: |\n"
        "      start: up = True\n      while True:\n          beat: n = 1 - n\n"
        "properties:\n  alive: {finally: up}\n  resting: {finally: n == 0}\n"
    )
    assert checked(tmp_path, text) == {
        "alive": "holds", "resting": "violated", "no_deadlock": "holds", "no_error": "holds",
    }  # fmt: skip


def test_a_violation_at_an_end_is_still_one(tmp_path: Path) -> None:
    text = POLL.replace("while True", "for turn in range(2)")
    assert checked(tmp_path, text)["answered_at_last"] == "violated"


def test_a_space_too_large_to_look_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "poll.yaml"
    path.write_text(POLL, encoding="utf-8")
    monkeypatch.setattr(verdicts, "MOST_TRANSITIONS", 4)
    found = check(path, reason=False)["answered_at_last"]
    assert found.verdict == "holds"
    assert found.note.startswith("judged of the runs that end")


MAY_STOP = """\
model: may_stop
vars: {x: bool}
processes:
  p:
    fairness: none
    run: |
      go: x = True
properties:
  comes: {eventually: x}
  follows: {leads_to: {after: not x, comes: x}}
  at_last: {finally: x}
  both: {ltl: "F x"}
"""


def test_who_has_no_fairness_need_not_act_though_nobody_else_can(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(MAY_STOP, encoding="utf-8")
    result = check(path, reason=True)
    for name in ("comes", "follows", "at_last", "both"):
        assert result[name].verdict == "violated", name
        assert (result.trace(name).end, result.trace(name).steps) == ("rest", ())
    assert result["no_deadlock"].verdict == "holds"


def test_who_else_acts_makes_no_difference_to_one_without_fairness(tmp_path: Path) -> None:
    text = MAY_STOP.replace(
        "  p:\n", "  heart:\n    run: |\n      while True:\n          beat: pass\n  p:\n"
    )
    assert {checked(tmp_path, text)[n] for n in ("comes", "follows", "both")} == {"violated"}
    path = tmp_path / "spec.yaml"
    assert check(path, reason=False).trace("comes").end == "loop"


def test_a_step_that_has_to_happen_ends_the_rest(tmp_path: Path) -> None:
    surely = MAY_STOP.replace("fairness: none", "fairness: none\n    strong: [go]")
    assert set(checked(tmp_path, surely).values()) == {"holds"}


def automaton(rng: random.Random) -> str:
    """Processes that go from number to number for ever, each by its own random table."""
    lines = ["model: automaton", "vars: {x: 0..2, y: 0..1}", "processes:"]
    for name in "pqr"[: rng.randint(1, 3)]:
        lines += [f"  {name}:", "    run: |"]
        depth = "      "
        if rng.random() < 0.8:
            lines.append(f"{depth}while True:")
            depth += "    "
        for turn in range(rng.randint(1, 3)):
            lines.append(f"{depth}{'either' if turn == 0 else 'or'}:")
            guard = rng.choice([f"x == {rng.randint(0, 2)}", f"y == {rng.randint(0, 1)}", "True"])
            effect = rng.choice(
                [f"x = {rng.randint(0, 2)}", f"y = {rng.randint(0, 1)}", "y = 1 - y"]
            )
            lines += [
                f"{depth}    {name}{turn}:",
                f"{depth}        await {guard}",
                f"{depth}        {effect}",
            ]
        if lines[-4].startswith(f"{depth}either"):
            lines += [f"{depth}or:", f"{depth}    {name}_idle: await x == 2 and y == 1"]
    lines += ["properties:", f"  at_last: {{finally: x == {rng.randint(0, 2)}}}"]
    lines += [f"  one_of: {{finally: x == {rng.randint(0, 2)} or y == {rng.randint(0, 1)}}}"]
    return "\n".join(lines) + "\n"


def test_the_judge_agrees_on_random_automata(tmp_path: Path) -> None:
    endless = 0
    for seed in range(40, 80):  # 74 shows the mistake below
        path = tmp_path / f"{seed}.yaml"
        path.write_text(automaton(random.Random(seed)), encoding="utf-8")
        spec = load(path)
        assert differences(spec) == [], path.read_text(encoding="utf-8")
        _, judgement = check_spec(spec)
        endless += sum(
            each.trace is not None and each.trace.end == "loop" for each in judgement.results
        )
    assert 8 < endless < 72


def test_the_judge_sees_a_component_that_is_not_fair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted mistake: whoever could act all the time may be passed over for ever."""
    missing = Demands.missing
    monkeypatch.setattr(
        Demands, "missing",
        lambda self, always, sometimes, taken: missing(self, 0, sometimes, taken),
    )  # fmt: skip
    with pytest.raises(AssertionError):
        test_the_judge_agrees_on_random_automata(tmp_path)
