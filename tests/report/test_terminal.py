"""The text a person reads, line by line."""

from __future__ import annotations

import dataclasses
import random
import re
from pathlib import Path

import pytest
from model_check import check
from model_check.report.text.rows import folds_alone
from model_check.report.text.short_keys import with_short_keys
from model_check.report.text.style import Style
from model_check.report.text.terminal import render_table, render_text
from model_check.report.text.timeline import Telling, render_timeline
from model_check.report.text.violation import render_violation
from model_check.report.words.keys import Keys
from model_check.report.words.values import display_width
from model_check.results.check import CheckReport, Ending, ResourceView, Value, exit_code_for
from model_check.results.reasons import Details, Fact, Reason
from report_samples import (
    LEGACY_REASON,
    RESOURCES,
    TraceWriter,
    call,
    holds,
    legacy_endings,
    legacy_report,
    legacy_trace,
    report,
    space,
    violated,
)

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def lines_of(text: str) -> list[str]:
    return text.split("\n")


def undetermined(name: str = "no_loss") -> CheckReport:
    result = dataclasses.replace(holds(name), verdict="undetermined")
    stopped = space(stopped="the limit of 1,000 states is reached (--max-states)")
    return report(result, summary=stopped)


def counting_trace(steps: int) -> TraceWriter:
    run = TraceWriter({"n": 0}, {"counter": "add"})
    for turn in range(1, steps + 1):
        run.step("counter", "add", n=turn)
    return run


def test_the_legacy_report_tells_everything_in_the_order_of_the_design() -> None:
    text = render_text(legacy_report(), 120)
    wanted = [
        "legacy  specs/legacy.yaml  STORED=6 TOTAL=10",
        "  ✗ no_loss       violated, as expected  finally: len(missing) == 0",
        "    When nothing is left to happen, the client has shown every chunk.",
        "  ✓ in_order      holds                  always: client.shown == sorted(client.shown)",
        "    also hold: no_deadlock, no_error",
        "no_loss is violated after 23 steps, in a state where nothing can happen any more",
        "no_loss is violated whenever gateway.read_history comes before ai_service.save[7], and",
        "  ai_service.publish[7] comes before gateway.subscribe (proved by z3 and search)",
        " step  ai_service   gateway       client   what happened"
        "                                    what changed",
        "    3  publish[7]                          PUBLISH chat:stream:<session> 7 -> 0 receivers",
        "    4  save[7]                             RPUSH chat:history:<session> 7 -> 7"
        "              history [1..7]",
        "6..11                             show ×6  recv -> 1..6"
        "                                     socket []",
        "×n: n steps that are alike (6 of the 23 steps; -v shows each)",
        "end: nothing can happen any more",
        "  missing            = {7}",
        "  client.shown       = [1, 2, 3, 4, 5, 6, 8, 9, 10]",
        "  history            = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]",
        "10 different endings violate no_loss: the shortest (17 steps) has missing = {7, 8, 9, 10}",
        "     23       1  {7}            <- shown above",
        "explored completely: 4,321 states, 9,876 transitions, depth 23, 15 final, no deadlock, "
        "64 bits a state, 1.50 s in all",
        "written: result.json space.svg no_loss.svg report.html in out/legacy",
        "as expected: no_loss is violated, no_duplicate and in_order hold",
        "page: out/legacy/report.html",
    ]
    lines = iter(lines_of(text))
    for line in wanted:
        assert line in lines, f"missing, or not in its place: {line}"


def test_a_wide_terminal_has_a_column_for_what_changed() -> None:
    lines = lines_of(render_text(legacy_report(), 200))
    header = next(line for line in lines if line.startswith(" step"))
    column = header.index("what changed")
    step = next(line for line in lines if line.startswith("    4"))
    assert step[column:] == "history [1, 2, 3, 4, 5, 6, 7]"


def test_a_narrow_terminal_shows_what_changed_below_and_each_key_once() -> None:
    lines = lines_of(render_text(legacy_report(), 80))
    keys = "keys: history = chat:history:<session>, stream = chat:stream:<session>"
    assert lines.count(keys) == 1
    assert sum("chat:" in line for line in lines) == 1
    lost = next(i for i, line in enumerate(lines) if line.startswith("    3"))
    assert lines[lost].endswith("PUBLISH stream 7 -> 0 receivers")
    assert lines[lost + 2].strip() == "history [1, 2, 3, 4, 5, 6, 7]"


def test_where_a_verdict_has_hardly_room_names_and_sizes_give_way() -> None:
    found = undetermined("a_name_that_goes_on_for_a_while")
    text = render_text(found, 48)
    assert "  ? a_name_that_g…  undetermined, expected holds" in lines_of(text)
    assert max(map(display_width, lines_of(text))) <= 48
    head, row, *_ = lines_of(render_table([found], 48))
    assert head.split() == ["model", "property", "verdict", "expected"]
    assert display_width(row) <= 48
    assert "time" in lines_of(render_table([found], 60))[0]


def test_a_key_that_has_room_is_told_whole() -> None:
    text = render_text(legacy_report(), 120)
    assert "keys:" not in text
    assert text.count("PUBLISH chat:stream:<session>") == 4


def test_where_a_key_is_all_that_is_sent_the_payload_keeps_its_letters() -> None:
    run = TraceWriter({"n": 0}, {"p": "go"})
    sent = call("history", "RPUSH chat:history:{session} chat:history:{session}", "1")
    run.record("p", "go", [sent], (), "go", 1, {"n": 1})
    trace, keys = with_short_keys(run.trace("state"), RESOURCES)
    assert trace.steps[0].calls[0].wire == "RPUSH history chat:history:{session}"
    assert keys == "keys: history = chat:history:<session>"


def test_another_resource_that_a_command_is_given_stands_there_by_its_name_as_well() -> None:
    named = {"urgent": "q:{s}:urgent", "normal": "q:{s}:normal"}
    views = [ResourceView(name, "redis", key, (), between=False) for name, key in named.items()]
    run = TraceWriter({"n": 0}, {"p": "go"})
    sent = call("urgent", "BLPOP q:{s}:urgent q:{s}:normal 5", "none")
    run.record("p", "go", [sent], (), "go", 1, {"n": 1})
    trace, keys = with_short_keys(run.trace("state"), views)
    assert trace.steps[0].calls[0].wire == "BLPOP urgent normal 5"
    assert keys == "keys: urgent = q:<s>:urgent, normal = q:<s>:normal"


def test_a_key_with_the_name_of_a_channel_in_it_leaves_open_what_it_leaves_open() -> None:
    named = {"rooms": "room:{session}:{channel}", "log": "room:{session}"}
    keys = Keys(ResourceView(name, "redis", key, (), between=False) for name, key in named.items())
    sent = "PUBLISH room:{session}:dev {session}"
    assert keys.short(sent, "rooms") == "PUBLISH room:<session>:dev {session}"
    assert keys.told(f"({sent})") == "(PUBLISH room:<session>:dev {session})"
    assert keys.short("RPUSH room:{session} 1", "log") == "RPUSH log 1"
    assert keys.told("RPUSH room:{session} 1") == "RPUSH room:<session> 1"


def test_where_the_processes_have_no_room_for_a_column_each_they_share_one() -> None:
    names = [f"worker_number_{i}" for i in range(6)]
    run = TraceWriter({"n": 0}, dict.fromkeys(names, "add"))
    run.step("worker_number_4", "add", n=1)
    lines = lines_of(render_violation(violated(run.trace("state")), 80))
    head = lines.index("step  event                what changed")
    assert lines[head + 2] == "   1  worker_number_4.add  n 1"


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_every_step_is_told_in_a_row_of_its_own_or_in_a_folded_one(width: int) -> None:
    text = render_text(legacy_report(), width)
    told = [0]
    for first, last in re.findall(r"^ {0,4}(\d+)(?:\.\.(\d+))?  (?! *\d+  \{)", text, re.M):
        if int(first) == told[-1] + 1:
            told += range(int(first), int(last or first) + 1)
    assert told == list(range(24))


@pytest.mark.parametrize("width", [48, 60, 80, 100, 120, 160, 200, 400])
def test_no_line_is_wider_than_asked(width: int) -> None:
    for each in (legacy_report(), undetermined(), hostile_report()):
        for line in lines_of(render_text(each, width)):
            assert display_width(line) <= width, line
    for line in lines_of(render_table([legacy_report(), undetermined(), hostile_report()], width)):
        assert display_width(line) <= max(width, 70), line


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_every_step_is_shown_at_every_width(width: int) -> None:
    text = render_text(legacy_report(), width, whole=True)
    assert "×" not in text
    numbers = [int(m) for m in re.findall(r"^ {1,3}(\d+)  (?! *\d+  \{)", text, re.M)]
    assert [n for n in numbers if n <= 23][:24] == list(range(24))


def test_colour_changes_nothing_but_the_looks() -> None:
    bare = render_text(legacy_report(), 100)
    dressed = render_text(legacy_report(), 100, color=True)
    assert ANSI.sub("", dressed) == bare
    assert "\x1b[31;1mPUBLISH chat:stream:<session> 7 -> 0 receivers\x1b[0m" in dressed
    assert "\x1b" not in bare


def test_without_unicode_the_text_is_ascii_and_as_wide() -> None:
    plain = render_text(hostile_report(), 80, unicode=False)
    assert plain.isascii()
    assert "x no_loss" in plain
    assert all(len(line) <= 80 for line in lines_of(plain))


def test_a_verdict_that_was_not_expected_says_so_and_how_to_repeat_it() -> None:
    wrong = report(violated(legacy_trace(), expected="holds"))
    text = render_text(wrong, 100)
    assert "  ✗ no_loss  violated, EXPECTED holds  finally: len(missing) == 0" in text
    assert lines_of(text)[-1] == "exit code 1: not as expected: no_loss is violated"
    assert "again: model-check specs/legacy.yaml" in text


def test_the_last_line_tells_every_verdict_and_what_is_not_as_expected_first() -> None:
    wrong = violated(legacy_trace(), expected="holds")
    many = [holds(f"p{turn}") for turn in range(6)]
    last = lines_of(render_text(report(*many, wrong), 100))[-1]
    assert last == (
        "exit code 1: not as expected: no_loss is violated; "
        "as expected: p0, p1, p2, p3 and 2 more hold"
    )
    last = lines_of(render_text(undetermined(), 100))[-1]
    assert last == "exit code 3: undetermined: no_loss"
    cut = report(*many[:1], summary=dataclasses.replace(space(), outside=3, within="n < 9"))
    assert lines_of(render_text(cut, 100))[-1] == "as expected: p0 holds within"
    quiet = report(holds("no_error", "no_error", ""))
    assert lines_of(render_text(quiet, 100))[-1] == "as expected: no_error holds"


def test_the_page_is_told_last_where_there_is_one() -> None:
    files = ("out/a/result.json", "out/a/report.html")
    lines = lines_of(render_text(report(holds("a"), files=files), 100))
    assert lines[-2:] == ["as expected: a holds", "page: out/a/report.html"]
    assert "page:" not in render_text(report(holds("a"), files=files[:1]), 100)


def test_all_that_took_time_is_one_number_and_apart_on_request() -> None:
    text = " ".join(render_text(legacy_report(), 100).split())
    assert "64 bits a state, 1.50 s in all written:" in text
    text = " ".join(render_text(legacy_report(), 100, whole=True).split())
    assert "1.50 s in all, 0.25 s of it the search (17,284 states/s) written:" in text


def test_a_property_that_holds_against_expectation_is_named() -> None:
    result = dataclasses.replace(holds("no_loss"), expected="violated")
    text = render_text(report(result), 100)
    assert "✓ no_loss  holds, EXPECTED violated" in text
    assert "exit code 1" in text


def test_an_undetermined_report_says_which_limit_what_was_covered_and_what_to_do() -> None:
    text = " ".join(render_text(undetermined(), 100).split())
    assert "? no_loss undetermined, expected holds" in text
    assert "Undetermined: no_loss" in text
    assert "The search was stopped: the limit of 1,000 states is reached (--max-states)." in text
    assert "Covered: 4,321 states and 9,876 transitions, to a depth of 23 steps." in text
    assert "raise the limit, or make the model smaller (--set TOTAL=...)" in text
    assert "explored in part" in text
    assert "exit code 3: undetermined" in text


def test_unbounded_growth_names_the_variable_and_shows_the_tail_of_the_trace() -> None:
    growth = counting_trace(40).trace("state")
    result = dataclasses.replace(holds("small"), verdict="undetermined")
    grown = space(stopped="n may grow without end", grew="n", growth=growth)
    text = render_text(report(result, summary=grown), 80)
    assert "n may grow without end: it grew while all else came back to what it was." in text
    assert "The last 8 steps of 40 that make it grow:" in text
    assert "or say with `within` how far is far enough." in " ".join(text.split())
    lines = lines_of(text)
    assert "  40  add#40   n 40" in lines
    assert "  33  add#33   n 33" in lines
    assert not any(line.startswith("  32") for line in lines)


def test_a_violated_initial_state_is_a_trace_of_no_steps() -> None:
    run = TraceWriter({"turn": 3}, {"p": "go"})
    result = violated(run.trace("state"), name="small", kind="always", text="turn < 3", about="")
    text = render_violation(result, 80)
    assert lines_of(text)[0] == "small is violated by the initial state already (0 steps)"
    assert "   0     turn 3" in lines_of(text)
    assert "  turn = 3" in lines_of(text)


def test_a_deadlock_says_who_waits_where() -> None:
    run = TraceWriter({"forks": [False, False]}, {"a": "take_left", "b": "take_left"})
    run.step("a", "take_left", then="take_right", forks=[True, False])
    run.step("b", "take_left", then="take_right", forks=[True, True])
    run.record("b", "give_up", [], (), "(end)", 9, {})
    result = violated(run.trace("deadlock"), name="no_deadlock", kind="no_deadlock", text="")
    lines = lines_of(render_violation(result, 100))
    assert lines[0] == (
        "a deadlock after 3 steps: nothing can happen, and not every process has ended"
    )
    assert "  a waits at take_right" in lines
    assert "  b has ended" in lines


def test_a_run_time_error_shows_the_failing_step_the_message_and_its_place() -> None:
    run = counting_trace(2)
    trace = run.trace("error", error="index 2 is out of range", error_at="specs/a.yaml:12:9")
    result = violated(trace, name="no_error", kind="no_error", text="", about="")
    lines = lines_of(render_violation(result, 100, color=True))
    bare = [ANSI.sub("", line) for line in lines]
    assert bare[0] == "a run-time error in step 2"
    assert "end: run-time error: specs/a.yaml:12:9: index 2 is out of range" in bare
    failing = next(line for line in lines if ANSI.sub("", line).startswith("   2"))
    assert "\x1b[1;31madd#2" in failing


def test_a_single_kind_of_ending_needs_no_table() -> None:
    ending = Ending({"missing": frozenset({7})}, 3, 23, (), None)
    text = render_violation(violated(legacy_trace(), endings=(ending,), chosen=0), 100)
    assert "3 states violate no_loss, all with missing = {7}" in lines_of(text)
    assert "different endings" not in text


def test_many_endings_are_cut_and_counted() -> None:
    endings = tuple(Ending({"n": n, "late": frozenset({n})}, 1, n, (), None) for n in range(1, 31))
    lines = lines_of(render_violation(violated(legacy_trace(), endings=endings), 100))
    assert (
        "30 different endings violate no_loss: the shortest (1 step) has n = 1, late = {1}" in lines
    )
    assert "  … and 10 more in result.json" in lines
    assert "  steps  states  n   late" in lines
    assert "     20       1  20  {20}" in lines


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((), "no_loss is violated for certain, in whatever order things happen (proved by z3)"),
        (
            (Fact("a.x", "b.y", ()),),
            "no_loss is violated whenever a.x comes before b.y (proved by z3)",
        ),
        (
            (Fact("a.x", "b.y", ()), Fact("a.z", "b.w", ()), Fact("c.x", "b.y", ())),
            "no_loss is violated whenever "
            "a.x comes before b.y, a.z comes before b.w, and c.x comes before b.y (proved by z3)",
        ),
        (
            (Fact("a.die", "", ()),),
            "no_loss is violated whenever a.die happens (proved by z3)",
        ),
        (
            (Fact("a.crashes", "", (), Details("after x and before y", "", True)),),
            "no_loss is violated whenever a crashes after x and before y (proved by z3)",
        ),
        (
            (Fact("a.x", "b.y", ()), Fact("", "b.z", ())),
            "no_loss is violated whenever "
            "a.x comes before b.y, and b.z does not happen (proved by z3)",
        ),
        (
            (
                Fact("a.x", "", (), Details(leaves="n = 2")),
                Fact("", "", (), Details(leaves="m = 1")),
            ),
            "no_loss is violated whenever "
            "some a.x leaves n = 2, and m = 1 at the beginning (proved by z3)",
        ),
    ],
)
def test_a_reason_is_told_in_plain_words(facts: tuple[Fact, ...], expected: str) -> None:
    reason = Reason(facts, "", "z3", "", 0.1)
    text = render_violation(violated(legacy_trace(), reason=reason), 200)
    assert expected in lines_of(text)


def test_where_there_is_no_reason_the_note_says_why() -> None:
    why = "the trace has more than 60 events: no reason was looked for"
    reason = Reason((), "", "", why, 0.0)
    text = render_violation(violated(legacy_trace(), reason=reason), 200)
    assert lines_of(text)[-1] == f"{why} [no-reason]"


def test_an_ordering_is_never_broken_over_two_lines() -> None:
    for width in range(60, 130):
        text = render_violation(violated(legacy_trace(), reason=LEGACY_REASON), width)
        assert "gateway.read_history comes before ai_service.save[7]" in text
        assert "ai_service.publish[7] comes before gateway.subscribe" in text


def hostile_report() -> CheckReport:
    """Everything that a spec may hold and a terminal must not get."""
    evil = "\x1b[2J\x07\x9b31m‮evil\r\n漢字" * 5
    values: dict[str, Value] = {
        "n": [{"id": i, "text": evil} for i in range(50)],
        "m": evil,
        "o": {evil: frozenset({(1, 2)})},
    }
    run = TraceWriter({"n": [], "m": "", "o": {}}, {"proc" + evil: "go" + evil})
    for turn in range(12):
        run.record(
            "proc" + evil, "label" + evil, [call("res" + evil, "PUT " + evil, evil)] * 2,
            (evil, turn), "go", 1, values,
        )  # fmt: skip
    result = violated(
        run.trace("error", watch=values, error=evil, error_at=evil),
        name="no_loss", about=evil, text=evil, endings=legacy_endings(),
        reason=Reason((Fact(evil, evil, ()),), evil, "search", evil, 0),
    )  # fmt: skip
    return dataclasses.replace(
        report(result, about=evil, constants={"X": evil, "N": 10**300}, files=(evil,)),
        command=evil, notes=(evil,), path=evil,
    )  # fmt: skip


def test_nothing_of_a_spec_reaches_the_terminal_as_a_control_character() -> None:
    texts = [render_text(hostile_report(), width) for width in (40, 80, 200)]
    texts.append(render_table([hostile_report()]))
    for text in texts:
        assert [c for c in text if not c.isprintable() and c != "\n"] == []


def test_the_table_has_a_row_a_property_and_sums_up() -> None:
    table = render_table([legacy_report(), report(holds("safe"), model="fix-both")])
    assert lines_of(table) == [
        "  model     property      verdict   expected  states    time",
        "✓ legacy    no_loss       violated  violated   4,321  1.50 s",
        "✓           no_duplicate  holds     holds",
        "✓           in_order      holds     holds",
        "✓ fix-both  safe          holds     holds      4,321  1.50 s",
        "",
        "2 specs, 6 properties: every verdict as expected  (8,642 states in 3.00 s)",
    ]


def test_the_mark_of_a_row_says_whether_it_is_as_expected() -> None:
    wrong = report(
        violated(legacy_trace(), expected="holds"),
        dataclasses.replace(holds("b"), expected="violated"),
        dataclasses.replace(holds("c"), verdict="undetermined"),
        violated(legacy_trace(), name="d"),
    )
    rows = [line.split()[0] for line in lines_of(render_table([wrong]))[1:5]]
    assert rows == ["✗", "✗", "?", "✓"]


def test_the_table_counts_what_is_wrong_and_what_is_open() -> None:
    wrong = report(violated(legacy_trace(), expected="holds"))
    last = lines_of(render_table([wrong, undetermined()]))[-1]
    assert last.startswith("2 specs, 2 properties: 1 not as expected, 1 undetermined")


def test_a_spec_with_nothing_but_built_in_properties_still_has_a_row() -> None:
    table = lines_of(render_table([report(holds("no_deadlock", "no_deadlock", ""))]))
    assert table[1] == "✓ legacy  no_deadlock  holds    holds      4,321  1.50 s"
    assert lines_of(render_table([report()]))[1].split()[:2] == ["legacy", "-"]


def test_the_exit_code_is_the_worst_of_the_verdicts() -> None:
    open_one = dataclasses.replace(holds("a"), verdict="undetermined")
    wrong = violated(None, expected="holds")
    assert exit_code_for([holds("a"), violated(None)]) == 0
    assert exit_code_for([open_one, holds("a")]) == 3
    assert exit_code_for([open_one, wrong]) == 1
    assert exit_code_for([]) == 0


TWICE = """\
model: twice
vars: {paid: bool}
processes:
  handler:
    run: |
      either:
          pay: paid = True
      or:
          die: pass
  other: {run: "look: await paid"}
properties:
  at_last: {finally: paid}
  never_dead: {finally: done(other)}
"""


def test_a_run_that_violates_several_properties_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text(TWICE, encoding="utf-8")
    text = check(path).text()
    assert text.count("other waits at look for `paid`, which") == 1
    # Who waits is said above the run, too, and once for all that the run violates.
    top = text.index("other waits at look for `paid`\n")
    assert text.index("at_last is violated after") < top < text.index("step  handler")
    assert text.count("other waits at look for `paid`\n") == 1
    assert text.count("by the run that violates at_last, above") == 2
    assert text.count("is violated exactly when handler.die happens") == 1
    assert text.count("the reason is that of at_last, above") == 2


def test_one_run_is_told_once_whichever_continuations_its_properties_count() -> None:
    result = check(Path(__file__).parents[2] / "specs" / "legacy.yaml")
    counted = [result[name].no_return for name in ("no_loss", "saved_is_shown")]
    assert [each and (each.step, each.fair) for each in counted] == [(2, False), (2, True)]
    assert result.trace("no_loss") == result.trace("saved_is_shown")
    text = result.text(whole=True)
    assert text.count("by the run that violates no_loss, above") == 1
    assert text.count("RECV -> 10") == 1
    assert text.count("10 different endings") == 2
    assert text.count("  steps  states  missing") == 1


def test_a_trace_without_a_picture_is_folded_by_what_its_steps_are() -> None:
    many = counting_trace(12)
    (fold,) = folds_alone(many.trace("final"))
    assert (fold.start, fold.stop, fold.times) == (0, 12, 12)
    first, last = folds_alone(many.trace("state"))
    assert (first.stop, last.start, last.stop) == (11, 11, 12)
    lines = render_timeline(
        many.trace("final"), 80, Style(False, True), Telling(folds_alone(many.trace("final")))
    )
    assert lines[-2:] == [
        "1..12  add ×12  n 12",
        "×n: n steps that are alike (all 12 steps; -v shows each)",
    ]


def test_steps_in_no_simple_order_are_told_so() -> None:
    drawn = random.Random(1)
    run = TraceWriter({"n": 0}, {"p": "a", "q": "b", "r": "c"})
    for turn in range(200):
        who, label = drawn.choice([("p", "a"), ("q", "b"), ("r", "c")])
        run.step(who, label, n=turn)
    trace = run.trace("final")
    (fold,) = folds_alone(trace)
    assert fold.interleaved
    text = "\n".join(render_timeline(trace, 80, Style(False, True), Telling([fold])))
    assert "(all 200 steps; 1..200: in another order than told; -v shows each)" in " ".join(
        text.split()
    )
