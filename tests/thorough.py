"""Cases of one test that are many of a kind: a few each time, the others by a command of their own.

`uv run pytest` asks the few that differ most; `uv run pytest -m thorough` asks all others, as CI
does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

__all__ = ["DIFFERENT", "each_spec", "mostly"]

DIFFERENT = frozenset({
    "legacy", "fix-both", "fix-stream", "fix-gap-detection", "deadlock", "peterson",
    "worker-crash", "outbox-gap",
})  # fmt: skip
"""Specs that have little in common with each other."""


def mostly(cases: Iterable[Any], kept: Callable[[Any], bool]) -> list[Any]:
    """The cases of a parametrised test, those marked as thorough that are not `kept`."""
    return [
        each if kept(each) else pytest.param(*_values(each), marks=pytest.mark.thorough)
        for each in cases
    ]


def each_spec(paths: Iterable[Path]) -> pytest.MarkDecorator:
    """A test is given each of some specs as `path`: those that differ most each time."""
    cases = mostly(paths, lambda path: path.stem in DIFFERENT)
    return pytest.mark.parametrize("path", cases, ids=lambda path: path.stem)


def _values(case: Any) -> tuple[Any, ...]:
    return case if isinstance(case, tuple) else (case,)
