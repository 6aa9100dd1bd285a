"""The first word of a command line: a command's name, or what is to be checked."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from cli_invoke import SPECS, invoke
from model_check.cli import commands
from model_check.cli.commands import Subcommand

TINY = "model: tiny\nprocesses:\n  p: {run: 'step: pass'}\n"


@click.command()
@click.argument("name")
@click.option("--loud", is_flag=True)
def greet(name: str, *, loud: bool) -> None:
    """Greet somebody."""
    click.echo(f"hello {name}" + "!" * loud)


@pytest.fixture
def greeting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command `greet` for the time of a test; what was loaded of it."""
    loaded: list[str] = []

    def load() -> click.Command:
        loaded.append("greet")
        return greet

    monkeypatch.setattr(commands, "COMMANDS", (Subcommand("greet", "greet somebody", load),))
    return loaded


def test_a_first_word_that_names_a_command_is_that_command(greeting: list[str]) -> None:
    outcome = invoke("greet", "world", "--loud")
    assert (outcome.code, outcome.out) == (0, "hello world!\n")
    assert greeting == ["greet"]


def test_a_command_tells_its_own_usage_and_its_own_mistakes(greeting: list[str]) -> None:
    assert invoke("greet", "--help").out.startswith("Usage: model-check greet [OPTIONS] NAME\n")
    outcome = invoke("greet")
    assert outcome.code == 2
    assert "Usage: model-check greet" in outcome.err
    assert "Missing argument 'NAME'" in outcome.err


def test_any_other_first_word_is_what_is_checked_and_loads_no_command(
    greeting: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (SPECS / "peterson.yaml", "Greet", "greet.yaml"):
        outcome = invoke(path, "greet")
        assert outcome.code == 2
        assert "Got unexpected extra argument (greet)" in outcome.err
    assert greeting == []


def test_a_misspelt_command_is_answered_with_the_one_that_was_meant(
    greeting: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = invoke("great", "specs/legacy.yaml").err
    assert (
        "Got unexpected extra argument (specs/legacy.yaml) (did you mean model-check greet?)"
        in said
    )
    (tmp_path / "great").mkdir()
    assert "did you mean" not in invoke("great", "specs/legacy.yaml").err
    assert greeting == []


def test_a_folder_named_like_a_command_is_checked_as_a_path(
    greeting: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greet").mkdir()
    (tmp_path / "greet" / "tiny.yaml").write_text(TINY, encoding="utf-8")
    for path in ("./greet", "greet/", "greet/tiny.yaml"):
        outcome = invoke(path, "--no-draw")
        assert outcome.code == 0, outcome.err
        assert "tiny" in outcome.out
    assert greeting == []


def test_the_name_of_a_command_means_it_even_where_a_folder_has_that_name(
    greeting: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greet").mkdir()
    assert invoke("greet", "world").out == "hello world\n"


def test_an_option_first_leaves_the_words_to_the_check(tmp_path: Path) -> None:
    words = ("--no-draw", "--no-reason", "--out", tmp_path, SPECS / "peterson.yaml")
    assert invoke(*words).code == 0


def test_every_command_stands_in_the_help_and_has_its_own() -> None:
    told = invoke("--help").out
    for each in commands.COMMANDS:
        assert f"  model-check {each.name:<10} {each.about}\n" in told
        assert invoke(each.name, "--help").code == 0
