"""Which states are lost, by a search that shares nothing with the tool's."""

from __future__ import annotations

import networkx as nx
from model_check.explore.space import Space
from model_check.results.check import PropertyResult
from model_check.verify.verdicts import Judgement


def lost_by_brute_force(space: Space, judgement: Judgement, result: PropertyResult) -> set[int]:
    """From all transitions: the lost states are the least set that has what violates, and every
    state that can go on, and whose every way on leads into the set."""
    if result.kind == "finally" and not nx.is_directed_acyclic_graph(_graph(space)):
        return _lost_for_ever(space, result)
    after: dict[int, list[int]] = {number: [] for number in range(len(space.states))}
    for number, target, _ in space.edges():
        after[number].append(target)
    failing = {number for number, _, _ in space.errors}
    wrong = set(judgement.violating[result.name])
    lost = set(wrong)
    if result.kind == "no_error":
        # Where a step fails others may go on; where a property has no value, it is too late.
        formulas = space.program.formulas.properties.values()
        lost -= {n for n in failing if all(f.answer(space.states[n]) >= 0 for f in formulas)}
    grown = True
    while grown:
        more = {
            number
            for number, targets in after.items()
            if number not in lost
            and (targets or (result.kind == "no_error" and number in failing))
            and (result.kind == "no_error" or number not in failing)
            and lost.issuperset(targets)
        }
        grown = bool(more)
        lost |= more
    return lost


def _graph(space: Space) -> nx.DiGraph[int]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(space.states)))
    graph.add_edges_from((number, target) for number, target, _ in space.edges())
    return graph


def _lost_for_ever(space: Space, result: PropertyResult) -> set[int]:
    """Of a `finally`: from a state that is not lost, something leads to an end where the formula is
    true, to an error, or to a component in which it stays so, and where each instance acts or is
    unable to once."""
    graph = _graph(space)
    answer = space.program.formulas.properties[result.name].answer
    true = {n for n, state in enumerate(space.states) if answer(state) != 0}
    acts: dict[tuple[int, int], set[int]] = {}
    able: dict[int, set[int]] = {n: set() for n in graph}
    for number, target, step in space.edges():
        who = space.machine.steps[step].instance
        acts.setdefault((number, target), set()).add(who)
        able[number].add(who)
    failing = set()
    for number, who, _ in space.errors:
        failing.add(number)
        able[number].add(who)
    right = failing | {n for n in graph if not able[n] and n in true}
    for part in nx.strongly_connected_components(graph.subgraph(true)):
        within = list(graph.subgraph(part).edges)
        acting = {who for edge in within for who in acts[edge]}
        if within and set.intersection(*(able[n] for n in part)) <= acting:
            right |= part
    saved = right.union(*(nx.ancestors(graph, n) for n in right))
    return set(graph) - saved
