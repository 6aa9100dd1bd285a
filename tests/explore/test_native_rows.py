"""Compiled answers about rows of transitions are those of the plain rows in Python.

Random rows, many at a time, and what is asked of them: each answer is compared with the plain
one. Then mistakes are planted in what is compiled: the comparison must see each.
"""

from __future__ import annotations

import ast
import inspect
import random
from array import array
from collections.abc import Iterator, Sequence
from itertools import groupby
from types import ModuleType

import pytest
from model_check.explore.components import Components
from model_check.explore.demands import Aim, Demands
from model_check.explore.letters import Letters, Reading
from model_check.explore.limits import Limits
from model_check.explore.native import (
    cycles,
    library,
    marking,
    pairing,
    reaching,
    restricted,
    reversing,
    row_places,
)
from model_check.explore.native.rows import NativeRows
from model_check.explore.native.work import Work
from model_check.explore.rows import Rows

KINDS = 5
ATOMS = 2


class PlainRows(Rows):
    """Rows from lists."""

    def __init__(self, begins: Sequence[int], targets: Sequence[int], steps: Sequence[int]) -> None:
        self.begins, self.targets, self.steps = begins, targets, steps


def random_rows(rng: random.Random) -> PlainRows:
    """Few transitions or many, so that there are small components, large ones, and none."""
    count = rng.randint(1, 40)
    each = rng.choice([0.5, 1, 2, 4])
    begins, targets, steps = [0], list[int](), list[int]()
    for _ in range(count):
        for _ in range(rng.randint(0, round(2 * each))):
            targets.append(rng.randrange(count))
            steps.append(rng.randrange(KINDS))
        begins.append(len(targets))
    return PlainRows(begins, targets, steps)


def in_memory(plain: Rows) -> NativeRows:
    work = Work(Limits(), lambda: None)
    begins, targets, steps = (
        work.room(len(plain.begins), 8),
        work.room(len(plain.targets), 4),
        work.room(len(plain.steps), 1),
    )
    for place, each in enumerate(plain.begins):
        begins[place] = each
    for place, each in enumerate(plain.targets):
        targets[place], steps[place] = each, plain.steps[place]
    return NativeRows(work, begins, targets, steps)


def flags(rng: random.Random, count: int, share: float) -> bytearray:
    return bytearray(rng.random() < share for _ in range(count))


def partition(found: Components) -> set[frozenset[int]]:
    """The components, whatever their numbers."""
    pairs = sorted((number, node) for node, number in enumerate(found.of) if number)
    groups = [frozenset(n for _, n in group) for _, group in groupby(pairs, lambda p: p[0])]
    assert len(groups) == found.count
    return set(groups)


def assert_same_ways(rng: random.Random, plain: Rows, native: NativeRows) -> None:
    count = plain.count
    keep = rng.choice([None, flags(rng, count, 0.7)])
    cuts = sorted(rng.sample(range(count), rng.randint(0, min(3, count - 1)) if count > 1 else 0))
    levels = [0, *(cut for cut in cuts if cut)]
    roots = flags(rng, count, rng.choice([0, 0.1, 0.5]))
    one, two = plain.reach(roots, keep, levels), native.reach(roots, keep, levels)
    assert list(one.parents) == list(two.parents)
    assert list(one.order) == list(two.order)
    assert list(one.levels) == list(two.levels)
    assert one.found is not None
    assert two.found is not None
    assert list(one.found) == list(two.found)
    assert [list(plain.before(n)) for n in range(count)] == [
        list(native.before(n)) for n in range(count)
    ]
    leading = plain.leading_to(roots, keep), native.leading_to(roots, keep)
    assert list(leading[0]) == list(leading[1])


def assert_same_cycles(rng: random.Random, plain: Rows, native: NativeRows) -> None:
    count = plain.count
    keep = rng.choice([None, flags(rng, count, 0.7)])
    bits = rng.choice([3, 8, 9, 40, 70])
    of_step = [rng.getrandbits(bits) & rng.getrandbits(bits) for _ in range(KINDS)]
    most = (1 << (bits + 2)) - 1
    marks, same = plain.marks(of_step, most), native.marks(of_step, most)
    assert list(marks) == list(same)
    letters = Letters(array("Q", [rng.getrandbits(2 * ATOMS) for _ in range(count)]), ATOMS, ())
    readings = [(rng.getrandbits(2 * ATOMS), 0, rng.getrandbits(2)) for _ in range(2)]
    assert list(plain.reading(letters, readings)) == list(native.reading(letters, readings))
    plain.accept(marks, letters, readings, bits)
    native.accept(same, letters, readings, bits)
    assert list(marks) == list(same)
    weak = rng.getrandbits(bits)
    strong = rng.getrandbits(bits) & ~weak
    demands = Demands(weak, strong, rng.choice([0, 1 << bits]))
    one, two = plain.components(keep), native.components(keep)
    assert partition(one) == partition(two)
    flagged = bytearray(count), bytearray(count)
    for rows, components, found in ((plain, one, flagged[0]), (native, two, flagged[1])):
        rows.flag(components, bytearray([0] + [1] * components.count), found)
    assert flagged[0] == flagged[1]
    fair, also = (
        plain.fairness(one, marks, of_step, demands),
        native.fairness(two, same, of_step, demands),
    )
    assert (fair.fair, fair.again) == (also.fair, also.again)
    relevant = most
    for node in range(count):
        own, other = one.of[node], two.of[node]
        assert fair.of[own] == also.of[other]
        if own:
            first, second = fair.summary(own), also.summary(other)
            assert first.always & relevant == second.always & relevant
            assert (first.sometimes, first.taken) == (second.sometimes, second.taken)
    again = plain.left(one, fair, marks, demands), native.left(two, also, same, demands)
    assert list(again[0]) == list(again[1])
    inside = [node for node in range(count) if one.of[node]]
    for start in rng.sample(inside, min(2, len(inside))):
        has, lacks = rng.getrandbits(bits) & rng.getrandbits(bits), rng.choice([0, 1, 2])
        for aim in (Aim(rng.choice([0, 1, 4]), has, lacks), Aim(node=rng.choice(inside))):
            ways = [
                rows.way(start, found, aim, own, of_step)
                for rows, found, own in ((plain, one, marks), (native, two, same))
            ]
            assert ways[0] == ways[1]
    order = array("I", rng.sample(range(count), count))
    for asked in (order, range(count)):
        near = plain.nearest(one, fair, asked, 3), native.nearest(two, also, asked, 3)
        assert list(near[0]) == list(near[1])


def assert_same_pairs(rng: random.Random, plain: Rows, native: NativeRows) -> None:
    count = plain.count
    letters = Letters(array("B", [rng.getrandbits(2 * ATOMS) for _ in range(count)]), ATOMS, ())
    places = rng.randint(1, 3)

    def reading() -> Reading:
        wanted = rng.getrandbits(2 * ATOMS) & rng.getrandbits(2 * ATOMS)
        return (wanted, rng.randrange(places), rng.getrandbits(2))

    readings = [[reading() for _ in range(rng.randint(0, 3))] for _ in range(places)]
    start = rng.randint(0, count), rng.randrange(places), KINDS
    one, two = plain.pairs(readings, letters, *start), native.pairs(readings, letters, *start)
    for name in ("begins", "targets", "steps", "states", "places"):
        assert list(getattr(one, name)) == list(getattr(two, name)), name
    assert list(one.reached.parents) == list(two.reached.parents)
    assert list(one.reached.levels) == list(two.reached.levels)
    marks, same = plain.marks([1, 2, 4, 8, 16], 31), native.marks([1, 2, 4, 8, 16], 31)
    assert list(one.of_states(marks)) == list(two.of_states(same))
    terminal = [n for n in range(count) if not plain.of(n)]
    for first, second, nodes in ((plain, native, count), (one, two, one.count)):
        keep = rng.choice([None, flags(rng, nodes, 0.7)])
        ends = first.ending(terminal, keep), second.ending(terminal, keep)
        assert list(ends[0]) == list(ends[1])
        assert first.read_at(ends[0], letters) == second.read_at(ends[1], letters)


def compare(seeds: range) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        plain = random_rows(rng)
        native = in_memory(plain)
        assert_same_ways(rng, plain, native)
        assert_same_cycles(rng, plain, native)
        assert_same_pairs(rng, plain, native)


@pytest.fixture
def compiled_anew() -> Iterator[None]:
    """What is compiled in a test is not what was before, nor is it kept."""
    library._answers.cache_clear()
    yield
    library._answers.cache_clear()


def test_compiled_answers_are_the_plain_ones() -> None:
    compare(range(400))


@pytest.mark.usefixtures("compiled_anew")
@pytest.mark.parametrize("piece", [1, 3])
def test_work_in_small_pieces_goes_on_where_it_was_left(
    monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setitem(row_places.ROW_CONSTANTS, "PIECE", piece)
    compare(range(400, 500))


MISTAKES = [
    (cycles, "if seen < load(task + LOWEST):", "if seen > load(task + LOWEST):"),
    (cycles, "if target == node:", "if target > node:"),
    (cycles, "size + load(task + LOOPS) > 0", "size > 0"),
    (cycles, "if load8(keep + node) == 0:", "if load8(keep + node) == 2:"),
    (marking, "wide_at(missed, own, width) | (mark ^ -1)", "wide_at(missed, own, width) | mark"),
    (marking, "== own:\n                    found", "!= own:\n                    found"),
    (marking, "missed | taken) ^ -1", "missed & taken) ^ -1"),
    (marking, "sometimes & strong & (taken ^ -1)", "sometimes & strong"),
    (marking, "& unkept == 0)", "& unkept != 0)"),
    (marking, "if letter & wanted == wanted:", "if letter & wanted != 0:"),
    (reaching, "store32(parents + target * 4, node)", "store32(parents + target * 4, target)"),
    (reaching, "load32(parents + node * 4) == UNSEEN:", "load32(parents + node * 4) != 0:"),
    (reaching, "is_reached = load32(parents + node * 4) < LEFT_OUT", "is_reached = 1"),
    (reaching, "((marks ^ -1) & load(task + AIM_LACKS))", "(marks & load(task + AIM_LACKS))"),
    (reaching, "load32(of + target * 4) == load(task + INSIDE)", "load32(of + target * 4) != 0"),
    (pairing, "state * load(task + PLACES) + place", "state * load(task + PLACES)"),
    (pairing, "marks + wide_at(kinds, place, width)", "wide_at(kinds, place, width)"),
    (reversing, "store(at, free + 1)", "store(at, free)"),
    (reversing, "counts = load(task + NEW_BEGINS) + 16", "counts = load(task + NEW_BEGINS) + 8"),
    (marking, "== IS_FAIR:\n            store8(result", "!= IS_FAIR:\n            store8(result"),
    (pairing, "kept = load8(keep + node)", "kept = load8(keep + state)"),
]


@pytest.mark.usefixtures("compiled_anew")
@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_the_comparison_sees_a_planted_mistake(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    module, right, wrong = MISTAKES[number]
    definitions = restricted.definitions

    def changed(asked: ModuleType) -> dict[str, ast.FunctionDef]:
        if asked is not module:
            return definitions(asked)
        source = inspect.getsource(asked)
        assert source.count(right) >= 1
        tree = ast.parse(source.replace(right, wrong))
        return {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}

    monkeypatch.setattr(restricted, "definitions", changed)
    with pytest.raises(AssertionError):
        compare(range(400))
