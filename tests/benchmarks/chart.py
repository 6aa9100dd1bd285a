"""Draws the chart and the table of the documentation from docs/speed.json.

    uv run python -m tests.benchmarks.chart

Nothing is measured here: the same figures give the same picture, letter for letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_check.report.pictures import palette
from model_check.report.pictures.svg import Canvas, ShapeStyle, TextStyle

from .figures import FILE, Figures, read
from .rows import PORTABLE_UP_TO, ROOT, Row
from .tables import LARGE, TITLES, between, markdown, ratios, times

__all__ = ["CHART", "PAGE", "drawn", "refresh", "refreshed", "table"]

CHART = ROOT / "docs" / "speed.svg"
PAGE = ROOT / "docs" / "inside.md"
BEGIN = "<!-- made by tests/benchmarks/chart.py: begin -->\n"
END = "<!-- made by tests/benchmarks/chart.py: end -->\n"

NAMES = {
    "pubsub": "Chat over Pub/Sub",
    "peterson-n": "Peterson's lock",
    "two-phase-commit": "Two-phase commit",
}
COLORS = {"python": palette.AMBER, "native 1": palette.BLUE, "spin": palette.SERVER_EDGE}
INK, FAINT, LINE = palette.INK, palette.MUTED, palette.FAINT
WIDTH, MARGIN, LEFT = 760, 24, 150
BAR, GAP, BETWEEN, TOP = 20, 5, 26, 76
FAR_RIGHT = WIDTH - MARGIN - 70
MILLION = 1_000_000


def largest(rows: list[Row]) -> list[Row]:
    """Of each family the row with the most states."""
    found: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row.states):
        found[row.family] = row
    return [found[name] for name in NAMES if name in found]


def rates(figures: Figures, family: str) -> dict[str, float]:
    """States a CPU second of each engine, in the largest space of the family that it
    explored."""
    found: dict[str, float] = {}
    for row in sorted(figures.rows, key=lambda row: row.states):
        if row.family == family:
            found.update({each.name: row.states / each.cpu for each in row.engines})
    return {name: found[name] for name in COLORS if name in found}


def drawn(figures: Figures) -> str:
    """The chart as SVG: a bar an engine and family, on white, so that it is read as well on
    a dark page."""
    canvas = Canvas()
    title = "States explored in a second, on one core"
    canvas.text(MARGIN, 34, title, TextStyle(INK, 18, "bold"))
    canvas.text(MARGIN, 54, _subtitle(), TextStyle(FAINT), room=WIDTH - 2 * MARGIN)
    shown = largest(figures.rows)
    most = max(rate for row in shown for rate in rates(figures, row.family).values())
    y = TOP
    for row in shown:
        about = f"{NAMES[row.family]}, {row.states / MILLION:.1f} million states"
        canvas.text(MARGIN, y + 14, about, TextStyle(INK, 13, "bold"))
        y += 24
        begin = y
        for name, rate in rates(figures, row.family).items():
            width = max(1.0, (FAR_RIGHT - LEFT) * rate / most)
            canvas.text(LEFT - 8, y + 14, TITLES[name], TextStyle(INK, anchor="end"))
            canvas.rect(LEFT, y, width, BAR, ShapeStyle(COLORS[name], round_by=2))
            told = f"{rate / MILLION:.2f} M" if rate < MILLION else f"{rate / MILLION:.1f} M"
            canvas.text(LEFT + width + 6, y + 14, told, TextStyle(INK))
            y += BAR + GAP
        canvas.line(LEFT, begin - GAP, LEFT, y, ShapeStyle(stroke=LINE))
        y += BETWEEN
    return canvas.render(WIDTH, y, title)


def _subtitle() -> str:
    return (
        f"CPU time of the search alone. Python: a space of at most {PORTABLE_UP_TO:,} states. "
        "Longer is faster."
    )


def table(figures: Figures) -> Iterator[str]:
    """The lines of the page's table: a row a space, then what it was measured with."""
    heads = (
        "Space", "States", "Transitions", "Bits", "Native", "SPIN", "Warm", "Cold", "With gcc",
        "Bytes a state",
    )  # fmt: skip
    yield from markdown(heads, map(_cells, figures.rows), figures.measured_with)


def _cells(row: Row) -> Iterator[str]:
    constants = " ".join(f"{name}={value}" for name, value in row.constants.items())
    yield f"[{row.family}](../tests/benchmarks/{row.family}.yaml) {constants}"
    yield f"{row.states:,}"
    yield f"{row.transitions:,}"
    yield str(row.bits)
    for name in ("native 1", "spin"):
        engine = row.engine(name)
        yield f"{row.states / engine.cpu / MILLION:.2g} M/s" if engine else ""
    compared = ratios(row)
    for value in (compared.warm, compared.cold, compared.with_gcc) if compared else ("",) * 3:
        yield times(value) if isinstance(value, float) else value
    ours, theirs = row.engine("native 1"), row.engine("spin")
    both = [each.memory / row.states for each in (ours, theirs) if each]
    yield " / ".join(f"{each:.0f}" for each in both) if row.states >= LARGE else ""


def refreshed(page: str, figures: Figures) -> str:
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
