"""The picture of the state space: the right nodes, folded when they are too many."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from model_check import Result, SpecError, check
from model_check.report.pictures.layout_program import Image, draw
from model_check.report.pictures.palette import GREEN, LOST, RED
from model_check.report.pictures.space import picture_of, space_dot
from model_check.report.pictures.space_fold import fold, trace_path
from model_check.report.pictures.trace_dot import trace_dot
from model_check.results.check import CheckReport
from model_check.verify.state_graph import StateGraph, Transition
from model_check.verify.trace import Tracer
from report_samples import (
    TraceWriter,
    altered,
    call,
    chain_graph,
    holds,
    legacy_report,
    legacy_trace,
    report,
    state_node,
    violated,
)

SPECS = Path(__file__).parents[2] / "specs"


def chain_report(length: int) -> CheckReport:
    """A report whose trace goes down the first chain of `chain_graph`."""
    run = TraceWriter({"n": 0}, {"p0": "go", "p1": "go"})
    for depth in range(1, length):
        run.step("p0", "go", indices=(depth,), n=depth)
    return report(violated(run.trace("final")))


def write_dot(report: CheckReport, graph: StateGraph) -> str:
    """The graph of all states as DOT."""
    return space_dot(report, picture_of(report, graph))


def node_lines(dot: str) -> list[str]:
    return re.findall(r"^\t+\d+ \[.*$", dot, re.M)


def edge_lines(dot: str) -> list[str]:
    return re.findall(r"^\t+\d+ -> \d+ \[.*$", dot, re.M)


def test_every_state_and_transition_is_drawn_once() -> None:
    dot = write_dot(chain_report(5), chain_graph(5, 2))
    assert len(node_lines(dot)) == 9
    assert len(edge_lines(dot)) == 8
    assert len(re.findall(r"rank=same", dot)) == 5


def test_start_end_violation_and_trace_look_different() -> None:
    dot = write_dot(chain_report(3), chain_graph(3, 2))
    nodes = {int(line.split()[0]): line for line in node_lines(dot)}
    assert 'fillcolor="#1b2a38"' in nodes[0]
    assert 'fillcolor="#c43e00"' in nodes[3]
    assert "peripheries=2" in nodes[3]
    assert 'fillcolor="#ffffff"' in nodes[4]
    assert "peripheries=2" in nodes[4]
    assert "peripheries=1" in nodes[1]
    assert [n for n, line in nodes.items() if "penwidth=2.4" in line] == [0, 1, 3]
    thick = [line.split(" [")[0].strip() for line in edge_lines(dot) if "penwidth=3" in line]
    assert thick == ["0 -> 1", "1 -> 3"]
    assert any("1: go[1]" in line for line in edge_lines(dot))


def test_a_deadlock_is_an_octagon() -> None:
    graph = altered(chain_graph(3), 2, deadlock=True)
    assert [line for line in node_lines(write_dot(report(holds("a")), graph)) if "octagon" in line]


def test_the_trace_is_followed_through_free_choices_to_a_violating_end() -> None:
    nodes = (
        state_node(0, 0, initial=True),
        state_node(1, 1),
        state_node(2, 1),
        state_node(3, 2, final=True),
        state_node(4, 2, final=True, violates=("no_loss",)),
    )
    ways = ((0, 1, "p.a"), (0, 2, "p.a"), (1, 3, "p.b"), (2, 4, "p.b"))
    graph = StateGraph(nodes, tuple(Transition(*way, "p") for way in ways))
    run = TraceWriter({}, {"p": "a"})
    run.step("p", "a")
    run.step("p", "b")
    assert trace_path(graph, run.trace()) == ((0, 2, "p.a"), (2, 4, "p.b"))


def test_a_trace_that_the_graph_does_not_have_is_not_drawn() -> None:
    run = TraceWriter({}, {"p": "a"})
    run.step("p", "elsewhere")
    assert trace_path(chain_graph(3), run.trace()) == ()
    assert trace_path(chain_graph(3), None) == ()


def test_up_to_five_hundred_states_nothing_is_folded() -> None:
    picture = fold(chain_graph(500), ())
    assert (len(picture.nodes), picture.folded_by) == (500, "")


def test_more_states_are_folded_by_where_the_processes_stand() -> None:
    graph = chain_graph(300, 2)
    path = trace_path(graph, chain_report(300).results[0].trace)
    picture = fold(graph, path)
    # 2 lanes times 7 places, the start, and the two ends apart from their places.
    assert len(picture.nodes) == 17
    assert sum(node.states for node in picture.nodes) == len(graph.nodes) == 599
    assert [node.states for node in picture.nodes if node.violates] == [1]
    assert "every process stands at the same place" in picture.folded_by
    turns = sorted(turn for edge in picture.edges for turn in edge.turns)
    assert turns == list(range(1, 300))


def test_where_the_places_are_too_many_states_are_folded_by_depth() -> None:
    plain = chain_graph(300, 2)
    nodes = tuple(
        dataclasses.replace(node, locations=(str(node.number),), places=(str(node.number),))
        for node in plain.nodes
    )
    graph = dataclasses.replace(plain, nodes=nodes)
    picture = fold(graph, ())
    # The two ends of the last depth are apart: one violates.
    assert len(picture.nodes) == 301
    assert [node.states for node in picture.nodes][:3] == [1, 2, 2]
    assert "equally many steps" in picture.folded_by


def test_a_folded_picture_says_so_and_how_many_states_each_node_is() -> None:
    dot = write_dot(chain_report(300), chain_graph(300, 2))
    assert "Folded into 17 nodes: each is all states in which every process" in dot
    # Depths 1 to 298 turn round seven places, in two lanes: 43 times at four, 42 at three.
    labels = re.findall(r'label="l\d\nm\d\n(\d+) states?"', dot)
    assert sorted(labels) == ["1"] * 2 + ["42"] * 6 + ["43"] * 8


def test_the_same_graph_gives_the_same_picture() -> None:
    assert write_dot(chain_report(9), chain_graph(9)) == write_dot(chain_report(9), chain_graph(9))


def test_text_of_a_spec_cannot_break_out_of_a_label() -> None:
    evil = '"]; x [label="<b>\\N]]></TABLE>>\x1b[31m'
    graph = chain_graph(3, 2)
    for node in graph.nodes:
        graph = altered(graph, node.number, label=f"<{evil}>")
    result = dataclasses.replace(violated(None), name=evil)
    picture = draw(write_dot(report(result, model=evil), graph), "svg")
    assert isinstance(picture, Image)
    assert picture.data.count(b'class="node"') == 5
    run = TraceWriter({evil: []}, {evil: "go"})
    run.record(evil, evil, [call(evil, f"PUT {evil}", evil)], (evil,), "go", 1, {evil: [evil]})
    hostile = violated(run.trace(watch={evil: evil}))
    table = draw(trace_dot(report(hostile, model=evil), hostile), "svg")
    assert isinstance(table, Image)
    assert table.data.count(b'class="node"') == 1


def test_a_trace_is_drawn_as_one_table_with_every_step() -> None:
    each = legacy_report()
    picture = draw(trace_dot(each, each.results[0]), "svg")
    assert isinstance(picture, Image)
    text = picture.data.decode()
    assert text.count('class="node"') == 1
    for step in legacy_trace().steps:
        assert f">{step.number}</text>" in text
    assert "0 receivers" in text
    assert "missing = {7}" in text


# --- what is to become of states ----------------------------------------------------------------


@pytest.fixture(scope="module")
def legacy() -> Result:
    return check(SPECS / "legacy.yaml", reason=False)


def test_of_legacy_one_glance_shows_the_fork_and_the_region_behind_it(legacy: Result) -> None:
    dot = write_dot(legacy.report, legacy.states)
    assert dot.count("fillcolor=") == 54
    assert dot.count(f'fillcolor="{LOST}"') == 24
    assert dot.count(f'fillcolor="{RED}"') == 1
    assert dot.count(f' color="{GREEN}"') == 1
    assert dot.count("no way back  ") == 1
    assert re.search(r"2: read_history\s+no way back", dot)
    assert "It says where ai_service and gateway stand, and how many states it is." in dot
    # The client always stands at show: that says nothing.
    assert not re.search(r'label="[^"]*show', dot[: dot.index("->")])


def test_states_of_another_fate_are_never_one_node(legacy: Result) -> None:
    path = trace_path(legacy.states, legacy.trace("no_loss"))
    picture = fold(legacy.states, path, "no_loss")
    lost = {node.number for node in legacy.states.nodes if "no_loss" in node.lost}
    assert sum(node.states for node in picture.nodes if node.lost) == len(lost) == 754
    assert sum(node.states for node in picture.nodes if node.violates) == 10
    assert all(node.lost for node in picture.nodes if node.violates)


def test_a_node_of_a_small_space_says_what_changed_and_an_end_what_is_watched() -> None:
    result = check(SPECS / "deadlock.yaml", reason=False)
    nodes = fold(result.states).nodes
    assert [node.label for node in nodes[:3]] == [
        "start",
        "jobs = [image]",
        "jobs = [image, image]",
    ]
    assert "website" not in nodes[1].label
    assert "worker.drawn = 0" in nodes[1].told


def test_where_runs_can_come_back_states_are_folded_by_component() -> None:
    """A hundred rings of six states, each leading to the next."""
    nodes, ways = [], []
    for ring in range(100):
        for place in range(6):
            number = 6 * ring + place
            nodes.append(state_node(number, ring, initial=number == 0, locations=(str(number),)))
            ways.append((number, 6 * ring + (place + 1) % 6))
        if ring < 99:
            ways.append((6 * ring, 6 * ring + 6))
    graph = StateGraph(
        tuple(nodes), tuple(Transition(*way, "p.go", "p") for way in sorted(ways)), ("p",)
    )
    picture = fold(graph)
    assert [node.states for node in picture.nodes] == [6] * 100
    assert "come to each other and back" in picture.folded_by


def test_a_deep_space_is_folded_into_bands_of_depths() -> None:
    graph = chain_graph(3000)
    nodes = tuple(
        dataclasses.replace(node, locations=(str(node.number),), places=(str(node.number),))
        for node in graph.nodes
    )
    picture = fold(dataclasses.replace(graph, nodes=nodes))
    assert len(picture.nodes) <= 500
    assert picture.nodes[1].label == "depth 8 to 15"
    assert "8 depths that follow each other" in picture.folded_by


# --- by an expression of the user's -------------------------------------------------------------


def test_states_are_joined_by_an_expression_that_the_machine_evaluates() -> None:
    result = check(SPECS / "legacy.yaml", reason=False, group_by="len(client.shown)")
    tracer = Tracer(result._space)
    lengths = [
        len(list(tracer.view(state).variables["client.shown"]))  # type: ignore[call-overload]
        for state in result._space.states
    ]
    assert [int(value) for value in result.states.views[0]] == lengths
    picture = fold(result.states, (), "no_loss", result.report.group_by)
    assert len(picture.nodes) == 26
    assert picture.nodes[0].label == "len(client.shown) = 0"
    assert "in which len(client.shown) is the same" in write_dot(result.report, result.states)


def test_an_expression_that_cannot_be_evaluated_everywhere_says_so_there() -> None:
    result = check(SPECS / "legacy.yaml", reason=False, group_by="client.shown[0]")
    assert set(result.states.views[0]) == {"(undefined)", "1"}


def test_an_expression_may_need_more_room_than_the_spec_does() -> None:
    result = check(SPECS / "legacy.yaml", reason=False, group_by="history.items + history.items")
    assert result.space.states == 1398
    assert result.states.views[0][0] == "[1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]"


def test_an_expression_with_too_many_values_is_told_and_depth_takes_its_place() -> None:
    graph = dataclasses.replace(chain_graph(501), views=(tuple(map(str, range(501))),))
    picture = fold(graph, group_by="n")
    assert len(picture.nodes) <= 500
    assert "(n has 501 values, too many for a picture)" in picture.folded_by


@pytest.mark.parametrize(
    ("group_by", "message"),
    [
        ("len(cleint.shown)", "--group-by:1:5: no such process or variable: cleint (did you mean"),
        ("client.shown[", "--group-by:1:13: this `[` is never closed"),
        ("gateway", "gateway is a process: it has no value"),
        ("history.lrange(0, -1)", "the command history.lrange cannot be called here"),
        ("__import__('os')", "--group-by:1:1: "),
        ("   ", "--group-by"),
    ],
)
def test_a_wrong_expression_is_told_as_a_mistake_of_a_spec(group_by: str, message: str) -> None:
    with pytest.raises(SpecError) as told:
        check(SPECS / "legacy.yaml", reason=False, group_by=group_by)
    assert message in str(told.value)


def test_an_expression_changes_no_verdict_and_no_ending(legacy: Result) -> None:
    grouped = check(SPECS / "legacy.yaml", reason=False, group_by="len(client.shown)")
    assert grouped.properties == legacy.properties
    assert grouped.space.states == legacy.space.states


def test_a_long_expression_does_not_widen_the_picture(legacy: Result) -> None:
    group_by = "len(client.shown)" + " + 0" * 40
    result = check(SPECS / "legacy.yaml", reason=False, group_by=group_by)
    assert f"{group_by[:50]}" in write_dot(result.report, result.states)
    assert group_by not in write_dot(result.report, result.states)


def test_what_was_explored_in_part_says_so() -> None:
    part = check(SPECS / "legacy.yaml", reason=False, max_states=600)
    assert "transitions (explored in part)" in write_dot(part.report, part.states)
