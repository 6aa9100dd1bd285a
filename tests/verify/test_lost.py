"""The lost states of the whole space: against brute force, the point of no return, and by hand.

Those of random specs are compared beside the point of no return (`test_no_return`).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.repair import load_text
from lost_oracle import lost_by_brute_force
from model_check.api.check import check
from model_check.explore.limits import Limits
from model_check.explore.space import Space
from model_check.language import load
from model_check.results.check import PropertyResult
from model_check.verify import doomed
from model_check.verify.checking import check_spec
from model_check.verify.no_return import point_of_no_return
from model_check.verify.state_graph import StateGraph, state_graph_of

ROOT = Path(__file__).parents[2]
SLOW = ("legacy-two-nodes", "legacy-reconnect", "fix-read-twice", "fix-gap-detection")
"""Spaces that brute force is too slow for in a test; the traces through them are compared beside
the point of no return (`test_no_return`)."""
SPECS = [each for each in sorted((ROOT / "specs").glob("*.yaml")) if each.stem not in SLOW]


def lost_for(graph: StateGraph, name: str) -> set[int]:
    return {node.number for node in graph.nodes if name in node.lost}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_lost_states_are_those_of_which_all_transitions_say_so(path: Path) -> None:
    space, judgement = check_spec(load(path, {}))
    graph = state_graph_of(space, judgement)
    for result in judgement.results:
        if result.trace is None or result.verdict != "violated":
            continue  # what shows that something is possible loses nothing
        lost = lost_for(graph, result.name)
        assert lost == lost_by_brute_force(space, judgement, result), result.name
        path = judgement.paths[result.name]
        point = point_of_no_return(space, judgement, result).step
        first = next((i for i, n in enumerate(path) if n in lost), len(result.trace.steps))
        assert first == point, result.name


def test_of_legacy_more_than_half_the_states_are_lost() -> None:
    result = check(ROOT / "specs" / "legacy.yaml", reason=False)
    graph = result.graph()
    lost = {node for node, names in graph.nodes(data="lost") if "no_loss" in names}
    assert len(lost) == 754
    assert graph.nodes[0]["lost"] == ()
    violating = {node for node, names in graph.nodes(data="violates") if names}
    assert violating < lost
    # Once lost, always lost.
    assert all(target in lost for source, target in graph.edges() if source in lost)


WAITING = """\
model: waiting
vars:
  stopped: bool = False
processes:
  spinner:
    run: |
      while True:
          turn: await not stopped
  ender:
    run: |
      finish: stopped = True
properties:
  not_stopped:
    finally: not stopped
    expect: violated
"""


def test_a_state_that_can_be_stayed_in_for_ever_is_not_lost() -> None:
    unfair = WAITING.replace("  ender:\n", "  ender:\n    fairness: none\n")
    space, judgement = check_spec(load_text(unfair))
    graph = state_graph_of(space, judgement)
    # Every run that ends is wrong at its end, but one may turn for ever.
    assert [node.lost for node in graph.nodes] == [(), ("not_stopped",)]


def test_a_state_that_can_be_stayed_in_only_unfairly_is_lost() -> None:
    space, judgement = check_spec(load_text(WAITING))
    graph = state_graph_of(space, judgement)
    assert [node.lost for node in graph.nodes] == [("not_stopped",), ("not_stopped",)]


def test_where_the_search_stopped_only_what_violates_itself_is_lost() -> None:
    spec = load(ROOT / "specs" / "legacy.yaml", {})
    whole = state_graph_of(*check_spec(spec))
    part = state_graph_of(*check_spec(spec, Limits(max_states=600)))
    assert len(part.nodes) < len(whole.nodes)
    lost = lost_for(part, "no_loss")
    assert lost < lost_for(whole, "no_loss")


def test_what_changed_is_told_of_each_state() -> None:
    graph = check(ROOT / "specs" / "legacy.yaml", reason=False).graph()
    assert graph.nodes[0]["changed"] == ""
    after = next(t for _, t, event in graph.edges(0, data="event") if event.startswith("gateway"))
    assert graph.nodes[after]["changed"] == "gateway.snapshot = [1, 2, 3, 4, 5, 6]"


def test_lost_states_are_found_once_for_the_graph_and_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right, found = doomed.doomed_states, []

    def counted(space: Space, result: PropertyResult) -> frozenset[int]:
        found.append(result.name)
        return right(space, result)

    monkeypatch.setattr(doomed, "doomed_states", counted)
    result = check(ROOT / "specs" / "legacy.yaml", reason=False)
    lost = [n.number for n in result.states.nodes if "no_loss" in n.lost]
    assert sorted(result.tables(5_000).lost["no_loss"]) == lost
    assert found == [each.name for each in result if each.verdict == "violated"]
