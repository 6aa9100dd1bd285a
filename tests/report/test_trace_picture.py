"""The sequence diagram: well-formed, nothing over another, everything told."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_snapshots import KEPT, ROOT
from model_check.report.pictures import palette
from model_check.report.pictures.fonts import FONTS, Font, fitted, text_width
from model_check.report.pictures.svg import Canvas, TextStyle
from model_check.report.pictures.trace import trace_svg
from model_check.report.pictures.trace_layout import TraceLayout, lay_out
from model_check.report.sequence.chips import chip_rows
from model_check.report.sequence.diagram import sequence_of
from model_check.report.words.phrases import is_hole
from model_check.results.check import NoReturn, PropertyResult, Value
from model_check.results.reasons import Fact, Reason
from report_samples import (
    LEGACY_REASON,
    TraceWriter,
    call,
    legacy_report,
    legacy_trace,
    report,
    violated,
)

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float, str]


def texts_of(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{SVG}text"))


def shown(element: ElementTree.Element) -> str:
    """The text without its tooltip."""
    title = element.find(f"{SVG}title")
    return (title.tail or "") if title is not None else (element.text or "")


def boxes_of(svg: str) -> list[Box]:
    boxes: list[Box] = []
    for element in texts_of(svg):
        size = float(element.get("font-size", "0"))
        bold = element.get("font-weight") is not None
        mono = "monospace" in element.get("font-family", "")
        width = text_width(shown(element), size, "mono" if mono else "bold" if bold else "sans")
        x, y = float(element.get("x", "0")), float(element.get("y", "0"))
        left = {"start": x, "middle": x - width / 2, "end": x - width}[
            element.get("text-anchor", "start")
        ]
        boxes.append((left, y - 0.75 * size, left + width, y + 0.2 * size, shown(element)))
    return boxes


def two_nodes() -> PropertyResult:
    """Two gateways, long labels, three commands in a step, and a hostile one among them."""
    names = ["writer", "gateway[0]", "gateway[1]", "client[0]", "client[1]"]
    run = TraceWriter(
        {"log": [], "socket[0].out": [], "socket[1].out": [], "client[0].shown": []},
        dict.fromkeys(names, "go"),
    )
    for number in (0, 1):
        read = call("log", "LRANGE log 0 -1", "[{id: 1, last: False}, {id: 2, last: False}]",
                    [{"id": 1}], start=0)  # fmt: skip
        run.record(f"gateway[{number}]", "read_the_history_before_anything_else", [read],
                   (), "go", 1, {f"gateway[{number}].snapshot": [{"id": 1}]})  # fmt: skip
    evil = 'PUBLISH <script>alert("x")</script> ]]> & \x1b[31m ' + "very long " * 20
    calls = [call("log", "RPUSH log 1", "1", 1, value=1), call("bus", evil, "0 receivers", 0, m=1),
             call("socket[1]", "send 1", m=1)]  # fmt: skip
    changed: dict[str, Value] = {f"x{i}": list(range(40)) for i in range(9)}
    run.record("writer", "save_and_publish", calls, (7,), "(end)", 1, changed)
    run.record("client[1]", "show", [call("socket[1]", "recv", "1", 1)], (), "go", 1, {})
    return violated(run.trace("deadlock", {"missing": frozenset({2})}), name="no_deadlock")


def samples() -> dict[str, PropertyResult]:
    counter = TraceWriter({"n": 0}, {"p": "add"})
    nothing = counter.trace("state")
    counter.step("p", "add", n=1)
    return {
        "legacy": violated(legacy_trace(), reason=LEGACY_REASON),
        "sixty": violated(legacy_trace(20, 32)),
        "two nodes": two_nodes(),
        "no steps": violated(nothing),
        "one step": violated(counter.trace("error", error="boom", error_at="a.yaml:1:1")),
    }


@pytest.mark.parametrize("name", list(samples()))
def test_no_text_lies_over_another_or_outside_the_picture(name: str) -> None:
    none_lies_over_another(trace_svg(report(), samples()[name]))


@pytest.mark.parametrize("path", [picture for _, _, picture in KEPT])
def test_no_text_of_a_kept_picture_lies_over_another(path: str) -> None:
    none_lies_over_another((ROOT / path).read_text(encoding="utf-8"))


def none_lies_over_another(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    boxes = boxes_of(svg)
    for left, top, right, bottom, text in boxes:
        assert left >= 0, text
        assert top >= 0, text
        assert right <= width, text
        assert bottom <= height, text
    for a, b in itertools.combinations(boxes, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{a[4]!r} lies over {b[4]!r}"


def test_the_legacy_picture_tells_the_loss() -> None:
    report_ = legacy_report()
    svg = trace_svg(report_, report_.results[0])
    words = [shown(element) for element in texts_of(svg)]
    assert "legacy: no_loss is violated" in words
    assert "as expected" in words
    assert "missing = {7}" in words
    assert "publish[7]" in words
    assert any(word.startswith("risk window: certain once ") for word in words)
    lost = [e for e in texts_of(svg) if "0 receivers" in shown(e)]
    assert [e.get("fill") for e in lost] == ["#c43e00"]
    assert "RPUSH history 7 → 7" in words
    assert "history = chat:history:<session>" in words


def test_only_a_message_that_reached_nobody_ends_in_a_cross() -> None:
    crosses = re.findall(r'stroke="#c43e00" stroke-width="3"', trace_svg(*_legacy()))
    assert len(crosses) == 2  # the two strokes of one cross


def _legacy() -> tuple[object, PropertyResult]:
    report_ = legacy_report()
    return report_, report_.results[0]


def layout_of(result: PropertyResult) -> TraceLayout:
    return lay_out(sequence_of(report(result), result), 100)


def test_the_risk_window_spans_the_events_of_the_orderings() -> None:
    layout = layout_of(violated(legacy_trace(), reason=LEGACY_REASON))
    blocks = layout.groups
    assert layout.marked == {1, 3, 4, 5}
    assert layout.window is not None
    assert layout.window[0] < blocks[1].top
    assert layout.window[1] == blocks[5].bottom
    assert [(b.first, b.second) for b in layout.brackets] == [
        (blocks[1].rows[0].y, blocks[4].rows[0].y),
        (blocks[3].rows[0].y, blocks[5].rows[0].y),
    ]


def test_what_happens_at_all_is_marked_without_a_bracket() -> None:
    reason = Reason((Fact("gateway.subscribe", "", ()),), "", "search", "", 0)
    layout = layout_of(violated(legacy_trace(), reason=reason))
    (marked,) = layout.marked
    block = layout.groups[marked]
    assert layout.brackets == layout.outside == ()
    assert layout.window is not None
    assert layout.window[0] < block.top < layout.window[1] == block.bottom
    reason = Reason((Fact("", "nobody.acts", ()),), "", "search", "", 0)
    assert layout_of(violated(legacy_trace(), reason=reason)).window is None
    assert layout_of(violated(legacy_trace())).window is None


def test_a_bracket_leads_to_an_event_that_is_not_there_and_the_window_to_the_end() -> None:
    fact = Fact("gateway.read_history", "client.show[99]", ())
    result = violated(legacy_trace(), reason=Reason((fact,), "", "search", "", 0))
    layout = layout_of(result)
    (row,) = layout.outside
    assert layout.marked == {1}
    assert row.top == layout.groups[-1].bottom
    assert [(b.first, b.second) for b in layout.brackets] == [(layout.groups[1].rows[0].y, row.y)]
    assert layout.window is not None
    assert layout.window[1] == row.bottom
    assert row.row.actor is not None
    assert (row.row.actor.name, row.row.label) == ("client", "show[99]")
    picture = ElementTree.fromstring(trace_svg(report(result), result))
    (group,) = (g for g in picture.iter(f"{SVG}g") if g.get("data-mark") == "outside")
    assert [shown(text) for text in group.iter(f"{SVG}text")] == ["show[99]", "not in this trace"]


def test_rows_follow_each_other_without_overlap() -> None:
    blocks = layout_of(violated(legacy_trace(), reason=LEGACY_REASON)).groups
    for block, following in itertools.pairwise(blocks):
        assert block.bottom <= following.top
        assert following.group.first == block.group.last + 1
    for line in (row for block in blocks for row in block.rows):
        assert line.top < line.y < line.bottom


def test_items_of_a_list_go_on_in_the_next_line_and_a_long_one_is_cut() -> None:
    run = TraceWriter({"p.log": [*range(40, 70), {"name": "w" * 90}]}, {"p": "go"})
    run.step("p", "go")
    svg = trace_svg(report(), violated(run.trace("state")))
    none_lies_over_another(svg)
    words = [shown(element) for element in texts_of(svg)]
    assert [word for word in words if word.isdecimal()][-1] == "69"
    (cut,) = (e for e in texts_of(svg) if shown(e).startswith("{name: ww"))
    assert shown(cut).endswith("…")
    assert "w" * 90 in ElementTree.tostring(cut, encoding="unicode")


def test_the_missing_chunk_is_a_hole_among_those_shown() -> None:
    rows = chip_rows(violated(legacy_trace()))
    assert [row.name for row in rows] == ["client.shown", "history"]
    assert [(c.text, c.hole) for c in rows[0].chips] == [(str(n), n == 7) for n in range(1, 11)]
    assert not any(c.hole for c in rows[1].chips)


def test_a_hole_in_a_long_list_is_never_among_the_items_left_out() -> None:
    row = chip_rows(violated(legacy_trace(30, 80)))[0]
    assert [c.text for c in row.chips if c.hole] == ["31"]
    left_out = [c.left_out for c in row.chips if c.left_out]
    assert len(left_out) == 2
    assert len(row.chips) - 2 + sum(left_out) == 80
    assert [c.text for c in row.chips if c.left_out] == [f"… {n} more …" for n in left_out]


def test_what_each_instance_lacks_is_a_hole_in_its_own_list() -> None:
    run = TraceWriter(
        {"client[0].shown": [1, 3], "client[1].shown": [1, 2, 3], "client[2].shown": [1, 2]},
        {f"client[{i}]": "show" for i in range(3)},
    )
    missing = [frozenset({2}), frozenset(), frozenset({3})]
    text = "all(len(lost) == 0 for lost in missing)"
    rows = chip_rows(violated(run.trace("state", {"missing": missing}), text=text))
    holes = {row.name: [c.text for c in row.chips if c.hole] for row in rows}
    assert holes == {"client[0].shown": ["2"], "client[2].shown": ["3"]}


def test_empty_collections_are_nothing_missing() -> None:
    result = violated(legacy_trace())
    assert is_hole(result, "missing", frozenset({7}))
    assert is_hole(result, "missing", [frozenset(), [frozenset({1})]])
    assert not is_hole(result, "missing", [frozenset(), frozenset()])
    assert not is_hole(result, "missing", 7)
    assert not is_hole(result, "other", frozenset({7}))


def test_what_is_not_asked_for_by_the_formula_is_no_hole() -> None:
    result = violated(legacy_trace(), text="client.shown == sorted(client.shown)")
    assert not any(chip.hole for row in chip_rows(result) for chip in row.chips)


def test_text_in_a_picture_is_escaped_cut_and_whole_in_its_tooltip() -> None:
    canvas = Canvas()
    canvas.text(0, 10, "<b>&\x1b" + "x" * 50, TextStyle("red", 10, "mono"), room=60)
    element = texts_of(canvas.render(100, 20, 'a "title"'))[0]
    title = element.find(f"{SVG}title")
    assert title is not None
    assert title.text == "<b>&\N{REPLACEMENT CHARACTER}" + "x" * 50
    assert shown(element) == "<b>&\N{REPLACEMENT CHARACTER}xxx…"


@given(st.text(max_size=60), st.floats(0, 400), st.sampled_from(sorted(FONTS)), st.booleans())
def test_a_text_that_is_cut_is_no_wider_than_its_room(
    text: str, room: float, font: Font, keep_end: bool
) -> None:
    shown_text = fitted(text, room, 12, font, keep_end=keep_end)
    assert text_width(shown_text, 12, font) <= room
    assert shown_text == text or "…" in shown_text or not shown_text


def test_each_character_takes_its_own_room() -> None:
    for font in ("sans", "bold"):
        widths = [text_width(chr(code), 1, font) for code in range(32, 127)]
        assert min(widths) < 0.36
        assert max(widths) > 0.97
        assert text_width("iIl", 10, font) < text_width("mWM", 10, font) / 2
        assert text_width("漢", 10, font) > 10
    assert text_width("iIl", 10, "mono") == text_width("mWM", 10, "mono")


def test_the_same_result_gives_the_same_picture() -> None:
    assert trace_svg(*_legacy()) == trace_svg(*_legacy())


def test_no_two_meanings_of_the_palette_share_a_colour() -> None:
    named = {n: getattr(palette, n) for n in palette.__all__ if n != "PROCESSES"}
    assert len(set(named.values())) == len(named)
    assert not set(palette.PROCESSES[1:]) & set(named.values())


def test_a_picture_uses_no_colour_that_is_not_in_the_palette() -> None:
    known = {getattr(palette, name) for name in palette.__all__ if name != "PROCESSES"}
    for result in samples().values():
        used = set(re.findall(r'(?:fill|stroke)="(#\w+)"', trace_svg(report(result), result)))
        assert used <= known


def test_a_page_finds_each_row_the_window_and_the_point_of_no_return() -> None:
    result = replace(
        violated(legacy_trace(), reason=LEGACY_REASON), no_return=NoReturn(step=3, note="")
    )
    root = ElementTree.fromstring(trace_svg(report(result), result))
    groups = list(root.iter(f"{SVG}g"))
    marks = [g.get("data-mark") for g in groups if g.get("data-mark")]
    assert marks == ["window", "no-return"]
    spans = [(g.get("data-first"), g.get("data-last")) for g in groups if g.get("data-first")]
    steps = [n for first, last in spans for n in range(int(first or -1), int(last or -1) + 1)]
    assert steps == list(range(24))
    row = next(g for g in groups if g.get("data-first") == "3")
    assert "publish[7]" in [shown(text) for text in row.iter(f"{SVG}text")]
