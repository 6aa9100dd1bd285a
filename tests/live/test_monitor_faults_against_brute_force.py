"""Logs of systems in which things go wrong, judged as brute force judges them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from faulty_logs import FaultyGraph, Judged, Line, random_spec, tampered, written
from model_check.language import SpecError, load
from model_check.live.errors import LiveError
from model_check.live.monitor import observable_steps
from model_check.live.monitor.holder import Holder
from model_check.live.monitor.log import read_lines
from model_check.live.monitor.monitor import monitor
from model_check.live.monitor.observable_steps import Move, ObservableSteps
from model_check.live.monitor.task import MonitorTask
from model_check.live.monitor.ways import Way
from model_check.results.monitor import SessionVerdict

SPECS = 15
"""Specs whose logs are compared, for each seed."""
COPIES = 3
"""Logs of each run that have something wrong."""


def judged(graph: FaultyGraph, path: Path, lines: list[Line]) -> SessionVerdict:
    found = monitor(
        load(path),
        [("log", read_lines(written(lines).encode().splitlines(keepends=True), "log"))],
        MonitorTask(reason=False, properties=("at_last", "never_many")),
    )
    return found.sessions[0]


def compare(graph: FaultyGraph, wanted: Judged, lines: list[Line], found: SessionVerdict) -> None:
    """How far a log fits, how much went wrong at least, and every property."""
    if wanted.best < len(lines):
        assert found.mismatch is not None
        assert found.mismatch.fits == wanted.best
        return
    assert found.mismatch is None
    assert found.complete == wanted.complete
    assert (found.faults.least if found.faults else 0) == wanted.least
    at_last = graph.space.program.formulas.properties["at_last"].answer
    violating = {
        "at_last": {each: at_last(each.state) == 0 for each in wanted.ends},
        "never_many": {each: each.bad for each in wanted.ends},
    }
    for each in found.properties:
        answers = violating[each.name]
        verdicts = {frozenset({True}): "violated", frozenset({False}): "holds"}
        assert each.verdict == verdicts.get(frozenset(answers.values()), "undetermined")
        for seen, wrong in ((each.faults_violating, True), (each.faults_kept, False)):
            assert seen == min(
                (e.faults for e, bad in answers.items() if bad is wrong), default=None
            )


def graph_of(chance: random.Random, path: Path) -> FaultyGraph | None:
    """A random spec that the language takes, and whose logs can be read; None where it is not."""
    path.write_text(random_spec(chance), encoding="utf-8")
    try:
        graph = FaultyGraph(load(path))
    except (SpecError, LiveError):
        return None
    return graph if graph.whole else None


def compare_all(seed: str, path: Path) -> Counter[str]:
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    while seen["specs"] < SPECS:
        graph = graph_of(chance, path)
        if graph is None:
            continue
        seen["specs"] += 1
        lines = graph.run(chance)
        for copy in range(COPIES + 1 if lines else 0):
            log = tampered(lines, chance) if copy else lines
            wanted = graph.judge(log) if log else None
            if wanted is None:
                continue
            found = judged(graph, path, log)
            compare(graph, wanted, log, found)
            assert copy or found.mismatch is None
            seen[found.standing] += 1
            seen["with faults"] += bool(found.faults and found.faults.least)
    return seen


def compare_seeds(seeds: Sequence[str], path: Path) -> None:
    for seed in seeds:
        compare_all(seed, path)


def test_logs_with_faults_are_judged_as_by_brute_force(tmp_path: Path) -> None:
    seen = compare_all("first", tmp_path / "spec.yaml")
    assert {"holds", "violated", "unfit", "undetermined", "with faults"} <= set(seen)


Plant = Callable[[pytest.MonkeyPatch], None]


def _open_for_ever(patch: pytest.MonkeyPatch) -> None:
    """No connection ends."""
    patch.setattr(Holder, "closed", lambda self, holds, closing, used: iter([holds]))


def _nothing_goes_wrong(patch: pytest.MonkeyPatch) -> None:
    moves = ObservableSteps.moves
    patch.setattr(
        ObservableSteps, "moves", lambda self, s: tuple(m for m in moves(self, s) if not m.fault)
    )


def _faults_must_happen(patch: pytest.MonkeyPatch) -> None:
    """Where something may still go wrong is no end."""
    patch.setattr(ObservableSteps, "is_end", lambda self, state: not self.moves(state))


def _raised_is_shown(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(observable_steps, "is_raised", lambda answer: False)


def _branches_are_others(patch: pytest.MonkeyPatch) -> None:
    """What runs beside a process speaks over somebody else's connections."""

    def owner(self: ObservableSteps, move: Move) -> int:
        task = self.machine.instances[move.instance].task
        return (self.clients.index(self.owners[move.instance]) + task) % len(self.clients)

    patch.setattr(ObservableSteps, "owner", owner)


def _faults_cost_nothing(patch: pytest.MonkeyPatch) -> None:
    made = Way.__init__

    def free(self: Way, *of: Any) -> None:
        made(self, *of[:3])

    patch.setattr(Way, "__init__", free)


def _nobody_waits(patch: pytest.MonkeyPatch) -> None:
    """Over a connection that waits for an answer, others speak."""
    spoken = Holder.spoken
    patch.setattr(
        Holder, "spoken",
        lambda self, holds, connection, move, event: spoken(
            self, tuple(h for h in holds if h.kind != "waits"), connection, move, event
        ),
    )  # fmt: skip


def _talks_over_several(patch: pytest.MonkeyPatch) -> None:
    """Who has a connection of its own has as many as it likes."""
    patch.setattr(Holder, "_left_behind", lambda *of: set())


PLANTED: list[Plant] = [
    _open_for_ever, _nothing_goes_wrong, _faults_must_happen, _raised_is_shown,
    _branches_are_others, _faults_cost_nothing, _nobody_waits,
    _talks_over_several,
]  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_mistake_is_seen(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        compare_seeds(("first", "second", "third", "fourth"), tmp_path / "spec.yaml")
