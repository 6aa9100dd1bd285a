"""What goes wrong is told: in words, on the lifeline that it hits, and with which budgets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from model_check import check
from model_check.api.check import Result
from model_check.live.runs.follow import follow
from model_check.report.documents.check import RESULT
from model_check.report.documents.itf import itf_text
from model_check.report.documents.trace_file import read_trace
from model_check.report.page.data import page_data
from model_check.report.pictures.space import picture_of, space_dot
from model_check.report.sequence.diagram import sequence_of
from model_check.report.words.faults import faults_text
from model_check.results.faults import FaultBudget, Faults

ROOT = Path(__file__).parents[2]
ALL = ROOT / "tests/report/snapshots/faults.yaml"


@pytest.fixture(scope="module")
def everything() -> Result:
    return check(ALL, reason=False)


@pytest.mark.parametrize(
    ("budgets", "told"),
    [
        ([], ""),
        ([("worker", "crashes", 1)], "with up to 1 crash of worker"),
        (
            [("worker", "crashes", 2), ("jobs", "loses", 2), ("lock", "expires", None)],
            "with up to 2 crashes of worker, 2 losses of jobs; lock may expire at any time",
        ),
        ([("lock", "expires", None)], "with faults: lock may expire at any time"),
        (
            [("net", "drops", 3), ("net", "floods", None)],
            "with faults: net drops at most 3 times; net floods at any time",
        ),
        (
            [("redis", "failover", 1, 2)],
            "with up to 1 failover of redis that loses up to 2 writes",
        ),
        (
            [("redis", "failover", None, 1)],
            "with faults: redis may fail over at any time losing up to 1 write",
        ),
    ],
)
def test_budgets_are_told_in_one_line(budgets: list[tuple[str, str, int]], told: str) -> None:
    found = tuple(FaultBudget(*each) for each in budgets)
    assert faults_text(Faults(found)) == told


def test_what_was_left_out_is_told() -> None:
    budgets = (FaultBudget("worker", "crashes", 1),)
    left = faults_text(Faults(budgets, left_out=True))
    assert left == "without faults; left out: up to 1 crash of worker"
    assert faults_text(Faults((), left_out=True)) == "without faults: the spec has none"


def test_the_verdicts_are_read_with_what_may_go_wrong(everything: Result) -> None:
    lines = everything.text().splitlines()
    told = (
        "With up to 1 crash of producer, 1 crash of worker, 1 loss of jobs; lock may expire at any"
        " time"
    )
    assert lines[3] == told
    assert lines[5].startswith("  ✗ unlucky")


def test_a_process_that_is_dead_is_told_as_crashed_and_not_as_ended(everything: Result) -> None:
    trace = everything.trace("unlucky")
    crash = next(each for each in trace.steps if each.event == "producer.crashes")
    assert crash.fault
    assert crash.state.locations["producer"] == "(crashed)"
    assert trace.steps[-1].state.locations == {"producer": "(crashed)", "worker": "(end)"}


def test_a_process_that_starts_anew_stands_at_its_beginning(everything: Result) -> None:
    (crash,) = [
        each for each in everything.trace("unlucky").steps if each.event == "worker.crashes"
    ]
    assert crash.state.locations["worker"] == "start"
    assert crash.state.variables["worker.lives"] == 1


def test_result_json_marks_what_goes_wrong(everything: Result) -> None:
    document = json.loads(RESULT.text(everything.report))
    (unlucky,) = [each for each in document["properties"] if each["name"] == "unlucky"]
    wrong = [each["event"] for each in unlucky["trace"]["steps"] if each["fault"]]
    assert wrong == ["producer.crashes", "jobs.loses", "worker.crashes", "lock.expires"]
    assert document["faults"] == {
        "left_out": False,
        "budgets": [
            {"of": "producer", "fault": "crashes", "most": 1, "loses_last": 0},
            {"of": "worker", "fault": "crashes", "most": 1, "loses_last": 0},
            {"of": "jobs", "fault": "loses", "most": 1, "loses_last": 0},
            {"of": "lock", "fault": "expires", "most": None, "loses_last": 0},
        ],
    }


def test_a_written_trace_with_faults_is_followed_by_their_names(
    everything: Result, tmp_path: Path
) -> None:
    trace = everything.trace("unlucky")
    path = tmp_path / "unlucky.itf.json"
    path.write_text(itf_text(trace, str(ALL), ""), encoding="utf-8")
    states = json.loads(path.read_text(encoding="utf-8"))["states"]
    assert [each["#meta"].get("fault", False) for each in states[1:]] == [
        each.fault for each in trace.steps
    ]
    found = follow(everything._space, read_trace(path))
    assert len(found) == len(trace.steps) + 1


def test_edges_of_the_space_by_which_something_goes_wrong_are_dashed(everything: Result) -> None:
    small = check(ROOT / "docs/examples/faults.yaml", reason=False)
    wrong = [each for each in small.states.transitions if each.fault]
    assert {each.event for each in wrong} == {"worker.crashes", "jobs.loses"}
    dot = space_dot(small.report, picture_of(small.report, small.states))
    pairs = {(each.source, each.target, each.instance) for each in wrong}
    assert dot.count("style=dashed") == len(pairs)
    assert "dashed red: what goes wrong" in dot
    assert everything.states.instances == ("producer", "worker")


def test_the_page_tells_what_goes_wrong_in_words(everything: Result) -> None:
    data = page_data(everything.report, everything.tables(5_000))
    told = {act[6] for act in data["acts"]}
    assert {"worker crashes", "producer crashes", "lock expires", "jobs loses 2", ""} <= told
    places = [name for kind, name, _, _ in data["columns"] if kind == "place"]
    assert places == ["producer", "worker"]
    ends = {*data["final"], *data["deadlock"]}
    assert {*data["faulty"]} == {row for row in ends if data["edges"][row]}


def test_an_end_where_something_may_still_go_wrong_is_none_where_nothing_can_happen() -> None:
    result = check(ROOT / "docs/examples/faults.yaml", reason=False)
    trace = result.trace("nothing_lost")
    assert trace.may_go_wrong
    assert "end: nothing but faults can happen any more" in result.text()


def test_what_only_goes_wrong_has_a_lifeline_behind_those_of_the_processes(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "model: m\n"
        "resources:\n  log: {kind: 'redis.list[0..1]', initially: [1], expires: 1}\n"
        "processes:\n  reader:\n    run: |\n      read: log.llen()\n"
        "properties:\n  kept: {always: len(log.items) == 1}\n",
        encoding="utf-8",
    )
    result = check(path, reason=False)
    assert [step.event for step in result["kept"].trace.steps] == ["log.expires"]
    lines = [x for x in result.mermaid("kept").splitlines() if "participant" in x]
    assert [each.split()[-1] for each in lines] == ["reader", "Redis"]


def test_a_mermaid_diagram_frames_what_goes_wrong_and_closes_each_frame(
    everything: Result,
) -> None:
    lines = [line.strip() for line in everything.mermaid("unlucky").splitlines()]
    assert "Note over p3: ✗ 6. worker crashes and restarts" in lines
    assert lines.count("end") == sum(line.startswith(("rect", "loop", "par ")) for line in lines)


UNCAUGHT = """\
model: uncaught
vars: {worked: int}
resources:
  jobs:
    kind: redis.list[int]
    key: jobs
    disconnects: 1
processes:
  shop:
    run: |
      place: jobs.rpush(7)
  worker:
    vars: {job: int}
    crashes: 0
    restarts: false
    run: |
      take: job = jobs.blpop()
      work: worked += job
properties:
  done_at_last: {finally: worked == 7}
"""


def test_who_does_not_catch_a_broken_connection_crashes_in_every_picture(tmp_path: Path) -> None:
    path = tmp_path / "uncaught.yaml"
    path.write_text(UNCAUGHT, encoding="utf-8")
    result = check(path, reason=False)
    trace = result.trace("done_at_last")
    dies = [step for step in trace.steps if step.crashes]
    assert [step.event for step in dies] == ["worker.take"]
    assert not dies[0].fault
    diagram = sequence_of(result.report, result["done_at_last"])
    broken = [row for group in diagram.groups for row in group.rows if row.broken]
    assert [row.steps for row in broken] == [tuple(dies)]
    plain = check(path, reason=False, faults=False)
    assert plain["done_at_last"].verdict == "holds"
    # The cross of a crash is two strokes, and nothing else here is crossed out.
    assert result.svg("done_at_last").count('stroke="#c43e00" stroke-width="3"') == 2
    mermaid = result.mermaid("done_at_last").splitlines()
    at = next(turn for turn, line in enumerate(mermaid) if "→ disconnected" in line)
    assert mermaid[at - 1].strip().startswith("rect ")
    assert [line.strip() for line in mermaid[at + 1 : at + 3]] == ["Note over p2: crashes", "end"]
    (document,) = [
        each
        for each in RESULT.encode(result.report)["properties"]
        if each["name"] == "done_at_last"
    ]
    marks = [step["crashes"] for step in document["trace"]["steps"]]
    assert marks == [step in dies for step in trace.steps]
