"""A successor that a part has put into a box lately is not put there again, and nothing that is
told of the search changes: neither what is found, nor from where first, nor whether something leads
back.

The graphs are drawn: a callback stands for the compiled machine, so that states may have any words,
also such as have the same bits of their hashes in the slot that finds them again.
"""

from __future__ import annotations

import ctypes
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pytest
from fuzz.repair import load_text
from model_check.explore.cluster import making
from model_check.explore.cluster import part as cluster_part
from model_check.explore.cluster import run as cluster_run
from model_check.explore.cluster.fleet import LocalCluster, LocalFleet
from model_check.explore.cluster.run import ClusterRun
from model_check.explore.engine import Task
from model_check.explore.limits import Limits
from model_check.explore.native import library as native_library
from model_check.explore.native import places as k
from model_check.explore.native.library import Library
from model_check.explore.native.part_places import PART_CONSTANTS
from model_check.explore.search import SearchOptions, explore
from model_check.machine.make import make_program

Graph = Mapping[int, Sequence[int]]

WORD = (1 << 64) - 1
STATES = 300
MOST = 12
"""Successors of a state."""
ONE_WORD = """
model: counts
vars:
  total: int = 0
processes:
  counter:
    run: |
      count: total = 1
"""


class Told(NamedTuple):
    """What is told of a search."""

    states: list[int]
    parents: list[int]
    transitions: int
    leads_back: bool


def searched(graph: Graph, first: int) -> Told:
    """What is to be told, found in the plainest way."""
    numbers = {first: 0}
    found, parents, transitions, leads_back = [first], [0], 0, False
    for source, state in enumerate(found):
        for each in graph[state]:
            transitions += 1
            if each in numbers:
                leads_back |= numbers[each] <= source
            else:
                numbers[each] = len(found)
                found.append(each)
                parents.append(source)
    return Told(found, parents, transitions, leads_back)


def levels(told: Told) -> list[range]:
    """The numbers of each level."""
    depths: list[int] = []
    for number, parent in enumerate(told.parents):
        depths.append(depths[parent] + 1 if number else 0)
    return [
        range(depths.index(each), len(depths) - depths[::-1].index(each))
        for each in range(depths[-1] + 1)
    ]


def word_of_hash(h: int) -> int:
    """The state of one word that has this hash: see `table.hash_of`."""
    h ^= h >> 29 ^ h >> 58
    h = h * pow(k.SECOND, -1, 1 << 64) & WORD
    h ^= h >> 32
    return h * pow(k.MULTIPLIER, -1, 1 << 64) & WORD


def drawn(seed: int) -> tuple[Graph, int]:
    """A graph of which no edge leads back, but for one now and then that leads to a state of the
    same level; the states come in pairs that one slot cannot tell apart."""
    source = random.Random(seed)
    hashes = [source.getrandbits(64) for _ in range(STATES // 2)]
    words = [word_of_hash(each ^ bit) for each in hashes for bit in (0, 1)]
    source.shuffle(words)
    graph = {
        each: [source.choice(words[at : at + 40]) for _ in range(source.randint(1, 5))]
        for at, each in enumerate(words)
    }
    told = searched(graph, words[0])
    numbers = {each: number for number, each in enumerate(told.states)}
    for each in told.states:
        graph[each] = [to for to in graph[each] if numbers[to] > numbers[each]]
    if seed % 2:
        level = source.choice([each for each in levels(told) if len(each) > 2])
        before, to, behind = sorted(source.sample(level, 3))
        for number in (before, behind):
            here = graph[told.states[number]]
            here.insert(source.randint(0, len(here)), told.states[to])
    return graph, words[0]


class Drawn:
    """The successors of a graph, as a compiled machine makes them: see `native.expansion`."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
        self._kept = kind(self._expand)
        self.address = ctypes.cast(self._kept, ctypes.c_void_p).value

    def _expand(self, context: int, batch: int) -> int:
        at, end, filled = (_load(batch + place) for place in (k.AT, k.END, k.FILLED))
        before = filled
        while at < end and filled - before < k.SOME:
            state = _load(_load(context + k.STATES) + 8 * at)
            for each in self._graph[state & WORD]:
                _store(_load(batch + k.OUT) + 8 * filled, each)
                ctypes.c_uint32.from_address(_load(batch + k.SOURCES) + 4 * filled).value = at
                filled += 1
            at += 1
        _store(batch + k.MADE, _load(batch + k.MADE) + filled - before)
        _store(batch + k.FILLED, filled)
        _store(batch + k.AT, at)
        return 0


def _load(address: int) -> int:
    return ctypes.c_int64.from_address(address).value


def _store(address: int, value: int) -> None:
    ctypes.c_uint64.from_address(address).value = value


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A key tells no more than three numbers how far behind its last source is."""
    _forget_code()
    monkeypatch.setitem(PART_CONSTANTS, "LATER_MASK", 3)
    yield
    _forget_code()


def _forget_code() -> None:
    native_library._kernel.cache_clear()
    making._made.cache_clear()


def parted(graph: Graph, first: int, size: int) -> tuple[Told, float]:
    """What so many parts tell, and the records that they hand out for a state."""
    spec = load_text(ONE_WORD)
    layout = explore(spec, options=SearchOptions(engine="native", forget_from=None)).layout
    program = make_program(spec, layout)
    task = Task(program, layout, Limits(), None, time.monotonic())
    machine = Drawn(graph)
    run = ClusterRun(task, Library(program.machine), LocalCluster(size), fold=True)
    fleet = run.fleet
    assert isinstance(fleet, LocalFleet)
    for part in fleet.parts:
        part.library.most = MOST
        part._use_batches()
        part._set(k.EXPAND, machine.address)
        part._searched = float("-inf")  # no better code is compiled
    run._first_states = lambda: [first]  # type: ignore[method-assign]
    run.run()
    states = [each & WORD for each in run.states]
    counted = sum(mark.transitions for mark in run.marks)
    leads_back = any(mark.backward for mark in run.marks)
    handed = sum(part._handed for part in fleet.parts) / len(states)
    return Told(states, list(run.parents), counted, leads_back), handed


def test_a_word_is_found_from_its_hash() -> None:
    for word in (1, 2, WORD, 0x0123456789ABCDEF):
        h = word * k.MULTIPLIER & WORD
        h = (h ^ h >> 32) * k.SECOND & WORD
        assert word_of_hash(h ^ h >> 29) == word


@pytest.fixture(params=[1, 2, 3])
def size(request: pytest.FixtureRequest) -> int:
    """How many parts."""
    chosen: int = request.param
    return chosen


def compared(size: int, seeds: range) -> float:
    """The records that were spared for a state, of all graphs."""
    spared = 0.0
    outcomes = set()
    for seed in seeds:
        graph, first = drawn(seed)
        expected = searched(graph, first)
        found, handed = parted(graph, first, size)
        assert found == expected, f"seed {seed}"
        spared += expected.transitions / len(expected.states) - handed
        outcomes.add(expected.leads_back)
    assert outcomes == {False, True}
    return spared / len(seeds)


def test_what_comes_again_is_told_once_and_all_is_found_as_before(size: int) -> None:
    assert compared(size, range(40)) > 0.3


@pytest.mark.usefixtures("near")
def test_a_source_that_is_too_far_behind_has_a_record_of_its_own(size: int) -> None:
    assert compared(size, range(100, 140)) > 0.1


def test_no_round_knows_what_was_in_the_boxes_of_the_one_before(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_run, "FIRST_ROUND", 7)
    monkeypatch.setattr(cluster_run, "EACH", 5)
    compared(size, range(200, 240))


def test_not_too_many_states_are_expanded_before_numbers_are_given(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_run, "MOST_SOURCES", 3)
    compared(size, range(300, 310))


def test_a_box_that_is_full_becomes_larger(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_part, "SPARE", 0.0)
    monkeypatch.setattr(cluster_part, "LEAST_BOX", 1)
    assert compared(size, range(400, 420)) > 0.3
