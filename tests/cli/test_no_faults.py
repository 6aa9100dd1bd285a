"""One spec answers two questions: what holds whatever goes wrong, and what where nothing does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_invoke import REPOSITORY, invoke, is_of_its_form
from model_check import check

EXAMPLES = REPOSITORY / "docs/examples"
FAULTS = EXAMPLES / "faults.yaml"
PLAIN = """\
model: plain
vars: {n: int}
processes: {p: {run: "a: n += 1"}}
properties: {small: {always: n < 2}}
"""


def test_without_faults_what_is_violated_by_them_holds(tmp_path: Path) -> None:
    done = invoke(FAULTS, "--no-faults", "--no-draw", "--out", tmp_path)
    assert done.code == 0
    lines = done.out.splitlines()
    assert "Without faults; left out: up to 1 crash of worker, 1 loss of jobs" in lines
    assert any(line.startswith("  ✓ nothing_lost   holds  ") for line in lines)


def test_the_command_that_repeats_a_check_leaves_faults_out_too(tmp_path: Path) -> None:
    done = invoke(FAULTS, "--no-faults", "--no-draw", "--json", "--out", tmp_path)
    document = json.loads(done.out)
    is_of_its_form(document, "result")
    assert document["command"].endswith("faults.yaml --no-faults")
    assert document["faults"]["left_out"] is True
    assert [each["most"] for each in document["faults"]["budgets"]] == [1, 1]


def test_what_a_spec_says_of_itself_with_its_faults_may_leave_open_what_is_without() -> None:
    lease = check(EXAMPLES / "lease.yaml", reason=False, faults=False)
    told = {each.name: (each.verdict, each.expected, each.as_expected) for each in lease}
    assert told["one_at_a_time"] == ("holds", "either", True)
    assert told["both_get_in"] == ("violated", "either", True)
    assert told["no_error"] == ("holds", "holds", True)
    assert lease.exit_code == 0


def test_a_spec_that_has_no_faults_is_judged_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(PLAIN.replace("n < 2}", "n < 1, expect: violated}"), encoding="utf-8")
    result = check(path, reason=False, faults=False)
    assert result["small"].expected == "violated"
    assert "Without faults: the spec has none" in result.text()


def test_a_folder_shows_both_verdicts_where_a_spec_has_faults(tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").write_text(PLAIN, encoding="utf-8")
    alone = invoke(tmp_path, "--out", tmp_path / "out")
    assert "without faults" not in alone.out
    (tmp_path / "faults.yaml").write_text(FAULTS.read_text(encoding="utf-8"), encoding="utf-8")
    done = invoke(tmp_path, "--out", tmp_path / "out")
    assert done.code == 0
    rows = [" ".join(line.split()[:6]) for line in done.out.splitlines()]
    assert rows[0] == "model property verdict expected without faults"
    assert rows[1].startswith("✓ faults nothing_lost violated violated holds")
    assert rows[2].startswith("✓ counted_right holds holds holds")
    assert rows[3].startswith("✓ plain small holds holds")
    document = json.loads(invoke(tmp_path, "--json", "--out", tmp_path / "out").out)
    for each in document:
        is_of_its_form(each, "result")
    assert document[0]["properties"][0]["without_faults"] == {
        "verdict": "holds",
        "expected": "either",
        "as_expected": True,
    }
    assert document[1]["properties"][0]["without_faults"] is None


def test_a_verdict_without_faults_that_is_not_as_expected_fails_the_folder(tmp_path: Path) -> None:
    text = FAULTS.read_text(encoding="utf-8")
    wrong = text.replace("worker.tally == len(worked)", "worker.tally < 1")
    (tmp_path / "faults.yaml").write_text(wrong, encoding="utf-8")
    done = invoke(tmp_path, "--out", tmp_path / "out")
    assert done.code == 1
    assert "1 not as expected" in done.out


@pytest.mark.parametrize("command", ["repair", "rests-on"])
def test_advice_says_with_which_faults_it_was_sought(command: str, tmp_path: Path) -> None:
    words = (command, FAULTS, "--no-faults", "--out", tmp_path)
    assert "Without faults; left out: up to 1 crash" in invoke(*words).out
    document = json.loads(invoke(*words, "--json").out)
    is_of_its_form(document, command)
    assert document["faults"]["left_out"] is True
    assert "--no-faults" in document["command"]


def test_a_schedule_with_faults_is_followed_and_passes_where_there_are_none(tmp_path: Path) -> None:
    same = invoke("compare", FAULTS, FAULTS, "--out", tmp_path)
    assert "no turn differs" in same.out
    assert "faults: with up to 1 crash of worker, 1 loss of jobs" in same.out
    assert "jobs loses 2" in same.out
    text = FAULTS.read_text(encoding="utf-8").replace("    loses: 1", "    loses: 0")
    other = tmp_path / "safe.yaml"
    other.write_text(text.replace("model: faults", "model: safe"), encoding="utf-8")
    done = invoke("compare", FAULTS, other, "--out", tmp_path)
    assert "(no loses there)" in done.out


def test_pytest_leaves_faults_out_on_demand(tmp_path: Path) -> None:
    text = FAULTS.read_text(encoding="utf-8").replace("    expect: violated\n", "")
    (tmp_path / "spec.yaml").write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    failing = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert failing.returncode == 1
    assert "with up to 1 crash of worker, 1 loss of jobs" in failing.stdout
    passing = subprocess.run(
        [*words, "--model-check-no-faults"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert passing.returncode == 0, passing.stdout
