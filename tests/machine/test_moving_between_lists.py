"""Commands that are given another resource: LMOVE, RPOPLPUSH, BLMOVE."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.compare import differences
from fuzz.repair import load_text
from model_check import check
from model_check.language import SpecError, load

HEAD = """\
model: m
types: {Job: 1..2}
resources:
  jobs: {kind: "redis.list[Job]", key: jobs, initially: [1, 2]}
  busy: {kind: "redis.list[Job]", count: 2}
  other: {kind: "redis.list[bool]", key: other}
  text: {kind: "redis.string[Job]", key: text}
processes:
  worker:
    count: 2
    vars: {job: Job?}
    run: |
"""
SPECS = {
    "a list each": """\
      take: job = jobs.lmove(busy[self], "LEFT", "RIGHT")
      back: job = busy[self].lmove(jobs, src="right", dest="left")
      turn: job = jobs.rpoplpush(jobs)
""",
    "waiting": """\
      take: job = jobs.blmove(busy[self], "RIGHT", "LEFT", timeout=5)
      back: job = busy[0].blmove(jobs)
""",
    "with more in the step": """\
      with atomic:
          take: job = jobs.lmove(busy[1])
          give: busy[1].lmove(busy[0], dest="LEFT")
""",
}


@pytest.mark.parametrize("name", SPECS)
def test_the_tool_and_the_interpreter_move_alike(name: str) -> None:
    assert differences(load_text(HEAD + SPECS[name])) == []


def test_what_is_moved_is_told_with_both_keys(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        HEAD + SPECS["a list each"]
        + "properties:\n  held: {possible: 'busy[1].items == [1]'}\n"
    )  # fmt: skip
    (call,) = check(path).trace("held").steps[0].calls
    assert (call.wire, call.answer) == ("LMOVE jobs busy[1] LEFT RIGHT", "1")


WRONG = {
    "jobs.lmove(other)": "to of jobs.lmove is another redis.list[Job]",
    "jobs.lmove(text)": "to of jobs.lmove is another redis.list[Job]",
    "jobs.lmove()": "to of jobs.lmove is another redis.list[Job]",
    "jobs.lmove(busy)": "there are 2 of busy: say which, such as busy[0]",
    "jobs.lmove(jobs[0])": "there is only one jobs: write jobs.items",
    "jobs.lmove(busy[which])": "which busy it is must be known before",
    "jobs.lmove(busy[2])": "2 is outside of the index of busy, which is 0..1",
    "jobs.lmove(jobs, wait=False)": "jobs.lmove is given another resource: it is waited for",
    'jobs.lmove(jobs, "UP")': "src of jobs.lmove cannot be UP",
}


@pytest.mark.parametrize("call", WRONG)
def test_another_resource_is_one_of_the_kind(call: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(HEAD.replace("{job: Job?}", "{job: Job?, which: 0..1}") + f"      a: {call}\n")
    with pytest.raises(SpecError) as error:
        load(path)
    assert WRONG[call] in {each.message for each in error.value.diagnostics}
