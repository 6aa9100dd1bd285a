"""What goes round in rows of transitions, beside what networkx finds in the same graph."""

from __future__ import annotations

import random

import networkx as nx
import pytest
from model_check.explore.components import components_of


@pytest.mark.parametrize("seed", range(200))
def test_components_are_those_of_networkx_in_which_something_goes_round(seed: int) -> None:
    rng = random.Random(seed)
    count = rng.randint(1, 30)
    most = rng.choice([1, 2, 4])
    rows = [[rng.randrange(count) for _ in range(rng.randint(0, most))] for _ in range(count)]
    begins = [sum(map(len, rows[:number])) for number in range(count + 1)]
    targets = [target for row in rows for target in row]
    keep = rng.choice([None, [rng.randint(0, 3) > 0 for _ in range(count)]])
    graph = nx.DiGraph((node, target) for node, row in enumerate(rows) for target in row)
    kept = graph.subgraph(node for node in graph if keep is None or keep[node])
    expected = {
        frozenset(part)
        for part in nx.strongly_connected_components(kept)
        if kept.subgraph(part).size()
    }
    found = components_of(begins, targets, keep)
    members = [frozenset(found.members(number + 1)) for number in range(found.count)]
    assert len(members) == len(expected)
    assert set(members) == expected
    assert [node for node, of in enumerate(found.of) if not of] == sorted(
        set(range(count)).difference(*expected)
    )
