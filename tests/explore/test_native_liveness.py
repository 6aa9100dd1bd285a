"""What runs without an end do is judged alike in compiled code and in Python.

Random specs with properties of every form: the transitions one by one, the verdicts, the violating
states and the traces must be the same. `test_native_rows` compares what is asked of rows.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fuzz.liveness_specs import random_liveness_spec
from fuzz.repair import load_text
from model_check.budget.spending import Budget
from model_check.explore import trace_choice
from model_check.explore.alike import alike_in
from model_check.explore.graph import Graph
from model_check.explore.limits import Limits
from model_check.explore.native import (
    alike,
    bodies,
    building,
    engine,
    formulas,
    handing,
    library,
    places,
    restricted,
    row_places,
    sorting,
    sorting_places,
)
from model_check.explore.search import Engine, SearchOptions, explore
from model_check.explore.space import Space
from model_check.explore.trace_choice import TraceChoice
from model_check.language import load
from model_check.language.tree.spec import Spec
from model_check.verify import coverage, no_return, verdicts
from model_check.verify.coverage import coverage_of
from model_check.verify.judgement import Judgement
from model_check.verify.no_return import point_of_no_return
from model_check.verify.verdicts import judge

ROOT = Path(__file__).parents[2]
SPECS = [
    *sorted((ROOT / "specs").glob("*.yaml")),
    *sorted((ROOT / "tests" / "specs").glob("*.yaml")),
]


def explored(spec: Spec, kind: Engine, workers: int = 1, *, lean: bool = False) -> Space:
    options = SearchOptions(engine=kind, workers=workers, lean=lean, forget_from=None)
    return explore(spec, options=options)


def assert_same_rows(space: Space) -> None:
    masks = [each.mask for each in space.processes]
    assert space.locate is not None
    plain = Graph(space.program, masks, space.states, space.expanded, space.locate)
    assert list(space.graph.begins) == list(plain.begins)
    assert list(space.graph.targets) == list(plain.targets)
    assert list(space.graph.steps) == list(plain.steps)
    forward = all(number < target for number, target, _ in plain.edges())
    assert space.goes_forward == forward


def assert_judged_alike(spec: Spec) -> tuple[Space, Judgement]:
    plain, native = explored(spec, "python"), explored(spec, "native")
    assert native.rows is not None
    assert_same_rows(native)
    one, two = judge(plain), judge(native)
    assert one.results == two.results
    assert {k: list(v) for k, v in one.violating.items()} == {
        k: list(v) for k, v in two.violating.items()
    }
    assert one.endings == two.endings
    assert coverage_of(plain) == coverage_of(native)
    for first, second in zip(one.results, two.results, strict=True):
        if first.verdict == "violated" and first.trace is not None and not first.form.of_steps:
            assert point_of_no_return(plain, one, first) == point_of_no_return(native, two, second)
    assert_same_choices(plain, native)
    assert_same_classes(plain, native)
    return native, two


def assert_same_choices(plain: Space, native: Space) -> None:
    """The traces to all states, the last ones first."""
    assert native.fewest_changes is not None
    ours, choice = TraceChoice(plain), native.fewest_changes
    for number in range(len(plain.states) - 1, plain.initial - 1, -1):
        if native.depth_of(number) > 0:
            assert choice(number) == ours.path(number)


def assert_same_classes(plain: Space, native: Space) -> None:
    """The states sorted by some fields, and some of them chosen."""
    masks = [each.bits for each in plain.machine.fields if each.constant is None]
    states = plain.states
    for mask in (0, *masks[:3], sum(masks[:3]), sum(masks)):
        for numbers in (range(len(states)), native.terminal, [*range(0, len(states), 3)]):
            one, two = alike_in(states, mask, numbers), native.alike(mask, numbers)
            assert list(one.places) == list(two.places)
            assert list(one.counts) == list(two.counts)
            assert list(one.of) == list(two.of)
            wanted = [each % 2 == 1 for each in range(len(one))]
            assert list(one.chosen(wanted)) == list(two.chosen(wanted))
        assert native.sort is not None
        kinds = len(alike_in(states, mask, range(len(states))))
        assert native.sort(mask, range(len(states)), kinds) is not None


@pytest.fixture(autouse=True)
def everything_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few the states, compiled code is asked."""
    monkeypatch.setattr(trace_choice, "PATIENCE", -1)
    monkeypatch.setattr(no_return, "FEW_LOOKED_AT", 1)
    monkeypatch.setattr(coverage, "PATIENCE", -1)


def compare(seeds: range) -> dict[str, int]:
    """How often each verdict was given; of a violation, how its trace ends."""
    found: dict[str, int] = {}
    for seed in seeds:
        _, judgement = assert_judged_alike(load_text(random_liveness_spec(seed)))
        for each in judgement.results:
            how = each.trace.end if each.trace is not None else each.verdict
            found[how] = found.get(how, 0) + 1
    return found


def test_random_specs_are_judged_alike() -> None:
    found = compare(range(8))
    assert found["loop"] > 5
    assert found["holds"] > 5


@pytest.mark.parametrize("path", SPECS[::3], ids=lambda path: path.stem)
def test_the_transitions_of_real_specs_are_the_same(path: Path) -> None:
    assert_same_rows(explored(load(path), "native", 1 + SPECS.index(path) % 2))


def test_a_lean_table_finds_the_same_transitions() -> None:
    path = ROOT / "specs" / "peterson.yaml"
    assert_same_rows(explored(load(path), "native", lean=True))


@pytest.fixture
def compiled_anew() -> Iterator[None]:
    """What is compiled in a test is not what was before, nor is it kept."""
    library._kernel.cache_clear()
    yield
    library._kernel.cache_clear()


@pytest.mark.usefixtures("compiled_anew")
def test_what_is_said_of_states_sorted_a_few_at_a_time_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sorting_places.SORTING_CONSTANTS, "AT_ONCE", 3)
    monkeypatch.setattr(alike, "FIRST_BITS", 1)
    monkeypatch.setattr(alike, "GROWS_BY", 1)
    spec = load_text(random_liveness_spec(26))
    assert_same_classes(explored(spec, "python"), explored(spec, "native"))


@pytest.mark.usefixtures("compiled_anew")
@pytest.mark.parametrize("piece", [1, 5])
def test_traces_chosen_a_piece_at_a_time_are_the_same(
    monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setitem(row_places.ROW_CONSTANTS, "PIECE", piece)
    library._answers.cache_clear()
    spec = load_text(random_liveness_spec(27))
    assert_same_choices(explored(spec, "python"), explored(spec, "native"))
    library._answers.cache_clear()


@pytest.mark.usefixtures("compiled_anew")
def test_transitions_made_a_few_at_a_time_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(places.CONSTANTS, "ROWS_AT_ONCE", 3)
    monkeypatch.setitem(places.CONSTANTS, "SOME", 2)
    for seed in range(25, 30):
        assert_same_rows(explored(load_text(random_liveness_spec(seed)), "native"))


def changed(module: ModuleType, right: str, wrong: str) -> Callable[[ModuleType], object]:
    """`restricted.definitions`, where one module has a mistake."""
    definitions = restricted.definitions

    def found(asked: ModuleType) -> dict[str, ast.FunctionDef]:
        if asked is not module:
            return definitions(asked)
        source = inspect.getsource(asked)
        assert right in source
        tree = ast.parse(source.replace(right, wrong))
        return {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}

    return found


@pytest.mark.usefixtures("compiled_anew")
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("store32(targets + at * 4,", "store32(targets + j * 4,"),
        ("made += load32(counts + (state - start) * 4)", "made += load32(counts)"),
        ("store32(targets + j * 4, fresh)", "store32(targets + j * 4, fresh + 1)"),
    ],
)
def test_the_comparison_sees_a_mistake_in_what_makes_rows(
    monkeypatch: pytest.MonkeyPatch, right: str, wrong: str
) -> None:
    monkeypatch.setattr(restricted, "definitions", changed(building, right, wrong))
    with pytest.raises(AssertionError):
        compare(range(10))


def compare_choices(seeds: range) -> None:
    for seed in seeds:
        spec = load_text(random_liveness_spec(seed))
        plain, native = explored(spec, "python"), explored(spec, "native")
        assert_same_choices(plain, native)
        assert_same_classes(plain, native)


MISTAKES = [
    (handing, "kept = load(at + j * 8)", "kept = 0"),
    (handing, "store(second, load(second) | (bit & (load(first) ^ -1)))", "store(second, bit)"),
    (handing, "if cost + 1 == least:", "if cost == least:"),
    (handing, "if owner < first:", "if owner > first:"),
    (handing, "if last < before:", "if last > before:"),
    (handing, "if target >= after:\n            found", "if target > after:\n            found"),
    (handing, "load(at) + 1 - has_owner", "load(at) + has_owner"),
    (sorting, "& load(mask + at)) * MULTIPLIER", "| 0) * MULTIPLIER"),
    (sorting, "if differ_in(state, other, mask) == 0:", "if differ_in(state, other, mask) != 0:"),
    (sorting, "number = load32(load(task + NUMBERS) + place * 4)\n            store32", "store32"),
]


@pytest.mark.usefixtures("compiled_anew")
@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_the_comparison_sees_a_mistake_in_what_chooses_and_sorts(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    library._answers.cache_clear()
    monkeypatch.setattr(restricted, "definitions", changed(*MISTAKES[number]))
    with pytest.raises(AssertionError):
        compare_choices(range(40))
    library._answers.cache_clear()


def test_the_comparison_sees_a_wrong_step(monkeypatch: pytest.MonkeyPatch) -> None:
    append = bodies.LabelledWriter.append
    monkeypatch.setattr(
        bodies.LabelledWriter, "append", lambda self, step: append(self, max(step - 1, 0))
    )
    with pytest.raises(AssertionError):
        compare(range(10))


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("letters_text", "icmp eq i64 %v0, 0", "icmp eq i64 %v0, 1"),
        ("letters_text", "%u0, %none0", "%u0, %u0"),
        ("step_scan_text", "(i64 %target, i64 %source)", "(i64 %source, i64 %target)"),
    ],
)
def test_the_comparison_sees_a_mistake_in_what_asks_formulas(
    monkeypatch: pytest.MonkeyPatch, name: str, right: str, wrong: str
) -> None:
    text = getattr(formulas, name)
    monkeypatch.setattr(library, name, lambda *asked: text(*asked).replace(right, wrong))
    with pytest.raises(AssertionError):
        compare(range(30))


def test_the_comparison_sees_a_way_back_that_was_not_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = engine.NativeRun.space

    def forgetful(run: engine.NativeRun) -> Space:
        found = space(run)
        object.__setattr__(found, "goes_forward", True)
        return found

    monkeypatch.setattr(engine.NativeRun, "space", forgetful)
    with pytest.raises(AssertionError):
        compare(range(10))


def test_a_large_space_is_judged_whole_by_compiled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "MOST_TRANSITIONS", 4)
    judgement = judge(explored(load_text(random_liveness_spec(1)), "native"))
    assert not any("judged of the runs that end" in each.note for each in judgement.results)


def test_ctrl_c_ends_the_judging_and_what_was_not_judged_is_undetermined() -> None:
    pressed = False
    limits = Limits.within(Budget(interrupted=lambda: pressed))
    spec = load_text(random_liveness_spec(3))
    options = SearchOptions(engine="native", forget_from=None)
    space = explore(spec, limits, options=options)
    assert space.complete
    pressed = True
    judgement = judge(space)
    assert judgement.stopped == "interrupted"
    by_name = {each.name: each.verdict for each in judgement.results}
    assert by_name["comes"] == by_name["follows"] == "undetermined"


def test_a_memory_limit_ends_the_judging() -> None:
    budget = Budget()
    space = explore(
        load_text(random_liveness_spec(3)), Limits.within(budget),
        options=SearchOptions(engine="native", forget_from=None),
    )  # fmt: skip
    budget.max_memory = 1 << 20
    judgement = judge(space)
    assert judgement.stopped == "the memory limit of 1 MB was reached"
