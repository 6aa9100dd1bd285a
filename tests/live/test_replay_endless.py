"""A run without an end on real servers: in, then three times round, and that is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from live_runs import SPECS, commands_seen, explored, replayed
from model_check import replay
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.follow import follow, written_of
from model_check.live.runs.replaying import replay_schedules, replay_trace, run_live
from model_check.live.runs.rounds import ROUNDS, carried_out, rounds_done
from model_check.report.documents import check as documents
from model_check.report.documents.itf import itf_document
from model_check.report.documents.replay import REPLAYED
from model_check.report.documents.trace_file import read_trace
from model_check.report.text.replay import render_schedules, render_trace_replay
from model_check.results.replay import ScheduleReplay, TraceReplay

POLL = Path(__file__).parent / "specs" / "poll.yaml"
LEFT = "went round 3 times as the model does; a run without an end cannot be shown to its end"


def test_a_poll_goes_round_three_times_on_a_real_server(any_server: Server) -> None:
    with commands_seen(any_server) as seen:
        found = replayed(POLL, any_server, "every_question")
    assert (found.disagreement, found.rounds) == (None, ROUNDS)
    asked = [c.split(":")[1] for c in seen if c.startswith("GET")]
    assert asked.count("result") >= ROUNDS
    events = [step.event for step in found.first.steps]
    assert events[-ROUNDS:] == ["asker.poll", "asker.poll#2", "asker.poll#3"]
    assert [step.number for step in found.first.steps] == [*range(1, len(events) + 1)]
    assert any_server.client().keys("*") == []


def test_it_says_that_the_run_was_left(server: Server) -> None:
    found = replayed(POLL, server, "every_question")
    told = render_trace_replay(found, "poll.yaml", 100, color=False, unicode=True)
    assert LEFT in told
    assert json.loads(REPLAYED.text((found, "poll.yaml")))["rounds"] == ROUNDS


def test_a_run_that_ends_goes_round_nowhere(server: Server) -> None:
    found = replayed(SPECS / "legacy.yaml", server)
    assert found.rounds is None
    told = render_trace_replay(found, "legacy.yaml", 100, color=False, unicode=True)
    assert "went round" not in told
    assert json.loads(REPLAYED.text((found, "legacy.yaml")))["rounds"] is None


def test_a_disagreement_in_the_second_round_says_how_often_it_was_right(server: Server) -> None:
    space, traces = explored(POLL)
    trace = traces["every_question"]
    assert trace.loop_from is not None
    assert rounds_done(trace, trace.loop_from) == 0
    assert rounds_done(trace, trace.loop_from + 2) == 2 * (len(trace.steps) == trace.loop_from + 1)
    assert rounds_done(trace, 0) == 0
    assert space.complete


def test_what_is_carried_out_are_whole_rounds_and_nothing_else() -> None:
    space, traces = explored(POLL)
    trace = traces["every_question"]
    begin, once = trace.loop_from, len(trace.steps)
    assert begin is not None
    states = follow(space, written_of(trace))
    told = carried_out(space, trace, states)
    assert len(told.steps) == begin + ROUNDS * (once - begin)
    assert [s.label for s in told.steps[begin:]] == [s.label for s in trace.steps[begin:]] * ROUNDS
    assert told.steps[-1].state == trace.steps[-1].state
    assert len(told.watch_at) == len(told.steps) + 1
    assert (told.end, told.loop_from) == ("state", None)
    ended = replace(trace, loop_from=None, end="final")
    assert carried_out(space, ended, states) is ended


def test_a_written_lasso_is_read_and_goes_round(server: Server, tmp_path: Path) -> None:
    space, traces = explored(POLL)
    trace = traces["every_question"]
    begin = trace.loop_from
    assert begin is not None
    result = documents.TRACE.encode(trace)
    itf = itf_document(trace, "poll.yaml", "")
    documents_of_it = [
        {"properties": [{"name": "every_question", "trace": result}]},
        itf,
    ]
    for document in documents_of_it:
        path = tmp_path / "trace.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        written = read_trace(path)
        assert written.loop_from == begin
        states = follow(space, written)
        assert states[begin] == states[-1]
    found = run_live(replay_trace(space, read_trace(path), server, times=1, patience=5.0))
    assert (found.disagreement, found.rounds) == (None, ROUNDS)


COUNTS = """\
model: counts
vars: {tries: 0..9}
resources:
  box: {kind: "redis.pubsub[0..9]", key: "counts:{session}"}
processes:
  p:
    run: |
      while True:
          ask:
              box.publish(tries)
              tries = (tries + 1) % 10
properties:
  ends: {eventually: done(p), expect: violated}
"""


def test_what_nobody_reads_is_carried_out_as_it_is_in_each_round(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "counts.yaml"
    path.write_text(COUNTS, encoding="utf-8")
    space, traces = explored(path)
    trace = traces["ends"]
    assert (trace.loop_from, len(trace.steps)) == (0, 1)
    assert trace.varying
    itf = itf_document(trace, "counts.yaml", "")
    assert "loop" not in itf
    result = {"properties": [{"name": "ends", "trace": documents.TRACE.encode(trace)}]}
    for document in (itf, result):
        written_path = tmp_path / "trace.json"
        written_path.write_text(json.dumps(document), encoding="utf-8")
        written = read_trace(written_path)
        states = follow(space, written)
        assert (written.loop_from, len(set(states))) == (0, 2)
        found = run_live(replay_trace(space, written, server, times=1, patience=5.0))
        assert (found.disagreement, found.rounds) == (None, ROUNDS)
        seen = [step.calls[0].wire.split()[-1] for step in found.first.steps]
        assert seen == ["0", "1", "2"]


def test_a_written_lasso_that_does_not_come_back_is_refused(tmp_path: Path) -> None:
    space, traces = explored(POLL)
    trace = traces["every_question"]
    path = tmp_path / "trace.json"
    itf = {**itf_document(trace, "poll.yaml", ""), "loop": 0}
    path.write_text(json.dumps(itf), encoding="utf-8")
    with pytest.raises(LiveError, match="the place of a state that the last one is followed by"):
        read_trace(path)
    result = {**documents.TRACE.encode(trace), "loop_from": 0}
    document = {"properties": [{"name": "every_question", "trace": result}]}
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(LiveError, match="does not come back to its state 0, as it says"):
        follow(space, read_trace(path))


QUESTIONS = """\
model: questions
types: {Q: 1..2}
resources:
  box: {kind: "queue[Q]"}
vars: {put: "set[Q]", answered: "set[Q]"}
processes:
  asker:
    run: |
      for q in Q:
          ask:
              box.put(q)
              put.add(q)
  answerer:
    run: |
      answer: answered.add(box.get())
properties:
  first: {leads_to: {after: 1 in put, comes: 1 in answered}}
  second: {leads_to: {after: 2 in put, comes: 2 in answered}, expect: violated}
  one_more: {each_step: len(put) + len(answered) == len(old(put)) + len(old(answered)) + 1}
"""


def test_complete_schedules_are_judged_by_what_asks_whole_runs(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "questions.yaml"
    path.write_text(QUESTIONS, encoding="utf-8")
    space, _ = explored(path)
    found = run_live(replay_schedules(space, server, number=None, patience=5.0))
    assert found.disagreement is None
    assert found.broken == {"first": 0, "second": found.done, "one_more": 0}
    assert found.unexpected == ()
    told = render_schedules(found, "questions.yaml", 100, color=False, unicode=True)
    assert "  first: broken by none of them" in told
    assert f"  second: broken by {found.done} of them" in told
    assert json.loads(REPLAYED.text((found, "questions.yaml")))["broken"] == found.broken


def test_what_is_only_shown_is_replayed_where_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "questions.yaml"
    path.write_text(QUESTIONS.replace(", expect: violated", ""), encoding="utf-8")
    text = path.read_text(encoding="utf-8") + "  can: {possible: 1 in answered}\n"
    path.write_text(text.replace("  second:", "  #second:"), encoding="utf-8")
    named = replay(path, violating="can")
    assert isinstance(named, TraceReplay)
    assert (named.disagreement, named.rounds) == (None, None)
    # Nothing is violated: what is replayed by itself are schedules, not the run that `can` shows.
    assert isinstance(replay(path, schedules=1), ScheduleReplay)
    assert isinstance(replay(path), ScheduleReplay)
