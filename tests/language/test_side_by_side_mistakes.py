"""What is refused, and what is warned of, where a process does several things at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load

SPEC = """\
model: m
resources:
  jobs: {kind: "redis.stream[0..1]"}
vars: {x: 0..9}
processes:
  p:
    vars: {n: 0..9, m: 0..9, l: "list[0..9]"}
    run: |
RUN
"""


def told(folder: Path, run: str) -> list[str]:
    """The mistakes and warnings of a program, each with its line, counted in it, and its hint."""
    path = folder / "m.yaml"
    lines = "\n".join(f"      {line}" for line in run.splitlines())
    path.write_text(SPEC.replace("RUN", lines), encoding="utf-8")
    try:
        found = load(path).warnings
    except SpecError as error:
        found = tuple(error.diagnostics)
    return [
        f"{each.position.line - 8}:{each.position.column - 6}: {each.message} ({each.hint})"
        for each in found
        if "nobody reads" not in each.message
    ]


MISTAKES = {
    "alone": (
        "both:\n    a: x = 1\nb: x = 2",
        "1:1: `both:` needs at least one `and:` under it ()",
    ),
    "and alone": (
        "a: x = 1\nand:\n    b: x = 2",
        "2:1: `and` without `both` before it ()",
    ),
    "a label": (
        "c: both:\n    a: x = 1\nand:\n    b: x = 2",
        "1:4: `both` takes no label (label what is in it)",
    ),
    "in a step": (
        "a:\n    both:\n        x = 1\n    and:\n        x = 2",
        "2:5: a step does one thing after the other (label the steps inside it instead)",
    ),
    "a branch without a step": (
        "both:\n    if n > 0:\n        a: x = 1\nand:\n    b: x = 2",
        "2:5: this branch can end before its first step (put the condition around `both`, or"
        " label it)",
    ),
    "a background in a loop": (
        "while True:\n    background:\n        a: x = 1\n    b: x = 2",
        "2:5: `background` in a loop: each turn would start another one (write a process with a"
        " count)",
    ),
    "a background in a branch in a loop": (
        "for i in range(2):\n    both:\n        background:\n            a: x = 1\n"
        "        c: x = 3\n    and:\n        b: x = 2",
        "3:9: `background` in a loop: each turn would start another one (write a process with a"
        " count)",
    ),
    "a break out of it": (
        "while True:\n    both:\n        a: x = 1\n        break\n    and:\n        b: x = 2",
        "4:9: there is no loop to break here (a branch of `both` is left at its end)",
    ),
    "a continue out of a background": (
        "background:\n    a: x = 1\n    continue\nb: x = 2",
        "3:5: there is no loop to continue here (`background` is left at its end)",
    ),
    "what follows what never ends": (
        "both:\n    while True:\n        a: x = 1\nand:\n    b: x = 2\nc: x = 3",
        "6:1: this is never reached (what stands before it goes on for ever or leaves)",
    ),
    "at the beginning of a choice": (
        "either:\n    both:\n        a: x = 1\n    and:\n        b: x = 2\nor:\n    c: x = 3",
        "2:5: a branch of `either` begins with one step (the choice is made by it: put a step"
        " before)",
    ),
    "in a try": (
        "try:\n    both:\n        a: jobs.xadd(1)\n    and:\n        b: x = 2\n"
        "except disconnected:\n    c: x = 3",
        "2:5: what is raised beside a `try` is not caught by it (put `try` into each branch)",
    ),
    "one variable of two loops": (
        "both:\n    for i in range(2):\n        a: x = i\nand:\n    for i in range(2):\n"
        "        b: x = i",
        "5:5: i is the variable of a loop beside this one (give it another name)",
    ),
    "a condition": (
        "both:\n    a: n = 1\nand:\n    b: x = 1\n    if n > 0:\n        c: x = 2",
        "5:8: n is set beside this, in line 10 (label it: then it is a step, and reads what is"
        " there at that moment)",
    ),
    "a loop": (
        "background:\n    a: n = 1\nb: x = 1\nwhile n > 0:\n    c: x = 2",
        "4:7: n is set beside this, in line 10 (label it: then it is a step, and reads what is"
        " there at that moment)",
    ),
    "what a loop goes through": (
        "both:\n    a: l.append(1)\nand:\n    c: x = 1\n    for i in l:\n        b: x = i",
        "5:14: l is set beside this, in line 10 (copy it in a step first, into a variable that is"
        " set nowhere else)",
    ),
    "two that wait": (
        'both:\n    a: l = [e.value for e in jobs.xread("$")]\nand:\n'
        '    b: l = [e.value for e in jobs.xread("$")]',
        "4:30: jobs is waited for beside this, in line 10 (a process waits once at a time: let one"
        " branch wait, or write two processes)",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_cannot_stand_side_by_side_is_told(name: str, tmp_path: Path) -> None:
    run, message = MISTAKES[name]
    assert message in told(tmp_path, run)


FINE = {
    "steps": "both:\n    a: n += 1\nand:\n    b: n += 2\n",
    "one after the other": "both:\n    a: n = 1\nand:\n    b: x = 1\nif n > 0:\n    c: x = 2",
    "before a background": "if n > 0:\n    a: x = 1\nbackground:\n    b: n += 1\nc: x = 2",
    "another branch of a choice": (
        "z: if x > 0:\n    background:\n        a: n += 1\n    b: x = 2\nelse:\n"
        "    if n > 0:\n        c: x = 3"
    ),
    "loops one after the other": (
        "for i in range(2):\n    c: x = i\nboth:\n    for i in range(2):\n        a: x = i\nand:\n"
        "    b: x += 2\nboth:\n    for i in range(2):\n        d: x = i\nand:\n    e: x += 2"
    ),
    "its own variable": (
        "both:\n    a: n = 1\n    while n < 3:\n        b: n += 1\nand:\n    c: x = 1"
    ),
    "the variable of a loop around it": (
        "for i in range(2):\n    both:\n        a: x = i\n    and:\n        b: x += i"
    ),
    "names": "n: n = 1\n",
}


@pytest.mark.parametrize("name", FINE)
def test_what_does_no_harm_is_not_told(name: str, tmp_path: Path) -> None:
    assert told(tmp_path, FINE[name]) == []


def test_a_variable_that_two_branches_set_and_none_reads_is_warned_of(tmp_path: Path) -> None:
    assert told(tmp_path, "both:\n    a: n = 1\nand:\n    b: n = 2\nc: x = n") == [
        "4:8: n is set beside this too, in line 10, and no branch reads it: the one that is last"
        " wins ()"
    ]
    assert told(tmp_path, "both:\n    a: n = 1\nand:\n    b: n = 1\nc: x = n") == []
    read = "both:\n    a: n = 1\nand:\n    b: n = 2\n    d: x = n\nc: x = n"
    assert told(tmp_path, read) == []


def test_both_and_background_are_names_where_no_colon_follows(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "model: m\nvars: {both: bool, background: 0..1}\nprocesses:\n  p:\n    run: |\n"
        "      a:\n          both = background == 0\n          background = 1\n"
        "properties:\n  both: {finally: both}\n",
        encoding="utf-8",
    )
    assert [each.name for each in load(path).vars] == ["both", "background"]
