"""Who takes part in a sequence diagram, what goes between them, and what is folded."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

import pytest
from model_check.report.sequence.diagram import Diagram, folded_text, sequence_of
from model_check.report.sequence.folding import folds, merged_text
from model_check.report.sequence.rows import Row
from model_check.results.check import NoReturn, PropertyResult, ResourceView
from report_samples import (
    LEGACY_REASON,
    TraceWriter,
    call,
    legacy_trace,
    report,
    violated,
)


def diagram_of(result: PropertyResult, *resources: ResourceView) -> Diagram:
    about = report(result)
    return sequence_of(replace(about, resources=resources) if resources else about, result)


def rows_of(diagram: Diagram) -> list[Row]:
    return [row for group in diagram.groups for row in group.rows]


def legacy() -> Diagram:
    return diagram_of(violated(legacy_trace(), reason=LEGACY_REASON))


def test_the_resources_of_a_server_share_its_lifeline_and_a_connection_has_none() -> None:
    assert [(line.name, line.sort) for line in legacy().lifelines] == [
        ("ai_service", "process"),
        ("Redis", "server"),
        ("gateway", "process"),
        ("client", "process"),
    ]


def test_a_frame_goes_straight_to_the_other_process() -> None:
    row = next(row for row in rows_of(legacy()) if row.label == "send_history")
    (frame,) = row.messages
    assert (frame.source.name, frame.target.name) == ("gateway", "client")
    assert frame.sort == "frame"
    assert [(h.holder.name, h.name) for h in row.held] == [("client", "socket")]


def test_an_answer_with_data_is_an_arrow_back_and_a_number_is_not() -> None:
    rows = rows_of(legacy())
    read = next(row for row in rows if row.label == "read_history")
    assert [(m.source.name, m.target.name, m.sort) for m in read.messages] == [
        ("gateway", "Redis", "command"),
        ("Redis", "gateway", "reply"),
    ]
    (push,) = next(row for row in rows if row.label == "save[7]").messages
    assert (push.text, push.answer) == ("RPUSH history 7", "7")


def test_what_a_server_pushes_comes_from_it_with_the_short_name_of_the_key() -> None:
    run = TraceWriter({}, {"gateway": "forward"})
    run.step("gateway", "forward", [call("stream", "(receive chat)", "message 7", 7)])
    view = ResourceView("stream", "redis", "chat", ("gateway",), between=False)
    (row,) = rows_of(diagram_of(violated(run.trace()), view))[1:]
    (message,) = row.messages
    assert (message.source.name, message.target.name) == ("Redis", "gateway")
    assert (message.text, message.sort) == ("stream: message 7", "push")


def test_an_answer_that_comes_in_a_later_step_is_asked_for_once() -> None:
    run = TraceWriter({}, {"reader": "ask"})
    run.step("reader", "ask", [call("log", "XREAD log $", sending=True)])
    run.step("reader", "take", [call("log", "XREAD log $", "[1]", [1])])
    view = ResourceView("log", "redis", "log", (), between=False)
    asked, taken = rows_of(diagram_of(violated(run.trace()), view))[1:]
    assert [(m.text, m.sort) for m in asked.messages] == [("XREAD log $ ...", "command")]
    assert [(m.text, m.sort) for m in taken.messages] == [("[1]", "reply")]


def queue(*steps: tuple[str, str]) -> Diagram:
    run = TraceWriter({"jobs": []}, dict.fromkeys(["shop", "worker", "clerk"], "go"))
    for instance, command in steps:
        if command == "put":
            run.step(instance, "put", [call("jobs", "PUT jobs 1", item=1)], jobs=[1])
        else:
            run.step(instance, "get", [call("jobs", "GET jobs", "1", 1)], jobs=[])
    view = ResourceView("jobs", "", "jobs", (), between=False)
    return diagram_of(violated(run.trace()), view)


def test_a_queue_from_one_process_to_one_other_is_an_arrow_between_them() -> None:
    diagram = queue(("shop", "put"), ("worker", "get"))
    assert [line.name for line in diagram.lifelines] == ["shop", "worker", "clerk"]
    _, put, get = rows_of(diagram)
    assert [(m.source.name, m.target.name) for m in put.messages] == [("shop", "worker")]
    assert [(h.holder.name, h.name) for h in put.held] == [("worker", "jobs")]
    assert get.asides == ("GET jobs → 1",)


@pytest.mark.parametrize(
    "steps",
    [
        [("shop", "put"), ("worker", "get"), ("worker", "put")],
        [("shop", "put"), ("clerk", "put"), ("worker", "get")],
        [("shop", "put"), ("shop", "put")],
    ],
)
def test_a_queue_that_more_processes_use_has_a_lifeline(steps: list[tuple[str, str]]) -> None:
    assert ("jobs", "resource") in [(x.name, x.sort) for x in queue(*steps).lifelines]


def test_a_frame_on_a_closed_connection_reaches_nobody() -> None:
    run = TraceWriter({}, dict.fromkeys(["gateway", "client"], "go"))
    run.step("gateway", "send", [call("socket", "SEND 1", "closed", False, frame=1)])
    (row,) = rows_of(diagram_of(violated(run.trace())))[1:]
    assert [(m.lost, m.answer) for m in row.messages] == [(True, "closed")]


# --- folding ---------------------------------------------------------------------------------


def test_a_long_quiet_run_is_one_row_that_tells_its_values() -> None:
    diagram = diagram_of(violated(legacy_trace(30, 40)))
    folded = next(g for g in diagram.groups if g.times > 1)
    assert (folded.first, folded.last, folded.times) == (6, 35, 30)
    (row,) = folded.rows
    assert row.boxed == "show ×30"
    assert row.asides == ("recv → 1..30",)
    assert len(row.told) == 30
    assert row.held[-1].change.value == list(range(1, 31))


def test_every_step_is_in_exactly_one_group() -> None:
    for result in (violated(legacy_trace(30, 60)), violated(legacy_trace())):
        groups = diagram_of(result).groups
        numbers = [n for g in groups for n in range(g.first, g.last + 1)]
        assert result.trace is not None
        assert numbers == list(range(len(result.trace.steps) + 1))
        told = [step.number for g in groups for row in g.rows for step in row.steps]
        assert sorted(told) == numbers[1:]


def spans(likeness: str, loud: Set[int] = frozenset()) -> list[tuple[int, int, int]]:
    """Where each fold starts and stops, and its rows."""
    return [(b.start, b.stop, len(b.rows)) for b in folds(likeness, loud)]


def test_the_window_and_what_is_around_the_point_of_no_return_are_never_folded() -> None:
    assert spans("aaaaaaaaaaaa") == [(0, 12, 1)]
    loud = spans("aaaaaaaaaaaa", {4, 5})
    assert loud == [(0, 3, 1), (3, 4, 1), (4, 5, 1), (5, 12, 1)]
    sealed = NoReturn(8, "")
    diagram = diagram_of(replace(violated(legacy_trace()), no_return=sealed))
    alone = [g.first for g in diagram.groups if g.times == 1]
    assert {8, 9} <= set(alone)


def test_a_few_lost_messages_are_never_folded_and_many_are() -> None:
    for lost, alone in ((3, 3), (9, 0)):
        run = TraceWriter({}, {"service": "publish"})
        for number in range(12):
            answer = ("0 receivers", 0) if number < lost else ("1 receiver", 1)
            run.step("service", "publish", [call("stream", f"PUBLISH s {number}", *answer, m=1)])
        groups = diagram_of(violated(run.trace())).groups[1:]
        assert [g.first for g in groups if g.times == 1] == list(range(1, alone + 1))


def test_what_repeats_itself_together_is_folded_together() -> None:
    folded = spans("xpspspspsyyz")
    assert folded == [(0, 1, 1), (1, 9, 2), (9, 10, 1), (10, 11, 1), (11, 12, 1)]
    assert folds("xpspspspsyyz", frozenset())[1].rows == ((1, 3, 5, 7), (2, 4, 6, 8))
    # Few steps, twice only, or nothing that repeats itself: nothing is folded.
    for likeness in ("aaaaaaaaaa", "abcdefabcdef", "abcdefghijkl"):
        assert [stop - start for start, stop, _ in spans(likeness)] == [1] * len(likeness)


def test_a_long_stretch_without_order_is_told_by_what_happens_in_it() -> None:
    mixed = "".join("ab" * (n % 3) + "bc" * (n % 4) + "a" * (n % 2) for n in range(40))
    assert max(len(fold.rows) for fold in folds(mixed[:60], frozenset())) <= 12
    assert sum(len(fold.rows) for fold in folds(mixed, {30, 31})) <= 8
    first, loud, also, last = folds(mixed, {30, 31})
    assert (first.interleaved, loud.interleaved, also.interleaved) == (True, False, False)
    assert (loud.start, also.stop) == (29, 31)
    told = sorted(at for fold in (first, loud, also, last) for row in fold.rows for at in row)
    assert told == list(range(len(mixed)))
    for row in first.rows:
        assert len({mixed[at] for at in row}) == 1


def test_what_is_folded_is_said() -> None:
    diagram = diagram_of(violated(legacy_trace(30, 40)))
    assert "of the 71 steps" in folded_text(diagram)
    counter = TraceWriter({"n": 0}, {"p": "add"})
    assert folded_text(diagram_of(violated(counter.trace("state")))) == ""


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["GET k", "GET k"], "GET k"),
        (["RECV → 1", "RECV → 2", "RECV → 3", "RECV → 8"], "RECV → 1..3, 8"),
        (["SET a1 9", "SET a2 8"], "SET a1, 2 9, 8"),
        (["1 receiver", "2 receivers"], "1 receiver … 2 receivers"),
        (["[1, 2]", "[1, 3]"], "[1, 2] … [1, 3]"),
        (["x 9", "x 7", "x 5", "x 3", "x 1"], "x 9, 7, …, 1"),
    ],
)
def test_several_texts_are_told_as_one(texts: list[str], expected: str) -> None:
    assert merged_text(texts) == expected
