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
from model_check.explore.graph import Graph
from model_check.explore.limits import Limits
from model_check.explore.native import (
    bodies,
    building,
    engine,
    formulas,
    library,
    places,
    restricted,
)
from model_check.explore.search import Engine, SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import load
from model_check.language.tree.spec import Spec
from model_check.verify import verdicts
from model_check.verify.coverage import coverage_of
from model_check.verify.judgement import Judgement
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
    few, many = coverage_of(plain), coverage_of(native, most=0)
    assert few is not None
    assert many is not None
    assert (few.untaken, many.unseen) == (many.untaken, None)
    return native, two


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
