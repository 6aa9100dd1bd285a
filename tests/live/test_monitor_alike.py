"""Instances that nothing tells apart but their names are followed once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import faulty_logs
import pytest
import test_monitor_faults_against_brute_force as brute_force
from model_check.api.real_runs import monitor
from model_check.language import load
from model_check.live.monitor import observable_steps
from model_check.live.monitor.alike import alike_processes
from model_check.live.monitor.log import read_lines
from model_check.live.monitor.log_readings import LogReadings
from model_check.live.monitor.observable_steps import NoRoomError, ObservableSteps
from model_check.live.monitor.renaming import Names, Renaming
from model_check.live.monitor.sessions import Reader
from model_check.live.monitor.task import MonitorTask
from model_check.live.monitor.ways import way_to
from model_check.results.monitor import SessionVerdict

ROOT = Path(__file__).parents[2]
READERS = """\
model: readers
constants: {READERS: 8, TOTAL: 4}
types: {Seq: 1..TOTAL}
resources:
  history: {kind: "redis.list[Seq]", key: "chat:{cid}:history", payload: "{value}"}
  events: {kind: "redis.pubsub[Seq]", key: "chat:{cid}:events", payload: "{value}"}
processes:
  llm:
    run: |
      for seq in Seq:
          publish: events.publish(seq)
          save: history.rpush(seq)
  reader:
    count: READERS
    vars: {shown: "list[Seq]"}
    run: |
      read: shown = history.lrange(0, -1)
      subscribe: events.subscribe()
      while True:
          receive: shown.append(events.get_message())
define:
  missing: "{seq for seq in Seq if not all(seq in each.shown for each in reader)}"
properties:
  no_loss:
    finally: "len(missing) == 0"
    expect: violated
"""
FAULTY = """\
model: faulty
types: {Job: 1..2}
resources:
  jobs: {kind: "redis.list[Job]", key: "jobs:{s}", payload: "{value}"}
  log: {kind: "redis.stream[Job]", key: "log:{s}", payload: {n: "{value}"}}
  news: {kind: "redis.pubsub[Job]", key: "news:{s}", disconnects: 1, overflows: 1}
processes:
  shop:
    run: |
      for job in Job:
          add: jobs.rpush(job)
          tell: news.publish(job)
          keep: log.xadd(job)
  worker:
    count: 3
    crashes: 1
    vars: {job: "Job?", last: 0..2}
    run: |
      both:
          listen: news.subscribe()
      and:
          take: job = jobs.blpop()
      follow:
          found = log.xread("$", block=5)
          last = found[-1].id if len(found) > 0 else 0
      try:
          hear: job = news.get_message()
      except disconnected:
          again: news.subscribe()
"""


def written(text: str, folder: Path) -> Path:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def logged(readers: int) -> list[bytes]:
    """A log in which the readers read, and subscribe, over a pool in the midst of four chunks."""
    chance = random.Random(readers)
    writer = [
        f'"{word}" "chat:a:{key}" "{seq}"'
        for seq in range(1, 5)
        for word, key in (("PUBLISH", "events"), ("RPUSH", "history"))
    ]
    read = '"LRANGE" "chat:a:history" "0" "-1"'
    todo = [writer, *([read, f"{number}"] for number in range(readers))]
    lines: list[bytes] = []
    while left := [each for each in todo if each]:
        said = chance.choice(left).pop(0)
        client = chance.randrange(4)
        if said.isdigit():
            client, said = 100 + int(said), '"SUBSCRIBE" "chat:a:events"'
        lines.append(f"{1_700_000_000 + len(lines)}.000000 [0 a:{client}] {said}\n".encode())
    return lines


def judged(
    spec: Path, lines: list[bytes], readers: int, most: int = 200_000
) -> SessionVerdict:  # fmt: skip
    constants = {"READERS": readers}
    (found,) = monitor(spec, [("log", lines)], constants, max_states=most, reason=False).sessions
    return found


def test_eight_alike_readers_take_few_readings(tmp_path: Path) -> None:
    spec = written(READERS, tmp_path)
    found = judged(spec, logged(8), 8, most=1000)
    assert found.standing == "violated"
    # Which of them spoke over which connection, nobody knows.
    assert set(found.connections) == {"llm"}


def test_a_line_that_does_not_fit_names_none_of_them(tmp_path: Path) -> None:
    spec = written(READERS, tmp_path)
    lines = [*logged(8)[:8], b'1800000000.000000 [0 a:1] "RPUSH" "chat:a:history" "4"\n']
    mismatch = judged(spec, lines, 8).mismatch
    assert mismatch is not None
    assert (mismatch.fits, {each.instance for each in mismatch.expected}) == (8, {"llm", "reader"})


@pytest.mark.parametrize("readers", [2, 3])
def test_verdicts_are_those_of_all_readings(
    readers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = written(READERS, tmp_path)
    logs = [logged(readers)[:end] for end in range(2, 8 + 2 * readers)]
    found = [judged(spec, each, readers) for each in logs]
    monkeypatch.setattr(observable_steps, "alike_processes", lambda spec, asked: ())
    wanted = [judged(spec, each, readers) for each in logs]
    assert [each.standing for each in found] == [each.standing for each in wanted]
    assert [each.connections for each in found] == [each.connections for each in wanted]
    assert len({each.standing for each in wanted}) > 1


def _alike_workers(text: str) -> str:
    return text.replace("  p:\n", "  p:\n    count: 2\n")


def test_random_logs_of_alike_processes_are_judged_as_by_brute_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = faulty_logs.random_spec
    monkeypatch.setattr(brute_force, "random_spec", lambda chance: _alike_workers(made(chance)))
    compared = brute_force.compare

    def compare(graph, wanted, lines, found):  # type: ignore[no-untyped-def]
        # Strangers are none of the steps that brute force knows.
        if not found.strangers:
            compared(graph, wanted, lines, found)

    monkeypatch.setattr(brute_force, "compare", compare)
    monkeypatch.setattr(brute_force, "SPECS", 8)
    seen = brute_force.compare_all("alike", tmp_path / "spec.yaml")
    assert {"violated", "unfit"} <= set(seen)


# --- that names may be changed -------------------------------------------------------------------


def states_of(observable: ObservableSteps, most: int, chance: random.Random) -> Iterator[int]:
    todo = observable.initial()
    seen = set(todo)
    while todo and len(seen) < most:
        state = todo.pop(chance.randrange(len(todo)))
        yield state
        targets = {each.target for each in observable.moves(state)} - seen - {None}
        seen |= targets
        todo += sorted(targets)


def renamed(renaming: Renaming, state: int, names: Names) -> int:
    """The state with these names."""
    for group, numbers in zip(renaming._groups, names, strict=True):
        rows = [[state >> offset & mask for offset, mask in each] for each in group.bits]
        for row, number in zip(rows, numbers, strict=True):
            for (offset, mask), value in zip(group.bits[number], row, strict=True):
                state = state & ~(mask << offset) | value << offset
    return state


def compare_names(observable: ObservableSteps) -> int:
    """Whether with other names each state has the same steps, with other names."""
    chance = random.Random(1)
    renaming, count = observable.renaming, 0
    for state in states_of(observable, 300, chance):
        sizes = [len(each.clients) for each in renaming._groups]
        names = tuple(tuple(chance.sample(range(size), size)) for size in sizes)
        here = [
            (each.target is not None and renamed(renaming, each.target, names), each.instance,
             each.step, each.sends, each.fault, each.waits)
            for each in observable.moves(state)
        ]  # fmt: skip
        there = [
            (each.target is not None and each.target,
             *renaming.told(each.instance, each.step, names), each.sends, each.fault, each.waits)
            for each in observable.moves(renamed(renaming, state, names))
        ]  # fmt: skip
        assert sorted(here, key=repr) == sorted(there, key=repr)
        count += 1
    return count


@pytest.mark.parametrize(
    "name",
    ["readers", "faulty", "tests/packages/specs/resumable.yaml", "specs/faults/delayed-queue.yaml",
     "specs/faults/cache-refill.yaml", "tests/live/specs/queue-with-limits.yaml"],
)  # fmt: skip
def test_with_other_names_a_state_has_the_same_steps(name: str, tmp_path: Path) -> None:
    texts = {"readers": READERS, "faulty": FAULTY}
    spec = written(texts[name], tmp_path) if name in texts else ROOT / name
    observable = ObservableSteps(load(spec))
    assert observable.renaming.alike
    while True:
        try:
            assert compare_names(observable) > 30
            break
        except NoRoomError:
            continue


def runs_told(folder: Path) -> Iterator[bool]:
    """Of each run that a log allows, whether the model has it as it is told."""
    observable = ObservableSteps(load(written(READERS, folder), {"READERS": 4}))
    reader = Reader(observable.spec, 1)
    for line in read_lines(logged(4), "log"):
        reader.read(line, 0)
    (session,) = reader.sessions()
    options = MonitorTask(readings=10_000)
    while True:
        try:
            following = observable.following(frozenset())
            readings = LogReadings(observable, session, options, lambda: False, following)
            break
        except NoRoomError:
            continue
    for way in readings.final.values():
        states: set[int] = set(observable.initial())
        for each in way_to(way, observable.renaming):
            assert each.move is not None
            taken = (each.move.instance, each.move.step)
            states = {
                move.target
                for state in states
                for move in observable.moves(state)
                if (move.instance, move.step) == taken and move.target is not None
            }
        yield bool(states)


def test_a_run_is_told_with_one_name_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [*runs_told(tmp_path)]
    assert found
    assert all(found)
    monkeypatch.setattr(Renaming, "told", lambda self, instance, step, names: (instance, step))
    assert not all(runs_told(tmp_path))


# --- what is alike -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("count: READERS", "count: READERS\n    connection: main"),
        ("shown.append(events.get_message())", "shown.append(events.get_message() + 0 * self)"),
        ("all(seq in each.shown for each in reader)", "seq in reader[1].shown"),
        ("all(seq in each.shown for each in reader)",
         "all(seq in reader[number].shown for number in range(READERS))"),
        ("len(missing) == 0", "[len(each.shown) for each in reader] == []"),
        ("len(missing) == 0", "all(each.shown[0] == 1 for each in reader)"),
        ("len(missing) == 0", "any(at(reader[0], read) for each in reader)"),
        ("len(missing) == 0", "len(events.inbox[reader[2]]) == 0"),
        ("save: history.rpush(seq)", "save: history.rpush(seq, wait=False)"),
    ],
)  # fmt: skip
def test_who_is_told_apart_is_not_alike(old: str, new: str, tmp_path: Path) -> None:
    spec = load(written(READERS, tmp_path))
    assert alike_processes(spec, spec.properties) == ("reader",)
    assert old in READERS
    spec = load(written(READERS.replace(old, new), tmp_path))
    assert alike_processes(spec, spec.properties) == ()


KIND = """\
redis.turns:
  about: Who comes first is told by its number.
  state:
    first: set[Client]
    last: dict[Client, 0..1] = 0
  commands:
    come:
      run: |
        {run}
      wire: PUBLISH {{key}} 1
"""
TURNS = """\
model: turns
kinds: kinds.yaml
resources:
  turns: {kind: redis.turns, key: "turns:{s}"}
processes:
  reader:
    count: 3
    run: |
      come: turns.come()
"""


@pytest.mark.parametrize(
    ("run", "alike"),
    [
        ("first.add(caller)", True),
        ("for client in Client:\n            last[client] = 1 - last[client]", True),
        ("for client in Client:\n            last[client] = last[caller]", False),
        ("await all(client <= caller for client in first)", False),
        ("await caller in list(first)[:1] or len(first) == 0", False),
    ],
)
def test_kinds_are_looked_at_as_programs_are(run: str, alike: bool, tmp_path: Path) -> None:
    (tmp_path / "kinds.yaml").write_text(KIND.format(run=run), encoding="utf-8")
    spec = load(written(TURNS, tmp_path))
    assert alike_processes(spec, spec.properties) == (("reader",) if alike else ())
