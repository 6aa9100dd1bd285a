"""Logs of several servers, whose clocks differ: every order that they allow, by brute force."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache

import pytest
from live_runs import SPECS
from logs_made import APART, Graph, Line, Writer, tampered
from model_check.api.real_runs import monitor
from model_check.language import load

CASES = {
    "legacy": {"TOTAL": "8"},
    "fix-subscribe-first": {"TOTAL": "7"},
    "fix-both": {"TOTAL": "7"},
}
RUNS = 12
SKEW = 2 * APART


@cache
def graph(name: str) -> Graph:
    return Graph(load(SPECS / f"{name}.yaml", CASES[name]))


Stamped = tuple[Line, int]


def orders(one: Sequence[Stamped], two: Sequence[Stamped], skew: int) -> Iterator[list[Line]]:
    """Every order of the lines of two logs that keeps theirs and all beyond the skew."""
    if not one or not two:
        yield [line for line, _ in [*one, *two]]
        return
    (first, early), (second, late) = one[0], two[0]
    if not late + skew < early:
        for rest in orders(one[1:], two, skew):
            yield [first, *rest]
    if not early + skew < late:
        for rest in orders(one, two[1:], skew):
            yield [second, *rest]


def stamped(writer: Writer, lines: Sequence[Line], numbers: Sequence[int]) -> list[Stamped]:
    stamps = [writer.out[number - 1].split()[0].split(".") for number in numbers]
    return [
        (line, int(seconds) * 1_000_000 + int(micro))
        for line, (seconds, micro) in zip(lines, stamps, strict=True)
    ]


@pytest.mark.parametrize("name", CASES)
def test_what_must_have_happened_is_what_happens_in_every_order(name: str) -> None:
    chance = random.Random(name)
    model = graph(name)
    writers = (Writer(model.spec, chance), Writer(model.spec, chance))
    logs: dict[str, list[list[Stamped]]] = {}
    for number in range(RUNS):
        lines = model.run(chance)
        if number % 3:
            lines = tampered(lines, chance)
        session = f"{number:012x}"
        by_client = number % 2 == 0
        logs[session] = [[], []]
        start = max(writer.time for writer in writers) + 10 * SKEW
        for place, line in enumerate(lines):
            side = int(line.client == 0) if by_client else int("stream" in line.text)
            writer = writers[side]
            at = start + place * APART + chance.randrange(-SKEW // 2, SKEW // 2)
            writer.time = max(writer.time, at)
            numbers = writer.session([line], session)
            logs[session][side] += stamped(writer, [line], numbers)
    sources = [(f"log {i}", w.text.encode().splitlines(True)) for i, w in enumerate(writers)]
    found = monitor(
        SPECS / f"{name}.yaml", sources, dict(CASES[name]), skew=SKEW / 1e6,
        properties=["no_loss"],
    )  # fmt: skip
    assert not any("disagree" in note for note in found.notes)
    true = model.space.program.formulas.properties["no_loss"].answer
    standings = set()
    decided = set()
    for each in found.sessions:
        judged = [model.judge(lines) for lines in orders(*logs[each.name], SKEW)]
        best = max(count for count, _ in judged)
        ends = set[int]().union(*(some for _, some in judged))
        lines = sum(map(len, logs[each.name]))
        standings.add(each.standing)
        if best < lines:
            assert each.mismatch is not None
            assert each.mismatch.fits == best
            continue
        assert each.mismatch is None
        assert each.complete == bool(ends)
        if ends:
            (verdict,) = each.properties
            answers = frozenset(true(state) for state in ends)
            wanted = {frozenset({0}): "violated", frozenset({1}): "holds"}
            assert verdict.verdict == wanted.get(answers, "undetermined")
            decided.add(verdict.decided_by)
            if verdict.verdict == "undetermined":
                assert verdict.open_races
    assert "unfit" in standings
    if name == "legacy":
        assert standings >= {"violated", "undetermined"}
        assert "z3 and search" in decided
