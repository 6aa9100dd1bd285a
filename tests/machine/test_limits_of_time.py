"""Commands that wait for a limited time: a step that calls one is answered, or gives up."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.compare import differences
from fuzz.repair import load_text
from model_check import check
from model_check.language import SpecError, load
from model_check.verify.checking import check_spec
from model_check.verify.coverage import coverage_of

HEAD = """\
model: m
types: {Job: 1..2, Group: enum(mail)}
TIMEOUTS
resources:
  jobs: {kind: "redis.list[Job]"RESOURCE}
  log: {kind: "redis.stream[Job, Group, 0..1]"}
"""
SORTED = """\
  urgent: {kind: "redis.list[Job]"}
  late: {kind: "redis.sortedset[Job]"}
  due: {kind: "redis.sortedset[Job]"}
"""
WORKER = """\
processes:
  producer:
    run: |
      for job in Job:
          put: jobs.rpush(job)
  worker:
    count: 2
    vars: {job: Job?, ready: "set[Job]"}
    run: |
      while True:
          take: job = jobs.blpop(timeout=5)
          if job is None:
              break
          work: ready.add(job)
"""
READER = """\
processes:
  writer:
    run: |
      add: log.xadd(1)
      again: log.xadd(2)
  reader:
    vars: {seen: "list[Job]"}
    run: |
      first: seen = [each.value for each in log.xread("$", block=100)]
      second:
          found = log.xread(0, block=100, count=1)
          seen = seen + [each.value for each in found]
"""
SHARED = """\
processes:
  a:
    connection: one
    vars: {job: Job?}
    run: |
      both:
          take: job = jobs.brpop(timeout=1)
      and:
          put: jobs.rpush(1)
  b:
    connection: one
    vars: {length: int}
    run: |
      look: length = jobs.llen()
"""
CUT = """\
processes:
  a:
    vars: {job: Job?, cut: bool}
    run: |
      try:
          take: job = jobs.blpop(timeout=1)
          again: job = jobs.brpop(timeout=1)
      except disconnected:
          cut: cut = True
  b:
    run: |
      put: jobs.lpush(2)
"""
GROUP = """\
processes:
  writer:
    run: |
      make: log.xgroup_create(mail, 0, mkstream=True)
      add: log.xadd(1)
      again: log.xadd(2)
  reader:
    count: 2
    vars: {found: "list[{id: int, value: Job}]", seen: "list[Job]"}
    run: |
      made: await log.exists() == 1
      look: seen = [each.value for each in log.xread(0, nowait=True)]
      take: found = log.xreadgroup(mail, self, count=1, block=100)
      more: found = log.xreadgroup(mail, self, count=2, block=5, noack=True)
"""
SEVERAL = """\
processes:
  a:
    run: |
      put: jobs.rpush(1)
      hurry: urgent.rpush(2)
      rank: due.zadd(2, 7)
  b:
    count: 2
    vars: {job: "{key: 0..1, value: Job}?", first: "{key: 0..1, member: Job, score: int}?"}
    run: |
      take: job = urgent.blpop(jobs, timeout=5)
      last: first = late.bzpopmax(due, timeout=5)
"""
SPECS = {
    "a group": HEAD.replace("RESOURCE", "") + GROUP,
    "several keys": HEAD.replace("RESOURCE", "") + SORTED + SEVERAL,
    "a queue": HEAD.replace("RESOURCE", "") + WORKER,
    "a stream": HEAD.replace("RESOURCE", "") + READER,
    "a shared connection": HEAD.replace("RESOURCE", "") + SHARED,
    "a connection that breaks": HEAD.replace("RESOURCE", ", disconnects: 1") + CUT,
}


@pytest.mark.parametrize("timeouts", ["any", "last"])
@pytest.mark.parametrize("name", SPECS)
def test_the_tool_and_the_interpreter_give_up_alike(name: str, timeouts: str) -> None:
    text = SPECS[name].replace("TIMEOUTS", f"timeouts: {timeouts}")
    assert differences(load_text(text)) == []


def written(folder: Path, timeouts: str, properties: str) -> Path:
    path = folder / "spec.yaml"
    text = SPECS["a queue"].replace("TIMEOUTS", f"timeouts: {timeouts}")
    path.write_text(text + "properties:\n" + properties)
    return path


def test_who_gives_up_too_early_loses_a_job(tmp_path: Path) -> None:
    done = "  worked: {finally: 'worker[0].ready | worker[1].ready == set(Job)'}\n"
    early = check(written(tmp_path, "any", done))
    assert early["worked"].verdict == "violated"
    steps = [step.event for step in early.trace("worked").steps]
    assert "worker[0].take_gives_up" in steps
    assert "worker[1].take_gives_up" in steps
    told = {call.answer for step in early.trace("worked").steps for call in step.calls}
    assert "none" in told
    assert check(written(tmp_path, "last", done))["worked"].verdict == "holds"


def test_who_polls_with_a_limit_goes_round(tmp_path: Path) -> None:
    path = written(tmp_path, "any", "  ends: {eventually: 'done(worker[0])'}\n")
    assert check(path)["ends"].verdict == "holds"
    path.write_text(path.read_text().replace("break\n", "continue\n"))
    result = check(path)
    assert result["ends"].verdict == "violated"
    assert result.trace("ends").steps[-1].label == "take_gives_up"


LOOPS = {
    "found = log.xread(last, block=10, count=100)": "holds",
    'found = log.xread("$", block=10, count=100)': "violated",
}


@pytest.mark.parametrize("timeouts", ["any", "last"])
@pytest.mark.parametrize("read", LOOPS)
def test_who_reads_for_ever_with_a_limit_gets_all_but_with_the_last_id_seen_alone(
    read: str, timeouts: str, tmp_path: Path
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        HEAD.replace("RESOURCE", "").replace("TIMEOUTS", f"timeouts: {timeouts}")
        + "processes:\n  writer:\n    run: |\n      for job in Job:\n"
        "          add: log.xadd(job)\n"
        '  reader:\n    vars: {got: "set[Job]", last: 0..2}\n    run: |\n      while True:\n'
        f"          read:\n              {read}\n"
        "              got = got | {each.value for each in found}\n"
        "              last = found[-1].id if len(found) > 0 else last\n"
        "properties:\n  all_read: {finally: 'reader.got == set(Job)'}\n"
        "  in_the_end: {leads_to: {after: 'len(log.entries) == 2', comes: '2 in reader.got'}}\n"
    )
    result = check(path)
    assert {
        each.name: each.verdict for each in result if each.name in ("all_read", "in_the_end")
    } == {"all_read": LOOPS[read], "in_the_end": LOOPS[read]}


def test_nobody_warns_of_a_limit_that_is_never_reached(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        HEAD.replace("RESOURCE", ", initially: [1]").replace("TIMEOUTS\n", "")
        + "processes:\n  p:\n    vars: {job: Job?}\n    run: |\n"
        "      a: job = jobs.blpop(timeout=4)\n"
    )
    coverage = coverage_of(check_spec(load(path))[0])
    assert coverage is not None
    assert coverage.untaken == ()


WRONG = {
    "six:\n          x = 1\n          job = jobs.blpop(timeout=4)": (
        "blpop waits for a limited time: it comes first in its step"
    ),
    "a: if jobs.blpop(timeout=4) is None:\n          b: pass": (
        "blpop waits for a limited time: a condition cannot"
    ),
    "a:\n          job = jobs.blpop(timeout=4)\n          job = jobs.brpop(timeout=4)": (
        "this step waits for a limited time already, in blpop"
    ),
    "a: job = jobs.blpop(timeout=0)": "jobs.blpop does not take this",
    "a: job = jobs.blpop(timeout=4, wait=False)": (
        "jobs.blpop waits: without its answer there is nothing to do"
    ),
}


@pytest.mark.parametrize("step", WRONG)
def test_what_waits_for_a_limited_time_comes_first_in_its_step(step: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        HEAD.replace("RESOURCE", "").replace("TIMEOUTS\n", "")
        + f"processes:\n  p:\n    vars: {{job: Job?}}\n    run: |\n      {step}\n"
    )
    with pytest.raises(SpecError) as error:
        load(path)
    assert WRONG[step] in {each.message for each in error.value.diagnostics}
