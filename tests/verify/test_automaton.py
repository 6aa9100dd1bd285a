"""Automata of temporal formulas: small ones, right ones, and none without end."""

from __future__ import annotations

import dataclasses
import os
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from fuzz.temporal import (
    Lasso,
    accepts,
    differs_from_spot,
    judged,
    judged_by_spot,
    parsed,
    random_formula,
    spelled,
    true_of,
)
from model_check.language import temporal
from model_check.language.temporal import negation
from model_check.verify.automaton import (
    Automaton,
    AutomatonTooLargeError,
    Edge,
    formulas,
    reduction,
    tableau,
    translation,
)
from model_check.verify.automaton.translation import automaton_of
from model_check.verify.reading import reads

FORMULAS = 2_000
"""By a fixed seed; `python -m tests.fuzz.temporal` goes on with others."""
FOR_SPOT = 500
"""`.ci/run` has Spot judge 2,000."""
UNTIL_FOUND = 600
"""Formulas among which a planted mistake must be found."""


def sizes(text: str) -> tuple[int, int, int]:
    """States, edges, acceptance sets."""
    automaton = automaton_of(parsed(text))
    return len(automaton.edges), sum(map(len, automaton.edges)), automaton.acceptance


def letter(names: str) -> frozenset[str]:
    return frozenset(names)


# --- shapes --------------------------------------------------------------------------------------


def test_what_must_never_be_is_one_state_with_a_loop() -> None:
    automaton = automaton_of(parsed("G !p"))
    assert automaton == Automaton(("p",), 0, ((Edge(0, 0b1, 0, 0),),), 0)


def test_again_and_again_is_one_state_with_one_acceptance_set() -> None:
    automaton = automaton_of(parsed("G F p"))
    assert automaton == Automaton(("p",), 0, ((Edge(0, 0, 0, 0), Edge(1, 0, 0, 1)),), 1)


def test_a_question_without_an_answer_waits_in_the_initial_state_for_its_time() -> None:
    automaton = automaton_of(negation(parsed("G (asked -> F answered)")))
    assert automaton.atoms == ("asked", "answered")
    assert automaton.edges == (
        (Edge(0, 0, 0, 0), Edge(0b01, 0b10, 1, 0)),
        (Edge(0, 0b10, 1, 1),),
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("true", (1, 1, 0)),
        ("false", (1, 0, 0)),
        ("p", (2, 2, 0)),
        ("X p", (3, 3, 0)),
        ("F p", (2, 3, 1)),
        ("G p", (1, 1, 0)),
        ("p U q", (2, 3, 1)),
        ("p W q", (2, 3, 0)),
        ("p R q", (2, 3, 0)),
        ("p M q", (2, 3, 1)),
        ("F (p & G !q)", (2, 3, 1)),
        ("F G p", (2, 3, 1)),
        ("G F p & G F q", (1, 4, 2)),
        ("G F p | G F q", (3, 6, 1)),
        ("G (p -> F q)", (2, 5, 1)),
        ("G (p -> X q)", (2, 4, 0)),
        ("F p & F q & F r", (8, 27, 1)),
        ("G F G F p", (1, 2, 1)),
        ("F F p", (2, 3, 1)),
        ("G (p | !p)", (1, 1, 0)),
        ("p & !p", (1, 0, 0)),
        ("F (p & X !p & G p)", (1, 0, 0)),
    ],
)
def test_everyday_formulas_have_small_automata(text: str, size: tuple[int, int, int]) -> None:
    assert sizes(text) == size


def test_every_edge_can_be_taken_on_some_letter_and_leads_to_a_state() -> None:
    for seed in range(200):
        automaton = automaton_of(parsed(spelled(random_formula(random.Random(seed)))))
        for edge in (edge for out in automaton.edges for edge in out):
            size = len(automaton.atoms)
            assert reads(edge, edge.must | edge.must_not << size, size)
            assert not edge.must & edge.must_not
            assert (edge.must | edge.must_not) < 1 << len(automaton.atoms)
            assert 0 <= edge.target < len(automaton.edges)
            assert not edge.marks & ~automaton.all_marks


def test_states_are_numbered_as_a_search_comes_to_them() -> None:
    for seed in range(50):
        automaton = automaton_of(parsed(spelled(random_formula(random.Random(seed)))))
        order = [0]
        for state in order:
            order += [
                target
                for target in dict.fromkeys(edge.target for edge in automaton.edges[state])
                if target not in order
            ]
        assert automaton.initial == 0
        assert order == [*range(len(automaton.edges))]


def test_equal_formulas_have_equal_automata_in_every_process() -> None:
    code = (
        "import random; from fuzz.temporal import *\n"
        "for s in range(40): print(hoa(automaton_of(parsed(spelled(random_formula("
        "random.Random(s))))))) "
    )
    told = {
        subprocess.run(
            [
                sys.executable,
                "-c",
                "from model_check.verify.automaton.translation import *;" + code,
            ],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert "HOA: v1" in told.pop()


# --- judges --------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(4))
def test_automata_accept_exactly_the_words_of_which_their_formulas_are_true(part: int) -> None:
    share = FORMULAS // 4
    told = [judged(seed) for seed in range(part * share, (part + 1) * share)]
    assert [each for each in told if each] == []


def test_automata_have_the_languages_that_spot_reads_in_the_text() -> None:
    pytest.importorskip("spot")
    told = [judged_by_spot(seed) for seed in range(FOR_SPOT)]
    assert [each for each in told if each] == []


def test_spot_sees_an_automaton_of_another_formula() -> None:
    pytest.importorskip("spot")
    assert differs_from_spot("p U q", automaton_of(parsed("p U q"))) == ""
    assert "another language" in differs_from_spot("p U q", automaton_of(parsed("p W q")))


@pytest.mark.parametrize(
    ("text", "once", "again", "expected"),
    [
        ("p U q", ["p", "p"], ["q"], True),
        ("p U q", ["p", "p"], ["p"], False),
        ("p W q", ["p", "p"], ["p"], True),
        ("p R q", ["q"], ["q"], True),
        ("p M q", ["q"], ["q"], False),
        ("p M q", ["q"], ["pq"], True),
        ("p R q", ["q", "p"], [""], False),
        ("X p", ["", "p"], [""], True),
        ("G F p", [], ["p", ""], True),
        ("F G p", [], ["p", ""], False),
        ("F G p", ["", ""], ["p"], True),
    ],
)
def test_known_words_are_judged_as_the_books_have_it(
    text: str, once: list[str], again: list[str], *, expected: bool
) -> None:
    word = Lasso(tuple(map(letter, once)), tuple(map(letter, again)))
    assert accepts(automaton_of(parsed(text)), word) == expected
    assert true_of(tuple(_tree(text)), word) == expected


def _tree(text: str) -> list[Any]:
    """The judge's tree of a text without brackets."""
    words = text.split()
    if len(words) == 3 and words[1] in "UWRM":
        return [words[1], (words[0],), (words[2],)]
    return [words[0], tuple(_tree(" ".join(words[1:])))] if len(words) > 1 else words


# --- planted mistakes ----------------------------------------------------------------------------

Plant = Callable[[pytest.MonkeyPatch], None]


def _method(owner: Any, name: str, other: str) -> Plant:
    """One method does what another does."""
    return lambda patch: patch.setattr(owner, name, getattr(owner, other))


def _entry(table: dict[Any, Any], key: Any, value: Any) -> Plant:
    return lambda patch: patch.setitem(table, key, value)


def _losing(patch: pytest.MonkeyPatch) -> None:
    def lossy(*arguments: Any) -> Any:
        edges, acceptance = tableau.tableau(*arguments)
        return edges, max(0, acceptance - 1)

    patch.setattr(translation, "tableau", lossy)


def _edges(**changes: Callable[[Edge], int]) -> Plant:
    """Every edge of the tableau is changed."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        def changed(*arguments: Any) -> Any:
            edges, acceptance = tableau.tableau(*arguments)
            return [
                [
                    dataclasses.replace(e, **{name: of(e) for name, of in changes.items()})
                    for e in out
                ]
                for out in edges
            ], acceptance

        patch.setattr(translation, "tableau", changed)

    return plant


def _unmarked(patch: pytest.MonkeyPatch) -> None:
    def beats(edge: Edge, other: Edge, better: list[int]) -> bool:
        weaker = not (edge.must & ~other.must or edge.must_not & ~other.must_not)
        return weaker and better[other.target] >> edge.target & 1 == 1

    patch.setattr(reduction, "_beats", beats)


def _anywhere(patch: pytest.MonkeyPatch) -> None:
    def beats(edge: Edge, other: Edge, _better: list[int]) -> bool:
        weaker = not (edge.must & ~other.must or edge.must_not & ~other.must_not)
        return weaker and not other.marks & ~edge.marks and edge.target <= other.target

    patch.setattr(reduction, "_beats", beats)


def _one_less(patch: pytest.MonkeyPatch) -> None:
    needed = reduction._needed
    patch.setattr(reduction, "_needed", lambda marks, sets: needed(marks, sets)[1:])


def _no_promise(kind: formulas.Kind) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        right = tableau._Ways._promise

        def promise(ways: Any, number: int) -> int | None:
            return None if ways._nodes[number].kind is kind else right(ways, number)

        patch.setattr(tableau._Ways, "_promise", promise)

    return plant


def _same_next(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(formulas.Nodes, "next", lambda _nodes, of: of)


PLANTED: dict[str, Plant] = {
    "until taken as release": _method(formulas.Nodes, "until", "release"),
    "until taken as weak": _method(formulas.Nodes, "until", "weak_until"),
    "weak until taken as strong": _method(formulas.Nodes, "weak_until", "until"),
    "strong release taken as release": _method(formulas.Nodes, "strong_release", "release"),
    "release taken as strong": _method(formulas.Nodes, "release", "strong_release"),
    "next dropped": _same_next,
    "not W taken as not U": _entry(temporal._DUAL, temporal.WeakUntil, temporal.Release),
    "not M taken as not R": _entry(temporal._DUAL, temporal.StrongRelease, temporal.Until),
    "not G taken as G not": _entry(temporal._DUAL, temporal.Always, temporal.Always),
    "not R taken as not M": _entry(temporal._DUAL, temporal.Release, temporal.WeakUntil),
    "not X taken as F not": _entry(temporal._DUAL, temporal.Next, temporal.Eventually),
    "G taken as eventual": _entry(formulas._EVENTUAL, formulas.Kind.ALWAYS, ()),
    "F taken as universal": _entry(formulas._UNIVERSAL, formulas.Kind.EVENTUALLY, ()),
    "U taken as universal": _entry(formulas._UNIVERSAL, formulas.Kind.UNTIL, (0,)),
    "R taken as eventual": _entry(formulas._EVENTUAL, formulas.Kind.RELEASE, (0,)),
    "an acceptance set lost": _losing,
    "another acceptance set lost": _one_less,
    "F never promised": _no_promise(formulas.Kind.EVENTUALLY),
    "U never promised": _no_promise(formulas.Kind.UNTIL),
    "M never promised": _no_promise(formulas.Kind.STRONG_RELEASE),
    "what must not be forgotten": _edges(must_not=lambda _: 0),
    "what must be forgotten": _edges(must=lambda _: 0),
    "every edge accepts": _edges(marks=lambda _: -1 & 0xFFFF),
    "simulated without marks": _unmarked,
    "simulated by any state": _anywhere,
    "runs that never accept accepted": lambda patch: patch.setattr(
        reduction, "_rejects", lambda *_: False
    ),
    "a state without its G": lambda patch: patch.setattr(
        tableau._Ways,
        "reduced",
        lambda ways, state: state & ~sum({always for always, _ in ways._said_by_always}),
    ),
    "an edge that demands more kept alone": lambda patch: patch.setattr(
        tableau._Ways, "_least", lambda _, ways: sorted(set(ways))[-1:]
    ),
    "guards weakened at will": lambda patch: patch.setattr(reduction, "_covered", lambda *_: True),
    "states merged by guards alone": lambda patch: patch.setattr(
        reduction, "_merged", lambda edges: reduction._quotient(edges, _by_guards(edges))
    ),
}  # fmt: skip


def _by_guards(edges: list[list[Edge]]) -> list[int]:
    numbers: dict[frozenset[tuple[int, int]], int] = {}
    return [
        numbers.setdefault(frozenset((e.must, e.must_not) for e in out), len(numbers))
        for out in edges
    ]


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_found(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTED[mistake](monkeypatch)
    assert any(judged(seed) for seed in range(UNTIL_FOUND))


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" & ".join(f"F p{i}" for i in range(10)), "grows to more than 20,000 edges"),
        (
            " <-> ".join(f"p{i}" for i in range(40)),
            "takes more than 10,000,000 comparisons to make",
        ),
        ("F (p & " + "X " * 27 + "q) & G F r", None),
        ("G (p <-> " + "X " * 12 + "q)", "grows to more than 2,000 states"),
    ],
)
def test_an_automaton_that_would_be_too_large_is_refused_in_words(
    text: str, why: str | None
) -> None:
    if why is None:
        assert sizes(text)[0] > 0
        return
    with pytest.raises(AutomatonTooLargeError) as caught:
        automaton_of(parsed(text))
    assert str(caught.value) == f"the automaton of this formula {why}"


@pytest.mark.parametrize(
    "text",
    [
        "!" * 50 + "p",
        "(" * 50 + "p" + ")" * 50,
        "(p -> ! (q & (r | " * 8 + "p" + ")))" * 8,
        "(p <-> (q & (r | " * 8 + "p" + ")))" * 8,
        "p -> " * 50 + "q",
        "X " * 30 + "!" * 20 + "p",
        "(p U (q | r & " * 15 + "p" + "))" * 15,
    ],
)
def test_the_deepest_formulas_that_are_read_are_judged(text: str) -> None:
    formula = parsed(text)
    assert hash(formula) == hash(parsed(temporal.formula_text(formula)))
    assert repr(formula)
    assert len(automaton_of(negation(formula)).edges) > 0
