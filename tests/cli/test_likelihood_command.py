"""`model-check likelihood`: what a user types, and what comes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_invoke import SPECS, Outcome, invoke, is_of_its_form, spec
from model_check.api import likelihood_report
from model_check.budget.spending import StopNow
from model_check.likelihood.estimate import Asked, Estimate, estimate
from model_check.likelihood.timed_graph import TimedGraph
from model_check.report.documents.timing import TIMED
from model_check.results.step_times import StepTimes, Timing

LEGACY = SPECS / "legacy.yaml"
FIX = SPECS / "fix-subscribe-first.yaml"
COIN = """\
model: coin
vars:
  fell: enum(unknown, heads, tails) = unknown
processes:
  hand:
    run: |
      either:
          heads: fell = heads
      or:
          tails: fell = tails
properties:
  no_tails:
    never: fell == tails
    expect: violated
  can_be_heads:
    possible: fell == heads
timing:
  hand.tails: CHANCE%
"""


def likelihood(tmp_path: Path, *words: object) -> Outcome:
    done = invoke("likelihood", *words, "--out", tmp_path / "out")
    assert "Traceback" not in done.err
    return done


def document(tmp_path: Path, *words: object) -> dict[str, Any]:
    done = likelihood(tmp_path, *words, "--json")
    found = json.loads(done.out)
    is_of_its_form(found, "likelihood")
    assert isinstance(found, dict)
    return found


def coin(tmp_path: Path, chance: str) -> Path:
    return spec(tmp_path, COIN.replace("CHANCE", chance))


def test_the_seed_loses_what_its_authors_guessed(tmp_path: Path) -> None:
    done = likelihood(tmp_path, LEGACY, "--property", "no_loss")
    assert done.code == 0
    for text in (
        "no_loss: 10 % of runs violate it",
        "  missing = {7}: 2.5 %",
        "at the end of a run, len(missing) is 0.1 in the mean",
        "Computed exactly",
        "How likely something is makes no verdict",
        "  no time: gateway.read_history, gateway.send_history, gateway.forward, client.show",
    ):
        assert text in done.out
    assert "holds," not in done.out
    written = json.loads((tmp_path / "out" / "legacy" / "likelihood.json").read_text("utf-8"))
    assert written["specs"][0]["method"] == "regions"
    assert written["specs"][0]["properties"][0]["share"]["estimate"] == pytest.approx(0.1)


def test_a_simulation_says_its_interval_its_runs_and_its_seed(tmp_path: Path) -> None:
    words = ("--property", "no_loss", "--simulate", "--precision", "2%", "--seed", "5")
    done = likelihood(tmp_path, LEGACY, *words)
    assert done.code == 0
    assert "Simulated: " in done.out
    assert ", seed 5; in brackets" in done.out
    (report,) = document(tmp_path, LEGACY, *words)["specs"]
    share = report["properties"][0]["share"]
    assert share["low"] < 0.1 < share["high"]
    assert share["high"] - share["low"] <= 0.04
    assert share["runs"] == round(share["estimate"] * report["runs"])
    assert report["seed"] == 5


def test_the_same_again_is_the_same_whatever_the_workers(tmp_path: Path) -> None:
    words = (LEGACY, "--simulate", "--precision", "1%", "--json")
    first = likelihood(tmp_path, *words, "--workers", "1").out
    assert likelihood(tmp_path, *words, "--workers", "3").out == first
    assert likelihood(tmp_path, *words, "--seed", "2").out != first


def test_what_no_order_of_the_steps_does_is_told_apart_from_what_has_no_chance(
    tmp_path: Path,
) -> None:
    done = likelihood(tmp_path, FIX)
    assert "no_loss: 0 % of runs violate it, although some order of the steps does" in done.out
    assert "in_order, no_deadlock, no_error: violated by no run in which time goes on" in done.out


def test_what_is_asked_of_all_runs_together_is_left_out_and_said(tmp_path: Path) -> None:
    done = likelihood(tmp_path, coin(tmp_path, "30"))
    assert "no_tails: 30 % of runs violate it" in done.out
    assert "can_be_heads is left out: it is asked of all runs together, not of one." in done.out
    done = likelihood(tmp_path, coin(tmp_path, "30"), "--property", "can_be_heads")
    assert done.code == 3
    assert "nothing can be said: can_be_heads is left out" in done.out


def test_what_is_rare_is_split(tmp_path: Path) -> None:
    path = spec(
        tmp_path,
        """\
model: rare
processes:
  up:
    vars:
      n: 0..20 = 0
      lost: bool
    run: |
      while n < 20 and not lost:
          either:
              win: n = n + 1
          or:
              lose: lost = True
properties:
  never_twenty:
    never: up.n == 20
    expect: violated
timing:
  up.win: 30%
""",
    )
    exact = 0.3**20
    (report,) = document(tmp_path, path)["specs"]
    assert report["properties"][0]["share"]["estimate"] == pytest.approx(exact, rel=1e-9)
    words = ("--simulate", "--runs", "2000")
    (report,) = document(tmp_path, path, *words)["specs"]
    found = report["properties"][0]
    assert found["method"] == "splitting"
    assert report["method"] == "simulation"
    assert found["share"]["runs"] is None
    assert found["share"]["low"] < exact * 1.5
    assert found["share"]["high"] > exact / 1.5
    assert found["share"]["high"] < 4 * exact
    assert "by splitting" in likelihood(tmp_path, path, *words).out


def test_a_sweep_of_two_specs_is_a_table_a_curve_and_a_page(tmp_path: Path) -> None:
    words = (LEGACY, FIX, "--property", "no_loss", "--sweep", "ai_service.save=0ms..20ms")
    done = likelihood(tmp_path, *words, "--points", "3")
    assert done.code == 0
    table = done.out.partition("ai_service.save  legacy  fix-subscribe-first\n")[2]
    rows = [line.split() for line in table.splitlines()[:3]]
    assert rows == [
        ["0ms", "10", "%", "0", "%"],
        ["10ms", "22.5", "%", "7.5", "%"],
        ["20ms", "32.5", "%", "20", "%"],
    ]
    assert "legacy: computed exactly; fix-subscribe-first: computed exactly" in done.out
    folder = tmp_path / "out" / "legacy"
    names = {each.name for each in folder.iterdir()}
    assert names == {"likelihood.json", "likelihood-no_loss.svg", "likelihood.html"}
    picture = (folder / "likelihood-no_loss.svg").read_text("utf-8")
    assert "fix-subscribe-first, 20ms: 20 %" in picture
    page = (folder / "likelihood.html").read_text("utf-8")
    assert "<script" not in page
    assert "<td>22.5 %</td><td>7.5 %</td>" in page
    found = json.loads((folder / "likelihood.json").read_text("utf-8"))
    is_of_its_form(found, "likelihood")
    assert [each["swept"] for each in found["specs"]] == ["ai_service.save"] * 2
    assert [each["time"] for each in found["specs"][1]["points"]] == [0, 10_000_000, 20_000_000]


def test_what_is_from_a_log_is_read_from_a_file(tmp_path: Path) -> None:
    path = spec(
        tmp_path,
        f"extends: {LEGACY}\nmodel: measured\ntiming:\n  gateway.subscribe: from log\n",
    )
    done = likelihood(tmp_path, path, "--allow-outside")
    assert done.code == 2
    assert f"{path}:4:3: no log was read that says how long gateway.subscribe takes" in done.err
    done = likelihood(tmp_path, path, "--allow-outside", "--timing", tmp_path / "none.json")
    assert done.code == 2
    assert "none.json" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--property", "no_los"), "legacy has no property no_los (did you mean no_loss?)"),
        (("--sweep", "gateway.subscribe"), "--sweep:1:1: this is no sweep"),
        (("--sweep", "gateway.subscribe=5ms"), "--sweep:1:19: a sweep goes from a time to"),
        (("--sweep", "gateway.subscribe=1..5"), "--sweep:1:19: a unit is missing: 1"),
        (("--sweep", "gateway.subscribe=9ms..5ms"), "the second time is the longer one"),
        (("--sweep", "gateway.subscribe=1h..9h"), "this time is too long"),
        (("--sweep", "gateway.subscrib=1ms..5ms"), "--sweep:1:1: no such step: gateway.subscrib"),
        (("--sweep", "a b=1ms..5ms"), "--sweep:1:1: this names no step: a b"),
        (("--precision", "0%"), "is no part in percent"),
        (("--precision", "0.5"), "is no part in percent"),
        (("--points", "1"), "--points"),
        (("--runs", "0"), "--runs"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = likelihood(tmp_path, LEGACY, *words)
    assert done.code == 2
    assert said in " ".join(done.err.split())
    assert not (tmp_path / "out").exists()


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    done = likelihood(tmp_path, SPECS)
    assert done.code == 2
    assert "this is a folder; name one spec" in done.err


def test_a_space_without_room_says_nothing(tmp_path: Path) -> None:
    done = likelihood(tmp_path, LEGACY, "--max-states", "10")
    assert done.code == 3
    assert "nothing can be said: the limit of 10 states was reached" in done.out
    (report,) = document(tmp_path, LEGACY, "--max-states", "10")["specs"]
    assert report["method"] is None
    assert report["properties"] == []


def test_a_run_that_never_ends_is_told_with_its_place(tmp_path: Path) -> None:
    path = spec(
        tmp_path,
        """\
model: poll
vars:
  seen: bool
processes:
  poller:
    run: |
      while True:
          look: seen = not seen
properties:
  at_last: {finally: seen}
timing:
  poller.look: 5ms
""",
    )
    done = likelihood(tmp_path, path)
    assert done.code == 0
    assert "at_last: 100 % of runs violate it" in done.out
    path.write_text(path.read_text().replace("  poller.look: 5ms", "  poller: 5ms"))
    done = likelihood(tmp_path, path)
    assert done.code == 2
    assert f"{path}:8:11: `poller.look` goes round for ever, and no time passes" in done.err


def test_a_sweep_to_no_time_at_all_is_refused_where_a_run_goes_round_then(tmp_path: Path) -> None:
    path = spec(
        tmp_path,
        """\
model: beats
vars:
  on: bool
  late: bool
processes:
  p:
    run: |
      while True:
          turn: on = not on
  q:
    run: |
      comes: late = True
properties:
  comes: {eventually: late}
  off: {finally: not on}
timing:
  p.turn: 5ms
  q.comes: 9ms
""",
    )
    words = (path, "--points", "2", "--sweep")
    done = likelihood(tmp_path, *words, "p.turn=1ms..9ms")
    assert done.code == 0
    done = likelihood(tmp_path, *words, "p.turn=0ms..9ms")
    assert done.code == 2
    assert f"{path}:9:11: `p.turn` goes round for ever, and no time passes" in done.err


def test_a_run_of_which_nothing_becomes_known_is_told_with_its_place(tmp_path: Path) -> None:
    path = spec(
        tmp_path,
        """\
model: chance
vars:
  on: bool
processes:
  p:
    run: |
      while True:
          either:
              up: on = True
          or:
              down: on = False
properties:
  lasts: {finally: on}
timing:
  p.up: normal 5ms 1ms
  p.down: normal 3ms 1ms
""",
    )
    done = likelihood(tmp_path, path)
    assert done.code == 2
    assert (
        f"{path}:11:15: `p.down` goes round for ever: a run does not end, and what is" in done.err
    )
    path.write_text(
        path.read_text().replace("normal 5ms 1ms", "exp 5ms").replace("normal 3ms 1ms", "exp 3ms")
    )
    done = likelihood(tmp_path, path)
    assert "lasts: 100 % of runs violate it" in done.out


def test_what_can_change_for_ever_has_no_last_value(tmp_path: Path) -> None:
    path = spec(
        tmp_path,
        """\
model: beats
vars:
  on: bool
  count_of: 0..3
processes:
  p:
    run: |
      add: count_of = 3
      while True:
          turn: on = not on
properties:
  off: {finally: not on}
define:
  lamp: on
  total: count_of
timing:
  p.turn: exp 5ms
""",
    )
    done = likelihood(tmp_path, path)
    assert "  total = 3, lamp can still change: 100 %" in done.out
    assert "at the end of a run, total is 3 in the mean" in done.out
    assert "No mean is told of lamp: some runs go on for ever, in which it can" in done.out
    (report,) = document(tmp_path, path)["specs"]
    (ending,) = report["properties"][0]["endings"]
    assert (ending["values"], ending["changing"]) == ({"total": 3}, ["lamp"])


def test_a_spec_without_times_says_so(tmp_path: Path) -> None:
    text = COIN.partition("timing:")[0]
    done = likelihood(tmp_path, spec(tmp_path, text))
    assert done.code == 0
    assert "no_tails: 50 % of runs violate it" in done.out
    assert "The spec says no time at all" in " ".join(done.out.split())


def test_what_may_go_wrong_never_does_unless_its_time_is_said(tmp_path: Path) -> None:
    text = """\
model: dies
vars:
  ready: bool
processes:
  worker:
    crashes: 1
    restarts: false
    run: |
      work: ready = True
properties:
  finished: {finally: ready, expect: violated}
timing:
  worker.work: exp 1s
"""
    path = spec(tmp_path, text)
    done = likelihood(tmp_path, path)
    assert "never, for no time is said: worker.crashes" in done.out
    assert "finished, no_deadlock, no_error: violated by no run" in done.out
    path.write_text(text + "  worker.crashes: exp 3s\n", "utf-8")
    done = likelihood(tmp_path, path)
    assert "finished: 25 % of runs violate it" in done.out
    assert "Computed exactly, up to rounding: all times are exponential" in done.out


def stop_at(call: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a limit be reached where the shares of this call are found."""
    calls: list[TimedGraph] = []

    def stopping(graph: TimedGraph, asked: Asked) -> Estimate:
        calls.append(graph)
        if len(calls) == call:
            raise StopNow("the time limit of 7 s was reached")
        return estimate(graph, asked)

    monkeypatch.setattr(likelihood_report, "estimate", stopping)


def test_what_is_known_of_the_specs_before_a_limit_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at(2, monkeypatch)
    done = likelihood(tmp_path, LEGACY, FIX, "--property", "no_loss")
    assert done.code == 3
    assert "no_loss: 10 % of runs violate it" in done.out
    assert "nothing can be said: the time limit of 7 s was reached" in done.out
    stop_at(1, monkeypatch)
    done = likelihood(tmp_path, LEGACY, FIX)
    assert (done.code, done.out) == (3, "")
    assert "the time limit of 7 s was reached: nothing can be said" in done.err


def test_the_points_of_a_sweep_before_a_limit_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at(4, monkeypatch)
    words = ("--property", "no_loss", "--sweep", "gateway.subscribe=1ms..5ms", "--points", "5")
    done = likelihood(tmp_path, LEGACY, *words)
    assert done.code == 3
    assert "2ms                4 %" in done.out
    assert "3ms  " not in done.out.partition("the share of runs that violate it")[2]
    assert "stopped before it was as precise as asked: the time limit of 7 s" in done.out


@pytest.mark.parametrize(
    ("chances", "idle"),
    [
        (["hand.look: 10%", "hand.tails: 30%"], True),
        (["hand.look: 10%", "hand.tails: 5ms, 30%"], True),
        (["hand.heads: 10%", "hand.tails: 30%"], False),
        (["hand.look: 5ms"], False),
    ],
)
def test_a_chance_that_is_never_one_of_several_is_told(
    tmp_path: Path, chances: list[str], idle: bool
) -> None:
    text = COIN.replace("      either:", "      look: pass\n      either:").partition("timing:")[0]
    path = spec(tmp_path, text + "timing:\n" + "".join(f"  {each}\n" for each in chances))
    line = len(text.splitlines()) + 2
    (found,) = document(tmp_path, path)["specs"]
    told = [each for each in found["notes"] if each.startswith("the chance of")]
    text = f"the chance of hand.look ({path}:{line}) makes no difference: wherever it can come, it"
    assert told == [f"{text} is the only one to choose from"] * idle


def test_measured_times_that_nothing_asks_for_are_told(tmp_path: Path) -> None:
    measured = tmp_path / "times.json"
    times = StepTimes("hand.heads", "step", False, (1_000,), 0)
    measured.write_text(TIMED.text(Timing("coin", ("log",), 1, (times,))))
    note = f"nothing of {measured} was used: no time in this spec's `timing` is `from log`"
    used = spec(tmp_path, COIN.replace("hand.tails: CHANCE%", "hand.heads: from log"), "used.yaml")
    for path, told in ((coin(tmp_path, "30"), True), (used, False)):
        (found,) = document(tmp_path, path, "--timing", measured)["specs"]
        assert (note in found["notes"]) is told
