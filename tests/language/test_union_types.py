"""Unions of integers and names: how they are written, and what can be done with one."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.language.tree.spec import Spec
from model_check.language.types import EnumType, IntType, OptionType, Type, UnionType

SPEC = """\
model: unions
types:
  Chunk: 1..3
  End: enum(done, error)
  Other: enum(far, near)
  Item: Chunk | End
  Asked: ASKED
vars: {x: Item, y: Item?, n: int, c: Chunk, e: End, items: "list[Item]", s: "set[Item]"}
processes:
  p:
    run: |
      l: STEP
"""


def read(tmp_path: Path, *, step: str = "pass", asked: str = "Item") -> Spec:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("STEP", step).replace("ASKED", f'"{asked}"'), encoding="utf-8")
    return load(path, {})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1..3 | enum(done)", UnionType(IntType(1, 3), EnumType(("done",)))),
        ("enum(done, off) | Chunk", UnionType(IntType(1, 3), EnumType(("done", "off")))),
        ("Item | Other", UnionType(IntType(1, 3), EnumType(("done", "error", "far", "near")))),
        ("enum(done) | 1..2 | enum(off)", UnionType(IntType(1, 2), EnumType(("done", "off")))),
        ("1..3 | enum(done)?", OptionType(UnionType(IntType(1, 3), EnumType(("done",))))),
    ],
)
def test_a_union_is_a_range_and_names(text: str, kind: Type, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    declared = SPEC.replace("STEP", "pass").replace("ASKED", f'"{text}"')
    path.write_text(declared.replace("n: int", "n: int, z: Asked"), encoding="utf-8")
    (found,) = (each.type for each in load(path, {}).vars if each.name == "z")
    assert (found, str(found)) == (kind, str(kind))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("int | enum(a)", "the integers of a union have two ends"),
        ("1..3 | 5..6", "one range of integers can be in a union"),
        ("1..3 | bool", "a union is of integers and names, this is bool"),
        ("1..3 | null", "a value or None is written T?"),
        ("1..3 | None", "a value or None is written T?"),
        ("enum(a) | enum(b)", "a union has integers and names"),
        ("Chunk? | enum(a)", "this part of a union may be None"),
        ("1..3 |", "nothing is not a type"),
    ],
)
def test_what_is_no_union_is_told(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, asked=text)
    (found,) = caught.value.diagnostics
    assert message in found.message
    assert found.position.line == 7


RIGHT = (
    "x = 1", "x = done", "x = c", "x = e", "c = x", "e = x", "y = done", "x = y", "n = x + 1",
    "x = done if n > 1 else 2", "items = [1, done]", "s = {done, 3}", "items.append(done)",
    "for i in Item: s.add(i)", "x = choose(Item)", "items = sorted(items)", "n = max(items)",
    "await x == done", "await x != 2", "await x == n", "await c == x", "await y == done",
    "await x in Chunk", "await x not in End", "await x in [1, done]", "await done in items",
    "await 1 < x < 3", "await all(i in Chunk for i in items)", "n = sum(i for i in items)",
    "n = len(Item)",
)  # fmt: skip


@pytest.mark.parametrize("step", RIGHT)
def test_what_a_union_can_do_is_allowed(step: str, tmp_path: Path) -> None:
    read(tmp_path, step=step)


WRONG = {
    "x = 4": "4 is outside of x, which is 1..3 | enum(done, error)",
    "x = far": "x is 1..3 | enum(done, error), this is enum(far, near)",
    "items = [1, far]": "an item is 1..3 | enum(done, error), this is enum(far, near)",
    "await x == far": "1..3 | enum(done, error) and enum(far, near) can never be equal",
    "await x == 9": "1..3 | enum(done, error) and 9 can never be equal",
    "await x in Other": "can never be in list[enum(far, near)]",
    "await far in items": "enum(far, near) can never be in list[1..3 | enum(done, error)]",
    "await x is None": "this is 1..3 | enum(done, error), which is never None",
    "await x < done": "< does not work on 1..3 and enum(done, error)",
    "await not x": "not needs True or False, this is 1..3 | enum(done, error)",
    "n = sum(items)": "sum needs integers, these are 1..3 | enum(done, error)",
    "await isinstance(x, int)": "no such function: isinstance",
}


@pytest.mark.parametrize("step", WRONG)
def test_what_a_union_cannot_do_is_told(step: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, step=step)
    assert WRONG[step] in caught.value.diagnostics[0].message
