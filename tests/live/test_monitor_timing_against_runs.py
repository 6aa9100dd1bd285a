"""Times that are taken from logs of random runs are times of these runs.

What a run did is known here: each step with its process, and the lines that show it. Every line
has a moment of its own, so that a time tells which two lines it lies between.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from logs_made import APART, Graph, Line, Writer, pooled
from model_check.language import load
from model_check.live.monitor.log import read_lines
from model_check.live.monitor.monitor import monitor
from model_check.live.monitor.task import MonitorTask
from model_check.machine.core import Instance
from model_check.machine.make import make_program
from model_check.machine.shapes import Layout
from test_monitor_against_brute_force import MODELS, graph

RUNS = 6
LATEST = 1 << 26
"""Microseconds from one line to the next, at most: no two differences are the same, but for very
unlikely ones."""


class UnevenWriter(Writer):
    """Writes lines at random moments."""

    def _say(self, client: int, words: Sequence[str]) -> None:
        self.time += self.chance.randrange(APART + 1, LATEST) - APART
        super()._say(client, words)


@dataclass(frozen=True)
class Done:
    """A step that was taken, and how many lines show it."""

    instance: Instance
    label: str
    lines: int


def run_of(model: Graph, chance: random.Random) -> tuple[list[Done], list[Line]]:
    """A random complete run."""
    state = chance.choice(model.initial)
    done: list[Done] = []
    lines: list[Line] = []
    while steps := list(_steps(model, state)):
        number, label, state, texts = chance.choice(steps)
        block = len(lines) + 1 if len(texts) > 1 else 0
        lines += [Line(number, text, block) for text in texts]
        done.append(Done(model.machine.instances[number], label, len(texts)))
    return done, lines


def _steps(model: Graph, state: int) -> Iterator[tuple[int, str, int, tuple[str, ...]]]:
    for number, told in enumerate(model.space.program.told):
        out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
        told(state, out)
        for target, step, notes in out:
            if target >= 0:
                yield number, model.machine.steps[step].label, target, tuple(model._texts(notes))


Times = Counter[tuple[str, str, int]]


def times_of(done: Sequence[Done], moments: Sequence[int]) -> tuple[Times, Times]:
    """The times of a run, by what they are of and since when: all, and those that are surely taken
    where each process has a connection of its own: with nothing between that no line shows."""
    found, sure = Times(), Times()
    last: dict[str, int] = {}
    quiet: set[str] = set()
    same: dict[tuple[str, str], int] = {}
    at = iter(moments)
    for each in done:
        name, process = each.instance.name, each.instance.process
        if not each.lines:
            quiet.add(name)
            continue
        now, *_ = [next(at) for _ in range(each.lines)]
        if not process:
            continue
        label = f"{process}.{each.label}"
        if name in last:
            found[label, "step", now - last[name]] += 1
            if name not in quiet:
                sure[label, "step", now - last[name]] += 1
        else:
            found[process, "begin", now - moments[0]] += 1
        if (name, label) in same:
            found[label, "same", now - same[name, label]] += 1
        last[name] = same[name, label] = now
        quiet.discard(name)
    return found, sure


@pytest.mark.parametrize("name", MODELS)
def test_each_time_is_one_of_the_run(name: str) -> None:
    chance = random.Random(f"times of {name}")
    model = graph(name)
    path, constants = MODELS[name]
    spec = load(path, constants)
    # What waits at the server is one step there, and two here.
    split = {
        f"{process.name}.{label}_send": f"{process.name}.{label}"
        for process in spec.processes
        for label in process.labels
        if f"{label}_send" not in written_labels(name)
    }
    taken = Times()
    for number in range(RUNS):
        done, lines = run_of(model, chance)
        writer = UnevenWriter(model.spec, chance)
        is_pooled = bool(number % 3 == 2)
        numbers = writer.session(pooled(lines, chance) if is_pooled else lines, f"{number:012x}")
        moments = [_moment(writer.out[line - 1]) for line in numbers]
        log = read_lines(writer.text.encode().splitlines(keepends=True), "log")
        result = monitor(spec, [("log", log)], MonitorTask(reason=False, timing=True))
        assert result.timing is not None
        found = Times(
            (each.step, each.since, time) for each in result.timing.steps for time in each.times
        )
        true, sure = (
            Times({(split.get(s, s), since, t): n for (s, since, t), n in times.items()})
            for times in times_of(done, moments)
        )
        assert found <= true
        taken += found
        alike = any(p.count > 1 for p in spec.processes)
        if not is_pooled and not alike and result.sessions[0].note == "":
            assert sure - found == Times()
    assert taken


def written_labels(name: str) -> set[str]:
    """What the steps of a spec are called, as it is written."""
    path, constants = MODELS[name]
    machine = make_program(load(path, constants), Layout()).machine
    return {each.label for each in machine.steps}


def _moment(line: str) -> int:
    seconds, _, micro = line.partition(" ")[0].partition(".")
    return int(seconds) * 1_000_000 + int(micro)
