"""What is broken where runs begin."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import how_likely

SPEC = """\
model: first-states
vars: {x: "0..9 = choose(range(10))", y: 0..9}
processes:
  p:
    run: |
      go: y = 1
properties:
  is_3: {never: x == 3, expect: violated}
  is_small: {always: x < 5, expect: violated}
timing:
  p.go: normal 5ms 1ms
"""


@pytest.mark.parametrize("time", ["normal 5ms 1ms", "5ms", "exp 5ms"])
def test_a_first_state_that_breaks_a_property_counts(tmp_path: Path, time: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("normal 5ms 1ms", time))
    found = how_likely(path, runs=20_000)
    for name, expected in (("is_3", 0.1), ("is_small", 0.5)):
        assert found[name].method != "orders"
        assert found[name].share.estimate == pytest.approx(expected, abs=0.015)
