"""Labels that are asked for where they are not: what is said, and at which place."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load

SPEC = """\
processes:
  p:
    vars: {x: 0..9}
    run: |
      a: x = 1
"""


def mistakes(folder: Path, text: str) -> list[str]:
    """All messages: line, column, message and hint."""
    path = folder / "spec.yaml"
    path.write_text(text)
    with pytest.raises(SpecError) as error:
        load(path)
    return [
        f"{d.position.line}:{d.position.column}: {d.message}" + (f" ({d.hint})" if d.hint else "")
        for d in error.value.diagnostics
    ]


@pytest.mark.parametrize("key", ["strong", "never_taken"])
def test_an_inherited_label_that_is_gone_is_told_where_it_went(tmp_path: Path, key: str) -> None:
    base = SPEC.replace("    vars:", f"    {key}: [a]\n    vars:")
    (tmp_path / "base.yaml").write_text(base)
    derived = "extends: base.yaml\nprocesses:\n  p:\n    run: |\n      b: pass\n"
    assert mistakes(tmp_path, derived) == [
        f"4:5: p has no step a here, which {key} names at {tmp_path}/base.yaml:3:{8 + len(key)} "
        f"(write {key} anew, or {key}: null)"
    ]
    further = "extends: spec.yaml\nprocesses:\n  p:\n    KEY: [b, c]\n".replace("KEY", key)
    (tmp_path / "further.yaml").write_text(further)
    with pytest.raises(SpecError, match="no such label in p: c") as error:
        load(tmp_path / "further.yaml")
    assert str(error.value.diagnostics[0].position).endswith(f"further.yaml:4:{11 + len(key)}")
    assert len(error.value.diagnostics) == 1


@pytest.mark.parametrize("form", ["ltl: F a", "never: a"])
def test_a_label_in_a_property_is_told_with_how_to_ask_for_it(tmp_path: Path, form: str) -> None:
    text = f"{SPEC}properties:\n  f:\n    {form}\n"
    at = 5 + form.index("a", 4)
    assert mistakes(tmp_path, text) == [
        f"8:{at}: no such name here: a "
        "(it is a label: at(p, a) says that this step can be the next one)"
    ]
