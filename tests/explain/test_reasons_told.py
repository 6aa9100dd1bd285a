"""The reason that is told of a spec: its facts, of which runs it is one, and who proved it."""

from __future__ import annotations

from pathlib import Path

import pytest
from explained_specs import reason_of, spec
from model_check.explain.reason import TOO_LATE

ROOT = Path(__file__).parents[2]


def test_legacy_is_explained_by_two_orderings_that_z3_proves() -> None:
    reason = reason_of(ROOT / "specs" / "legacy.yaml", "no_loss")
    assert {str(each) for each in reason.facts} == {
        "gateway.read_history comes before ai_service.save[7]",
        "ai_service.publish[7] comes before gateway.subscribe",
    }
    assert (reason.proved_by, reason.note) == ("z3 and search", "")
    assert reason.scope == "complete runs"
    for each in reason.facts:
        assert each.witness.index(each.second) < each.witness.index(each.first)


def test_subscribing_first_is_explained_by_the_window_between_publish_and_save() -> None:
    reason = reason_of(ROOT / "specs" / "fix-subscribe-first.yaml", "no_loss", timeout=5.0)
    assert {str(each) for each in reason.facts} == {
        "gateway.read_history comes before ai_service.save[7]",
        "ai_service.publish[7] comes before gateway.subscribe",
    }


def test_without_time_there_is_no_reason_but_a_note() -> None:
    reason = reason_of(ROOT / "specs" / "legacy.yaml", "no_loss", timeout=0.0)
    assert (reason.facts, reason.proved_by) == ((), "")
    assert reason.note == TOO_LATE


ALWAYS = """\
model: use-after-close
vars:
  closed: bool = False
  seen: list[bool] = []
processes:
  owner:
    run: |
      prepare: pass
      close: closed = True
  user:
    run: |
      use: seen.append(closed)
properties:
  open_when_used:
    always: not any(seen)
    expect: violated
  used_when_closed:
    never: any(seen)
    expect: violated
  nobody_moves:
    always: not closed
    expect: violated
"""


@pytest.mark.parametrize("name", ["open_when_used", "used_when_closed"])
def test_a_bad_state_on_the_way_is_explained_among_all_complete_runs(
    tmp_path: Path, name: str
) -> None:
    reason = reason_of(spec(tmp_path, ALWAYS), name)
    assert reason.scope == "complete runs"
    assert [str(each) for each in reason.facts] == ["owner.close comes before user.use"]
    assert (reason.proved_by, reason.note) == ("z3 and search", "")
    assert reason.facts[0].witness == ("owner.prepare", "user.use", "owner.close")


def test_a_bad_state_in_any_order_is_said_to_be_one(tmp_path: Path) -> None:
    reason = reason_of(spec(tmp_path, ALWAYS), "nobody_moves")
    assert (reason.facts, reason.proved_by) == ((), "search")
    assert not reason.note


ERROR = """\
model: too-late
vars:
  box: list[int] = [1]
  got: int = 0
processes:
  clearer:
    run: |
      clear: box = []
  consumer:
    run: |
      look: pass
      take: got = box[0]
properties:
  no_error:
    expect: violated
"""


def test_a_run_time_error_is_explained(tmp_path: Path) -> None:
    reason = reason_of(spec(tmp_path, ERROR), "no_error")
    assert [str(each) for each in reason.facts] == ["clearer.clear comes before consumer.take"]
    assert reason.proved_by == "z3 and search"
    assert reason.facts[0].witness[-1] == "clearer.clear"


CHOICE = """\
model: pick
types:
  N: 0..2
vars:
  picked: N = 0
  waved: bool = False
processes:
  picker:
    run: |
      pick: picked = choose({0, 1, 2})
  bystander:
    run: |
      wave: waved = True
properties:
  small:
    finally: picked < 2
    expect: violated
  waits:
    always: picked < 2
    expect: violated
  late:
    finally: not waved
    expect: violated
"""


@pytest.mark.parametrize("name", ["small", "waits"])
def test_what_is_chosen_is_a_fact(tmp_path: Path, name: str) -> None:
    reason = reason_of(spec(tmp_path, CHOICE), name)
    assert [str(each) for each in reason.facts] == ["some picker.pick leaves picked = 2"]
    assert reason.facts[0].details.leaves == "picked = 2"
    assert (reason.proved_by, reason.complete_by) == ("z3 and search", "z3 and search")


def test_what_every_complete_run_violates_is_said_to_be_so(tmp_path: Path) -> None:
    reason = reason_of(spec(tmp_path, CHOICE), "late")
    assert (reason.facts, reason.proved_by) == ((), "search")
    assert not reason.note


CYCLE = """\
model: round-and-round
vars:
  halted: bool = False
  early: bool = False
processes:
  spinner:
    run: |
      watch: while not halted:
          turn: pass
  looker:
    run: |
      look: early = not halted
  stopper:
    run: |
      stop: halted = True
properties:
  patient:
    finally: not early
    expect: violated
"""


def test_z3_is_not_asked_of_runs_without_an_end(tmp_path: Path) -> None:
    reason = reason_of(spec(tmp_path, CYCLE), "patient")
    assert [str(each) for each in reason.facts] == ["looker.look comes before stopper.stop"]
    assert reason.proved_by == "search"
    assert reason.note.startswith("z3 was not asked")


LOCKS = """\
model: locks
vars:
  left: bool = False
  right: bool = False
processes:
  one:
    run: |
      take_left: {await not left; left = True}
      take_right: {await not right; right = True}
      drop: {left = False; right = False}
  two:
    run: |
      take_right: {await not right; right = True}
      take_left: {await not left; left = True}
      drop: {left = False; right = False}
properties:
  no_deadlock:
    expect: violated
"""


def locks() -> str:
    lines = []
    for line in LOCKS.splitlines():
        label, brace, rest = line.partition(": {")
        if not brace:
            lines.append(line)
            continue
        lines.append(f"{label}:")
        lines += [f"          {each.strip()}" for each in rest.rstrip("}").split(";")]
    return "\n".join(lines) + "\n"


def test_a_deadlock_is_explained_by_who_took_what_first(tmp_path: Path) -> None:
    reason = reason_of(spec(tmp_path, locks()), "no_deadlock")
    assert {str(each) for each in reason.facts} == {
        "one.take_left comes before two.take_left",
        "two.take_right comes before one.take_right",
    }
    assert reason.proved_by == "z3 and search"


def test_a_wait_for_what_never_comes_is_a_reason_of_a_property_too(tmp_path: Path) -> None:
    text = locks().replace(
        "properties:",
        "properties:\n  ends:\n    finally: not left and not right\n    expect: violated",
    )
    reason = reason_of(spec(tmp_path, text), "ends")
    assert len(reason.facts) == 2
    assert reason.proved_by == "z3 and search"
