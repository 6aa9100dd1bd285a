"""Files that are made to take all time or memory, or to reach what is not theirs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from bad_specs import GOOD, messages, refused
from cli_invoke import Outcome, invoke, spec
from model_check.budget import memory

QUICK = 30.0
"""Seconds that refusing any file may take, on a slow and busy machine: what hurts takes hours."""


def refused_quickly(path: Path) -> Outcome:
    started = time.monotonic()
    outcome = refused(path)
    assert time.monotonic() - started < QUICK
    assert len(outcome.err) < 100_000
    return outcome


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    outcome = refused_quickly(spec(tmp_path, "\n".join([*lines, GOOD])))
    assert "alias" in outcome.err


@pytest.mark.parametrize(
    "deep",
    [
        "model: " + "[" * 5_000,
        "model: " + "{a: " * 5_000,
        "\n".join(" " * depth + "a:" for depth in range(2_000)),
        GOOD.replace("latest < 3", "(" * 5_000 + "latest" + ")" * 5_000 + " < 3"),
        GOOD.replace("latest < 3", "not " * 20_000 + "True"),
        GOOD.replace("latest < 3", " + ".join(["latest"] * 20_000) + " < 3"),
        GOOD.replace("mine: Chunk", "mine: " + "list[" * 2_000 + "Chunk" + "]" * 2_000),
    ],
    ids=["lists", "mappings", "blocks", "brackets", "nots", "sums", "types"],
)
def test_deep_nesting_is_refused(deep: str, tmp_path: Path) -> None:
    refused_quickly(spec(tmp_path, deep))


def test_a_step_with_too_many_ends_leaves_the_system_some_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "memory_available", lambda: 200 << 20)
    choices = "".join(f"          x{i} = choose(range(100))\n" for i in range(6))
    own = ", ".join(f"x{i}: int" for i in range(6))
    text = f"model: many\nprocesses:\n  p:\n    vars: {{{own}}}\n    run: |\n      a:\n{choices}"
    started = time.monotonic()
    outcome = invoke(spec(tmp_path, text), "--no-draw", "--out", tmp_path / "out")
    assert outcome.code == 3
    assert "[stopped]" in outcome.out
    assert "the memory limit of" in outcome.out
    assert time.monotonic() - started < QUICK


def test_deep_blocks_are_refused(tmp_path: Path) -> None:
    blocks = "\n".join("      " + "  " * depth + "if True:" for depth in range(500))
    deep = "      " + "  " * 500 + "pass"
    text = GOOD.replace("      note: latest = 2", f"{blocks}\n{deep}")
    refused_quickly(spec(tmp_path, text))


def test_a_file_of_ten_megabytes_is_refused(tmp_path: Path) -> None:
    outcome = refused_quickly(spec(tmp_path, GOOD + "# " + "x" * 10_000_000 + "\n"))
    assert len(messages(outcome)) == 1


def test_ten_thousand_mistakes_end_in_a_summary(tmp_path: Path) -> None:
    lines = "\n".join(f"      step_{i}: nothing_{i} = unknown_{i}" for i in range(10_000))
    text = GOOD.replace("      note: latest = 2", lines)
    outcome = refused_quickly(spec(tmp_path, text))
    assert 1 <= len(messages(outcome)) <= 102


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    text = GOOD.replace("latest < 3", "lat\u200b\u202eest < 3")
    outcome = refused(spec(tmp_path, text))
    assert "\u202e" not in outcome.err
    assert "\x1b" not in outcome.err


def test_a_model_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    outcome = refused(spec(tmp_path, GOOD.replace("model: good", "model: ../../good")))
    assert "cannot name a model" in outcome.err
