"""`--checkpoint` and `--resume`: what is printed goes on, and only the same search does."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cli.cli_invoke import SPECS, Outcome, check, invoke
from model_check import check as api_check
from model_check.explore.stored import directory
from model_check.explore.stored.directory import MANIFEST
from resume.__main__ import Case, killed, whole_run

LEGACY = SPECS / "legacy.yaml"


def without_times(text: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(text)
    told.pop("files")
    told["space"].pop("seconds")
    return told


def whole(tmp_path: Path, *words: object) -> dict[str, Any]:
    return without_times(check(LEGACY, tmp_path, "--json", *words).out)


def limited(tmp_path: Path, *words: object) -> tuple[Path, Outcome]:
    """A check that ends at a limit, and where it is kept."""
    kept = tmp_path / "kept here"
    words = ("--engine", "python", "--max-states", 500, "--checkpoint", kept, *words)
    return kept, check(LEGACY, tmp_path, *words)


def gone_on(printed: str, *more: object) -> Outcome:
    """What the command that was printed prints."""
    words = shlex.split(printed)
    assert words[0] == "model-check"
    return invoke(*words[1:], *more)


def test_the_command_that_is_printed_goes_on_to_what_would_have_been_found(tmp_path: Path) -> None:
    asked = ("--set", "TOTAL=9", "--no-faults", "--keep-dead")
    kept, outcome = limited(tmp_path, *asked)
    assert outcome.code == 3
    (printed,) = (
        line.strip() for line in outcome.out.splitlines() if "--resume" in line
    )  # one line, to be copied
    assert f"--resume '{kept}'" in printed
    assert "--max-states" not in printed
    assert "--checkpoint" not in printed
    done = gone_on(printed, "--json")
    assert without_times(done.out) == whole(tmp_path, *asked)
    again = gone_on(printed, "--json")
    assert without_times(again.out) == without_times(done.out)


@pytest.mark.parametrize("most", [15, 45, 60, 75])
def test_a_second_search_for_shorter_traces_is_gone_on_with(most: int, tmp_path: Path) -> None:
    """The first one, or the second one, or both, are ended by the limit."""
    kept = tmp_path / "kept"
    path = SPECS / "faults" / "lease-lock.yaml"
    words = ("--reduce", "order", "--engine", "python", "--json")
    limited = ("--checkpoint", kept, "--max-states", most)
    assert check(path, tmp_path, *words, *limited).code in (0, 1, 3)
    done = check(path, tmp_path, *words, "--resume", kept)
    assert (kept / "shorter" / MANIFEST).exists()
    assert without_times(done.out) == without_times(check(path, tmp_path, *words).out)


def test_what_python_is_told_goes_on_too(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    result = api_check(LEGACY, {"TOTAL": 9}, checkpoint=kept, max_states=400, reason=False)
    assert result.exit_code == 3
    done = gone_on(result.report.goes_on, "--json", "--no-draw", "--out", tmp_path / "out")
    assert without_times(done.out) == whole(tmp_path, "--set", "TOTAL=9")
    resumed = api_check(LEGACY, {"TOTAL": 9}, resume=kept, reason=False)
    assert resumed.report.goes_on == ""
    assert resumed.space.states == api_check(LEGACY, {"TOTAL": 9}, reason=False).space.states


@pytest.mark.parametrize(
    ("words", "differs"),
    [
        (("--set", "TOTAL=8"), "TOTAL was 10 and is 8"),
        (("--no-faults",), "it was made without --no-faults, and this is with --no-faults"),
        (("--keep-dead",), "--keep-dead was off and is on"),
        (("--reduce", "none"), "--reduce was auto and is none"),
        (("--group-by", "len(client.shown)"), "--group-by was empty and is len(client.shown)"),
    ],
)
def test_another_search_is_refused_with_what_differs(
    words: tuple[str, ...], differs: str, tmp_path: Path
) -> None:
    kept, _ = limited(tmp_path)
    before = {each.name: each.read_bytes() for each in kept.iterdir()}
    outcome = check(LEGACY, tmp_path, "--resume", kept, *words)
    assert outcome.code == 2
    assert outcome.err.startswith(f"{kept}: this is the checkpoint of another search: {differs}.")
    assert {each.name: each.read_bytes() for each in kept.iterdir()} == before


def test_a_spec_that_has_changed_is_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "base.yaml"
    path.write_text(LEGACY.read_text(encoding="utf-8"), encoding="utf-8")
    spec = tmp_path / "mine.yaml"
    spec.write_text("model: mine\nextends: base.yaml\n", encoding="utf-8")
    kept = tmp_path / "kept"
    assert check(spec, tmp_path, "--checkpoint", kept).code in (0, 1)
    path.write_text(path.read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
    outcome = check(spec, tmp_path, "--resume", kept)
    assert "base.yaml has changed" in outcome.err
    other = check(LEGACY, tmp_path, "--resume", kept)
    assert "it is of the model mine, and this is legacy" in other.err


def test_another_version_and_another_reduction_are_refused(tmp_path: Path) -> None:
    kept, _ = limited(tmp_path)
    manifest = json.loads((kept / MANIFEST).read_text())

    def resumed(**changes: Any) -> str:
        told = {k: v for k, v in manifest.items() if k != "check"}
        told["contents"] = {**told["contents"], **changes}
        check_sum = directory._check(told)
        (kept / MANIFEST).write_text(json.dumps({**told, "check": check_sum}))
        return check(LEGACY, tmp_path, "--resume", kept).err

    subject = {**manifest["contents"]["subject"], "version": "9.9"}
    assert "it was made by model-check 9.9, and this is" in resumed(subject=subject)
    assert "what can be left out of the search was found out anew" in resumed(reduction="x")
    assert "the steps of this spec are not those it was made of" in resumed(program="x")
    assert resumed() == ""


def test_a_directory_is_begun_in_only_where_nothing_is_lost(tmp_path: Path) -> None:
    kept, _ = limited(tmp_path)
    again = check(LEGACY, tmp_path, "--checkpoint", kept)
    assert again.code == 2
    assert "there is a checkpoint here already, of " in again.err
    nothing = check(LEGACY, tmp_path, "--resume", tmp_path / "nowhere")
    assert nothing.code == 2
    assert "there is no checkpoint here" in nothing.err
    assert not (tmp_path / "nowhere").exists()
    foreign = check(LEGACY, tmp_path, "--checkpoint", SPECS)
    assert foreign.code == 2
    assert "there is something here, and no checkpoint" in foreign.err


def test_the_same_words_begin_and_go_on(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    words = ("--checkpoint", kept, "--resume", kept, "--json")
    first = check(LEGACY, tmp_path, "--max-states", 400, *words)
    assert first.code == 3
    second = check(LEGACY, tmp_path, *words)
    assert without_times(second.out) == whole(tmp_path)
    other = check(LEGACY, tmp_path, "--checkpoint", tmp_path / "other", "--resume", kept)
    assert other.code == 2
    assert "name the same one" in other.err


@pytest.mark.parametrize("name", ["states", "parents", "levels"])
def test_damage_is_told_with_its_file_and_place(name: str, tmp_path: Path) -> None:
    kept, _ = limited(tmp_path)
    data = bytearray((kept / name).read_bytes())
    data[len(data) // 2] ^= 1
    (kept / name).write_bytes(data)
    damaged = check(LEGACY, tmp_path, "--resume", kept)
    assert damaged.code == 2
    assert f"{kept / name}: is damaged somewhere in bytes 0 to {len(data) - 1:,}" in damaged.err
    (kept / name).write_bytes(data[:-5])
    short = check(LEGACY, tmp_path, "--resume", kept)
    assert f"{kept / name}: ends after {len(data) - 5:,} of {len(data):,} bytes" in short.err


def test_a_full_disk_is_told_and_the_search_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(directory.os, "pwrite", full)
    outcome = check(LEGACY, tmp_path, "--checkpoint", tmp_path / "kept")
    assert outcome.code == 0
    told = " ".join(outcome.out.split())
    assert "the last checkpoint in" in told
    assert "was not written: No space left on device" in told


def test_folders_and_watched_specs_have_no_checkpoint(tmp_path: Path) -> None:
    for words in ((SPECS,), (LEGACY, "--watch")):
        outcome = invoke(*words, "--checkpoint", tmp_path / "kept", "--no-draw")
        assert outcome.code == 2
        assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("time", ["0s", "0.0ms", "0m"])
def test_no_time_between_two_checkpoints_is_refused(time: str, tmp_path: Path) -> None:
    outcome = check(LEGACY, tmp_path, "--checkpoint", tmp_path / "kept", "--every", time)
    assert outcome.code == 2
    assert f"'--every': '{time}' is no time at all: write 1s or 10m" in outcome.err
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("seconds", [0, 0.0, -1.0, float("nan")])
def test_no_time_between_two_checkpoints_is_refused_in_python(
    seconds: float, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="every is a number of seconds above 0, and not"):
        api_check(LEGACY, checkpoint=tmp_path / "kept", every=seconds)
    assert not (tmp_path / "kept").exists()


def test_ctrl_c_writes_what_is_known_and_prints_how_to_go_on(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    words = [
        sys.executable, "-m", "model_check", SPECS / "legacy-two-nodes.yaml", "--set", "TOTAL=16",
        "--engine", "python", "--no-draw", "--no-reason", "--out", tmp_path / "out",
        "--checkpoint", kept, "--every", "1h",
    ]  # fmt: skip
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not (kept / MANIFEST).exists() and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert "The search was stopped: interrupted." in out
    assert f"--resume {kept}" in out
    told = json.loads((kept / MANIFEST).read_text())["contents"]["search"]
    assert f"Covered: {told['count']:,} states" in out


@pytest.mark.parametrize("engine", ["python", "native"])
def test_a_killed_check_goes_on_as_if_nothing_had_happened(engine: str, tmp_path: Path) -> None:
    path = os.path.relpath(SPECS / "legacy-two-nodes.yaml")
    case = Case((path, "--engine", engine, "--no-reason"))
    kept, problem = killed(case, whole_run(case, tmp_path), tmp_path, random.Random(5))
    assert problem == ""
    assert len(kept) <= 3
