"""Runs that never end, and the new forms, from the command, from pytest and between two specs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from cli_invoke import invoke
from report.endless_specs import ENDS, LOCK, POLL


def write(folder: Path, text: str) -> Path:
    path = folder / f"{text.split()[1]}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def pytest_on(path: Path) -> str:
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n0", str(path)]
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 1
    return done.stdout


def test_pytest_shows_what_goes_round_and_what_no_state_has(tmp_path: Path) -> None:
    told = pytest_on(write(tmp_path, POLL))
    assert "poll: answered is violated, expected: holds" in told
    assert "-- and so on for ever: steps 3 and 4 ---" in told
    assert "meanwhile worker has ended" in told
    told = pytest_on(write(tmp_path, ENDS))
    assert "ends: cannot is violated, expected: holds" in told
    assert "no reachable state has it (11 states, all of them looked at)" in told


def test_pytest_shows_the_run_to_what_should_not_be_possible(tmp_path: Path) -> None:
    text = POLL.replace("can: {possible: paid}", "can: {possible: paid, expect: violated}")
    told = pytest_on(write(tmp_path, text))
    assert "can is possible: the shortest run to such a state has 2 steps" in told


def test_the_command_writes_a_lasso_into_every_file(tmp_path: Path) -> None:
    outcome = invoke(write(tmp_path, LOCK), "--out", tmp_path / "out", "--all-traces", "--graph")
    assert outcome.code == 1
    assert "steps 1 and 2 come again and again, for ever" in " ".join(outcome.out.split())
    folder = tmp_path / "out" / "lock"
    assert json.loads((folder / "served.itf.json").read_text("utf-8"))["loop"] == 1
    told = json.loads((folder / "result.json").read_text("utf-8"))["properties"][0]
    assert (told["trace"]["end"], told["trace"]["loop_from"]) == ("loop", 0)
    assert told["violating_states"] == 0
    assert told["passed_over"] == [
        {"instance": "slow", "place": "take", "why": "at times", "at": [2]}
    ]
    assert ">for ever</text>" in (folder / "served.svg").read_text("utf-8")
    assert "for ever" in (folder / "report.html").read_text("utf-8")


def test_the_second_judge_says_what_it_was_not_asked(tmp_path: Path) -> None:
    for text in (POLL, ENDS):
        outcome = invoke(
            write(tmp_path, text), "--out", tmp_path / "out", "--check", "bounded", "--no-draw"
        )
        assert outcome.code == 1
        told = " ".join(outcome.out.split())
        assert "disagrees" not in told
        assert "can undetermined: z3 was not asked: a state is asked for" in told


def test_the_picture_of_two_specs_has_the_bracket_where_one_goes_round(tmp_path: Path) -> None:
    surely = POLL.replace("model: poll", "model: surely").replace("die: pass", "die: paid = True")
    specs = [write(tmp_path, POLL), write(tmp_path, surely)]
    outcome = invoke("compare", *specs, "--property", "answered", "--out", tmp_path / "out")
    svg = (tmp_path / "out" / "poll" / "compare-poll-surely.svg").read_text("utf-8")
    assert svg.count('data-mark="loop"') == svg.count(">for ever</text>") == 1
    assert "No end: after step 4 everything is as it was after step 2" in svg
    assert outcome.code == 0


def test_a_second_spec_that_goes_round_is_not_said_to_go_on_to_its_end(tmp_path: Path) -> None:
    longer = POLL.replace("model: poll", "model: again").replace(
        "wait: pass", "wait: pass\n          more: pass"
    )
    specs = [write(tmp_path, POLL), write(tmp_path, longer)]
    outcome = invoke("compare", *specs, "--property", "answered", "--out", tmp_path / "out")
    told = " ".join(outcome.out.split())
    assert "again goes on, each process in turn" in told
    assert "again goes round for ever on this schedule: it has no end there" in told
