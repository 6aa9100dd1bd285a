"""Logs of random runs that end, whole and cut off, against every run that they may be of: what is
said of whole runs, of steps, of what is possible, and of questions without an answer."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from fuzz.ltl import Formula, parsed, truth
from logs_made import Edge, Graph
from model_check.language import load
from model_check.live.monitor import tracking
from model_check.live.monitor.log import read_lines
from model_check.live.monitor.monitor import monitor
from model_check.live.monitor.task import MonitorTask
from model_check.machine.shapes import value_of
from model_check.results.monitor import SessionVerdict

Values = Mapping[str, int]
Word = Sequence[Values]

PROPERTIES: dict[str, tuple[str, Callable[[Word], bool]]] = {
    "some": ("eventually: x == 2", lambda word: any(each["x"] == 2 for each in word)),
    "led": (
        "leads_to: {after: x == 1, comes: y == 2}",
        lambda word: all(
            any(later["y"] == 2 for later in word[place:])
            for place, each in enumerate(word)
            if each["x"] == 1
        ),
    ),
    "grows": (
        "each_step: x >= old(x)",
        lambda word: all(two["x"] >= one["x"] for one, two in itertools.pairwise(word)),
    ),
    "moves": (
        "each_step: x != old(x) or y != old(y)",
        lambda word: all(
            (two["x"], two["y"]) != (one["x"], one["y"]) for one, two in itertools.pairwise(word)
        ),
    ),
    "last": ("finally: x == 1", lambda word: word[-1]["x"] == 1),
    "below": ("never: x == 2 and y == 2", lambda w: not any(e["x"] == e["y"] == 2 for e in w)),
}
FORMULAS = ("a U b", "a W b", "G (a -> F b)", "F (a & F b)", "G (a -> X b)", "F G a", "b M a")
ASKS_PLACE = {"moves", "G (a -> X b)"}
"""These may be undetermined where nobody sees a step that changes nothing of theirs."""


def spec_text(rng: random.Random) -> str:
    acts = [f"x = {n}" for n in range(3)] + [f"y = {n}" for n in range(3)]
    acts += ["box.rpush(1)", "flag.set(1)", "box.rpush(1)", "flag.set(2)", "x = y", "skip = True"]
    lines = [
        "model: random", "types: {V: 1..2}", "resources:",
        '  box: {kind: "redis.list[V]", key: "rnd:box:{session}"}',
        '  flag: {kind: "redis.string[V]", key: "rnd:flag:{session}"}',
        f"vars: {{x: 0..2, y: 0..2 = {rng.randint(0, 1)}, skip: bool}}", "processes:",
    ]  # fmt: skip
    for name, size in zip("pqr", (3, 2, 2), strict=True):
        lines += [f"  {name}:", "    run: |"]
        lines += [f"      {name}{n}: {rng.choice(acts)}" for n in range(size)]
    lines += ["define: {a: x == 1, b: y == 2}", "properties:"]
    lines += [f"  {name}: {{{text}}}" for name, (text, _) in PROPERTIES.items()]
    lines += [f"  f{n}: {{ltl: '{text}'}}" for n, text in enumerate(FORMULAS)]
    return "\n".join([*lines, "  can: {possible: x == 2}"]) + "\n"


class Runs:
    """Every run that a log may be of, step by step."""

    def __init__(self, graph: Graph, lines: Sequence[tuple[int, str]]) -> None:
        self.graph = graph
        self.lines = lines
        self.clients = sorted({client for client, _ in lines})

    def owners(self) -> Iterator[dict[int, int]]:
        instances = range(len(self.graph.machine.instances))
        for chosen in itertools.product(instances, repeat=len(self.clients)):
            yield dict(zip(self.clients, chosen, strict=True))

    def read(self) -> list[list[int]]:
        """The runs so far that all lines are of."""
        found = []
        for owners in self.owners():
            todo = [([state], 0) for state in self.graph.initial]
            while todo:
                path, place = todo.pop()
                if place == len(self.lines):
                    found.append(path)
                for edge in self.graph.edges[path[-1]]:
                    if not edge.texts:
                        todo.append(([*path, edge.target], place))
                    elif place < len(self.lines) and self._is(edge, owners, place):
                        todo.append(([*path, edge.target], place + 1))
        return found

    def _is(self, edge: Edge, owners: dict[int, int], place: int) -> bool:
        client, text = self.lines[place]
        return edge.texts == (text,) and owners[client] == edge.instance

    def whole(self, begun: list[list[int]]) -> list[list[int]]:
        """The runs that end without another line, and those of a log that was cut off."""
        ended = [path for path in begun if not self.graph.edges[path[-1]]]
        cut = [p for p in begun if not any(not self.graph.edges[s] for s in self._silent(p[-1]))]
        return [*ended, *(whole for path in cut for whole in self._complete(path))]

    def _silent(self, state: int) -> set[int]:
        seen, todo = {state}, [state]
        while todo:
            for edge in self.graph.edges[todo.pop()]:
                if not edge.texts and edge.target not in seen:
                    seen.add(edge.target)
                    todo.append(edge.target)
        return seen

    def _complete(self, path: list[int]) -> Iterator[list[int]]:
        if not self.graph.edges[path[-1]]:
            yield path
        for edge in self.graph.edges[path[-1]]:
            yield from self._complete([*path, edge.target])


def words(graph: Graph, paths: list[list[int]]) -> list[Word]:
    variables = {each.name: each for each in graph.machine.variables if each.name in ("x", "y")}
    values = {
        state: {n: int(str(value_of(graph.machine, v, state))) for n, v in variables.items()}
        for state in {state for path in paths for state in path}
    }
    return [
        [values[state] for state in path] for path in {tuple(path): path for path in paths}.values()
    ]


def questions(word: Word) -> tuple[int, int]:
    """How often `led` began to wait, and how many of these have no answer."""
    count = left = 0
    for place, each in enumerate(word):
        began = each["x"] == 1 and (place == 0 or word[place - 1]["x"] != 1)
        if each["y"] == 2:
            count, left = count + began, 0
        elif each["x"] == 1 and (began or left == 0):
            count, left = count + 1, left + 1
    return count, left


def wrong(seed: int, folder: Path, counts: Counter[str]) -> list[str]:
    """What is said of one random log, and is not so."""
    rng = random.Random(seed)
    path = folder / "random.yaml"
    path.write_text(spec_text(rng), encoding="utf-8")
    graph = Graph(load(path))
    state, lines = rng.choice(graph.initial), list[tuple[int, str]]()
    while graph.edges[state]:
        edge = rng.choice(graph.edges[state])
        lines += [(edge.instance, text) for text in edge.texts]
        state = edge.target
    lines = lines[: rng.randint(1, len(lines))] if lines else []
    if not lines:
        return []
    raw = [
        f"{n}.000000 [0 c:{client}] {' '.join(map(_quoted, text.split()))}\n".encode()
        for n, (client, text) in enumerate(lines, start=1)
    ]
    (found,) = monitor(
        load(path), [("log", read_lines(raw, "log"))], MonitorTask(reason=False)
    ).sessions
    return [f"{seed}: {each}" for each in _compared(graph, Runs(graph, lines), found, counts)]


def _quoted(word: str) -> str:
    return f'"{word}"'.replace("{session}", "s")


def _compared(
    graph: Graph, runs: Runs, found: SessionVerdict, counts: Counter[str]
) -> Iterator[str]:
    begun = runs.read()
    whole, so_far = words(graph, runs.whole(begun)), words(graph, begun)
    for each in found.properties:
        if each.name in ("can", "no_deadlock"):
            continue
        if each.name in PROPERTIES:
            name, judge = each.name, PROPERTIES[each.name][1]
        else:
            name = FORMULAS[int(each.name[1:])]
            formula = parsed(name)

            def judge(word: Word, formula: Formula = formula) -> bool:
                letters = [{"a": v["x"] == 1, "b": v["y"] == 2} for v in word]
                return truth(formula, letters, len(word) - 1) is True

        answers = {judge(word) for word in whole}
        expected = {(True,): "holds", (False,): "violated"}.get(tuple(answers), "undetermined")
        counts[expected] += 1
        counts["left open"] += each.verdict != expected
        open_ = name in ASKS_PLACE and each.verdict == "undetermined"
        if each.verdict != expected and not open_:
            yield f"{name} is {expected} and not {each.verdict}"
    led = next(each for each in found.properties if each.name == "led").evidence
    assert led is not None
    asked, left = zip(*map(questions, so_far), strict=True)
    if (led.questions, led.unanswered) != ((min(asked), max(asked)), (min(left), max(left))):
        yield f"questions: {led}, and not {sorted(set(map(questions, so_far)))}"
    seen = {any(each["x"] == 2 for each in word) for word in so_far}
    told = "perhaps" if len(seen) > 1 else "yes" if True in seen else "no"
    for name in ("can", "some"):
        shown = next(each for each in found.properties if each.name == name).evidence
        if shown is None or shown.seen != told:
            yield f"{name}: {shown}, and not {told}"


SEEDS = range(14)


def test_logs_of_random_runs_are_judged_as_by_every_run_that_they_may_be_of(
    tmp_path: Path,
) -> None:
    counts: Counter[str] = Counter()
    assert [each for seed in SEEDS for each in wrong(seed, tmp_path, counts)] == []
    assert min(counts[each] for each in ("holds", "violated", "undetermined")) > 10
    assert counts["left open"] < counts["violated"]


def _answers_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    asked = tracking._RunTracker.asked
    patch.setattr(
        tracking._RunTracker, "asked",
        lambda self, state, before, known: (asked(self, state, before, known)[0], 0),
    )  # fmt: skip


def _the_present_state_is_not_read(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tracking._RunTracker, "read", lambda self, places, state: places)


@pytest.mark.parametrize("mistake", [_answers_are_forgotten, _the_present_state_is_not_read])
def test_the_judge_sees_a_mistake(
    mistake: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)
    assert any(wrong(seed, tmp_path, Counter()) for seed in SEEDS)
