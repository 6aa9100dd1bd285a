"""Whether a server answered what the model says: with errors, and with ids of entries."""

from __future__ import annotations

from pathlib import Path

import model_check
import pytest
from model_check.language import load
from model_check.live.steer.comparing import AnswerComparer
from model_check.live.steer.turns import ScheduledTurn, TurnReader
from model_check.machine.make import make_program
from model_check.machine.shapes import Layout

SPEC = """\
model: comparing
resources:
  log: {kind: "redis.stream[1..3]", initially: "[1, 2]"}
  page: {kind: "redis.list[1..3]"}
processes:
  p:
    vars: {found: "list[{id: int, value: 1..3}]"}
    run: |
      add: log.xadd(3)
      read: found = log.xread(2)
      try:
          change: page.lset(0, 1)
      except refused:
          nothing: pass
properties:
  ends: {never: done(p), expect: violated}
"""
KEYS = {"log": "log", "page": "page"}


@pytest.fixture(scope="module")
def turns(tmp_path_factory: pytest.TempPathFactory) -> tuple[AnswerComparer, list[ScheduledTurn]]:
    path = tmp_path_factory.mktemp("specs") / "comparing.yaml"
    path.write_text(SPEC, encoding="utf-8")
    trace = model_check.check(path).report.results[0].trace
    assert trace is not None
    spec = load(path)
    machine = make_program(spec, Layout()).machine
    return AnswerComparer(spec), TurnReader(spec, machine).turns(trace)


def bulk(text: str) -> str:
    return f"${len(text)}\r\n{text}\r\n"


def read(identity: str) -> bytes:
    """What XREAD answers: one entry, of this id."""
    payload = bulk('{"content": "3", "is_complete": true}')
    entry = f"*2\r\n{bulk(identity)}*2\r\n{bulk('value')}{payload}"
    return f"*1\r\n*2\r\n{bulk('log')}*1\r\n{entry}".encode()


def test_ids_are_the_models_numbers_in_their_order(
    turns: tuple[AnswerComparer, list[ScheduledTurn]],
) -> None:
    comparer, (add, look, _) = turns
    assert comparer.differs(add, bulk("1700-5").encode(), KEYS, whole=False) == ""
    assert comparer.differs(look, read("1700-5"), KEYS, whole=False) == ""
    assert comparer.differs(look, read("1700-6"), KEYS, whole=False) != ""


def test_an_error_is_the_models_or_another_one(
    turns: tuple[AnswerComparer, list[ScheduledTurn]],
) -> None:
    comparer, (_, _, change) = turns
    assert change.calls[0].answer == "(error) ERR no such key"
    assert comparer.differs(change, b"-ERR no such key\r\n", KEYS, whole=False) == ""
    for other in (b"-WRONGTYPE Operation against a key\r\n", b"+OK\r\n"):
        assert comparer.differs(change, other, KEYS, whole=False) == "(error) ERR no such key"


def test_of_what_answers_nothing_any_answer_is_the_models(tmp_path: Path) -> None:
    text = "model: m\nresources: {c: {kind: 'redis.pubsub[1..2]'}}\nprocesses:\n  p:\n"
    text += "    run: |\n      listen: c.subscribe()\nproperties:\n  ends: {never: done(p)}\n"
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    trace = model_check.check(path).report.results[0].trace
    assert trace is not None
    spec = load(path)
    (turn,) = TurnReader(spec, make_program(spec, Layout()).machine).turns(trace)
    raw = b"*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"
    assert AnswerComparer(spec).differs(turn, raw, {"c": "c"}, whole=False) == ""


def test_no_entry_has_the_id_before_the_first(
    turns: tuple[AnswerComparer, list[ScheduledTurn]], tmp_path: Path
) -> None:
    path = tmp_path / "comparing.yaml"
    path.write_text(SPEC, encoding="utf-8")
    _, (_, look, _) = turns
    assert AnswerComparer(load(path)).differs(look, read("0-0"), KEYS, whole=False) != ""
    assert AnswerComparer(load(path)).differs(look, read("0-1"), KEYS, whole=False) == ""


def test_a_step_that_fails_in_the_model_has_no_answer_to_differ_from(tmp_path: Path) -> None:
    text = "model: m\nresources: {left: {kind: 'redis.string[0..1]'}}\nprocesses:\n  p:\n"
    text += "    run: |\n      take: left.decr()\nproperties:\n  ends: {never: done(p)}\n"
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    found = {each.name: each.trace for each in model_check.check(path).report.results}
    trace = found["no_error"]
    assert trace is not None
    spec = load(path)
    (turn,) = TurnReader(spec, make_program(spec, Layout()).machine).turns(trace)
    for raw in (b":-1\r\n", b"-ERR value is not an integer or out of range\r\n"):
        assert AnswerComparer(spec).differs(turn, raw, {"left": "left"}, whole=False) == ""
