"""How races and the point of no return are told: in text, in JSON and in pictures."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
from made_pages import page_of
from model_check import check
from model_check.report.documents.check import RESULT
from model_check.report.pictures.mermaid import mermaid_text
from model_check.report.pictures.trace import trace_svg
from model_check.report.pictures.trace_dot import trace_dot
from model_check.report.pictures.trace_layout import CAPTION_HEIGHT, CAPTION_LINE, lay_out
from model_check.report.sequence.diagram import sequence_of
from model_check.report.text.violation import render_violation
from model_check.report.words.brief import brief_texts
from model_check.report.words.phrases import no_return_text
from model_check.report.words.reasons import (
    aside_text,
    pattern_text,
    races_text,
    reason_text,
    window_text,
)
from model_check.results.check import (
    NoReturn,
    PropertyResult,
)
from model_check.results.reasons import Details, Fact, Pattern, Race, Reason
from report_samples import LEGACY_REASON, legacy_endings, legacy_trace, report, violated
from test_result_json import validator as validator

ROOT = Path(__file__).parents[2]

EIGHT = (
    Fact("gateway.read_history", "ai_service.save[8]", ("ai_service.publish[8]",)),
    Fact("ai_service.publish[8]", "gateway.subscribe", ("gateway.read_history",)),
)
TEXT = (
    "ai_service.publish[chunk] comes before gateway.subscribe",
    "gateway.read comes before ai_service.save[chunk]",
)


def with_races(**more: object) -> PropertyResult:
    races = (
        Race(LEGACY_REASON.facts, legacy_trace(), "z3 and search"),
        Race(EIGHT, legacy_trace(stored=7), "search"),
    )
    pattern = Pattern(TEXT, {"chunk": (7, 8)}, (0, 1))
    given = {"races": races, "patterns": (pattern,), "complete_by": "search", **more}
    reason = dataclasses.replace(LEGACY_REASON, **given)  # type: ignore[arg-type]
    return violated(legacy_trace(), reason=reason)


def at_step(step: int | None, note: str = "") -> PropertyResult:
    result = violated(legacy_trace(), reason=LEGACY_REASON)
    return dataclasses.replace(result, no_return=NoReturn(step, note))


def test_races_that_are_all_are_told_as_exactly_these() -> None:
    text = render_violation(with_races(), 100)
    assert (
        "no_loss is violated exactly when, for some chunk in 7..8,\n"
        "  ai_service.publish[chunk] comes before gateway.subscribe, and\n"
        "  gateway.read comes before ai_service.save[chunk]\n"
        "  there are no others (proved by search)"
    ) in text.replace("\N{NO-BREAK SPACE}", " ")


def test_races_that_may_not_be_all_are_told_with_why() -> None:
    sentence, lines, proved = races_text(with_races(complete_by="", races_note="the time was over"))
    assert sentence == "no_loss is violated in this case, and maybe in others: the time was over"
    assert (len(lines), proved) == (1, "")


def test_a_single_reason_is_said_to_be_the_only_one_or_not() -> None:
    one = with_races().reason
    assert one is not None
    alone = {"races": one.races[:1], "patterns": (Pattern(TEXT, {}, (0,)),)}
    assert races_text(with_races(**alone)) == (
        "This is the only reason: no_loss is violated exactly then", (),
        "there is no other (proved by search)",
    )  # fmt: skip
    assert races_text(with_races(**alone, complete_by="", races_note="why not")) == (
        "It may be violated for other reasons too: why not", (), "",
    )  # fmt: skip


ENDING = "runs that come to an end"


def test_what_is_true_of_some_runs_is_said_of_these() -> None:
    of_some = with_races(scope=ENDING)
    assert reason_text(of_some)[0].endswith(f", in {ENDING} (proved by z3 and search)")
    sentence, *_ = races_text(of_some)
    assert sentence.startswith(f"In {ENDING}, no_loss is violated exactly when, for")
    one = of_some.reason
    assert one is not None
    sentence, *_ = races_text(with_races(scope=ENDING, races=one.races[:1]))
    assert sentence == "This is the only reason: in these runs no_loss is violated exactly then"
    nothing = violated(legacy_trace(), reason=Reason((), ENDING, "search", "", 0.1))
    assert reason_text(nothing) == (
        f"no_loss is violated for certain in all {ENDING} (proved by search)",
    )
    window = f"risk window: certain in {ENDING} once gateway.read_history comes before "
    assert window in trace_svg(report(of_some), of_some)
    assert "risk window: certain in runs that come" in mermaid_text(report(of_some), of_some)
    assert window_text(with_races())[0].startswith("risk window: certain once gateway.read_")


def test_one_sentence_says_a_reason_that_is_the_only_one_and_is_proved_as_such() -> None:
    one = with_races().reason
    assert one is not None
    only = {"races": one.races[:1], "complete_by": "z3 and search"}
    assert races_text(with_races(**only)) == ("", (), "")
    assert reason_text(with_races(**only)) == (
        "no_loss is violated exactly when gateway.read_history comes before"
        " ai_service.save[7], and ai_service.publish[7] comes before gateway.subscribe"
        " (proved by z3 and search)",
    )


def test_what_is_so_for_several_of_a_kind_is_one_sentence() -> None:
    dies = [Race((Fact(f"p[{i}].die", "", ()),), legacy_trace(), "search") for i in range(2)]
    pattern = Pattern(("p[i].die happens",), {"i": (0, 1)}, (0, 1))
    told = with_races(facts=dies[0].facts, races=tuple(dies), patterns=(pattern,))
    assert races_text(told) == (
        "no_loss is violated exactly when, for some i in 0..1, p[i].die happens", (),
        "there are no others (proved by search)",
    )  # fmt: skip


def test_what_was_counted_in_a_part_of_the_space_is_said_to_be() -> None:
    for endings in (legacy_endings(), legacy_endings()[:1]):
        result = violated(legacy_trace(), endings=endings)
        assert "explored so far" not in render_violation(result)
        assert "explored so far violate" in render_violation(result, which=" explored so far")


def test_certain_from_one_initial_state_is_no_more_than_that() -> None:
    told = no_return_text(at_step(0, "there are other initial states"))
    assert told == "certain from the start: every run from this initial state violates it"


def test_without_races_nothing_is_said_of_them() -> None:
    assert races_text(violated(legacy_trace(), reason=LEGACY_REASON)) == ("", (), "")
    every = Reason((), "complete runs", "search", "", 0.1)
    assert races_text(violated(legacy_trace(), reason=every)) == ("", (), "")


def test_a_pattern_names_its_values() -> None:
    assert (
        pattern_text(Pattern(("a before b", "c before d"), {}, (0,)))
        == "a before b, and c before d"
    )
    two = Pattern(("a[i] before b",), {"i": (0, 2), "n": (5,)}, (0, 1))
    assert pattern_text(two) == "for some i in {0, 2} and n in {5}, a[i] before b"


def test_what_goes_wrong_in_the_run_is_told_beside_a_reason_that_does_not_name_it() -> None:
    trace = legacy_trace()
    steps = [*trace.steps]
    for place in (2, 5):
        steps[place] = dataclasses.replace(
            steps[place], instance="history", label="expires", indices=(), fault=True, calls=()
        )
    wrong = dataclasses.replace(trace, steps=tuple(steps))
    one = dataclasses.replace(violated(wrong), reason=LEGACY_REASON)
    assert (
        aside_text(one) == "In this run history expires in step 3, and history expires in step 6."
    )
    expires = Fact("history.expires", "", (), Details(fault=True))
    facts = (expires, Fact("gateway.read#3", "a.b#12", ()))
    named = dataclasses.replace(LEGACY_REASON, facts=facts)
    assert aside_text(dataclasses.replace(one, reason=named)) == (
        "a.b#12 does not happen in this run. (#3: the third time.)"
    )
    alone = dataclasses.replace(one, reason=None)
    assert aside_text(alone).startswith("In this run history expires in step 3")
    assert aside_text(violated(legacy_trace(), reason=LEGACY_REASON)) == ""


def test_text_page_and_reports_tell_what_goes_wrong_beside_the_reason() -> None:
    result = check(ROOT / "specs" / "faults" / "late-ack.yaml", reason=True)
    told = (
        "Without a fault no run violates it; in this one session expires in step 2."
        " (#2: the second time.)"
    )
    assert told in " ".join(result.text().split())
    assert told in page_of(result)
    assert told in brief_texts(result["never_back"], result.report)


def test_what_goes_wrong_is_told_by_its_verb() -> None:
    wrong = Details(fault=True)
    told = {
        ("worker.crashes", ""): "worker crashes",
        ("worker.crashes#2", ""): "worker crashes a second time",
        ("socket[0].disconnects[client]", ""): "socket[0] disconnects client",
        ("redis.failover#11", ""): "redis fails over a 11th time",
        ("jobs.loses", ""): "jobs loses something",
        ("", "jobs.loses"): "jobs never loses anything",
        ("", "worker[1].crashes#2"): "worker[1] never crashes a second time",
    }
    assert {pair: str(Fact(*pair, (), wrong)) for pair in told} == told
    placed = Details("while work is next", "n = 2", fault=True)
    assert str(Fact("w.crashes", "", (), placed)) == (
        "w crashes while work is next and leaves n = 2"
    )


def test_the_point_of_no_return_stands_below_its_step() -> None:
    lines = render_violation(at_step(2), 100).split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("-- point of no return"))
    assert lines[at].startswith("-- point of no return: from step 2 on the violation is certain --")
    assert len(lines[at]) == 100
    assert lines[at + 1].startswith("   3  ")
    assert any(line.startswith("   2  ") for line in lines[at - 3 : at])


def test_what_only_the_last_step_makes_certain_needs_no_line() -> None:
    last = len(legacy_trace().steps)
    assert "no return" not in render_violation(at_step(last), 100)
    assert "no return" in no_return_text(at_step(last))


def test_what_is_certain_from_the_start_or_not_known_is_said() -> None:
    text = render_violation(at_step(0), 100)
    assert re.search(
        r"\n   0 .*\n(.*\n)?-- certain from the start: every run violates it -+\n", text
    )
    text = render_violation(at_step(None, "interrupted"), 100)
    assert "-- the point of no return is not known: interrupted --" in text


def test_json_tells_all_of_it(validator: object) -> None:
    result = dataclasses.replace(with_races(), no_return=NoReturn(2, ""))
    document = json.loads(json.dumps(RESULT.encode(report(result))))
    validator.validate(document)  # type: ignore[attr-defined]
    told = document["properties"][0]
    assert told["no_return"] == {"step": 2, "note": "", "fair": False}
    reason = told["reason"]
    assert reason["complete_by"] == "search"
    assert reason["patterns"] == [
        {"facts": list(TEXT), "values": {"chunk": [7, 8]}, "different": False, "races": [0, 1]}
    ]
    own, other = reason["races"]
    assert own["trace"] is None
    assert other["trace"]["watch"] == {"missing": [8]}
    assert [each["first"] for each in other["facts"]] == [each.first for each in EIGHT]


@pytest.mark.parametrize("step", [0, 2, 3, 7])
def test_the_picture_has_a_line_between_two_steps(step: int) -> None:
    result = at_step(step)
    layout = lay_out(sequence_of(report(result), result), 100)
    rows = layout.groups
    assert layout.sealed == rows[step].bottom
    assert rows[step + 1].top >= rows[step].bottom + CAPTION_HEIGHT
    picture = trace_svg(report(result), result)
    assert no_return_text(result).split(":")[0] in picture
    dot = trace_dot(report(result), result)
    place = dot.index(no_return_text(result))
    assert place < dot.index(f">{step + 1}</FONT>")


def test_without_a_point_of_no_return_the_picture_has_no_line() -> None:
    at_the_end = at_step(len(legacy_trace().steps))
    for result in (violated(legacy_trace()), at_the_end):
        assert lay_out(sequence_of(report(result), result), 100).sealed is None


def test_a_reason_that_is_wider_than_its_picture_has_a_line_a_fact_and_none_is_cut() -> None:
    facts = LEGACY_REASON.facts * 2  # wider than any picture may become for it
    reason = dataclasses.replace(LEGACY_REASON, facts=facts)
    result = violated(legacy_trace(), reason=reason)
    picture = trace_svg(report(result), result)
    for line in window_text(result):
        assert f">{line}<" in picture
    one_line, four_lines = (
        lay_out(sequence_of(report(result), result), 100, lines=n) for n in (1, 4)
    )
    assert four_lines.caption - one_line.caption == 3 * CAPTION_LINE
    assert four_lines.foot - one_line.foot == 3 * CAPTION_LINE
