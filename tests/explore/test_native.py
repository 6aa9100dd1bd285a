"""The native engine explores what the portable one explores, state by state.

The portable search is the oracle: the same states in the same order, the same transitions,
the same ends, and so the same verdicts and traces.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fuzz.repair import load_text
from hypothesis import given, settings
from hypothesis import strategies as st
from model_check.budget.memory import memory_in_use
from model_check.cache import CACHE_SWITCH
from model_check.explore import portable, search
from model_check.explore.limits import Limits
from model_check.explore.native import batches, engine, expressions, library, module
from model_check.explore.native.library import Library
from model_check.explore.native.ranges import UncompilableError, bits_of, interval_of, intervals
from model_check.explore.native.restricted import function_text
from model_check.explore.search import NativeUnavailableError, SearchOptions, explore
from model_check.explore.space import Space
from model_check.language import load
from model_check.machine.ir import Const, Let, Local, Loop, Operation
from model_check.machine.ir_builder import apply
from model_check.verify.judgement import Judgement
from model_check.verify.verdicts import judge
from thorough import each_spec

ROOT = Path(__file__).parents[2]
SPECS = [
    *sorted((ROOT / "specs").glob("*.yaml")),
    *sorted((ROOT / "tests" / "specs").glob("*.yaml")),
]
FEW_SPECS = each_spec(SPECS)


@functools.lru_cache
def in_python(path: Path, constants: tuple[tuple[str, str], ...]) -> tuple[Space, Judgement]:
    """What the portable search finds: the oracle of every way to search natively."""
    options = SearchOptions(engine="python", forget_from=None)
    space = explore(load(path, dict(constants)), options=options)
    return space, judge(space)


def assert_alike(
    path: Path, constants: dict[str, str], workers: int = 1, *, lean: bool = False
) -> None:
    spec = load(path, constants)
    portable, one = in_python(path, tuple(constants.items()))
    native = explore(
        spec, options=SearchOptions(engine="native", workers=workers, lean=lean, forget_from=None)
    )
    assert native.scan is not None
    assert list(native.states) == list(portable.states)
    assert list(native.parents) == list(portable.parents)
    assert list(native.terminal) == list(portable.terminal)
    assert native.levels == portable.levels
    assert native.transitions == portable.transitions
    assert native.errors == portable.errors
    assert native.expanded == portable.expanded
    two = judge(native)
    assert one.results == two.results
    assert {k: list(v) for k, v in one.violating.items()} == {
        k: list(v) for k, v in two.violating.items()
    }
    for number in range(0, len(portable.states), 97):
        assert native.index[portable.states[number]] == number


@FEW_SPECS
def test_every_spec_is_explored_alike(path: Path) -> None:
    assert_alike(path, {})


SCALED = pytest.mark.parametrize(
    ("name", "constants"),
    [("legacy", {"STORED": "0", "TOTAL": "6"}), ("fix-both", {"TOTAL": "12"})],
)


@SCALED
def test_scaled_specs_are_explored_alike(name: str, constants: dict[str, str]) -> None:
    assert_alike(ROOT / "specs" / f"{name}.yaml", constants)


@SCALED
def test_a_lean_table_finds_the_same(name: str, constants: dict[str, str]) -> None:
    assert_alike(ROOT / "specs" / f"{name}.yaml", constants, lean=True)
    assert_alike(ROOT / "specs" / f"{name}.yaml", constants, 2, lean=True)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_long_search_goes_on_with_better_code_and_finds_the_same(
    monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    found = []
    improve = Library.improve

    def seen(library: Library) -> None:
        before = library.expand
        improve(library)
        found.append((before, library.expand))

    # Better code that was kept would be taken at once.
    monkeypatch.setenv(CACHE_SWITCH, "off")
    monkeypatch.setattr(Library, "improve", seen)
    monkeypatch.setattr(engine, "LONG", 0)
    assert_alike(ROOT / "specs" / "legacy-two-nodes.yaml", {}, workers)
    first, *others = found
    assert first[0] != first[1]
    assert others
    assert all(before == after == first[1] for before, after in others)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads share also what is not worth it, a few states at a time: where races are."""
    monkeypatch.setattr(engine, "WIDE", 2)
    monkeypatch.setattr(batches, "EACH", 3)


@FEW_SPECS
@pytest.mark.usefixtures("small_chunks")
def test_any_number_of_threads_numbers_states_alike(path: Path) -> None:
    assert_alike(path, {}, workers=2 + 2 * (SPECS.index(path) % 2))


@pytest.mark.parametrize("workers", [2, 4])
@SCALED
def test_threads_number_the_states_of_scaled_specs_alike(
    name: str, constants: dict[str, str], workers: int
) -> None:
    assert_alike(ROOT / "specs" / f"{name}.yaml", constants, workers)


def written(tmp_path: Path, run: str, more: str = "") -> Path:
    path = tmp_path / "made.yaml"
    lines = "\n".join("      " + line for line in run.strip("\n").split("\n"))
    path.write_text(f"model: made\n{more}processes:\n  p:\n    run: |\n{lines}\n", "utf-8")
    return path


@pytest.mark.usefixtures("small_chunks")
def test_more_than_a_thousand_failing_states_are_all_told(tmp_path: Path) -> None:
    run = (
        "while True:\n"
        "    either:\n"
        "        up: n = n + 1\n"
        "    or:\n"
        "        odd: m = 6 // (n // 3000)"
    )
    assert_alike(written(tmp_path, run, "vars:\n  n: 0..3000\n  m: 0..9\n"), {}, 2)


def test_run_time_errors_are_found_alike(tmp_path: Path) -> None:
    run = "while True:\n    either:\n        up: n = n + 1\n    or:\n        odd: m = 6 // (3 - n)"
    assert_alike(written(tmp_path, run, "vars:\n  n: 0..5\n  m: 0..9\n"), {})


def test_a_variable_that_grows_starts_the_native_search_over(tmp_path: Path) -> None:
    run = "while True:\n    put:\n        await len(items) < 40\n        items.append(True)"
    assert_alike(written(tmp_path, run, "vars:\n  items: list[bool]\n"), {})


def test_a_choice_among_what_a_condition_leaves_is_explored_alike(tmp_path: Path) -> None:
    chosen = ["x for x in range(4) if x != n", "x for x in seen if x != n", "2 * x for x in items"]
    steps = [f"    s{i}: n = choose([{each}])" for i, each in enumerate(chosen)]
    run = "\n    or:\n    ".join(["while True:\n    either:\n    " + steps[0], *steps[1:]])
    declared = "vars:\n  n: 0..9\n  seen: set[0..3] = {1, 2}\n  items: list[0..3] = [1, 2, 3]\n"
    assert_alike(written(tmp_path, run, declared), {})


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_does_not_hide_that_another_step_of_its_state_lacks_room(
    tmp_path: Path, workers: int
) -> None:
    path = tmp_path / "made.yaml"
    path.write_text(
        "model: made\n"
        "vars: {n: 0..1, items: 'list[bool]'}\n"
        "processes:\n"
        "  breaks:\n    run: |\n      while True:\n          divide: n = 1 // n\n"
        "  grows:\n    run: |\n      while True:\n"
        "          put:\n              await len(items) < 20\n"
        "              items.append(True)\n",
        "utf-8",
    )
    assert_alike(path, {}, workers)


def test_what_grows_without_end_is_named_by_both_engines(tmp_path: Path) -> None:
    path = written(tmp_path, "while True:\n    add: n += 1", "vars:\n  n: int\n")
    for kind in ("python", "native"):
        space = explore(load(path), options=SearchOptions(engine=kind))  # type: ignore[arg-type]
        assert space.growth is not None
        assert space.growth.variable == "n"


def test_negative_numbers_divide_and_shift_as_in_python(tmp_path: Path) -> None:
    run = (
        "while True:\n"
        "    next:\n"
        "        n = choose(range(-7, 8))\n"
        "        d = choose({-3, -2, -1, 1, 2, 3})\n"
        "        q = n // d\n"
        "        r = n % d"
    )
    more = "vars:\n  n: -7..7\n  d: -3..3\n  q: -7..7\n  r: -3..3\n"
    assert_alike(written(tmp_path, run, more), {})


def test_auto_moves_to_native_code_and_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "NATIVE_FROM", 100)
    spec = load(ROOT / "specs" / "legacy.yaml")
    moved = explore(spec)
    assert moved.scan is not None
    assert list(moved.states) == list(explore(spec, options=SearchOptions(engine="python")).states)
    assert not moved.note


def alike(one: Space, other: Space) -> bool:
    return all(
        list(getattr(one, each)) == list(getattr(other, each))
        for each in ("states", "parents", "terminal", "levels", "errors")
    )


@pytest.mark.parametrize("forget_from", [None, 300, 10**9])
def test_a_small_space_that_takes_long_is_explored_in_native_code_and_alike(
    monkeypatch: pytest.MonkeyPatch, forget_from: int | None
) -> None:
    spec = load(ROOT / "specs" / "legacy.yaml")
    usual = explore(spec, options=SearchOptions(engine="python", forget_from=forget_from))
    monkeypatch.setattr(portable, "SLOW", 0.0)
    monkeypatch.setattr(portable, "SLICE", 7)
    moved = explore(spec, options=SearchOptions(forget_from=forget_from))
    assert moved.scan is not None
    assert alike(moved, usual)
    assert (moved.program.forgetting is None) == (usual.program.forgetting is None)
    assert (usual.program.forgetting is None) == (forget_from != 300)


def test_a_slow_search_that_cannot_be_compiled_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise UncompilableError("a number without end")

    spec = load(ROOT / "specs" / "legacy.yaml")
    usual = explore(spec, options=SearchOptions(engine="python"))
    monkeypatch.setattr(portable, "SLOW", 1e-9)
    monkeypatch.setattr(portable, "SLICE", 7)
    monkeypatch.setattr(library.Library, "__init__", refuses)
    went_on = explore(spec)
    assert alike(went_on, usual)
    assert went_on.note.endswith("the search ran in Python")


def test_native_code_that_is_asked_for_is_refused_before_anything_is_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise UncompilableError("a number without end")

    monkeypatch.setattr(library.Library, "__init__", refuses)
    told: list[int] = []
    with pytest.raises(NativeUnavailableError, match="nothing was searched"):
        explore(
            load(ROOT / "specs" / "legacy.yaml"),
            progress=lambda *numbers: told.extend(numbers),
            options=SearchOptions(engine="native"),
        )
    assert told == []


def test_without_llvmlite_python_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(name: str, package: str | None = None) -> Any:
        return None

    monkeypatch.setattr(search, "NATIVE_FROM", 100)
    monkeypatch.setattr(importlib.util, "find_spec", find_nothing)
    spec = load(ROOT / "specs" / "legacy.yaml")
    space = explore(spec)
    assert space.note == "llvmlite is not installed: the search ran in Python"
    assert len(space.states) == 1398
    with pytest.raises(NativeUnavailableError):
        explore(spec, options=SearchOptions(engine="native"))


def test_limits_end_a_native_search_as_undetermined() -> None:
    spec = load(ROOT / "specs" / "legacy-two-nodes.yaml")
    few = explore(spec, Limits(max_states=2000), options=SearchOptions(engine="native"))
    assert few.stopped == "the limit of 2,000 states was reached"
    assert few.expanded < len(few.states)
    memory = explore(spec, Limits(max_memory=1 << 20), options=SearchOptions(engine="native"))
    assert memory.stopped == "the memory limit of 1 MB was reached"
    stopped = explore(
        spec, Limits(interrupted=lambda: True), options=SearchOptions(engine="native")
    )
    assert stopped.stopped == "interrupted"
    for space in (few, memory, stopped):
        results = judge(space).results
        assert all(r.verdict in ("violated", "undetermined") for r in results)


def test_the_first_violation_ends_the_search_where_no_more_is_asked_for() -> None:
    spec = load(ROOT / "specs" / "legacy-two-nodes.yaml")
    for kind in ("python", "native"):
        space = explore(spec, Limits(first_violation=True), options=SearchOptions(engine=kind))  # type: ignore[arg-type]
        assert space.stopped == "no_loss is violated, and no more was asked for"
        assert space.expanded < 23_106
        found = {r.name: r.verdict for r in judge(space).results}
        assert found["no_loss"] == "violated"
        assert found["in_order"] == "undetermined"


@pytest.mark.parametrize("workers", [1, 2])
def test_no_more_states_than_numbers_ends_as_undetermined(
    monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(engine, "MOST_STATES", 5000)
    spec = load(ROOT / "specs" / "legacy-two-nodes.yaml")
    space = explore(spec, options=SearchOptions(engine="native", workers=workers))
    assert re.fullmatch(r"[\d,]+ states are as many as there is room for", space.stopped)
    assert 4000 < len(space.states) <= 5000
    whole, _ = in_python(ROOT / "specs" / "legacy-two-nodes.yaml", ())
    assert list(space.states) == list(whole.states)[: len(space.states)]
    assert all(r.verdict in ("violated", "undetermined") for r in judge(space).results)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("workers", [1, 2])
def test_room_for_the_successors_of_one_state_is_made_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    run = (
        "while True:\n"
        "    either:\n"
        "        some: n = choose(range(n + 1))\n"
        "    or:\n"
        "        more: n = choose(range(40))\n"
        "    or:\n"
        "        wrong: m = 6 // (n % 7)"
    )
    path = written(tmp_path, run, "vars:\n  n: 0..39\n  m: 0..6\n")
    monkeypatch.setattr(module, "FIRST_ROOM", 2)
    monkeypatch.setattr(module, "LEAST_ROOM", 2)
    grown = []
    make = engine.NativeRun._make_successor_room
    monkeypatch.setattr(
        engine.NativeRun, "_make_successor_room", lambda run: grown.append(1) or make(run)
    )
    assert_alike(path, {}, workers)
    assert len(grown) == 3


def test_a_state_with_more_successors_than_memory_ends_the_search(tmp_path: Path) -> None:
    run = "while True:\n    next:\n" + "".join(f"        x{i} = choose(Many)\n" for i in range(8))
    more = "types: {Many: 0..99}\nvars:\n" + "".join(f"  x{i}: Many\n" for i in range(8))
    path = written(tmp_path, run, more)
    options = SearchOptions(engine="native", workers=1)
    space = explore(load(path), Limits(max_memory=memory_in_use() + (64 << 20)), options=options)
    assert space.stopped.startswith("the memory limit of")
    assert space.expanded == 0


OPERATORS = ["+", "-", "*", "&", "|", "^", "//", "%", "<<", ">>", "<", "=="]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.sampled_from(OPERATORS), st.integers(-40, 40), st.integers(0, 30), st.integers(-40, 40),
    st.integers(0, 30), st.data(),
)  # fmt: skip
def test_an_interval_holds_every_result(
    operator: Any, low: int, more: int, other: int, rest: int, data: st.DataObject
) -> None:
    a, b = (low, low + more), (other, other + rest)
    if operator in ("<<", ">>"):
        b = (max(b[0], 0), max(b[1], 0))
    x = data.draw(st.integers(*a))
    y = data.draw(st.integers(*b))
    if operator in ("//", "%") and not y:
        return
    operation = Operation(operator, Local("a"), Local("b"))
    found = interval_of(operation, {"a": a, "b": b})
    value = apply(operator, x, y)
    assert found[0] <= value <= found[1]
    assert -(1 << (bits_of(found) - 1)) <= value < 1 << (bits_of(found) - 1)


def test_a_number_that_grows_in_a_loop_is_bounded_by_its_rounds_or_refused() -> None:
    grow = Let("n", Operation("+", Local("n"), Const(3)))
    body = (Let("n", Const(0)), Loop("i", Const(5), 5, (grow,)))
    assert intervals(body, {})["n"] == (0, 15)
    double = Let("n", Operation("*", Local("n"), Local("n")))
    with pytest.raises(UncompilableError):
        intervals((Let("n", Const(3)), Loop("i", Const(64), 64, (double,))), {})


def test_the_restricted_subset_refuses_what_it_cannot_compile() -> None:
    def outside(a: int) -> int:
        return [a][0]

    definition = ast.parse(textwrap.dedent(inspect.getsource(outside))).body[0]
    assert isinstance(definition, ast.FunctionDef)
    with pytest.raises(TypeError, match="not in the restricted subset"):
        function_text(definition, {})


def test_a_loop_over_a_generator_is_the_generator_with_its_body_put_in() -> None:
    def two_from(stop: int) -> Iterator[int]:
        yield stop
        stop += 1
        yield stop

    def both(stop: int) -> int:
        found = 0
        for number in two_from(stop + 4):
            found = found * 100 + number
        return found + stop

    def defined(function: Callable[..., object]) -> ast.FunctionDef:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
        assert isinstance(definition, ast.FunctionDef)
        return definition

    text = function_text(defined(both), {}, generators={"two_from": defined(two_from)})
    code = library.Code(library.QUICK, text)
    # Python and compiled code say the same; neither changes a local of the other's name.
    assert code.function("both", 1)(3) == both(3) == 708 + 3


def test_a_wrong_word_in_the_translation_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(expressions._COMPARE, "==", "ne")
    with pytest.raises(AssertionError):
        assert_alike(ROOT / "specs" / "peterson.yaml", {})


def test_an_engine_that_there_is_not_is_refused_by_name() -> None:
    spec = load(ROOT / "specs" / "peterson.yaml")
    with pytest.raises(ValueError, match=r"no such engine: rust \(there is auto, native, python\)"):
        explore(spec, options=SearchOptions(engine="rust"))  # type: ignore[arg-type]


def test_a_table_that_grows_finds_every_state_again() -> None:
    text = "model: cube\nprocesses:\n  p:\n    count: 6\n    vars: {n: 0..6}\n"
    text += "    run: |\n      for i in range(6):\n          add: n += 1\n"
    space = explore(load_text(text), options=SearchOptions(engine="native", forget_from=None))
    assert (len(space.states), space.transitions) == (7**6, 6 * 6 * 7**5)
