"""Logs of random runs, whole and tampered, judged as brute force over the graph judges them."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from live_runs import SPECS
from logs_made import Graph, Line, Writer, pooled, tampered
from model_check.language import load
from model_check.live.monitor.events import LogEvent
from model_check.live.monitor.holder import Holder
from model_check.live.monitor.holds import LISTENS, Hold, Holds
from model_check.live.monitor.log import read_lines
from model_check.live.monitor.monitor import monitor
from model_check.live.monitor.observable_steps import Move
from model_check.live.monitor.task import MonitorTask
from model_check.results.monitor import SessionVerdict

RUNS = 4
TAMPERED = 3
"""Of each run."""

MODELS: dict[str, tuple[Path, dict[str, str]]] = {
    "legacy": (SPECS / "legacy.yaml", {"TOTAL": "8"}),
    "fix-subscribe-first": (SPECS / "fix-subscribe-first.yaml", {"TOTAL": "8"}),
    "fix-atomic": (SPECS / "fix-atomic.yaml", {"TOTAL": "8"}),
    "fix-stream": (SPECS / "fix-stream.yaml", {"TOTAL": "8"}),
    "fix-stream-dollar": (SPECS / "fix-stream-dollar.yaml", {"TOTAL": "9"}),
    "legacy-two-nodes": (SPECS / "legacy-two-nodes.yaml", {"TOTAL": "7"}),
    "legacy-reconnect": (SPECS / "legacy-reconnect.yaml", {"TOTAL": "7"}),
    "queue-of-jobs": (Path(__file__).parent / "specs" / "queue-of-jobs.yaml", {}),
    "reliable-queue": (Path(__file__).parent / "specs" / "reliable-queue.yaml", {}),
    "queue-with-limits": (Path(__file__).parent / "specs" / "queue-with-limits.yaml", {}),
}


@cache
def graph(name: str) -> Graph:
    path, constants = MODELS[name]
    return Graph(load(path, constants))


def judged(name: str, text: str) -> dict[str, SessionVerdict]:
    path, constants = MODELS[name]
    lines = read_lines(text.encode().splitlines(keepends=True), "log")
    found = monitor(load(path, constants), [("log", lines)], MonitorTask(reason=False))
    return {each.name: each for each in found.sessions}


def compare(model: Graph, lines: list[Line], numbers: list[int], found: SessionVerdict) -> None:
    """A verdict with what brute force says: how far the log fits, and every property."""
    best, ends = model.judge(lines)
    if best < len(lines):
        assert found.mismatch is not None
        assert (found.mismatch.fits, found.mismatch.line) == (best, numbers[best])
        return
    assert found.mismatch is None
    assert found.complete == bool(ends)
    kinds = {each.name: each.form.name for each in model.spec.properties}
    for each in found.properties:
        if ends and kinds[each.name] == "finally":
            answers = {
                model.space.program.formulas.properties[each.name].answer(state) for state in ends
            }
            wanted = {frozenset({0}): "violated", frozenset({1}): "holds"}
            assert each.verdict == wanted.get(frozenset(answers), "undetermined")


@pytest.mark.parametrize("name", MODELS)
def test_random_runs_are_accepted_and_tampered_ones_judged_as_by_brute_force(name: str) -> None:
    compare_runs(name)


def compare_runs(name: str) -> None:
    chance = random.Random(name)
    model = graph(name)
    writer = Writer(model.spec, chance)
    written: dict[str, tuple[list[Line], list[int]]] = {}
    whole = set()
    for number in range(RUNS):
        lines = model.run(chance)
        for copy in range(TAMPERED + 2):
            session = f"{number:06x}{copy:06x}"
            those = tampered(lines, chance) if copy else lines
            if copy > TAMPERED:
                those = pooled(lines, chance)
            written[session] = (those, writer.session(those, session))
        whole.add(f"{number:06x}{0:06x}")
    found = judged(name, writer.text)
    for session, (lines, numbers) in written.items():
        compare(model, lines, numbers, found[session])
    assert all(found[session].mismatch is None for session in whole)
    standings = {each.standing for each in found.values()}
    assert "unfit" in standings
    assert len(standings) > 1


Spoken = Callable[..., Holds | None]


def _listeners_are_free(spoken: Spoken) -> Spoken:
    """Over a connection that has subscribed, others subscribe."""
    return lambda self, holds, *of: spoken(self, tuple(h for h in holds if h.kind != LISTENS), *of)


def _each_has_its_own(spoken: Spoken) -> Spoken:
    """No connection serves a second process."""

    def alone(self: Holder, holds: Holds, connection: int, move: Move, *of: LogEvent) -> object:
        client = self._observable.owner(move)
        mine = {h.client for h in holds if h.connection == connection and h.kind == "own"}
        found = spoken(self, holds, connection, move, *of) if mine <= {client} else None
        return (
            None if found is None else tuple(sorted({*found, Hold(connection, "own", client, "")}))
        )

    return alone  # type: ignore[return-value]


@pytest.mark.parametrize("mistake", [_listeners_are_free, _each_has_its_own])
def test_a_mistake_about_connections_is_seen(
    mistake: Callable[[Spoken], Spoken], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Holder, "spoken", mistake(Holder.spoken))
    with pytest.raises(AssertionError):
        compare_runs("legacy-two-nodes")
