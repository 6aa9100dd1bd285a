"""Published models with the fairness of their originals: their verdicts in time, their counts.

Each spec says what it is made after. Verdicts and distinct states are those that the original
publishes, or that TLC 2.15 (one worker) gave for it where a row says so; of philosophers the book
has the verdicts alone. Counts are as in test_known_counts: TLC's depth is one more than the steps,
and it generates each initial state beside the transitions. Where the original has steps twice
(SimpleAllocator can give back all as one of the sets, and as all; TLC takes each true branch of an
`or`), or steps that change nothing, a row has no number of transitions.

The largest is not run here: `model-check tests/models/lamport-mutex.yaml --set MAX_CLOCK=6` has
922,956 - 198,682 states within and 2,729,078 transitions; TLC has 724,274 distinct states and
2,729,079 generated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from model_check import check

MODELS = Path(__file__).parents[1] / "models"
EXAMPLES = "github.com/tlaplus/Examples/tree/master/specifications/"
LAMPORT = "Lamport, A new solution of Dijkstra's concurrent programming problem, CACM 17 (8), 1974"
BEN_ARI = "Ben-Ari, Principles of Concurrent and Distributed Programming, 2006, section 6.9"


@dataclass(frozen=True)
class Row:
    """A spec with these constants, and what is published of it: all properties hold but those
    that are `violated`. Where a bound cuts states off, as a constraint of TLC does, `states` are
    those within, as TLC counts, and there is no depth."""

    name: str
    source: str
    states: int
    depth: int | None
    transitions: int | None = None
    violated: frozenset[str] = frozenset()
    constants: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.name, *(f"{k}={v}" for k, v in self.constants.items())])


def row(
    name: str,
    source: str,
    counts: tuple[int, int | None, int | None],
    *violated: str,
    **constants: int,
) -> Row:
    """`counts`: states, transitions, depth."""
    states, transitions, depth = counts
    return Row(name, source, states, depth, transitions, frozenset(violated), constants)


ALLOCATOR = EXAMPLES + "allocator"
UNOBTAINED = ("obtained", "satisfied_again_and_again")
PRISONER = EXAMPLES + "Prisoners_Single_Switch"
PETERSON = EXAMPLES + "locks_auxiliary_vars"
TWO_PHASE = EXAMPLES + "transaction_commit"
ALTERNATING = EXAMPLES + "SpecifyingSystems/TLC"
BAKERY = EXAMPLES + "Bakery-Boulangerie"
ROWS = [
    row("alternating-bit", ALTERNATING, (240, 1_392 - 8, None)),
    row("alternating-bit-weak", "TLC, WF for SF in " + ALTERNATING, (240, 1_392 - 8, None),
        "what_is_sent_arrives"),
    row("simple-allocator", ALLOCATOR, (400, None, 5)),
    # SimpleAllocator2, and the theorems that the original says do not hold.
    row("simple-allocator", ALLOCATOR, (400, None, 5), *UNOBTAINED, WHOLE_REQUESTS=True),
    row("simple-allocator-weak", "TLC, WF for SF in " + ALLOCATOR, (400, None, 5), *UNOBTAINED),
    row("readers-writers", EXAMPLES + "ReadersWriters", (21_527, 59_674 - 1, 12)),
    row("prisoners", EXAMPLES + "Prisoners", (214, 860 - 4, 13)),
    row("prisoners-one-switch", PRISONER, (16, 49 - 1, 4)),
    # The manifest has a depth of 11 states here, and of 10 for ewd840; one worker finds 10 and 9.
    row("prisoners-one-switch", PRISONER, (62, 188 - 2, 9), LIGHT_UNKNOWN=True),
    row("prisoners-one-switch", PRISONER, (2, 3 - 1, 1), PRISONERS=1),
    row("prisoners-one-switch", PRISONER, (4, 6 - 2, 1), PRISONERS=1, LIGHT_UNKNOWN=True),
    row("two-phase-commit-may-stop", TWO_PHASE, (1_245, None, 14)),
    row("two-phase-commit-may-stop", "TLC, TMMAYFAIL = FALSE in " + TWO_PHASE, (785, None, 12),
        "no_deadlock", TM_MAY_FAIL=False),
    row("two-phase-commit-may-stop", "TLC, RMMAYFAIL = FALSE in " + TWO_PHASE, (453, None, 14),
        RM_MAY_FAIL=False),
    row("two-phase-commit-may-stop", "TLC, without BTManager in " + TWO_PHASE, (779, None, 12),
        "everybody_decides", "no_deadlock", BACKUP=False),
    row("chang-roberts", EXAMPLES + "chang_roberts", (137, 227 - 8, 9)),
    row("ewd840", EXAMPLES + "ewd840", (302, None, 8), "detected_if_all_rest_again_and_again"),
    row("ewd840", EXAMPLES + "ewd840", (1_566, None, 11), "detected_if_all_rest_again_and_again",
        NODES=4),
    row("ewd998", "TLC, N = 2, counters up to 2, q up to 3 in " + EXAMPLES + "ewd998",
        (2_278, None, None)),
    row("peterson", PETERSON, (42, 77 - 1, 10)),
    row("peterson-unfair", "TLC, as it is, without fairness: " + PETERSON, (42, 77 - 1, 10),
        "worker_0_comes_in", "worker_1_comes_in"),
    row("peterson-may-rest", "TLC, WF but at a0 in " + PETERSON, (42, None, 10),
        "worker_0_asks_again_and_again"),
    row("lamport-mutex", "TLC, maxClock = 2 in " + EXAMPLES + "lamport_mutex",
        (511, 2_203 - 1, None)),
    row("bakery", "TLC, Spec with MaxNat = 2 in " + BAKERY, (2_303, None, 38),
        "deadlock_free", "starvation_free"),
    row("bakery-within", LAMPORT, (618, None, None)),
    row("philosophers-weak", BEN_ARI, (60, 142, 7), "the_first_eats", "the_last_eats"),
    row("philosophers-strong", BEN_ARI, (60, 142, 7)),
]  # fmt: skip


def run(name: str, **constants: int) -> Any:
    return check(MODELS / f"{name}.yaml", constants=constants, reason=False)


@pytest.mark.parametrize("published", ROWS, ids=str)
def test_a_published_model_has_its_published_verdicts_and_states(published: Row) -> None:
    result = run(published.name, **published.constants)
    assert {p.name for p in result.properties if p.verdict == "violated"} == published.violated
    assert {p.verdict for p in result.properties} <= {"holds", "violated"}
    if not published.constants:
        assert [p.name for p in result.properties if not p.as_expected] == []
    space = result.space
    assert space.states - space.outside == published.states
    assert published.depth in (space.depth, None)
    if published.transitions is not None:
        assert space.transitions == published.transitions


def test_every_published_model_is_in_the_table_once_as_it_is_written() -> None:
    written = [published.name for published in ROWS if not published.constants]
    assert sorted(written) == sorted(path.stem for path in MODELS.glob("*.yaml"))
