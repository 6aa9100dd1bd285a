"""How long steps take: what is read, and every mistake with its place."""

from __future__ import annotations

import contextlib
import random
from fractions import Fraction
from pathlib import Path

import pytest
from model_check.language import SpecError, load
from model_check.language.draft import Draft
from model_check.language.source.diagnostics import Diagnostics, Source
from model_check.language.source.text import Text
from model_check.language.syntax.timing_text import parse_time
from model_check.language.tree.timing import (
    MOST_TIME,
    Exponential,
    Fixed,
    FromLog,
    Normal,
    StepTime,
    Uniform,
)

US, MS, S = 1_000, 1_000_000, 1_000_000_000

SPEC = """\
resources:
  jobs:
    kind: redis.list[1..2]
    disconnects: 1
  news:
    kind: redis.pubsub[1..2]
  log:
    kind: redis.stream[1..2]
processes:
  boss:
    run: |
      with atomic:
          put: jobs.rpush(1)
          tell: news.publish(1)
      rest: pass
  worker:
    count: 2
    crashes: 1
    vars: {job: 1..2?}
    run: |
      hear: news.subscribe(wait=False)
      take: job = jobs.blpop(timeout=5)
      either:
          work: pass
      or:
          drop: pass
  reader:
    run: |
      read: log.xread("$")
  pair:
    run: |
      both:
          left: pass
      and:
          right: pass
timing:
"""
FIRST = SPEC.count("\n") + 1


def loaded(folder: Path, *entries: str, spec: str = SPEC) -> tuple[StepTime, ...]:
    path = folder / "spec.yaml"
    path.write_text(spec + "".join(f"  {each}\n" for each in entries))
    return load(path).timing


def mistakes(folder: Path, *entries: str, spec: str = SPEC) -> list[str]:
    """All messages: line of `timing`, column, message and hint."""
    with pytest.raises(SpecError) as error:
        loaded(folder, *entries, spec=spec)
    return [
        f"{d.position.line - FIRST + 1}:{d.position.column}: {d.message}"
        + (f" ({d.hint})" if d.hint else "")
        for d in error.value.diagnostics
    ]


@pytest.mark.parametrize(
    ("written", "time", "every"),
    [
        ("5ms", Fixed(5 * MS), False),
        ("0ms", Fixed(0), False),
        ("1.5us", Fixed(1_500), False),
        ("every 50 ms", Fixed(50 * MS), True),
        ("1..3ms", Uniform(1 * MS, 3 * MS), False),
        ("500us .. 3ms", Uniform(500 * US, 3 * MS), False),
        ("0..400ms", Uniform(0, 400 * MS), False),
        ("every 1s..2s", Uniform(S, 2 * S), True),
        ("exp 1h", Exponential(3_600 * S), False),
        ("every exp 1min", Exponential(60 * S), True),
        ("normal 50ms 5ms", Normal(50 * MS, 5 * MS), False),
        ("normal 0ms 5ms", Normal(0, 5 * MS), False),
        ("from log", FromLog(), False),
        ("every from  log", FromLog(), True),
    ],
)
def test_each_way_to_say_a_time_is_read_in_nanoseconds(
    tmp_path: Path, written: str, time: object, every: bool
) -> None:
    (found,) = loaded(tmp_path, f"worker.take: {written}")
    assert (found.time, found.every, found.chance) == (time, every, None)
    assert (found.name, found.text) == ("worker.take", written)
    assert (found.at.line, found.at.column) == (FIRST, 3)


def test_the_longest_time_is_allowed_and_no_longer_one(tmp_path: Path) -> None:
    whole, part = divmod(MOST_TIME, US)
    (longest,) = loaded(tmp_path, f"boss.rest: {whole}.{part:03d}us")
    assert longest.time == Fixed(MOST_TIME)
    (found,) = mistakes(tmp_path, f"boss.rest: exp {whole}.{part + 1:03d}us")
    assert found == "1:18: this time is too long (at most some 2h 26min)"


@pytest.mark.parametrize(
    ("written", "chance", "time"),
    [("2%", Fraction(1, 50), None), ("exp 1s, 0.5%", Fraction(1, 200), Exponential(S)),
     ("100%, 1s", Fraction(1), Fixed(S)), ("0 %", Fraction(0), None)],
)  # fmt: skip
def test_a_chance_stands_alone_or_beside_a_time(
    tmp_path: Path, written: str, chance: Fraction, time: object
) -> None:
    (found,) = loaded(tmp_path, f"worker.drop: {written}")
    assert (found.chance, found.time) == (chance, time)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("worker", ""),
        ("worker[1]", ""),
        ("worker[1].drop", "drop"),
        ("reader.read_send", "read_send"),
        ("worker.take_gives_up", "take_gives_up"),
        ("worker.hear_arrives", "hear_arrives"),
        ("worker.crashes", "crashes"),
        ("jobs.disconnects", "disconnects"),
        ("jobs.disconnects[worker[1]]", "disconnects[worker[1]]"),
        ("boss.put", "put+tell"),
        ("boss.tell", "put+tell"),
        ("boss.put+tell", "put+tell"),
    ],
)
def test_steps_are_named_as_in_traces(tmp_path: Path, name: str, label: str) -> None:
    (found,) = loaded(tmp_path, f"{name}: 1s")
    assert found.label == label
    assert found.number == (1 if name.startswith("worker[1]") else None)


def test_of_labels_that_are_one_step_the_first_says_its_time(tmp_path: Path) -> None:
    (found,) = loaded(tmp_path, "boss.tell: 1s", "boss.put: 2s")
    assert (found.time, found.label) == (Fixed(2 * S), "put+tell")
    (found,) = loaded(tmp_path, "boss.put: 2s", "boss.put+tell: 3s", "boss.tell: 1s")
    assert found.time == Fixed(3 * S)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("wroker.take: 1s", "1:3: no such process or resource: wroker (did you mean worker?)"),
        ("wroker: 1s", "1:3: no such process: wroker (did you mean worker?)"),
        ("jobs: 1s", "1:3: jobs is no process: it does not begin (there is jobs.disconnects)"),
        ("worker.taek: 1s", "1:10: worker has no step taek (did you mean take?)"),
        ("worker[2].take: 1s",
         "1:3: no such instance: worker[2] (there is worker[0] to worker[1])"),
        ("boss[0].rest: 1s", "1:3: no such instance: boss[0] (there is boss)"),
        ("boss.crashes: 1s", "1:3: boss never crashes (crashes: 1 says that it may)"),
        ("boss.rest[1]: 1s", "1:3: no such step: boss.rest[1] "
         "(boss.rest: a time is of a step in each of its turns)"),
        ("news.disconnects: 1s", "1:3: nothing says that news ever disconnects "
         "(disconnects: 1 says that it may)"),
        ("news.expires: 1s", "1:8: news has no step expires "
         "(there is disconnects, overflows)"),
        ("jobs.disconnects[bos]: 1s", "1:3: no such client of jobs: bos (did you mean boss?)"),
        ("jobs[0].disconnects: 1s", "1:3: no such instance: jobs[0] (there is jobs)"),
        ("worker take: 1s", "1:3: this names no step: worker take "
         "(gateway.subscribe, gateway[1].subscribe, or gateway: when it begins)"),
        ("worker.take: 5", "1:16: a unit is missing: 5 (5ms: us, ms, s, min, h)"),
        ("worker.take: 0", "1:16: a unit is missing: 0 (0ms: us, ms, s, min, h)"),
        ("worker.take: 1ms..3", "1:21: a unit is missing: 3 (3ms: us, ms, s, min, h)"),
        ("worker.take: exp 5", "1:20: a unit is missing: 5 (5ms: us, ms, s, min, h)"),
        ("worker.take: 5sec", "1:17: no such unit: sec (there is us, ms, s, min, h)"),
        ("worker.take: -5ms", "1:16: a time is not negative: -5ms"),
        ("worker.take: 0.0001us", "1:16: a time is a whole number of nanoseconds, not 0.0001us "
         "(0.001us is one)"),
        ("worker.take: 3..1ms", "1:16: this range ends before it begins (the lower end first)"),
        ("worker.take: 3..3ms", "1:16: both ends are the same time (write that time alone)"),
        ("worker.take: exp 0ms", "1:20: the mean of exp is above 0 (0ms alone is no time at all)"),
        ("worker.take: normal 5ms 0s",
         "1:27: a deviation is above 0 (without, write the time)"),
        ("worker.take: normal 5ms", "1:16: this is no time: normal 5ms "
         "(5ms, 1..3ms, exp 50ms, normal 50ms 5ms or from log)"),
        ("worker.take: every", "1:21: this is no time: nothing "
         "(5ms, 1..3ms, exp 50ms, normal 50ms 5ms or from log)"),
        ("worker.take: [1ms]", "1:16: the time of worker.take must be text "
         "(5ms, 1..3ms, exp 50ms, normal 50ms 5ms or from log)"),
        ("worker.take: 1ms, 2ms", "1:21: a time stands here twice (a time, and a chance: 1s, 5%)"),
        ("worker.drop: 1%, 2%", "1:20: a chance stands here twice"),
        ("worker.drop: 101%", "1:16: a chance lies between 0% and 100%: 101%"),
        ("worker.drop: -1%", "1:16: a chance lies between 0% and 100%: -1%"),
        ("worker.drop: 0.00001%", "1:16: a chance has at most 4 decimals"),
        ("worker.take: " + "9" * 21 + "h", "1:16: a time has at most 20 digits"),
        ("worker.take: 5" + " " * 200 + ".", "1:16: a time has at most 200 characters "
         "(5ms, 1..3ms, exp 50ms, normal 50ms 5ms or from log)"),
        ("worker.drop: 0." + "0" * 190 + "%", "1:16: a chance has at most 4 decimals"),
        ("worker.drop: x%", "1:16: this is no chance: x% (2% or 0.5%)"),
        ("worker: 5%", "1:11: worker begins once: there is no chance of it"),
        ("worker: every 5ms", "1:11: worker begins once, not every so often"),
        ("pair: 0..5ms", "1:9: pair begins with branches, which begin together "
         "(say a time that is always the same: 5ms)"),
        ("worker.crashes: 5%", "1:19: crashes needs a time: a chance alone lets it come wherever "
         "it can (exp 1h, 5%)"),
        ("worker.take_gives_up: 5%", "1:25: take_gives_up needs a time: a chance alone lets it "
         "come wherever it can (exp 1h, 5%)"),
        ("worker.crashes: every 1h", "1:19: the time of crashes is from when it can come, or came "
         "last (leave every out)"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_at_its_place(tmp_path: Path, entry: str, message: str) -> None:
    assert mistakes(tmp_path, entry) == [message]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    for taken, places in (("5", ["1:16", "2:14"]), ("exp 0s", ["1:10", "1:20", "2:14"])):
        wrong = "-1ms" if taken == "5" else "9h"
        found = mistakes(tmp_path, f"worker.taek: {taken}", f"boss.rest: {wrong}")
        assert [each.partition(": ")[0] for each in found] == places


def test_a_key_twice_is_refused_as_everywhere(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "boss.rest: 1s", "boss.rest: 2s") == [
        f"2:3: the key boss.rest stands here twice (first in line {FIRST})"
    ]


def test_a_spec_that_extends_another_changes_adds_and_removes_single_times(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(SPEC + "  boss.put: 1s\n  boss.rest: 2s\n")
    spec = "extends: base.yaml\ntiming:\n"
    entries = "boss.rest: 3s", "boss.put: null", "worker: 4s"
    found = {each.name: each.time for each in loaded(tmp_path, *entries, spec=spec)}
    assert found == {"boss.rest": Fixed(3 * S), "worker": Fixed(4 * S)}
    with pytest.raises(SpecError, match=r"spec.yaml:3:3: there is no boss.rset here to remove"):
        loaded(tmp_path, "boss.rset: null", spec=spec)


def test_the_time_of_an_inherited_step_that_is_gone_is_told_where_it_went(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(SPEC + "  boss.rest: 2s\n")
    changed = "extends: base.yaml\nprocesses:\n  boss:\n    run: |\n      sleep: pass\n"
    with pytest.raises(SpecError) as error:
        loaded(tmp_path, spec=changed)
    (found,) = error.value.diagnostics
    assert str(found.position).endswith("spec.yaml:4:5")
    assert found.message == (
        f"boss has no step rest here, whose time stands at {tmp_path}/base.yaml:{FIRST}:3"
    )
    assert found.hint == "write timing: boss.rest: null"
    assert not loaded(tmp_path, "boss.rest: null", spec=changed + "timing:\n")


def test_without_its_faults_a_spec_may_still_say_how_long_they_take(tmp_path: Path) -> None:
    entries = "worker.crashes: exp 1h", "jobs.disconnects: exp 1h"
    loaded(tmp_path, *entries)
    found = load(tmp_path / "spec.yaml", faults=False)
    assert [each.label for each in found.timing] == ["crashes", "disconnects"]


def test_an_alternative_says_its_own_times(tmp_path: Path) -> None:
    alternative = (
        "alternatives:\n  sleep:\n    processes:\n      boss:\n        run: |\n"
        "          sleep: pass\n"
    )
    path = tmp_path / "spec.yaml"
    path.write_text(f"{SPEC}  boss.rest: 2s\n{alternative}")
    with pytest.raises(SpecError, match=f"spec.yaml:{FIRST}:8: boss has no step rest"):
        load(path)
    path.write_text(
        f"{SPEC}  boss.rest: 2s\n{alternative}    timing: {{boss.rest: null, boss.sleep: 1s}}\n"
    )
    assert [each.name for each in load(path).timing] == ["boss.rest"]
    draft = Draft.read(path)
    changed = draft.with_alternative(draft.alternatives[0]).spec()
    assert [(each.name, each.time) for each in changed.timing] == [("boss.sleep", Fixed(S))]


PIECES = (
    "5", "ms", "%", " ", ",", "..", ".", "-", "+", "exp", "every", "normal", "from", "log", "h",
    "0", "1e9", "\u00b5s", "\u0665", "inf", "nan", "[", "]", "\N{NO-BREAK SPACE}", "9" * 30,
)  # fmt: skip


def test_no_text_makes_anything_but_a_time_or_a_message(tmp_path: Path) -> None:
    chance = random.Random(5)
    understood = 0
    for _ in range(2_000):
        pieces = chance.choices((*PIECES, "5", "ms", "5ms", "..", "exp "), k=chance.randrange(1, 6))
        value = "".join(pieces)
        errors = Diagnostics()
        found = parse_time(Text.of(Source("spec", value)), errors)
        assert (found is None) == bool(errors.found)
        understood += found is not None
        assert found is None or "\u0665" not in value
    assert understood > 20
    for _ in range(60):
        name = "".join(chance.choices(("worker", ".", "take", "[1]", "[", "+", "\u00e9", "0"), k=4))
        value = "".join(chance.choices(PIECES, k=4)).replace("\N{NO-BREAK SPACE}", "")
        (tmp_path / "spec.yaml").write_text(f"{SPEC}  '{name}': '{value}'\n")
        with contextlib.suppress(SpecError):
            load(tmp_path / "spec.yaml")
