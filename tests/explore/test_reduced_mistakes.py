"""Mistakes in leaving something out are noticed: by verdicts and runs alone, in a known answer.

The judges of tables and of states that stand for others are left out here: what is noticed is what
a user would be told wrong.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest
from fuzz import reduced
from fuzz.exact_order import exact_finder
from fuzz.reduced import Way, reduced_differences
from fuzz.reduced_cases import CASES
from fuzz.reduced_mistakes import (
    IN_ANALYSIS,
    IN_NATIVE_CODE,
    IN_SYMMETRY,
    IN_TABLES,
    IN_THE_ENGINE,
    misled,
)
from fuzz.repair import load_text
from model_check.verify.reducible import Finder

NOTICED_BY = {
    # in the tables of an order
    "everything accords": "an error in one order only",
    "nothing is made possible": "a third one makes it possible",
    "what the first one does is forgotten": "a deadlock in one order only",
    "what the second one does is forgotten": "one takes what another waits for",
    "what the last one makes possible is forgotten": "a third one makes it possible",
    "what makes possible and what does not accord are mistaken": "an error in one order only",
    "no step hides a goal": "a visible step hides another one",
    "nobody raises a goal": "a goal is left again at once",
    "states are no goals": "a visible step hides another one",
    "steps are no goals": "a step that changes nothing is forbidden",
    "what goes round is not minded": "a process spins",
    "nothing is insisted on": "others come first",
    "where an instance stands makes no difference": "what it still comes to",
    # in the engine
    "a fault is a reason to let others wait": "a fault is all that one can do",
    "whom the chosen ones need is not asked again": "two values change between two looks",
    "whoever comes first is chosen alone": "one takes what another waits for",
    "what waits is taken for what can go on": "a third one makes it possible",
    "where something fails, nothing else is done": "a state in which something fails",
    "who waits has no errors": "a step that can do nothing",
    "nothing shorter is looked for": "others come first",
    "only what is possible now counts": "what it comes to in the next round",
    "two orders may lead to two states": "what it still comes to",
    "one may stop the other": "a deadlock in one order only",
    # in which states stand for others
    "one field stays what it was": "an error of one of several",
    "where they stand changes alone": "what each of them knows",
    "what they share is forgotten": "what each of them knows",
    "it is not asked what properties say": "endings that name one of two",
    "a run is told of states that stand for others": "what each of them knows",
    # in what is found out of steps
    "what a process comes to is cut short": "what it comes to in the next round",
    "z3 is not asked where two orders lead": "two values change between two looks",
    "all steps accord": "an error in one order only",
    "no step makes another possible": "a third one makes it possible",
    "no step lowers a goal": "a visible step hides another one",
    "no step raises a goal": "a goal is left again at once",
    "z3 says that nothing is wrong": "a third one makes it possible",
    "nothing can be hidden in what goes round": "a process spins, and states alone are asked",
    # in native code
    "a fault is a reason in native code": "a fault is all that one can do",
    "no step hides a goal in native code": "a visible step hides another one",
    "everything accords in native code": "an error in one order only",
}


def planted(mistake: str) -> tuple[Finder | None, Way, AbstractContextManager[None]]:
    """How a spec is checked with a mistake: what finds, which way, and while what is done."""
    if mistake in IN_TABLES:
        return misled(exact_finder, IN_TABLES[mistake]), Way("order"), nullcontext()
    if mistake in IN_THE_ENGINE:
        return None, Way("order", exact=True), IN_THE_ENGINE[mistake]()
    if mistake in IN_SYMMETRY:
        return None, Way("symmetry"), IN_SYMMETRY[mistake]()
    if mistake in IN_NATIVE_CODE:
        return None, Way("order", 1, exact=True), IN_NATIVE_CODE[mistake]()
    return None, Way("order"), IN_ANALYSIS[mistake]()


@pytest.mark.parametrize("mistake", NOTICED_BY)
def test_a_mistake_is_noticed_by_what_is_said(
    mistake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reduced, "misordered", lambda *_: [])
    monkeypatch.setattr(reduced, "unlike", lambda *_: [])
    finder, way, during = planted(mistake)
    spec = load_text(CASES[NOTICED_BY[mistake]].text)
    with during:
        try:
            found = [*reduced_differences(spec, finder, [way])]
        except (AssertionError, LookupError, ValueError) as error:
            found = [f"it contradicts itself: {error}"]
    assert found


def test_every_mistake_is_tried() -> None:
    groups = (IN_TABLES, IN_THE_ENGINE, IN_SYMMETRY, IN_ANALYSIS, IN_NATIVE_CODE)
    assert {name for group in groups for name in group} == NOTICED_BY.keys()
