"""A variable that nobody reads is warned of, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import load

SPEC = """\
model: unread
vars:
  VARS
processes:
  p:
    vars: {n: 0..3, k: 0..3}
    run: |
      PROGRAM
properties:
  fine: {always: "ASKED"}
"""


def unread(tmp_path: Path, variables: str, program: str, asked: str = "p.n < 4 and p.k < 4") -> str:
    path = tmp_path / "unread.yaml"
    text = SPEC.replace("VARS", variables).replace("PROGRAM", program.replace("\n", "\n      "))
    path.write_text(text.replace("ASKED", asked), encoding="utf-8")
    return "; ".join(each.message for each in load(path).warnings)


@pytest.mark.parametrize(
    ("variables", "program"),
    [
        ("x: 0..3", "a: x = 1"),
        ("x: 0..3", "a: pass"),
        ("x: list[0..3]", "a: x[0] = 1"),
        ("x: 0..3", "a:\n    if n == 1:\n        x = n"),
    ],
)
def test_what_is_only_written_is_warned_of(tmp_path: Path, variables: str, program: str) -> None:
    assert unread(tmp_path, variables, program) == "nobody reads x"


@pytest.mark.parametrize(
    ("variables", "program", "them"),
    [
        ("x: 0..3", "a: x = (x + 1) % 4", "x but to change it"),
        ("x: 0..3", "a:\n    if n == 1:\n        x = min(3, x + n)", "x but to change it"),
        ("x: set[0..3]", "a: x.add(1)", "x but to change it"),
        ("x: list[0..3]", "a: x = [1] + x[:2]", "x but to change it"),
        ("{x: 0..3, y: 0..3}", "a: x = 3 - x\nb: y = 3 - y", "x, y but to change them"),
        ("{x: 0..3, y: 0..3}", "a: y = 3 - y\nb: x = 1", "x; nobody reads y but to change it"),
    ],
)
def test_what_is_only_read_to_change_it_is_told_so(
    tmp_path: Path, variables: str, program: str, them: str
) -> None:
    assert unread(tmp_path, variables, program) == f"nobody reads {them}"


def test_what_only_the_beginning_changes_is_read_by_it(tmp_path: Path) -> None:
    unread(tmp_path, "x: list[0..3]", "a: pass")
    path = tmp_path / "unread.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "initially: |\n  x = x + [1]\n")
    (warning,) = load(path).warnings
    assert warning.message == "nobody reads x but to change it"


@pytest.mark.parametrize(
    ("variables", "program"),
    [
        ("x: 0..3", "a: n = x"),
        ("x: 0..3", "a: await x == 0"),
        ("x: bool", "a: if x:\n    b: pass"),
        ("x: list[0..3]", "a:\n    for i in x:\n        n = i"),
        ("{x: 0..3, l: 'list[0..3]'}", "a: l[x] = 1\nb: n = len(l)"),
        ("{x: 0..3}", "a:\n    if x == 1:\n        n = 1"),
        ("_x: 0..3", "a: _x = 1"),
    ],
)
def test_what_a_program_reads_is_not(tmp_path: Path, variables: str, program: str) -> None:
    assert unread(tmp_path, variables, program) == ""


def test_what_a_property_or_a_definition_reads_is_not(tmp_path: Path) -> None:
    assert unread(tmp_path, "x: 0..3", "a: x = 1", "x + p.n + p.k < 9") == ""
    path = tmp_path / "unread.yaml"
    text = path.read_text(encoding="utf-8").replace("x + p.n + p.k < 9", "True")
    path.write_text(text + "define: {m: x + p.n, o: p.k}\n", encoding="utf-8")
    assert load(path).warnings == ()


def test_several_are_told_together_at_the_first(tmp_path: Path) -> None:
    path = tmp_path / "unread.yaml"
    names = "abcdef"
    path.write_text(
        "model: m\nvars: {" + ", ".join(f"{n}: bool" for n in names) + "}\n"
        "processes:\n  p:\n    vars: {own: bool}\n    run: |\n      step: pass\n",
        encoding="utf-8",
    )
    told = [each.render().splitlines()[0] for each in load(path).warnings]
    assert told == [
        f"{path}:2:8: warning: nobody reads a, b, c, d and 2 more (leave it out, name it in "
        "watch, or call it _a) [unread-variable]",
        f"{path}:5:12: warning: nobody reads p.own (leave it out, name it in watch, or call it "
        "_own) [unread-variable]",
    ]


@pytest.mark.parametrize(
    ("more", "warned"),
    [("", True), ("processes: {}\n", True), ("initially: a = True\n", False)],
)
def test_a_spec_in_which_nothing_happens_is_warned_of(
    tmp_path: Path, more: str, warned: bool
) -> None:
    path = tmp_path / "still.yaml"
    path.write_text(
        f"model: still\nvars: {{a: bool}}\n{more}properties: {{p: {{always: not a}}}}\n",
        encoding="utf-8",
    )
    told = [f"{each.position.line}: {each.message}" for each in load(path).warnings]
    nothing = "1: there are no processes: nothing happens, and only first states are looked at"
    assert told == [nothing] * warned
