"""What is drawn and printed stays as it was looked at, on any Python, in any order of hashes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise

import pytest
from made_snapshots import HERE, KEPT, ROOT, WIDTHS
from model_check.report.words.columns import display_width
from thorough import mostly

# Every spec under another seed than the one under which its files were made, and one of them
# under two.
RUNS = {
    "1": ["legacy", "wide", "endless"],
    "2": ["fix-subscribe-first", "deadlock", "wide", "poll", "faults"],
}
MARK = "-- "
"""With this begins a line that is no step."""


@pytest.mark.parametrize("seed", mostly(RUNS, "1".__eq__))
def test_pictures_and_timelines_are_the_kept_ones_byte_for_byte(seed: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/report/made_snapshots.py"), *RUNS[seed]],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
        timeout=120,
    )
    made = json.loads(done.stdout)
    assert len(made) == 7 * len(RUNS[seed])
    for path, text in made.items():
        kept = (ROOT / path).read_text(encoding="utf-8")
        assert text == kept, f"{path}: run tests/report/made_snapshots.py and look at the diff"


def kept_lines(width: str) -> list[list[str]]:
    return [
        (ROOT / HERE / f"{spec.split('/')[-1].removesuffix('.yaml')}-{width}.txt")
        .read_text(encoding="utf-8")
        .splitlines()
        for spec, _, _ in KEPT
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_timeline_keeps_within_its_width_and_its_columns_are_free(width: int) -> None:
    for lines in kept_lines(str(width)):
        assert max(map(display_width, lines)) <= width
        head = lines[0]
        starts = [i for i, c in enumerate(columns_of(head)) if c != " " and at_gap(head, i)]
        steps = [line for line in lines[1:] if not line.startswith(MARK)]
        for line in map(columns_of, steps):
            for start in starts[1:]:
                # Before every column there is a gap, in every line.
                assert line[start - 2 : start].strip() == "", line


def columns_of(line: str) -> str:
    """The line with a character for each terminal column."""
    return "".join(c * display_width(c) for c in line)


def at_gap(line: str, column: int) -> bool:
    return column == 0 or columns_of(line)[max(column - 2, 0) : column] == "  "


def test_plain_ascii_keeps_the_columns() -> None:
    for plain, rich in zip(kept_lines("ascii"), kept_lines("80"), strict=True):
        assert all(line.isascii() for line in plain)
        assert [len(line) for line in plain] == [display_width(line) for line in rich]


def test_the_steps_of_a_timeline_are_all_there() -> None:
    for width in WIDTHS:
        for lines in kept_lines(str(width)):
            steps = [line for line in lines[1:] if not line.startswith(MARK)]
            numbers = [int(line[:4]) for line in steps if line[:4].strip()]
            assert all(b == a + 1 for a, b in pairwise(numbers))
            assert numbers[0] == 0
