"""The pictures and timelines that are kept as files: `uv run python tests/report/made_snapshots.py`
writes them anew; with the names of specs it prints theirs as JSON, by path.

Look at `git diff` after that: each change should be one that you wanted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from model_check import check
from model_check.report.sequence.diagram import sequence_of
from model_check.report.text.rows import folds_of
from model_check.report.text.style import Style
from model_check.report.text.timeline import Telling, render_timeline

ROOT = Path(__file__).parents[2]
HERE = "tests/report/snapshots"
WIDTHS = (80, 120, 200)
FOLDED_WIDTH = 90
RICH, PLAIN = Style(color=False, unicode=True), Style(color=False, unicode=False)
KEPT = (
    ("specs/legacy.yaml", "no_loss", "docs/legacy.svg"),
    ("specs/fix-subscribe-first.yaml", "no_loss", "docs/fix-subscribe-first.svg"),
    ("specs/deadlock.yaml", "all_drawn", f"{HERE}/deadlock.svg"),
    ("docs/examples/poll.yaml", "answered_at_last", "docs/lasso.svg"),
    (f"{HERE}/endless.yaml", "all_shown", f"{HERE}/endless.svg"),
    (f"{HERE}/wide.yaml", "全部", f"{HERE}/wide.svg"),
    (f"{HERE}/faults.yaml", "unlucky", f"{HERE}/faults.svg"),
)
"""Spec, violated property, and where its picture is kept."""


def snapshots(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The kept files of some specs as they would be now, by their path from the root."""
    os.chdir(ROOT)  # a picture names its spec as the user does
    for spec, violated, picture in (kept for kept in KEPT if Path(kept[0]).stem in names):
        result = check(spec)
        yield picture, result.svg(violated)
        stem = f"{HERE}/{Path(spec).stem}"
        yield f"{stem}.mmd", result.mermaid(violated)
        trace = result.trace(violated)
        for width in WIDTHS:
            lines = render_timeline(trace, width, RICH)
            yield f"{stem}-{width}.txt", "\n".join(lines) + "\n"
        telling = Telling(
            folds_of(sequence_of(result.report, result[violated])), result.report.resources
        )
        lines = render_timeline(trace, FOLDED_WIDTH, RICH, telling)
        yield f"{stem}-folded.txt", "\n".join(lines) + "\n"
        lines = render_timeline(trace, WIDTHS[0], PLAIN)
        yield f"{stem}-ascii.txt", PLAIN.finish("\n".join(lines)) + "\n"


def main() -> None:
    if sys.argv[1:]:
        print(json.dumps(dict(snapshots(sys.argv[1:]))))
        return
    for path, text in snapshots([Path(spec).stem for spec, _, _ in KEPT]):
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
