"""The page, as far as it can be read: what is in it, and what never is."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from made_pages import EVIL, FAILING, HOSTILE, SPECS, checked, data_in, page_of
from model_check import Result, check
from model_check.report.documents.files import write_outputs
from model_check.report.page import document
from model_check.report.page.data import json_for_script
from model_check.report.page.markup import element, join
from model_check.report.page.picture import clean_svg
from model_check.report.pictures import palette
from model_check.report.pictures.dark import DARK
from model_check.report.pictures.layout_program import Format, Image, LayoutProgram, NoImage, draw
from model_check.verify.trace import Tracer

IDLE = """\
model: idle
processes:
  p:
    vars: {n: 0..2}
    run: |
      step: n += 1
      if n > 1:
          gone: n = 0
      last: n += 1
properties:
  low: {always: p.n < 3}
"""


@pytest.fixture(scope="module")
def legacy() -> Result:
    return check(SPECS / "legacy.yaml", reason=False)


class _Reader(HTMLParser):
    """Every element of a page with its attributes, and whether all are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_same_check_gives_the_same_page(legacy: Result) -> None:
    again = check(SPECS / "legacy.yaml", reason=False)
    assert page_of(again) == page_of(legacy)


def test_the_page_of_legacy_is_small(legacy: Result) -> None:
    assert len(page_of(legacy).encode("utf-8")) < 300_000


def test_every_element_is_closed_and_every_id_is_given_once(legacy: Result) -> None:
    reader = _Reader(page_of(legacy))
    assert reader.open == []
    ids = [told["id"] for _, told in reader.found if "id" in told]
    assert len(ids) == len(set(ids))


def test_the_policy_allows_one_style_and_one_script_and_nothing_else(legacy: Result) -> None:
    page = page_of(legacy)
    policy = next(
        told["content"]
        for tag, told in _Reader(page).found
        if tag == "meta" and told.get("http-equiv") == "Content-Security-Policy"
    )
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (*style, *script)
    ]
    assert len(hashes) == 2
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_nothing_on_the_page_loads_links_or_runs(legacy: Result) -> None:
    for tag, told in _Reader(page_of(legacy)).found:
        assert tag not in ("img", "iframe", "object", "embed", "link", "base", "form", "use")
        assert not {"src", "srcdoc", "style", "action", "xlink:href"} & set(told)
        assert told.get("href") in (None, "#state-title")
        assert not [name for name in told if name.startswith("on")]


def test_every_edge_of_the_data_is_one_of_the_explored_graph(legacy: Result) -> None:
    data = data_in(page_of(legacy))
    edges = [
        (row, flat[i + 1], data["acts"][flat[i]][1])
        for row, flat in enumerate(data["edges"])
        for i in range(0, len(flat), 2)
    ]
    explored = [(each.source, each.target, each.event) for each in legacy.states.transitions]
    assert sorted(edges) == sorted(explored)
    assert data["complete"]


def test_every_state_of_the_data_reads_as_in_a_trace(legacy: Result) -> None:
    data = data_in(page_of(legacy))
    shown = [i for i, column in enumerate(data["columns"]) if column[0] == "variable"]
    for row, node in zip(data["rows"], legacy.states.nodes, strict=True):
        texts = [f"{data['columns'][i][1]} = {data['columns'][i][3][row[i]]}" for i in shown]
        assert "; ".join(texts) == node.state


def test_the_trace_in_the_data_is_the_trace(legacy: Result) -> None:
    trace = data_in(page_of(legacy))["traces"]["no_loss"]
    states = [trace["start"], *trace["hops"][1::2]]
    path = Tracer(legacy._space).path(states[-1])
    assert states == path
    assert trace["holes"] == ["missing"]


@pytest.mark.parametrize("name", ["legacy", "deadlock", "fix-stream-dollar"])
def test_a_walk_along_a_trace_is_told_what_its_diagram_tells(name: str) -> None:
    data = data_in(page_of(check(SPECS / f"{name}.yaml", reason=False)))
    trace = next(iter(data["traces"]))
    start, hops = data["traces"][trace]["start"], data["traces"][trace]["hops"]
    rows = [start, *hops[1::2]]
    acts = [data["edges"][row][2 * edge] for row, edge in zip(rows, hops[::2], strict=False)]
    diagram, walk, compared = data["diagrams"][trace], data["walk"], 0
    for first, last, _, (row, *_others) in diagram["groups"]:
        if first != last or not first:
            continue
        told = walk["acts"][acts[first - 1]]
        assert _named(told, walk["lanes"]) == _named(row, diagram["lanes"])
        compared += 1
    assert compared > 3


def _named(row: dict[str, Any], lanes: list[list[str]]) -> list[object]:
    arrows = [(lanes[s], lanes[t], *told[:4]) for s, t, *told in row["messages"]]
    return [lanes[row["actor"]], arrows, row["asides"]]


def test_what_no_run_does_stands_at_its_line(tmp_path: Path) -> None:
    page = page_of(checked(IDLE, tmp_path))
    assert "<em>no run takes this</em>" in _line_of(page, "gone:")
    assert "<em>`n &gt; 1` is never true</em>" in _line_of(page, "if n")
    assert "<em>" not in _line_of(page, "step:")


def _line_of(page: str, start: str) -> str:
    found = re.search(rf'<span data-line="\d+"> +{start}.*?</span>', page)
    assert found is not None
    return found[0]


def test_a_copied_test_repeats_the_constants() -> None:
    result = check(SPECS / "legacy.yaml", constants={"TOTAL": 7}, reason=False)
    test = data_in(page_of(result))["copies"]["of"]["no_loss"]["test"]
    assert "constants={'TOTAL': 7})" in test
    namespace: dict[str, Any] = {}
    exec(test, namespace)  # noqa: S102 - it is meant to be run
    namespace["test_no_loss"]()


def test_a_space_that_is_too_large_leaves_the_traces(legacy: Result) -> None:
    page = page_of(legacy, most=100)
    data = data_in(page)
    assert not data["whole"]
    assert len(data["rows"]) == len(legacy.trace("no_loss").steps) + 1
    assert "Only the traces can be stepped through" in page
    assert "Go there" not in page


def test_data_of_too_many_bytes_leave_the_traces(
    legacy: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "MOST_BYTES", 50_000)
    assert not data_in(page_of(legacy))["whole"]


def test_text_of_a_spec_is_text_on_the_page(tmp_path: Path) -> None:
    result = checked(HOSTILE, tmp_path, "<img src=x onerror=alert(1)>.yaml")
    evil = replace(result.report, model=EVIL, notes=(EVIL,))
    page = page_of(replace(result, report=evil))
    reader = _Reader(page)
    assert [tag for tag, _ in reader.found if tag == "script"] == ["script"] * 2
    assert not [tag for tag, _ in reader.found if tag == "img"]
    assert page.count("<script>") == 1
    assert page.count("</style>") == 1
    assert "\u2028" not in page
    assert "\u202e" not in page
    assert f"PUBLISH {EVIL}" not in page
    assert any(EVIL in key for _, _, keys in data_in(page)["walk"]["lanes"] for key in keys)


def test_a_step_that_fails_is_the_last_of_its_trace(tmp_path: Path) -> None:
    data = data_in(page_of(checked(FAILING, tmp_path)))
    start, hops = data["traces"]["no_error"]["start"], data["traces"]["no_error"]["hops"]
    assert (start, hops[1::2]) == (0, [1, 1])
    assert data["edges"][1][-1] == -1
    assert "division by zero" in data["errors"][0]


def test_a_picture_that_is_no_picture_only_draws() -> None:
    svg = (
        '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="30pt" height="15pt" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" onload="alert(1)"><script>alert(1)</script>'
        '<image href="http://example.com/x.png"/><style>*{}</style><g class="node" id="n">'
        '<title>7</title><a xlink:href="javascript:alert(1)" xlink:title="&lt;b&gt;">'
        '<text onclick="x" fill="red">a&amp;b</text></a></g></svg>'
    )
    cleaned = clean_svg(svg, 'the "space"')
    assert cleaned == (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" viewBox="0 0 40 20" '
        'role="img" aria-label="the &quot;space&quot;">'
        '<g class="node"><title>7</title><g><title>&lt;b&gt;</title>'
        '<text fill="red">a&amp;b</text></g></g></svg>'
    )
    with pytest.raises(ValueError, match="no SVG"):
        clean_svg("<b", "")


def test_every_colour_of_the_palette_has_one_for_the_dark() -> None:
    named = {getattr(palette, name) for name in palette.__all__}
    single = {colour for colour in named if isinstance(colour, str)}
    assert single == set(DARK)


def test_json_in_a_script_cannot_end_it() -> None:
    text = json_for_script(["</script><!--", "\u2028\u2029&"])
    assert text == r'["\u003c/script\u003e\u003c!--","\u2028\u2029\u0026"]'


def test_text_is_escaped_and_markup_is_not() -> None:
    inner = element("b", {"title": '"<\x00>"', "hidden": True, "id": None}, "a < b\x1b")
    assert join("<", inner) == (
        '&lt;<b title="&quot;&lt;\N{REPLACEMENT CHARACTER}&gt;&quot;" hidden>'
        "a &lt; b\N{REPLACEMENT CHARACTER}</b>"
    )


def test_a_layout_program_that_hangs_is_stopped_and_the_page_is_written(
    legacy: Result, tmp_path: Path
) -> None:
    script = tmp_path / "dot"
    script.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    script.chmod(0o755)
    hanging = LayoutProgram("dot", str(script), frozenset({"svg", "png"}))

    def paint(dot: str, form: Format) -> Image | NoImage:
        return draw(dot, form, (hanging,), timeout=0.1)

    written = write_outputs(
        legacy.report, legacy.states, tmp_path, painter=paint, tables=legacy.tables
    )
    assert written.notes == ("no space.svg: dot was stopped after 0.1 s",)
    page = (tmp_path / "legacy" / "report.html").read_text(encoding="utf-8")
    assert "note: no space.svg: dot was stopped after 0.1 s" in page
    assert 'id="space-title"' not in page
    assert "data-diagram" in page
