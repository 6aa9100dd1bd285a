"""What a step says that runs into a value outside of its type: what was set, and its range."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import check

SPEC = """\
vars:
  n: 0..9 = 5
  table: dict[0..1, 0..2]
  row: "list[0..2] = [0]"
  rec: "{id: 0..2}"
  recs: "dict[0..1, {id: 0..2}]"
processes:
  p:
    run: |
      set: STATEMENT
"""


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("n += n", "n would be 10, outside its range 0..9"),
        ("table[1] = n", "table[1] would be 5, outside its range 0..2"),
        ("table[n - 4] = n", "an item of table would be 5, outside its range 0..2"),
        ("table[n] = 0", "the key would be 5, outside its range 0..1"),
        ("row[0] = n", "an item of row would be 5, outside its range 0..2"),
        ("rec.id = n", "rec would be 5, outside its range 0..2"),
        ("recs[n - 5].id = n", "an item of recs.id would be 5, outside its range 0..2"),
    ],
)
def test_a_value_outside_of_its_type_is_told_with_what_it_was_for(
    tmp_path: Path, statement: str, message: str
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("STATEMENT", statement))
    trace = check(path, reason=False).trace("no_error")
    assert trace.error == message
    assert trace.error_at.startswith(f"{path}:10:")
