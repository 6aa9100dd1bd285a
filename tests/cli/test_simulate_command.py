"""`--simulate`: what a user types, and what comes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_invoke import SPECS, invoke, is_of_its_form

LEGACY = SPECS / "legacy.yaml"


def test_a_simulation_says_what_it_was_and_what_it_is_worth(tmp_path: Path) -> None:
    done = invoke(LEGACY, "--simulate", "500", "--no-reason", "--out", tmp_path)
    assert done.code == 3
    for text in (
        "of 500 walks (8",
        "That no walk violates a property says nothing of other runs.",
        "Of 500 walks, 500 ended with every process done or at rest.",
        "simulated: 500 walks at random (seed 0)",
        f"again: model-check {LEGACY} --simulate=500",
        "different endings on a few of the walks violate no_loss",
    ):
        assert " ".join(text.split()) in " ".join(done.out.split())
    assert "holds" not in done.out.replace("expected holds", "")
    page = (tmp_path / "legacy" / "report.html").read_text(encoding="utf-8")
    assert "simulated: 500 walks at random (seed 0)" in page
    assert "reachable states" not in page
    assert not (tmp_path / "legacy" / "space.dot").exists()


def test_the_document_of_a_simulation_has_the_form_that_is_promised(tmp_path: Path) -> None:
    words = ("--simulate=300", "--seed=4", "--depth=30", "--no-draw", "--no-reason", "--json")
    done = invoke(LEGACY, *words, "--out", tmp_path)
    document = json.loads(done.out)
    is_of_its_form(document, "result")
    simulation = document["space"]["simulation"]
    assert (simulation["walks"], simulation["seed"], simulation["depth"]) == (300, 4, 30)
    assert document["command"].endswith("--simulate=300 --seed=4 --depth=30")
    assert document["space"]["complete"] is False
    assert document["properties"][0]["walks"] > 0


def test_a_simulation_of_a_folder_tells_a_row_each(tmp_path: Path) -> None:
    for name in ("legacy", "peterson"):
        text = (SPECS / f"{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    done = invoke(tmp_path, "--simulate", "50", "--depth", "99", "--out", tmp_path / "out")
    assert done.code == 3
    assert "~" in done.out
    assert "✓ legacy    no_loss           violated" in done.out
    assert "? peterson  mutual_exclusion  undetermined" in done.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--simulate", LEGACY), "neither a number of walks nor a time"),
        ((LEGACY, "--simulate", "1y"), "neither a number of walks nor a time"),
        ((LEGACY, "--seed", "3"), "--seed: this is of a simulation (--simulate)"),
        ((LEGACY, "--simulate", "9", "--graph"), "--graph: a simulation keeps no states"),
        ((LEGACY, "--simulate", "9", "--checkpoint", "c"), "--checkpoint: a simulation keeps no"),
        ((LEGACY, "--simulate", "9", "--cluster", "auto"), "--cluster: a simulation keeps no"),
        ((LEGACY, "--simulate", "9", "--reduce", "none"), "--reduce: a simulation keeps no"),
        ((LEGACY, "--simulate", "9", "--depth", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_be_asked_for_is_said(words: tuple[object, ...], why: str) -> None:
    done = invoke(*words)
    assert done.code == 2
    assert why in done.err
