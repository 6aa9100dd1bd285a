"""No `await` waits for another answer of a command that a server has carried out by then."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load

SPEC = """\
types: {Job: 1..2, Group: enum(mail)}
resources:
  jobs: {kind: "redis.list[Job]"}
  more: {kind: "redis.list[Job]"}
  due: {kind: "redis.sortedset[Job]"}
  seen: {kind: "redis.set[Job]"}
  number: {kind: "redis.string[int]"}
  log: {kind: "redis.stream[Job, Group]"}
  inbox: {kind: "queue[Job]"}
  news: {kind: "redis.pubsub[Job]"}
processes:
  p:
    vars: {job: Job?, n: int}
    run: |
      listen: news.subscribe()
      first:
          STEP
"""


def mistakes(step: str, folder: Path) -> list[tuple[int, int, str]]:
    path = folder / "spec.yaml"
    path.write_text(SPEC.replace("STEP", step.replace("\n", "\n          ")), encoding="utf-8")
    try:
        load(path)
    except SpecError as error:
        return [(e.position.line, e.position.column, e.message) for e in error.diagnostics]
    return []


@pytest.mark.parametrize(
    ("step", "command", "place"),
    [
        ("await jobs.blpop() == 2", "jobs.blpop", (17, 17)),
        ("await jobs.blpop(more).value == 2", "jobs.blpop", (17, 17)),
        ("await due.bzpopmin().member == 2", "due.bzpopmin", (17, 17)),
        ("await number.incr() == 2", "number.incr", (17, 17)),
        ("await jobs.rpush(1) == 2", "jobs.rpush", (17, 17)),
        ("await len(log.xreadgroup(mail, 1)) == 2", "log.xreadgroup", (17, 21)),
        ("job = jobs.blpop(timeout=5)\nawait job is not None", "jobs.blpop", (18, 17)),
        ("x = number.incr() + 1\nn = x\nawait x == 2", "number.incr", (19, 17)),
    ],
)
def test_what_a_server_has_done_by_then_is_not_waited_for(
    step: str, command: str, place: tuple[int, int], tmp_path: Path
) -> None:
    ((line, column, message),) = mistakes(step, tmp_path)
    assert (line, column) == place
    assert message == (
        f"{command} has done its work before its answer is known: no await takes that back"
    )


@pytest.mark.parametrize(
    "step",
    [
        "await jobs.llen() == 2",
        "await number.setnx(1)",
        "await jobs.lpop() is not None",
        "await seen.sadd(1) == 1",
        "await len(log.xread(0)) == 2",
        "await len(log.xreadgroup(mail, 1, nowait=True)) > 0",
        "await inbox.get() == 2",
        "await news.get_message() == 2",
        "job = jobs.blpop()\nawait number.get() == 1",
    ],
)
def test_who_looks_or_changes_something_with_the_wanted_answer_alone_waits_for_it(
    step: str, tmp_path: Path
) -> None:
    assert mistakes(step, tmp_path) == []
