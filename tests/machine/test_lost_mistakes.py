"""A mistake that the checker found and lost again cannot become a meaning."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import load
from model_check.language.source.diagnostics import Diagnostics
from model_check.machine.make import make_program
from model_check.machine.shapes import Layout

SPEC = """\
resources:
  flag: {kind: "redis.string[bool]"}
vars: {x: 0..9}
processes:
  p:
    run: |
      PROGRAM
properties:
  small: {always: FORMULA}
"""


@pytest.mark.parametrize(
    ("program", "formula"),
    [
        ("a: x = y", "x < 9"),
        ("a: x = flag.incr()", "x < 9"),
        ("while True: pass", "x < 9"),
        ("a: break", "x < 9"),
        ("x = 1", "x < 9"),
        ("a: pass", "y < 9"),
    ],
)
def test_no_machine_is_made_of_a_spec_whose_mistakes_were_lost(
    tmp_path: Path, program: str, formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("PROGRAM", program).replace("FORMULA", formula))
    monkeypatch.setattr(Diagnostics, "raise_if_any", lambda self: self.forget(0))
    spec = load(path)
    with pytest.raises(AssertionError, match="a mistake that was not told"):
        make_program(spec, Layout())
