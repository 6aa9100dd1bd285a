"""The list of mutants fits the package: `python -m tests.mutation` runs it."""

from __future__ import annotations

from collections import Counter

import pytest
from mutation.mutants import FLOORS, ROOT, Mutant, StaleMutantError, mutants, read

MUTANTS = mutants()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.floor}-{mutant.line}")
def test_a_mutant_changes_one_token_of_its_file(mutant: Mutant) -> None:
    source = (ROOT / mutant.path).read_text(encoding="utf-8")
    mutant.applied(source)  # raises where it is stale


def test_no_mutant_is_there_twice() -> None:
    changed = Counter(
        (mutant.file, mutant.replaced((ROOT / mutant.path).read_text(encoding="utf-8"))[0])
        for mutant in MUTANTS
    )
    assert [each for each, times in changed.items() if times > 1] == []


def test_every_floor_has_mutants_and_their_tests_are_there() -> None:
    assert {mutant.floor for mutant in MUTANTS} == set(FLOORS)
    assert [test for mutant in MUTANTS for test in mutant.tests if not (ROOT / test).exists()] == []


SOURCE = "def f(a, b):\n    if a < b:\n        return a\n    return b\n"


def made(text: str) -> Mutant:
    (mutant,) = read("explain", f"[explain/x.py] test_x.py\n{text}\n")
    return mutant


@pytest.mark.parametrize(
    ("text", "changed", "line"),
    [
        ("if a «<→<=» b:", "if a <= b:", 2),
        ("if «→not »a < b", "if not a < b:", 2),
        ("if a < b: ⏎ return «a→b»", "return b\n    return b", 3),
    ],
)
def test_a_mutant_is_told_by_a_piece_of_its_file(text: str, changed: str, line: int) -> None:
    source, at = made(text).applied(SOURCE)
    assert changed in source
    assert at == line


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("if a «>→>=» b:", "its text is not there"),
        ("return «a→1»", "its text is there 2 times"),
        ("if a «< b→<= a»:", "more than one token"),
        ("if a «<→< » b:", "or none"),
        ("if a «<→+ *» b:", "no Python"),
        ("«if→while» a «<→>» b:", "one change"),
    ],
)
def test_a_mutant_that_does_not_fit_is_stale(text: str, why: str) -> None:
    source = SOURCE.replace("return b", "return a") if "return" in text else SOURCE
    with pytest.raises(StaleMutantError, match=why):
        made(text).applied(source)


def test_what_stands_below_a_mutant_is_about_it() -> None:
    text = "[explain/x.py] test_x.py verify/test_y.py\n1 «+→-» 2\n    survives: no one asks\n"
    text += "2 «+→-» 3\n    tests: test_z.py\n"
    one, two = read("explain", text)
    assert one.tests == ("tests/explain/test_x.py", "tests/verify/test_y.py", "tests/explain")
    assert (one.survives, two.survives) == ("no one asks", "")
    assert two.tests == ("tests/explain/test_z.py", "tests/explain")
