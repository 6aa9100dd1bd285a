"""A spec that is large in one direction is checked, or refused with a place: never a traceback of
Python's compiler, its stack or its memory."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from large_specs import DIRECTIONS
from model_check import SpecError, check

LONGEST = 60.0
"""CPU seconds."""


@pytest.mark.parametrize("size", [25, 130])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_spec_that_is_large_in_one_direction_is_checked_or_refused_at_a_place(
    tmp_path: Path, direction: str, size: int
) -> None:
    path = tmp_path / "large.yaml"
    path.write_text(DIRECTIONS[direction](size), encoding="utf-8")
    started = time.process_time()
    refused: list[str] = []
    try:
        result = check(path, reason=False, max_states=2000)
    except SpecError as error:
        refused = [each.position.source.path for each in error.diagnostics]
    else:
        assert result["no_error"].verdict == "holds"
        assert result["asked"].verdict == "holds"
    assert set(refused) <= {str(path)}
    assert time.process_time() - started < LONGEST


@pytest.mark.parametrize("taken", [0, 15, 16, 17, 33, 39, 40, 77])
def test_one_branch_of_a_long_chain_is_taken(tmp_path: Path, taken: int) -> None:
    words = ["if", *["elif"] * 39]
    tests = "".join(
        f"          {word} x == {i}:\n              n += {i + 1}\n" for i, word in enumerate(words)
    )
    text = (
        f"model: chain\nvars:\n  x: 0..99 = {taken}\n  n: int\n  y: 0..99\nprocesses:\n  p:\n"
        f"    run: |\n      set: y = x\n      a:\n{tests}          else:\n              n += 900\n"
        f"              x = 1\nproperties:\n"
        f"  one: {{finally: n == {taken + 1 if taken < 40 else 900}}}\n"
    )
    path = tmp_path / "chain.yaml"
    path.write_text(text, encoding="utf-8")
    assert check(path, reason=False)["one"].verdict == "holds"
