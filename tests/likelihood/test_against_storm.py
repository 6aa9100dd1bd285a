"""Exponential times and chances, against Storm, which computes with fractions."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from fuzz.repair import load_text
from likelihood.storm import made, published
from likelihood.storm.pairs import Pair
from model_check.explore.space import Space
from model_check.likelihood.clocks import clocks_of
from model_check.likelihood.exploring import told_of_space
from model_check.likelihood.graph_of import timed_graph
from model_check.likelihood.markov import is_markov, solve
from model_check.likelihood.tally import Outcomes

TESTS = Path(__file__).parent.parent
PAIRS = [*published.models(), *made.models()]


def test_there_are_many_models() -> None:
    assert len({each.name for each in PAIRS}) == len(PAIRS) >= 30


@pytest.fixture(scope="module")
def of_storm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """By model and property, how likely Storm finds that it is broken."""
    if importlib.util.find_spec("stormpy") is None:
        pytest.skip("stormpy has no wheel for this platform")
    answers = tmp_path_factory.mktemp("storm") / "answers.json"
    asked = json.dumps([(each.prism, [*each.formulas.values()]) for each in PAIRS])
    subprocess.run(
        [sys.executable, "-m", "likelihood.storm", str(answers)],
        cwd=TESTS, input=asked, text=True, check=True, stdout=subprocess.DEVNULL, timeout=250,
    )  # fmt: skip
    found = json.loads(answers.read_text(encoding="utf-8"))
    return {
        pair.name: dict(zip(pair.formulas, (float(Fraction(v)) for v in values), strict=True))
        for pair, values in zip(PAIRS, found, strict=True)
    }


def exact(pair: Pair) -> Outcomes:
    """What comes of the spec of a pair."""
    spec = load_text(pair.spec)

    def told(space: Space) -> Outcomes:
        clocks, begin_times = clocks_of(space.machine, spec.timing)
        asked = [each for each in spec.properties if each.name in pair.formulas]
        graph = timed_graph(space, clocks, begin_times, asked, [])
        assert is_markov(graph)
        return solve(graph)

    return told_of_space(spec, told)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_shares_are_those_of_storm(pair: Pair, of_storm: dict[str, dict[str, float]]) -> None:
    found = exact(pair)
    shares = {name: found.broken[name][0] for name in pair.formulas}
    assert shares == {
        name: pytest.approx(share, rel=1e-9, abs=0) for name, share in of_storm[pair.name].items()
    }
