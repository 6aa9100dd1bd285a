"""What a shell completes: asked in real bash, and in the protocol of each shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from cli_invoke import REPOSITORY, invoke
from model_check.cli.commands import COMMANDS
from model_check.cli.main import command as checks

SHELLS = ("bash", "zsh", "fish")
ASKS = """\
source /dev/stdin <<< "$SCRIPT"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_model_check_completion model-check 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""
"""Asks the function that bash calls where somebody presses the tabulator."""


def in_bash(*words: str, folder: Path = REPOSITORY) -> list[str]:
    """What bash completes the last of these words with."""
    bin_folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", ASKS, "bash", "model-check", *words],
        env={"SCRIPT": invoke("completion", "bash").out, "PATH": f"{bin_folder}:/usr/bin:/bin"},
        capture_output=True, text=True, check=True, timeout=60, cwd=folder,
    )  # fmt: skip
    return done.stdout.split("\n")[:-1]


def offered(
    monkeypatch: pytest.MonkeyPatch, *words: str, shell: str = "bash", folder: Path = REPOSITORY
) -> list[str]:
    """What a shell is answered that asks for the last of these words."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("_MODEL_CHECK_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(("model-check", *words)))
    monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words)))
    done = invoke()
    assert (done.code, done.err) == (0, "")
    return done.out.split()


def test_bash_completes_commands_options_names_and_files(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "webhook.yaml").write_text("model: webhook\nproperties: {}\n")
    (tmp_path / "repair notes.txt").touch()
    assert in_bash("rep", folder=tmp_path) == ["replay", "repair", "repair notes.txt"]
    assert in_bash("web", folder=tmp_path) == ["webhook"]
    assert in_bash("repair", "specs/w", folder=tmp_path) == ["specs/webhook.yaml"]
    assert in_bash("repair", "webhook", "--mo", folder=tmp_path) == ["--more"]


def options_of(parameter: click.Parameter) -> set[str]:
    words = (*parameter.opts, *parameter.secondary_opts)
    return {word for word in words if word.startswith("--")}


def test_a_command_is_offered_its_own_options_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for each in COMMANDS:
        own = {word for one in each.load().params for word in options_of(one)}
        found = offered(monkeypatch, each.name, "--")
        assert set(found) == {f"plain,{word}" for word in (*own, "--help")}
    known = {word for each in checks.params for word in options_of(each)}
    assert set(offered(monkeypatch, "--")) == {f"plain,{word}" for word in (*known, "--help")}


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_offered_every_command_with_what_it_is_for(
    shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = " ".join(offered(monkeypatch, "r", shell=shell))
    for name in ("replay", "record", "repair", "rests-on"):
        assert name in found
    assert ("carry a trace out" in found) == (shell != "bash")
    assert "monitor" not in found


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_asks_by_the_commands_name(shell: str) -> None:
    done = invoke("completion", shell)
    assert done.code == 0
    assert f"_MODEL_CHECK_COMPLETE={shell}_complete" in done.out


def test_a_shell_that_is_not_known_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    done = invoke("completion")
    assert done.code == 2
    assert "name your shell: bash, zsh, fish" in done.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("repair", "legacy", "--property", "no_l"), ["plain,no_loss"]),
        (("compare", "legacy", "fix-both", "--set", "T"), ["plain,TOTAL="]),
        (("specs/legacy.yaml", "--engine", "n"), ["plain,native"]),
        (("legacy", "--format", "svg,m"), ["plain,svg,mermaid"]),
        (("kinds", "redis.st"), ["plain,redis.stream", "plain,redis.string"]),
        (("repair", "no-such-spec", "--property", ""), []),
    ],
)
def test_what_a_spec_names_is_offered(
    words: tuple[str, ...], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offered(monkeypatch, *words) == expected


def test_a_spec_with_mistakes_or_odd_names_offers_nothing_that_a_shell_would_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "bad.yaml").write_text("model: bad\nproperties: [", encoding="utf-8")
    (tmp_path / "specs" / "$(touch x).yaml").write_text("model: a\nproperties: {}\n")
    words = ("repair", "bad", "--property", "")
    assert offered(monkeypatch, *words, folder=tmp_path) == []
    assert "touch" not in " ".join(offered(monkeypatch, "", folder=tmp_path))


def test_codes_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "plain,never-taken" in offered(monkeypatch, "explain", "nev")


@pytest.mark.parametrize("line", [{}, {"COMP_WORDS": "model-check ", "COMP_CWORD": "x"}])
def test_who_asks_without_a_line_is_told_so(
    line: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_MODEL_CHECK_COMPLETE", "bash_complete")
    for name, value in line.items():
        monkeypatch.setenv(name, value)
    done = invoke()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("_MODEL_CHECK_COMPLETE is for shells")
