"""The chart and the table of speeds are what docs/speed.json makes; nothing is measured here."""

from __future__ import annotations

from benchmarks import reduction_chart, reductions
from benchmarks.chart import BEGIN, CHART, END, PAGE, drawn, refreshed
from benchmarks.families import FAMILIES, REDUCED
from benchmarks.figures import FILE, Figures, read, written

AGAIN = "run `uv run python -m tests.benchmarks.chart`"


def figures() -> Figures:
    return read(FILE.read_text(encoding="utf-8"))


def test_the_chart_is_what_the_figures_make() -> None:
    assert CHART.read_text(encoding="utf-8") == drawn(figures()), AGAIN


def test_the_page_shows_the_chart_and_the_table_that_the_figures_make() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "](speed.svg)" in page
    assert page.count(BEGIN) == page.count(END) == 1
    assert page == refreshed(page, figures()), AGAIN


def test_figures_are_read_as_they_were_written() -> None:
    assert written(figures()) == FILE.read_text(encoding="utf-8")


def test_every_family_was_measured_and_every_engine_counted_on_a_space_of_a_million() -> None:
    for family in FAMILIES:
        rows = [row for row in figures().rows if row.family == family.name]
        largest = max(rows, key=lambda row: row.states)
        assert largest.states > 1_000_000
        assert {"native 1", "spin"} <= {each.name for each in largest.engines}


def test_what_is_left_out_is_shown_as_the_figures_make_it() -> None:
    text = reductions.FILE.read_text(encoding="utf-8")
    kept = reductions.read(text)
    page = PAGE.read_text(encoding="utf-8")
    assert reductions.written(kept) == text
    assert reduction_chart.CHART.read_text(encoding="utf-8") == reduction_chart.drawn(kept)
    assert page == reduction_chart.refreshed(page, kept)
    assert {space.family for space in kept.spaces} == {family.name for family in REDUCED}
    for space in kept.spaces:
        both, spin = space.run("both"), space.run("spin")
        assert both is not None
        assert spin is not None
        assert both.states <= space.states == space.runs[0].states
