"""Draws the chart and the table of what reductions leave, from docs/reductions.json.

    uv run python -m tests.benchmarks.reduction_chart

Nothing is measured here: the same figures give the same picture, letter for letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log10
from pathlib import Path

from model_check.report.pictures import palette
from model_check.report.pictures.svg import Canvas, ShapeStyle, TextStyle

from .families import REDUCED
from .reductions import FILE, TITLES, Reductions, Run, Space, read
from .rows import ROOT
from .tables import between, markdown, times

__all__ = ["BEGIN", "CHART", "END", "PAGE", "drawn", "refresh", "refreshed", "table"]

CHART = ROOT / "docs" / "reductions.svg"
PAGE = ROOT / "docs" / "inside.md"
BEGIN = "<!-- made by tests/benchmarks/reduction_chart.py: begin -->\n"
END = "<!-- made by tests/benchmarks/reduction_chart.py: end -->\n"

NAMES = {
    "pubsub-lost": "Chat over Pub/Sub, what is lost",
    "reconnecting-clients": "Clients that reconnect",
    "work-queue": "Work queue",
    "lock-clients": "Lock with SET NX",
    "two-phase-commit": "Two-phase commit",
    "peterson-once": "Peterson's lock, once each",
    "peterson-n": "Peterson's lock, for ever",
}
COLORS = {
    "whole": palette.SERVER_EDGE,
    "spin": palette.SERVER_EDGE,
    "order": palette.AMBER,
    "symmetry": palette.AMBER,
    "both": palette.BLUE,
}
"""What is drawn, and in which colour; SPIN's whole space is ours."""
INK, FAINT, LINE = palette.INK, palette.MUTED, palette.FAINT
WIDTH, MARGIN, LEFT = 760, 24, 130
BAR, GAP, BETWEEN, TOP = 14, 4, 22, 76
FAR_RIGHT = WIDTH - MARGIN - 150
MANY = 100
"""Times fewer that are told without a fraction."""
LEAST = 10
"""States at which the scale begins."""


def largest(spaces: list[Space]) -> list[Space]:
    """Of each family the space with the most states."""
    found: dict[str, Space] = {}
    for each in sorted(spaces, key=lambda each: each.states):
        found[each.family] = each
    return [found[family.name] for family in REDUCED if family.name in found]


def drawn(figures: Reductions) -> str:
    """The chart as SVG: a bar a way and family, on white, so that it is read as well on a dark
    page."""
    canvas = Canvas()
    title = "States that are left to visit"
    canvas.text(MARGIN, 34, title, TextStyle(INK, 18, "bold"))
    about = (
        "On a logarithmic scale: where a bar is shorter by the same, there are as many times fewer."
    )
    canvas.text(MARGIN, 54, about, TextStyle(FAINT), room=WIDTH - 2 * MARGIN)
    shown = largest(figures.spaces)
    scale = (FAR_RIGHT - LEFT) / log10(max(each.states for each in shown) / LEAST)
    y = TOP
    for space in shown:
        canvas.text(
            MARGIN, y + 12, f"{NAMES[space.family]}: {_told(space)}", TextStyle(INK, 13, "bold")
        )
        y += 22
        begin = y
        for name, color in COLORS.items():
            if (run := space.run(name)) is None:
                continue
            width = max(1.0, scale * log10(run.states / LEAST))
            canvas.text(LEFT - 8, y + 11, TITLES[name], TextStyle(INK, anchor="end"))
            canvas.rect(LEFT, y, width, BAR, ShapeStyle(color, round_by=2))
            canvas.text(LEFT + width + 6, y + 11, _counted(space, run), TextStyle(INK))
            y += BAR + GAP
        canvas.line(LEFT, begin - GAP, LEFT, y, ShapeStyle(stroke=LINE))
        y += BETWEEN
    return canvas.render(WIDTH, y, title)


def _told(space: Space) -> str:
    words = (f"{value} {name.lower()}" for name, value in space.constants.items())
    return ", ".join(words)


def _counted(space: Space, run: Run) -> str:
    fewer = space.states / run.states
    told = f"{fewer:,.0f}" if fewer >= MANY else times(fewer)
    return f"{run.states:,}" + (f", {told} times fewer" if fewer > 1 else "")


def table(figures: Reductions) -> Iterator[str]:
    """The lines of the page's table: a row a space, then what it was measured with."""
    times_of = ("CPU time, whole", "by both", "by default", "SPIN, by order")
    heads = ("Space", *TITLES.values(), *times_of, "Memory")
    yield from markdown(heads, map(_cells, figures.spaces), figures.measured_with)


def _cells(space: Space) -> Iterator[str]:
    constants = " ".join(f"{name}={value}" for name, value in space.constants.items())
    yield f"[{space.family}](../tests/benchmarks/{space.family}.yaml) {constants}"
    for name in TITLES:
        run = space.run(name)
        yield "" if run is None else f"{run.states:,}"
    for name in ("whole", "both", "default", "spin"):
        run = space.run(name)
        gcc = f" + {run.compile:.1f} s" if run is not None and run.compile else ""
        yield "" if run is None else f"{run.cpu:.2f} s{gcc}"
    runs = (space.run(name) for name in ("whole", "both", "spin"))
    yield " / ".join(f"{each.memory / (1 << 20):,.0f} MB" for each in runs if each is not None)


def refreshed(page: str, figures: Reductions) -> str:
    """The page with the table of the figures."""
    return between(page, BEGIN, END, table(figures))


def refresh() -> Iterator[Path]:
    """Draw the chart and write the table from the figures that are kept; the files."""
    figures = read(FILE.read_text(encoding="utf-8"))
    CHART.write_text(drawn(figures), encoding="utf-8")
    yield CHART
    page = refreshed(PAGE.read_text(encoding="utf-8"), figures)
    PAGE.write_text(page, encoding="utf-8")
    yield PAGE


if __name__ == "__main__":
    for path in refresh():
        print(f"wrote {path.relative_to(ROOT)}")
