"""Spaces that forget dead values against those that keep them: one seen through the other.

See `fuzz.forgetting` for what is compared. Here on all specs, and with mistakes put in.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from fuzz.compare import SkippedError, native_differences
from fuzz.forgetting import forgetting_differences
from fuzz.repair import load_text, repaired
from fuzz.specs import plain_spec, random_spec
from model_check import check
from model_check.explore.limits import Limits
from model_check.explore.search import FORGET_FROM, SearchOptions, explore
from model_check.language import SpecError, load
from model_check.machine.core import Action, Machine
from model_check.machine.ir import Require, Statement
from model_check.machine.passes import dead_values, liveness
from model_check.machine.passes.liveness import BackwardPass, LiveLocals, Liveness
from model_check.verify.checking import check_spec
from model_check.verify.page_tables import page_tables_of
from model_check.verify.state_graph import FORGOTTEN, state_graph_of
from thorough import each_spec

ROOT = Path(__file__).parents[2]
SMALL = Limits(max_states=1700)


def all_specs() -> list[Path]:
    folders = ("specs", "tests/specs", "docs/examples")
    return [path for folder in folders for path in sorted((ROOT / folder).glob("*.yaml"))]


@each_spec(all_specs())
def test_a_spec_is_the_same_with_dead_values_forgotten(path: Path) -> None:
    try:
        spec = load(path)
    except SpecError:
        return  # documentation shows wrong ones too, and kinds
    try:
        assert forgetting_differences(spec, SMALL) == []
    except SkippedError:
        assert explore(spec, SMALL).stopped


@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("specs/legacy-reconnect", {"STORED": "1", "TOTAL": "3"}),
        ("specs/legacy-two-nodes", {"STORED": "1", "TOTAL": "2"}),
        ("specs/fix-gap-detection", {"TOTAL": "7"}),
        ("tests/specs/fix-both-nodes", {"NODES": "2", "STORED": "1", "TOTAL": "2"}),
    ],
)
def test_a_spec_of_many_connections_is_the_same(name: str, constants: dict[str, str]) -> None:
    spec = load(ROOT / f"{name}.yaml", constants)
    assert forgetting_differences(spec, Limits(max_states=8000)) == []
    assert native_differences(spec, workers=(1, 2), forget=True) == []


def test_random_specs_are_the_same() -> None:
    assert compared(range(11, 16)) == {}


def compared(seeds: range, made: Callable[[int], str] = random_spec) -> dict[int, list[str]]:
    """What differs, by seed."""
    found = {}
    for seed in seeds:
        text = repaired(made(seed))
        if text is not None:
            try:
                found[seed] = forgetting_differences(load_text(text))
            except SkippedError:
                continue
    return {seed: problems for seed, problems in found.items() if problems}


# --- when a space forgets ---------------------------------------------------------------------

RECONNECT = ROOT / "specs" / "legacy-reconnect.yaml"


def test_a_large_space_forgets_with_any_engine_and_a_small_one_never() -> None:
    spec = load(RECONNECT, {"TOTAL": "11"})
    whole = explore(spec, options=SearchOptions(forget_from=None))
    assert len(whole.states) > FORGET_FROM
    counts = [
        (len(s.states), s.transitions, s.depth, list(s.terminal))
        for s in (
            explore(spec, options=SearchOptions("python")),
            explore(spec, options=SearchOptions("native")),
        )
    ]
    assert counts[0] == counts[1]
    assert counts[0][0] < FORGET_FROM
    for kind in ("auto", "python", "native"):
        small = explore(load(ROOT / "specs" / "legacy.yaml"), options=SearchOptions(engine=kind))  # type: ignore[arg-type]
        assert small.program.forgetting is None


def test_a_check_says_that_it_forgot_and_the_switch_turns_it_off() -> None:
    result = check(RECONNECT, constants={"TOTAL": 11}, reason=False)
    assert "values that no step reads any more" in result.report.notes[0]
    assert result.space.states < FORGET_FROM
    kept = check(RECONNECT, constants={"TOTAL": 11}, reason=False, keep_dead=True)
    assert kept.report.notes == ()
    assert kept.space.states > FORGET_FROM
    assert [p.verdict for p in kept.properties] == [p.verdict for p in result.properties]


def test_the_graph_says_what_is_forgotten_and_the_trace_shows_it() -> None:
    spec = load(ROOT / "specs" / "legacy.yaml")
    space, judgement = check_spec(spec, options=SearchOptions(forget_from=0))
    graph = state_graph_of(space, judgement)
    texts = [node.state for node in graph.nodes]
    assert any("gateway.snapshot = [1, 2, 3, 4, 5, 6]" in text for text in texts)
    forgetting = [text for text in texts if f"gateway.snapshot = {FORGOTTEN}" in text]
    assert 0 < len(forgetting) < len(texts)
    assert all(text.count(FORGOTTEN) == 1 for text in forgetting)
    # What a step writes has changed; what is forgotten has not, nor has it where nobody wrote.
    changed = {node.changed for node in graph.nodes if "snapshot" in node.changed}
    assert changed == {f"gateway.snapshot = {list(range(1, n))}" for n in range(7, 12)}
    assert "ai_service.publish[7]" in {each.event for each in graph.transitions}
    (no_loss,) = (each for each in judgement.results if each.name == "no_loss")
    assert no_loss.trace is not None
    assert no_loss.trace.steps[-1].state.variables["gateway.snapshot"] == [1, 2, 3, 4, 5, 6]


def test_the_tables_of_a_space_that_forgets_tell_the_commands_and_traces_as_they_were() -> None:
    spec = load(ROOT / "specs" / "legacy.yaml")
    space, judgement = check_spec(spec, options=SearchOptions(forget_from=0))
    tables = page_tables_of(space, judgement)
    assert len(tables.rows) == len(space.states)
    assert sum(map(len, tables.edges)) == space.transitions
    (snapshot,) = (each for each in tables.variables if each.name == "gateway.snapshot")
    assert FORGOTTEN in snapshot.texts
    assert any(call.wire.startswith("LRANGE") for act in tables.acts for call in act.calls)
    traces = page_tables_of(space, judgement, most=0)
    (snapshot,) = (each for each in traces.variables if each.name == "gateway.snapshot")
    assert snapshot.texts == ("[]", "[1, 2, 3, 4, 5, 6]")
    assert len(traces.traces["no_loss"]) == 23


# --- mistakes put in -------------------------------------------------------------------------

Mistake = Callable[[], AbstractContextManager[object]]


def blind_to_guards() -> AbstractContextManager[object]:
    """The analysis takes what guards read for not read."""

    class Blind(BackwardPass):
        def _statement(self, statement: Statement, wanted: LiveLocals) -> tuple[Statement, ...]:
            if isinstance(statement, Require):
                return (statement,)
            return super()._statement(statement, wanted)

    return patch.object(liveness, "BackwardPass", Blind)


def blind_to_questions() -> AbstractContextManager[object]:
    """What formulas read is taken for not read."""
    return patch.object(liveness, "fields_read", lambda formula: frozenset())


def blind_to_names() -> AbstractContextManager[object]:
    """What tells the events of a loop apart is taken for not read."""
    return patch.object(liveness, "fields_naming", lambda machine, action: frozenset())


def blind_to_others() -> AbstractContextManager[object]:
    """What only other processes read is taken for one's own."""
    right = liveness._private

    def wrong(machine: Machine, public: set[int]) -> tuple[frozenset[int], ...]:
        def alone(action: Action) -> bool:
            return action.instance == instance

        found = []
        for instance in range(len(machine.instances)):
            mine = replace(machine, actions=tuple(filter(alone, machine.actions)))
            found.append(right(mine, public)[instance])
        return tuple(found)

    return patch.object(liveness, "_private", wrong)


def hasty() -> AbstractContextManager[object]:
    """A value is taken for dead one step too early."""
    right = liveness.liveness

    def wrong(machine: Machine, initial: list[int]) -> Liveness:
        live = right(machine, initial)
        return replace(live, at=tuple(tuple(frozenset() for _ in each) for each in live.at))

    return patch.object(dead_values, "liveness", wrong)


@pytest.mark.parametrize(
    ("mistake", "spec"),
    [
        (blind_to_guards, "tests/specs/dining-philosophers"),
        (blind_to_questions, "specs/legacy"),
        (blind_to_others, "tests/specs/increment"),
        (hasty, "specs/legacy"),
    ],
)
def test_a_mistake_is_seen(mistake: Mistake, spec: str) -> None:
    assert forgetting_differences(load(ROOT / f"{spec}.yaml"), SMALL) == []
    with mistake():
        assert is_seen(spec)


def is_seen(spec: str) -> bool:
    try:
        return forgetting_differences(load(ROOT / f"{spec}.yaml"), SMALL) != []
    except (LookupError, ValueError, AssertionError):
        return True  # it made the tool contradict itself


def test_a_mistake_about_names_is_seen_in_a_random_spec() -> None:
    with blind_to_names():
        assert compared(range(12, 13), plain_spec) != {}
