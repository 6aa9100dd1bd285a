"""A log of a system that polls for ever, and was stopped: whoever removes its keys says that
nothing comes any more, and what it had come to counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import monitor

SPEC = """
model: polling
types: {Job: 1..2}
resources: {jobs: {kind: "redis.list[Job]", key: "jobs:{session}", payload: "{value}"}}
processes:
  shop:
    run: |
      for job in Job:
        put: jobs.rpush(job)
  worker:
    vars: {job: Job?, got: "list[Job]"}
    run: |
      while True:
        take:
          job = jobs.lpop()
          if job is not None:
            got.append(job)
        if job == 1:
          rest: pass
properties:
  all_done: {finally: "worker.got == [1, 2]"}
  first_done: {eventually: 1 in worker.got}
"""
PUT, TAKE = '1.0 [0 a:1] "RPUSH" "jobs:s" "{}"', '2.0 [0 a:2] "LPOP" "jobs:s"'
REMOVED = '9.0 [0 a:3] "DEL" "jobs:s"'


def told(folder: Path, *lines: str) -> dict[str, str]:
    spec = folder / "polling.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    raw = [line.replace(".0 ", ".000000 ").encode() + b"\n" for line in lines]
    (session,) = monitor(spec, [("log", raw)], reason=False).sessions
    assert session.mismatch is None
    return {each.name: each.verdict for each in session.properties}


PUTS = [PUT.format(1), PUT.format(2)]


def test_without_its_end_nothing_is_certain(tmp_path: Path) -> None:
    assert told(tmp_path, *PUTS, TAKE)["all_done"] == "undetermined"


@pytest.mark.parametrize(("taken", "wanted"), [(0, "violated"), (1, "violated"), (2, "holds")])
def test_where_it_was_stopped_is_what_it_came_to(taken: int, wanted: str, tmp_path: Path) -> None:
    found = told(tmp_path, *PUTS, *[TAKE] * taken, REMOVED)
    assert (found["all_done"], found["no_deadlock"]) == (wanted, "holds")


def test_what_it_could_still_have_done_is_not_held_against_it(tmp_path: Path) -> None:
    assert told(tmp_path, *PUTS, REMOVED)["first_done"] != "violated"
    assert told(tmp_path, *PUTS, TAKE, REMOVED)["first_done"] == "holds"
