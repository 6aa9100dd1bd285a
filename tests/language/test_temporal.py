"""Temporal formulas: what their text becomes, how tight operators bind, and what is said of
mistakes."""

from __future__ import annotations

import random
from typing import Any

import pytest
from fuzz.temporal import ATOMS, Lasso, parsed, random_formula, random_lasso, spelled, true_of
from model_check.language.source.diagnostics import Diagnostics, Source
from model_check.language.source.reader import read_yaml
from model_check.language.source.text import Text
from model_check.language.syntax.temporal import MAX_DEPTH, MAX_TEMPORAL, parse_formula
from model_check.language.temporal import (
    TEMPORAL,
    Always,
    And,
    Atom,
    Constant,
    Equivalent,
    Eventually,
    Formula,
    Implies,
    Next,
    Not,
    Or,
    Release,
    StrongRelease,
    Until,
    WeakUntil,
    atoms,
    formula_text,
    negation,
    negation_normal_form,
    parts_of,
)


def atom(name: str) -> Atom:
    return Atom(name, Text.of(Source("elsewhere", name)))


P, Q, R, S = map(atom, ("p", "q", "r", "s"))


def mistakes(text: str) -> list[str]:
    errors = Diagnostics()
    assert parse_formula(Text.of(Source("x", text)), errors) is None
    return [d.sentence().removeprefix("x:") for d in errors.found]


# --- operators -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("p", P),
        ("true", Constant(True)),
        ("False", Constant(False)),
        ("!p", Not(P)),
        ("not p", Not(P)),
        ("X p", Next(P)),
        ("next p", Next(P)),
        ("F p", Eventually(P)),
        ("<>p", Eventually(P)),
        ("eventually p", Eventually(P)),
        ("G p", Always(P)),
        ("[]p", Always(P)),
        ("always p", Always(P)),
        ("p U q", Until(P, Q)),
        ("p until q", Until(P, Q)),
        ("p W q", WeakUntil(P, Q)),
        ("p R q", Release(P, Q)),
        ("p releases q", Release(P, Q)),
        ("p M q", StrongRelease(P, Q)),
        ("p & q", And((P, Q))),
        ("p && q", And((P, Q))),
        ("p and q", And((P, Q))),
        ("p | q", Or((P, Q))),
        ("p || q", Or((P, Q))),
        ("p or q", Or((P, Q))),
        ("p -> q", Implies(P, Q)),
        ("p implies q", Implies(P, Q)),
        ("p <-> q", Equivalent(P, Q)),
        ("(p)", P),
        ("G(p->F(q))", Always(Implies(P, Eventually(Q)))),
    ],
)
def test_every_operator_has_its_spellings(text: str, formula: Formula) -> None:
    assert parsed(text) == formula


@pytest.mark.parametrize(
    ("text", "bracketed"),
    [
        ("!p U q", "(!p) U q"),
        ("G p -> F q", "(G p) -> (F q)"),
        ("always p and q", "(always p) and q"),
        ("not p until q", "(not p) until q"),
        ("X p & q", "(X p) & q"),
        ("p & q U r", "p & (q U r)"),
        ("p U q & r", "(p U q) & r"),
        ("p U q U r", "p U (q U r)"),
        ("p U q R r W s", "p U (q R (r W s))"),
        ("p M q U r", "p M (q U r)"),
        ("p | q & r", "p | (q & r)"),
        ("p & q | r", "(p & q) | r"),
        ("p | q -> r & s", "(p | q) -> (r & s)"),
        ("p -> q -> r", "p -> (q -> r)"),
        ("p <-> q <-> r", "p <-> (q <-> r)"),
        ("p & q <-> r | s", "(p & q) <-> (r | s)"),
        ("F G p U X q", "(F (G p)) U (X q)"),
    ],
)
def test_operators_bind_as_in_spin_and_spot(text: str, bracketed: str) -> None:
    assert parsed(text) == parsed(bracketed)
    spot = pytest.importorskip("spot")
    words = {"always": "G", "not": "!", "until": "U", "and": "&"}
    theirs = " ".join(words.get(word, word) for word in text.split())
    brackets = " ".join(words.get(w, w) for w in bracketed.replace("(", "( ").split())
    assert spot.formula(theirs) == spot.formula(brackets)


def test_several_operands_of_one_connective_stand_side_by_side() -> None:
    assert parsed("p & q & r") == And((P, Q, R))
    assert parsed("p | (q | r)") == Or((P, Or((Q, R))))


@pytest.mark.parametrize(
    "text",
    [
        "client.done",
        "gateway[1].ready",
        "at(client, ask)",
        "at(worker[1], take)",
        "free(']')",
        "pages[phase][0].read",
        "Fp",
        "é",
    ],
)
def test_an_atom_is_a_name_with_what_follows_it_without_a_blank(text: str) -> None:
    formula = parsed(f"G (p -> F {text})")
    assert [each.name for each in atoms(formula)] == ["p", text]
    assert atoms(formula)[1].text.text == text
    assert str(atoms(formula)[1].at) == "formula:1:11"


def test_a_formula_may_go_over_lines_and_have_comments() -> None:
    source = Source("spec.yaml", "ltl: |\n  G (asked  # by anybody\n    -> F answered)\n")
    errors = Diagnostics()
    content: Any = read_yaml(source).entries[0][1].content
    formula = parse_formula(content, errors)
    assert formula is not None
    assert [(each.name, str(each.at)) for each in atoms(formula)] == [
        ("asked", "spec.yaml:2:6"),
        ("answered", "spec.yaml:3:10"),
    ]
    assert formula_text(formula) == "G (asked -> F answered)"


# --- mistakes ------------------------------------------------------------------------------------

NAMED = "a name that is one needs another, by `define`)"
NAME_IT = "(a formula speaks of names: `define` one for this)"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: a formula is missing here"),
        ("   # nothing", "1:4: a formula is missing here"),
        ("()", "1:2: there is nothing in these brackets"),
        ("p & ()", "1:6: there is nothing in these brackets"),
        ("(p", "1:1: this `(` is never closed"),
        ("p)", "1:2: this `)` closes nothing"),
        ("(p]", "1:3: this `]` does not close the `(` before it"),
        ("p &", "1:3: there is nothing to the right of `&`"),
        ("(p ->) q", "1:4: there is nothing to the right of `->`"),
        ("& p", "1:1: there is nothing to the left of `&`"),
        ("p & | q", "1:3: there is nothing to the right of `&`"),
        ("always", "1:1: `always` has no operand"),
        ("! & p", "1:1: `!` has no operand"),
        ("F", f"1:1: `F` has no operand (`F` is an operator here: {NAMED}"),
        ("p & (F | q)", f"1:6: `F` has no operand (`F` is an operator here: {NAMED}"),
        ("U -> p", f"1:1: there is nothing to the left of `U` (`U` is an operator here: {NAMED}"),
        ("p & U", "1:3: there is nothing to the right of `&` (`U` is an operator here: " + NAMED),
        ("p q", "1:3: an operator is missing before `q`"),
        ("p G q", "1:3: an operator is missing before `G` (`G` is an operator here: " + NAMED),
        ("p (q)", "1:3: an operator is missing before `(`"),
        ("GF p", "1:1: an operator is missing before `p` (perhaps `G F` is meant, with blanks)"),
        ("x[] p", "1:2: an operator is missing before `[]`"),
        ("p -> q <-> r", "1:8: `->` and `<->` stand beside each other (put brackets around what "
         "belongs to `<->`)"),
        ("p <-> q -> r", "1:9: `<->` and `->` stand beside each other (put brackets around what "
         "belongs to `->`)"),
        ("finally p", "1:1: `finally` is not part of a formula (write `eventually`, or `eventually "
         "always` for what stays true)"),
        ("never p", "1:1: `never` is not part of a formula (write `always not`)"),
        ("globally p", "1:1: `globally` is not part of a formula (write `always`)"),
        ("p release q", "1:3: `release` is not part of a formula (write `releases`)"),
        ("p leads_to q", "1:3: `leads_to` is not part of a formula (write `always (p -> eventually "
         "q)`)"),
        ("p ~> q", "1:3: `~>` is not part of a formula (write `always (p -> eventually q)`)"),
        ("p iff q", "1:3: `iff` is not part of a formula (write `<->`)"),
        ("p xor q", "1:3: `xor` is not part of a formula (write `not (p <-> q)`)"),
        ("p ^ q", "1:3: `^` is not part of a formula (write `not (p <-> q)`)"),
        ("~p", "1:1: `~` is not part of a formula (write `!`)"),
        ("p /\\ q", "1:3: `/\\` is not part of a formula (write `&`)"),
        ("p \\/ q", "1:3: `\\/` is not part of a formula (write `|`)"),
        ("p => q", "1:3: `=>` is not part of a formula (write `->`)"),
        ("p <=> q", "1:3: `<=>` is not part of a formula (write `<->`)"),
        ("G 1", "1:3: `1` is not part of a formula (write `true`)"),
        ("p U 0", "1:5: `0` is not part of a formula (write `false`)"),
        ("G (n < 3)", "1:6: `<` is not part of a formula " + NAME_IT),
        ("x == y", "1:3: `==` is not part of a formula " + NAME_IT),
        ("p in s", "1:3: `in` is not part of a formula " + NAME_IT),
        ("G 'p'", "1:3: `'` is not part of a formula " + NAME_IT),
        ("G 'p", "1:3: this string has no end"),
        ("p ; q", "1:3: `;` is not part of the language (start a new line)"),
        ("p \x00", "1:3: the character U+0000 is not allowed here"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_place_with_what_to_write(text: str, told: str) -> None:
    assert mistakes(text) == [told]


@pytest.mark.parametrize(
    ("text", "at", "shown"),
    [
        ("G (x >= old(x))", 9, "old(...)"),
        ("G old (p)", 3, "old(...)"),
        ("G (p -> p')", 9, "p'"),
        ("[](x' > x)", 4, "x'"),
        ("[][p]_q", 3, "[p]"),
        ("G [x = 1]_x", 3, "[x = 1]"),
        ("<><p>_q", 3, "<p>"),
        ("[] <> <<p>>_q", 7, "<<p>>"),
    ],
)
def test_what_speaks_of_a_step_is_told_with_what_to_write_instead(
    text: str, at: int, shown: str
) -> None:
    assert mistakes(text) == [
        f"1:{at}: `{shown}` speaks of a step, and a formula of states (write a property of its "
        "own, `each_step: x >= old(x)`, for what is true of every step; in a formula a step from "
        "p to q is `p & X q`)"
    ]


def test_a_comment_and_a_text_may_have_what_would_speak_of_a_step() -> None:
    assert parsed("G p # don't take old(x) for [p]_q") == Always(P)
    assert parsed("f('p')") == atom("f('p')")
    assert parsed("older(p)") == atom("older(p)")


def test_a_formula_has_no_more_temporal_operators_than_an_automaton_can_take() -> None:
    most = "X " * MAX_TEMPORAL + "p"
    assert sum(isinstance(each, TEMPORAL) for each in _all(parsed(most))) == MAX_TEMPORAL
    assert mistakes("X " + most) == [
        "1:61: this formula has more than 30 temporal operators (split it into several properties)"
    ]
    assert parsed("!" * (MAX_TEMPORAL + 1) + "p") != P


def _all(formula: Formula) -> list[Formula]:
    return [formula, *(each for part in parts_of(formula) for each in _all(part))]


@pytest.mark.parametrize(
    ("before", "after"), [("!", ""), ("(", ")"), ("p -> ", ""), ("p & (", ")")]
)
def test_a_formula_is_not_nested_deeper_than_what_follows_can_take(before: str, after: str) -> None:
    assert parsed(before * MAX_DEPTH + "q" + after * MAX_DEPTH)
    told = mistakes(before * (MAX_DEPTH + 1) + "q" + after * (MAX_DEPTH + 1))
    assert [each.partition(" ")[2] for each in told] == [
        "this formula is nested deeper than 50 levels"
    ]


def test_a_formula_is_not_longer_than_an_expression() -> None:
    assert mistakes("p & " * 3_000 + "p") == ["1:1: a formula is longer than 10,000 characters"]
    assert len(atoms(parsed(" & ".join(f"p{i}" for i in range(1_000))))) == 1_000


# --- what is made of formulas --------------------------------------------------------------------


def test_atoms_stand_in_the_order_in_which_they_first_appear() -> None:
    formula = parsed("G (r -> p U r) & F q | p")
    assert [(each.name, each.at.column) for each in atoms(formula)] == [
        ("r", 4), ("p", 9), ("q", 20),
    ]  # fmt: skip


def test_atoms_of_one_name_are_equal_wherever_they_stand() -> None:
    first, second = parts_of(parsed("p & p"))
    assert first == second
    assert hash(first) == hash(second)
    assert isinstance(first, Atom)
    assert isinstance(second, Atom)
    assert first.at != second.at


def test_the_text_of_a_formula_makes_the_same_formula() -> None:
    for seed in range(500):
        formula = parsed(spelled(random_formula(random.Random(seed))))
        assert parsed(formula_text(formula)) == formula


@pytest.mark.parametrize(
    "text",
    [
        "G (asked -> F answered)",
        "p & q | r & s",
        "(p | q) & r",
        "(p U q) U r",
        "p U q U r",
        "!(p & q)",
        "!p & q",
        "(p -> q) -> r",
        "p -> q -> r",
        "p -> (q <-> r)",
        "X X !p W true",
        "p & (q & r)",
    ],
)
def test_the_text_of_a_formula_has_no_brackets_that_are_not_needed(text: str) -> None:
    assert formula_text(parsed(text)) == text


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("!!p", "p"),
        ("!(p & q)", "!p | !q"),
        ("!(p | q)", "!p & !q"),
        ("p -> q", "!p | q"),
        ("!(p -> q)", "p & !q"),
        ("p <-> q", "p & q | !p & !q"),
        ("!(p <-> q)", "p & !q | !p & q"),
        ("!X p", "X !p"),
        ("!F p", "G !p"),
        ("!G p", "F !p"),
        ("!(p U q)", "!p R !q"),
        ("!(p R q)", "!p U !q"),
        ("!(p W q)", "!p M !q"),
        ("!(p M q)", "!p W !q"),
        ("!true", "false"),
        ("!G (p -> F !q)", "F (p & G q)"),
    ],
)
def test_the_negation_normal_form_has_negations_of_atoms_alone(text: str, normal: str) -> None:
    assert formula_text(negation_normal_form(parsed(text))) == normal


def test_normal_forms_and_negations_are_true_of_the_words_that_they_must_be_true_of() -> None:
    for seed in range(300):
        rng = random.Random(seed)
        tree, word = random_formula(rng, rng.randint(1, 6)), random_lasso(rng)
        formula, expected = parsed(spelled(tree)), true_of(tree, word)
        assert true_of(_tree(negation_normal_form(formula)), word) == expected
        assert true_of(_tree(negation(formula)), word) != expected


def test_letters_of_the_judge_are_those_of_its_atoms() -> None:
    word = Lasso((), (frozenset(ATOMS),))
    assert all(true_of((name,), word) for name in ATOMS)


_SIGNS: dict[type, str] = {
    Not: "!", Next: "X", Eventually: "F", Always: "G", Until: "U", WeakUntil: "W", Release: "R",
    StrongRelease: "M", And: "&", Or: "|", Implies: "->", Equivalent: "<->",
}  # fmt: skip


def _tree(formula: Formula) -> tuple[Any, ...]:
    """The judge's form of a formula."""
    if isinstance(formula, (Atom, Constant)):
        return (formula_text(formula),)
    parts = [_tree(each) for each in parts_of(formula)]
    while len(parts) > 2:
        parts[-2:] = [(_SIGNS[type(formula)], *parts[-2:])]
    return (_SIGNS[type(formula)], *parts)


def test_what_is_nested_by_equivalences_takes_no_more_memory_than_its_text() -> None:
    normal = negation_normal_form(parsed(" <-> ".join(f"p{i}" for i in range(40))))
    seen: dict[int, Formula] = {}
    waiting = [normal]
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen[id(node)] = node
            waiting += parts_of(node)
    assert len(seen) < 40 * 8
    assert len(atoms(normal)) == 40
