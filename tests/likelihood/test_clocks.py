"""From what a spec says of times to the clocks of its machine's steps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from model_check.language import SpecError, load
from model_check.language.tree.spec import Spec
from model_check.language.tree.timing import Distribution, Exponential, Fixed, FromLog
from model_check.likelihood import weights as weighing
from model_check.likelihood.clocks import clocks_of, said_of
from model_check.likelihood.timed_graph import Clock
from model_check.machine.core import Machine
from model_check.machine.make import make_program
from model_check.machine.shapes import Layout

MS = 1_000_000

SPEC = """\
resources:
  jobs:
    kind: redis.list[1..2]
    disconnects: 1
  news:
    kind: redis.pubsub[1..2]
processes:
  boss:
    run: |
      put: jobs.rpush(1)
      tell: news.publish(1)
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
      or:
          wait: pass
  pair:
    run: |
      both:
          left: pass
      and:
          right: pass
"""


def spec_of(folder: Path, *entries: str, spec: str = SPEC) -> Spec:
    path = folder / "spec.yaml"
    timing = "timing:\n" + "".join(f"  {each}\n" for each in entries) if entries else ""
    path.write_text(spec + timing)
    return load(path)


def clocked(
    folder: Path, *entries: str, spec: str = SPEC
) -> tuple[dict[str, Clock], dict[tuple[str, int], Distribution | None]]:
    """The clock of each step by its name, and when each instance begins, by name and task."""
    loaded = spec_of(folder, *entries, spec=spec)
    machine = make_program(loaded, Layout()).machine
    clocks, begins = clocks_of(machine, loaded.timing)
    names = [f"{machine.instances[step.instance].name}.{step.label}" for step in machine.steps]
    assert len(set(names)) == len(names)
    begin_times = {
        (each.name, each.task): begin
        for each, begin in zip(machine.instances, begins, strict=True)
        if each.process
    }
    return dict(zip(names, clocks, strict=True)), begin_times


def test_of_what_nothing_is_said_takes_no_time_and_faults_never_come(tmp_path: Path) -> None:
    clocks, begins = clocked(tmp_path)
    assert len(begins) == 6
    assert set(begins.values()) == {None}
    assert clocks["boss.put"] == clocks["worker[1].take"] == Clock()
    assert clocks["worker[0].take_gives_up"] == Clock(last=True)
    assert clocks["worker[0].crashes"] == Clock(never=True, since_possible=True)
    assert clocks["jobs.disconnects[boss]"] == Clock(never=True, since_possible=True)
    assert clocks["worker[1].hear_arrives"] == Clock(since_possible=True)


def test_what_is_said_of_one_instance_is_heard_before_what_is_said_of_all(tmp_path: Path) -> None:
    for entries in (
        ("worker.take: 1ms", "worker[1].take: every 2ms"),
        ("worker[1].take: every 2ms", "worker.take: 1ms"),
    ):
        clocks, _ = clocked(tmp_path, *entries)
        assert clocks["worker[0].take"] == Clock(Fixed(MS))
        assert clocks["worker[1].take"] == Clock(Fixed(2 * MS), every=True)


def test_faults_timeouts_and_arrivals_have_the_times_that_are_said(tmp_path: Path) -> None:
    clocks, _ = clocked(
        tmp_path,
        "worker.crashes: exp 1ms", "worker.take_gives_up: 5ms", "worker.hear_arrives: 1ms",
        "worker[1].hear_arrives: 2ms", "jobs.disconnects: 3ms", "jobs.disconnects[worker[1]]: 4ms",
    )  # fmt: skip
    assert clocks["worker[1].crashes"] == Clock(Exponential(MS), since_possible=True)
    assert clocks["worker[1].take_gives_up"] == Clock(Fixed(5 * MS))
    assert clocks["worker[0].hear_arrives"] == Clock(Fixed(MS), since_possible=True)
    assert clocks["worker[1].hear_arrives"] == Clock(Fixed(2 * MS), since_possible=True)
    assert clocks["jobs.disconnects[boss]"].time == Fixed(3 * MS)
    assert clocks["jobs.disconnects[worker[0]]"].time == Fixed(3 * MS)
    assert clocks["jobs.disconnects[worker[1]]"].time == Fixed(4 * MS)


def test_what_was_sent_over_a_connection_with_a_name_arrives_in_either_name(tmp_path: Path) -> None:
    spec = SPEC.replace("    crashes: 1\n", "    connection: main\n")
    for name in ("worker.hear_arrives", "main.hear_arrives"):
        clocks = spec_of(tmp_path, f"{name}: 1ms", spec=spec)
        machine = make_program(clocks, Layout()).machine
        found, _ = clocks_of(machine, clocks.timing)
        times = [each.time for each, step in zip(found, machine.steps, strict=True)
                 if step.label == "hear_arrives"]  # fmt: skip
        assert times
        assert set(times) == {Fixed(MS)}


def test_branches_with_which_a_process_begins_do_so_when_it_does(tmp_path: Path) -> None:
    _, begins = clocked(tmp_path, "pair: 3ms", "worker: 1ms", "worker[0]: exp 2ms")
    assert [begins["pair", task] for task in range(3)] == [Fixed(3 * MS)] * 3
    assert begins["worker[0]", 0] == Exponential(2 * MS)
    assert begins["worker[1]", 0] == Fixed(MS)
    assert begins["boss", 0] is None
    later = SPEC.replace("      both:\n", "      first: pass\n      both:\n")
    _, begins = clocked(tmp_path, "pair: 3ms", spec=later)
    assert [begins["pair", task] for task in range(3)] == [Fixed(3 * MS), None, None]


# --- weights ---------------------------------------------------------------------------------


def weights(folder: Path, *entries: str, spec: str = SPEC) -> dict[str, int]:
    clocks, _ = clocked(folder, *entries, spec=spec)
    return {name: clock.weight for name, clock in clocks.items()}


def test_steps_without_a_chance_share_what_is_left_alike(tmp_path: Path) -> None:
    found = weights(tmp_path, "worker.drop: 2%")
    parts = [found[f"worker[0].{each}"] for each in ("work", "drop", "wait")]
    assert [Fraction(each, sum(parts)) for each in parts] == [
        Fraction(49, 100), Fraction(1, 50), Fraction(49, 100),
    ]  # fmt: skip
    assert found["boss.put"] == found["worker[0].crashes"] == sum(parts)


def test_chances_of_one_instance_do_not_weigh_on_another(tmp_path: Path) -> None:
    found = weights(tmp_path, "worker[1].drop: 50%")
    first, second = (
        [found[f"worker[{n}].{each}"] for each in ("work", "drop", "wait")] for n in (0, 1)
    )
    assert len(set(first)) == 1
    assert [Fraction(each, sum(second)) for each in second] == [
        Fraction(1, 4), Fraction(1, 2), Fraction(1, 4),
    ]  # fmt: skip


def test_chances_of_all_are_kept_as_they_stand_to_each_other(tmp_path: Path) -> None:
    found = weights(tmp_path, "worker.drop: 1%", "worker.work: 2%", "worker.wait: 1%")
    assert found["worker[0].work"] == 2 * found["worker[0].drop"] == 2 * found["worker[0].wait"]


def test_a_certain_step_leaves_nothing_for_the_others(tmp_path: Path) -> None:
    found = weights(tmp_path, "worker.drop: 100%")
    assert [found[f"worker[0].{each}"] for each in ("work", "drop", "wait")] == [0, 1, 0]
    found = weights(tmp_path, "worker.drop: 0%")
    assert [found[f"worker[0].{each}"] for each in ("work", "drop", "wait")] == [1, 0, 1]


NESTED = """\
processes:
  p:
    run: |
      either:
          a: pass
      or:
          while True:
              either:
                  b: pass
              or:
                  c: pass
"""


def test_a_step_that_stands_at_two_places_has_one_weight(tmp_path: Path) -> None:
    found = weights(tmp_path, "p.a: 50%", spec=NESTED)
    assert (found["p.a"], found["p.b"], found["p.c"]) == (2, 1, 1)
    found = weights(tmp_path, "p.b: 20%", "p.c: 80%", spec=NESTED)
    assert (found["p.a"], found["p.b"], found["p.c"]) == (0, 1, 4)


def refused(folder: Path, *entries: str, spec: str = SPEC) -> str:
    loaded = spec_of(folder, *entries, spec=spec)
    with pytest.raises(SpecError) as error:
        clocks_of(make_program(loaded, Layout()).machine, loaded.timing)
    (found,) = error.value.diagnostics
    at = f"{found.position.line - spec.count(chr(10)) - 1}:{found.position.column}"
    return f"{at}: {found.message} ({found.hint})"


def test_a_chance_that_cannot_be_kept_at_two_places_is_refused(tmp_path: Path) -> None:
    # At first b has 20 % and c 40 %, later c what is left beside b: 80 %.
    assert refused(tmp_path, "p.b: 20%", spec=NESTED) == (
        "1:3: this chance is another one where its process chooses from other steps "
        "(say other chances)"
    )


def test_chances_above_100_percent_together_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "boss: 1ms", "worker.drop: 60%", "worker.work: 60.5%") == (
        "3:3: the chances of these steps are 120.5% together (say other chances)"
    )


def test_chances_that_need_very_large_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weighing, "MOST_WEIGHT", 100)
    assert max(weights(tmp_path, "worker.drop: 2%").values()) == 100
    assert refused(tmp_path, "boss: 1ms", "worker.drop: 1%") == (
        "2:3: the chances differ by too much to be weighed (say other chances)"
    )


# --- what the machine knows ----------------------------------------------------------------------


def test_a_time_from_a_log_needs_a_log(tmp_path: Path) -> None:
    assert refused(tmp_path, "worker.take: from log") == (
        "1:3: no log was read that says how long worker.take takes "
        "(--timing FILE: what model-check monitor SPEC LOG --timing FILE wrote)"
    )
    loaded = spec_of(tmp_path, "worker.take: from log")
    read = [replace(each, time=FromLog((1, 2))) for each in loaded.timing]
    clocks, _ = clocks_of(make_program(loaded, Layout()).machine, read)
    assert [each.time for each in clocks].count(FromLog((1, 2))) == 2


def test_a_step_that_the_machine_has_not_is_told_with_what_was_meant(tmp_path: Path) -> None:
    loaded = spec_of(tmp_path, "worker.take: 1ms", "boss: 1ms")
    machine: Machine = make_program(loaded, Layout()).machine
    first, second = loaded.timing
    for wrong, message in (
        (replace(first, label="taek"), "no such step: worker.taek"),
        (replace(first, number=2), r"no such step: worker\[2\].take"),
        (replace(first, process="wroker"), "no such step: wroker.take"),
        (replace(first, process="hear", label="arrives"), "no such step: hear.arrives"),
        (replace(second, process="bos"), "no such process: bos"),
        (replace(second, number=1), r"no such process: boss\[1\]"),
    ):
        with pytest.raises(SpecError, match=message):
            clocks_of(machine, [wrong])
    clocks_of(machine, loaded.timing)
    # A command that is waited for does not arrive in a step of its own.
    assert refused(tmp_path, "boss.tell_arrives: 1ms").startswith(
        "1:3: no such step: boss.tell_arrives (did you mean "
    )


def test_the_times_of_faults_that_are_left_out_are_no_mistake(tmp_path: Path) -> None:
    spec_of(tmp_path, "worker.crashes: exp 1ms", "jobs.disconnects[boss]: 1ms", "worker.drop: 5%")
    loaded = load(tmp_path / "spec.yaml", faults=False)
    machine = make_program(loaded, Layout()).machine
    clocks_of(machine, loaded.timing)
    said = said_of(machine, loaded.timing)
    assert [each.name for each in said if each is not None] == ["worker.drop"] * 2
