"""Where a process rests that waits for ever: at the head of a `while True:`, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import check
from model_check.language import SpecError

SPEC = """\
constants: {{TRIES: 3, ALWAYS: true}}
processes:
  p:
    run: |
      while {condition}:
          take: await False
"""


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ("True", "holds"),
        ("(True)", "holds"),
        ("TRIES > 0", "violated"),
        ("ALWAYS", "violated"),
        ("1 == 1", "violated"),
        ("not False", "violated"),
        ("True and True", "violated"),
        ("True or False", "violated"),
        ("self == 0", "violated"),
    ],
)
def test_who_waits_for_ever_rests_only_at_the_head_of_a_while_true(
    tmp_path: Path, condition: str, verdict: str
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.format(condition=condition))
    assert check(path)["no_deadlock"].verdict == verdict


def test_what_follows_a_loop_that_the_constants_never_let_end_is_never_reached(
    tmp_path: Path,
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.format(condition="TRIES > 0") + "      after: pass\n")
    with pytest.raises(SpecError, match="this is never reached"):
        check(path)
    check(path, {"TRIES": 0})
