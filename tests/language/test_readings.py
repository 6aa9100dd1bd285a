"""A temporal formula that may be read in two ways is warned of, with both of them."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from model_check import check
from model_check.language.source.diagnostics import Diagnostics, Source
from model_check.language.source.text import Text
from model_check.language.syntax.readings import warn_of_readings
from model_check.language.syntax.temporal import parse_formula
from model_check.language.temporal import Formula

HINT = "write the brackets that you mean"


def parsed(formula: str) -> Formula:
    found = parse_formula(Text.of(Source("f", formula)), Diagnostics())
    assert found is not None
    return found


def readings(formula: str) -> list[tuple[int, str]]:
    """The column of each warning, and what it says."""
    errors = Diagnostics()
    warn_of_readings(Text.of(Source("f", formula)), errors)
    assert all(each.hint == HINT for each in errors.warnings)
    return [(each.position.column, each.message) for each in errors.warnings]


@pytest.mark.parametrize(
    ("formula", "column", "one", "other"),
    [
        ("always p and q", 1, "(always p) and q", "always (p and q)"),
        ("always p -> q", 1, "(always p) -> q", "always (p -> q)"),
        ("G p & q", 1, "(G p) & q", "G (p & q)"),
        ("[]p && q", 1, "([] p) && q", "[] (p && q)"),
        ("eventually p or q", 1, "(eventually p) or q", "eventually (p or q)"),
        ("next p implies q", 1, "(next p) implies q", "next (p implies q)"),
        ("always asked -> eventually answered", 1, "(always asked) -> eventually answered",
         "always (asked -> eventually answered)"),
        ("always p until always q", 1, "(always p) until always q", "always (p until always q)"),
        ("not always p and q", 1, "(not always p) and q", "not always (p and q)"),
        ("p or always q and r", 6, "p or (always q) and r", "p or always (q and r)"),
        ("always  at(w, a)\n and   q", 1, "(always at(w, a)) and q", "always (at(w, a) and q)"),
    ],
)  # fmt: skip
def test_both_readings_are_told(formula: str, column: int, one: str, other: str) -> None:
    written = " ".join(formula.replace("[]p", "[] p").split())
    assert readings(formula) == [
        (column, f"`{written}` reads as `{one}`, not as `{other}`"),
    ]


def test_only_what_stands_in_the_same_brackets_is_told() -> None:
    assert readings("p -> (q | (G r & p) & q)") == [
        (12, "`G r & p` reads as `(G r) & p`, not as `G (r & p)`")
    ]


@pytest.mark.parametrize(
    "formula",
    [
        "always (p and q)", "(always p) and q", "always (p) and q", "q and always p", "always p",
        "not p and q", "p until q and r", "G F p -> F G q", "G p & G q", "F p | G q", "G p -> G q",
        "always p and eventually q", "p & X q", "!(F p) & q",
    ],
)  # fmt: skip
def test_what_is_clear_is_not_warned_of(formula: str) -> None:
    parsed(formula)
    assert readings(formula) == []


def test_the_readings_are_the_formula_and_another_one() -> None:
    told = 0
    for seed in range(400):
        rng = random.Random(seed)
        signs = ["G ", "F ", "X ", "!", "always ", "", "", ""]
        joins = [" & ", " | ", " U ", " -> "]
        parts = [rng.choice(signs) + rng.choice("pqr") for _ in range(rng.randint(2, 5))]
        formula = "".join(part + rng.choice(joins) for part in parts[:-1]) + parts[-1]
        for _, message in readings(formula):
            told += 1
            one, other = re.findall(r"as `([^`]*)`", message)
            assert parsed(one) == parsed(formula)
            assert parsed(other) != parsed(formula)
    assert told > 100


def test_a_check_tells_it_and_its_verdict_is_that_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        "vars: {x: 0..1}\nprocesses:\n  w:\n    run: |\n      a: x = 1\n"
        "define: {p: x < 2, q: x == 0}\nproperties:\n  f:\n    ltl: always p and q\n"
    )
    result = check(path, reason=False)
    assert result["f"].verdict == "holds"
    (warning,) = result.report.warnings
    assert warning.sentence() == (
        f"{path}:9:10: warning: `always p and q` reads as `(always p) and q`, "
        f"not as `always (p and q)` ({HINT}) [two-readings]"
    )
    path.write_text(path.read_text().replace("always p and q", "always (p and q)"))
    again = check(path, reason=False)
    assert (again["f"].verdict, again.report.warnings) == ("violated", ())
