"""Codes at the end of messages: each has a page, whose example gives rise to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_invoke import REPOSITORY, invoke
from model_check.codes import Code, page_of

PACKAGE = REPOSITORY / "model" / "model_check"
WORDS = {Code.STOPPED: ("--no-reason", "--max-states", "50"), Code.NO_REASON: ()}
"""How an example is checked, where not as all are."""
MISTAKES = list(Code)[: list(Code).index(Code.UNREAD_VARIABLE)]


def test_every_code_is_used_and_has_a_page() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if path.name != "codes.py"
    )
    assert set(re.findall(r"\bCode\.([A-Z_]+)", sources)) == {code.name for code in Code}
    text = (PACKAGE / "codes.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^([\w-]+):$", text, re.MULTILINE) == [code.value for code in Code]


@pytest.mark.parametrize("code", Code)
def test_the_example_of_a_page_gives_rise_to_its_code(code: Code, tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(page_of(code).example, encoding="utf-8")
    words = WORDS.get(code, ("--no-reason",))
    outcome = invoke(path, "--out", tmp_path / "out", "--no-draw", *words)
    assert bool(outcome.err) == (outcome.code == 2) == (code in MISTAKES)
    told = " ".join((outcome.out + outcome.err).split())
    found = set(re.findall(r" \[([a-z]+(?:-[a-z]+)*)\]", told))
    assert code.value in found
    assert found <= {code.value, "never-taken"}  # as a handler of what never happens is


def test_a_page_says_what_it_means_and_what_to_do() -> None:
    outcome = invoke("explain", "[Never-Taken]")
    assert outcome.code == 0
    assert outcome.out.startswith("never-taken: A step that no run takes.\n")
    for part in ("\nexample:\n  model: gate\n", "\nwhat to do:\n  Look at what leads to the step."):
        assert part in outcome.out
    assert all(code.value in invoke("explain").out for code in Code)


def test_a_code_that_there_is_not_is_told_with_the_one_that_was_meant() -> None:
    outcome = invoke("explain", "never-take")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "no message has the code never-take: did you mean never-taken?\n"
