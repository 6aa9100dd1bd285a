"""A spec that is large in one direction is checked, or refused with a place: never a traceback of
Python's compiler, its stack or its memory."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from large_specs import DIRECTIONS
from model_check import SpecError, check
from thorough import mostly

LONGEST = 60.0
"""CPU seconds."""


@pytest.mark.parametrize("size", mostly([25, 130], (130).__eq__))
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


@pytest.mark.parametrize("first", ["", " = 2", " = choose([0])"])
def test_variables_are_given_their_first_values_one_behind_the_other(
    tmp_path: Path, first: str
) -> None:
    path = tmp_path / "many.yaml"
    others = "".join(f"  v{i}: 0..3\n" for i in range(1200))
    text = f'model: many\nvars:\n  a: 0..3{first}\n{others}processes: {{p: {{run: "s: pass"}}}}\n'
    path.write_text(text, encoding="utf-8")
    assert check(path, reason=False)["no_error"].verdict == "holds"


def test_one_choice_too_many_of_first_values_is_refused_at_its_variable(tmp_path: Path) -> None:
    path = tmp_path / "choices.yaml"
    path.write_text(DIRECTIONS["first values chosen"](70), encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        check(path, reason=False)
    (told,) = refused.value.diagnostics
    assert "v64:" in path.read_text(encoding="utf-8").splitlines()[told.position.line - 1]


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
