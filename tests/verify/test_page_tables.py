"""The tables of a space are the space: every state, every step, every trace, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.repair import load_text, repaired
from fuzz.specs import random_spec
from model_check.explore.limits import Limits
from model_check.explore.space import Space
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.language.source.recognize import find_specs
from model_check.results.check import StateView
from model_check.verify.checking import check_spec
from model_check.verify.judgement import Judgement
from model_check.verify.page_tables import MOST_ROWS, PageTables, page_tables_of
from model_check.verify.show import format_value
from model_check.verify.trace import Tracer
from thorough import each_spec

ROOT = Path(__file__).parent.parent.parent
SPECS = [path for folder in ("specs", "tests/specs") for path in find_specs(ROOT / folder)]
SEEDS = 20
ENOUGH = Limits(max_states=1_500)
FEW = Limits(max_states=300)


def text_of(view: StateView) -> dict[str, str]:
    return {name: format_value(value) for name, value in view.variables.items()}


def row_as_text(tables: PageTables, row: int) -> tuple[dict[str, str], dict[str, str]]:
    """The variables of a row, and where the processes stand."""
    columns = [*tables.variables, *tables.places, *tables.watch]
    values = [c.texts[place] for c, place in zip(columns, tables.rows[row], strict=True)]
    variables = len(tables.variables)
    places = values[variables : variables + len(tables.places)]
    return (
        dict(zip((c.name for c in tables.variables), values, strict=False)),
        dict(zip((c.name for c in tables.places), places, strict=True)),
    )


def compare_states(space: Space, tables: PageTables) -> None:
    tracer = Tracer(space)
    for row, number in enumerate(tables.numbers):
        view = tracer.view(space.states[number])
        assert row_as_text(tables, row) == (text_of(view), dict(view.locations))


def compare_edges(space: Space, tables: PageTables) -> None:
    steps, instances = space.machine.steps, space.machine.instances
    found = [
        (row, edge.target, tables.acts[edge.act])
        for row, edges in enumerate(tables.edges)
        for edge in edges
        if edge.target is not None
    ]
    explored = list(space.edges())
    assert [(row, target) for row, target, _ in found] == [each[:2] for each in explored]
    for (_, _, act), (_, _, number) in zip(found, explored, strict=True):
        step = steps[number]
        assert (act.source, act.line) == (step.at.source.path, step.at.line)
        assert (
            act.event.partition("[")[0]
            == (f"{instances[step.instance].name}.{step.label}".partition("[")[0])
        )
    failing = [row for row, edges in enumerate(tables.edges) if any(e.error for e in edges)]
    assert failing == sorted({number for number, _, _ in space.errors})


def compare_traces(tables: PageTables, judgement: Judgement) -> None:
    for result in judgement.results:
        if result.trace is None:
            continue
        row = tables.starts[result.name]
        hops = tables.traces[result.name]
        assert len(hops) == len(result.trace.steps)
        for hop, step in zip(hops, result.trace.steps, strict=True):
            edge = tables.edges[row][hop.edge]
            act = tables.acts[edge.act]
            again = f"#{step.occurrence}" if step.occurrence > 1 else ""
            assert act.event + again == step.event
            assert (act.calls, act.source, act.line) == (step.calls, step.source, step.line)
            assert edge.target == (None if edge.error else hop.row)
            assert row_as_text(tables, hop.row) == (text_of(step.state), dict(step.state.locations))
            row = hop.row
        if result.trace.end == "loop":
            begin = tables.loops[result.name]
            assert begin == result.trace.loop_from
            assert row == [tables.starts[result.name], *(hop.row for hop in hops)][begin]
            assert result.name not in tables.violates[row]
        elif result.verdict == "violated":
            assert result.name in tables.violates[row]


def compare(space: Space, judgement: Judgement) -> None:
    tables = page_tables_of(space, judgement)
    assert tables.whole == (len(space.states) <= MOST_ROWS)
    if tables.whole:
        compare_edges(space, tables)
        assert tables.numbers == tuple(range(len(space.states)))
        assert {n for n, end in enumerate(tables.ends) if end} == set(space.terminal)
    compare_states(space, tables)
    compare_traces(tables, judgement)
    few = page_tables_of(space, judgement, 0)
    compare_states(space, few)
    compare_traces(few, judgement)
    assert {number for path in judgement.paths.values() for number in path} == set(few.numbers)


@each_spec(SPECS)
def test_the_tables_of_a_spec_are_its_space(path: Path) -> None:
    compare(*check_spec(load(path), ENOUGH))


@pytest.mark.parametrize("first", range(0, SEEDS, 10))
def test_the_tables_of_a_random_spec_are_its_space(first: int) -> None:
    compared = 0
    for seed in range(first, first + 10):
        text = repaired(random_spec(seed))
        if text is None:
            continue
        try:
            compare(*check_spec(load_text(text), FEW))
        except SpecError:
            continue  # it goes wrong in its initial state
        compared += 1
    assert compared > 5


ZERO = """\
model: zero
vars: {n: 0..1, m: 0..1}
processes:
  p:
    run: |
      while True:
          turn: n = 1 - n
  q:
    run: |
      while True:
          divide: m = 0 // (1 - n)
"""


def test_a_step_to_the_state_whose_bits_are_all_zero_leads_to_its_row() -> None:
    compare(*check_spec(load_text(ZERO)))


def test_as_many_rows_as_may_be_kept_are() -> None:
    space, judgement = check_spec(load_text(ZERO))
    assert page_tables_of(space, judgement, 2).whole
    assert not page_tables_of(space, judgement, 1).whole


def test_an_ending_is_the_first_state_that_ends_so() -> None:
    space, judgement = check_spec(load(ROOT / "specs" / "legacy.yaml"))
    tables = page_tables_of(space, judgement)
    result = next(each for each in judgement.results if each.name == "no_loss")
    missing = [column.name for column in tables.watch].index("missing") - len(tables.watch)
    for ending, row in zip(result.endings, tables.endings["no_loss"], strict=True):
        assert row is not None
        assert space.depth_of(tables.numbers[row]) == ending.length
        text = tables.watch[missing].texts[tables.rows[row][missing]]
        assert text == format_value(ending.values["missing"])


def test_states_that_are_lost_are_so_in_the_tables() -> None:
    space, judgement = check_spec(load(ROOT / "specs" / "legacy.yaml"))
    tables = page_tables_of(space, judgement)
    path = [hop.row for hop in tables.traces["no_loss"]]
    assert [row in tables.lost["no_loss"] for row in path] == [False] + [True] * 22


def test_a_state_that_the_search_did_not_look_into_has_no_steps() -> None:
    space, judgement = check_spec(load(ROOT / "specs" / "legacy.yaml"), Limits(max_states=300))
    tables = page_tables_of(space, judgement)
    assert space.stopped
    assert 0 < tables.expanded < len(tables.rows)
    assert not any(tables.edges[tables.expanded :])
