"""Random temporal formulas, and two judges of what the tool makes of them.

    python -m tests.fuzz.temporal [--formulas 2000] [--first SEED] [--seconds 60]

One judge is a definition: a formula is evaluated on a random lasso word (letters that come once,
then letters that go round for ever) by fixpoints over its positions, and the word must be accepted
by the automaton exactly if the formula is true of it. The other is Spot, where it is installed: it
reads the formula's text and the automaton, and must find that they have equal languages. Nothing
here is shared with the tool. Prints each disagreement with its seed; exit code 1 if there was any.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import time
from dataclasses import dataclass
from typing import Any

import networkx as nx
from model_check.language.source.diagnostics import Diagnostics, Source
from model_check.language.source.text import Text
from model_check.language.syntax.temporal import parse_formula
from model_check.language.temporal import Formula, formula_text
from model_check.verify.automaton import Automaton
from model_check.verify.automaton.translation import automaton_of

__all__ = [
    "Lasso", "Tree", "accepts", "differs_from_spot", "hoa", "judged", "judged_by_spot", "main",
    "parsed", "random_formula", "random_lasso", "spelled", "true_of",
]  # fmt: skip

Tree = tuple[Any, ...]
"""A formula: ("p",), ("true",), ("false",), or an operator of Spot and its operands."""
ATOMS = ("p", "q", "r")
UNARY = ("!", "X", "F", "G")
BINARY = ("U", "W", "R", "M", "&", "|", "->", "<->")
LARGEST = 12
"""Operators of a random formula."""
WORDS = 6
"""Random words on which a formula is evaluated."""


@dataclass(frozen=True)
class Lasso:
    """An infinite word: `once`, then `again` for ever. Letters are sets of atoms."""

    once: tuple[frozenset[str], ...]
    again: tuple[frozenset[str], ...]

    @property
    def letters(self) -> tuple[frozenset[str], ...]:
        return self.once + self.again

    def after(self, place: int) -> int:
        return place + 1 if place + 1 < len(self.letters) else len(self.once)


# --- random ones ---------------------------------------------------------------------------------


def random_formula(rng: random.Random, size: int | None = None) -> Tree:
    """A formula of about so many operators."""
    if size is None:
        size = rng.randint(1, LARGEST)
    if size <= 0:
        return (rng.choice(ATOMS if rng.random() < 0.95 else ("true", "false")),)
    if rng.random() < 0.45:
        return rng.choice(UNARY), random_formula(rng, size - 1)
    left = rng.randint(0, size - 1)
    operands = random_formula(rng, left), random_formula(rng, size - 1 - left)
    # Boolean connectives of two kinds are enough, and `<->` is large.
    operator = rng.choice(BINARY if rng.random() < 0.5 else BINARY[:6])
    return operator, *operands


def random_lasso(rng: random.Random) -> Lasso:
    """A word of few letters."""
    likely = rng.choice((0.2, 0.5, 0.8))

    def letter() -> frozenset[str]:
        return frozenset(atom for atom in ATOMS if rng.random() < likely)

    once = tuple(letter() for _ in range(rng.randint(0, 3)))
    return Lasso(once, tuple(letter() for _ in range(rng.randint(1, 3))))


def spelled(tree: Tree) -> str:
    """A formula with brackets around everything."""
    match tree:
        case (name,):
            return str(name)
        case (operator, of):
            return f"{operator} ({spelled(of)})"
        case (operator, left, right):
            return f"({spelled(left)}) {operator} ({spelled(right)})"
    raise AssertionError(tree)


def parsed(text: str) -> Formula:
    """The tool's formula. Raises SpecError where it finds a mistake."""
    errors = Diagnostics()
    formula = parse_formula(Text.of(Source("formula", text)), errors)
    errors.raise_if_any()
    assert formula is not None
    return formula


# --- the definition ------------------------------------------------------------------------------


def true_of(tree: Tree, word: Lasso) -> bool:
    """Whether a formula is true of a word."""
    return _values(tree, word)[0]


def _values(tree: Tree, word: Lasso) -> list[bool]:
    """Whether it is true from each position on."""
    places = range(len(word.letters))
    if len(tree) == 1:
        if tree[0] in ("true", "false"):
            return [tree[0] == "true" for _ in places]
        return [tree[0] in word.letters[place] for place in places]
    operator = tree[0]
    values = [_values(each, word) for each in tree[1:]]
    a, b = values[0], values[-1]
    every, none = [True for _ in places], [False for _ in places]
    match operator:
        case "!":
            return [not x for x in a]
        case "&":
            return [x and y for x, y in zip(a, b, strict=True)]
        case "|":
            return [x or y for x, y in zip(a, b, strict=True)]
        case "->":
            return [y or not x for x, y in zip(a, b, strict=True)]
        case "<->":
            return [x == y for x, y in zip(a, b, strict=True)]
        case "X":
            return [a[word.after(place)] for place in places]
        case "F":
            return _fixpoint(word, none, lambda now, then: a[now] or then)
        case "G":
            return _fixpoint(word, every, lambda now, then: a[now] and then)
        case "U":
            return _fixpoint(word, none, lambda now, then: b[now] or (a[now] and then))
        case "W":
            return _fixpoint(word, every, lambda now, then: b[now] or (a[now] and then))
        case "R":
            return _fixpoint(word, every, lambda now, then: b[now] and (a[now] or then))
        case "M":
            return _fixpoint(word, none, lambda now, then: b[now] and (a[now] or then))
    raise AssertionError(operator)


def _fixpoint(word: Lasso, start: list[bool], step: Any) -> list[bool]:
    """The least fixpoint from all false, the greatest from all true."""
    values = start
    while True:
        found = [step(place, values[word.after(place)]) for place in range(len(values))]
        if found == values:
            return values
        values = found


# --- what the automaton says ---------------------------------------------------------------------


def accepts(automaton: Automaton, word: Lasso) -> bool:
    """Whether an automaton accepts a word: some cycle of their product has all marks."""
    letters = [
        sum(1 << bit for bit, atom in enumerate(automaton.atoms) if atom in letter)
        for letter in word.letters
    ]
    product = nx.MultiDiGraph()
    start = (automaton.initial, 0)
    product.add_node(start)
    waiting = [start]
    while waiting:
        state, place = node = waiting.pop()
        for edge in automaton.edges[state]:
            letter = letters[place]
            if edge.must & ~letter or edge.must_not & letter:
                continue
            target = (edge.target, word.after(place))
            if target not in product:
                waiting.append(target)
            product.add_edge(node, target, marks=edge.marks)
    for component in nx.strongly_connected_components(product):
        marks, inside = 0, False
        for _, target, edge_marks in product.edges(component, data="marks"):
            if target in component:
                inside = True
                marks |= edge_marks
        if inside and marks == (1 << automaton.acceptance) - 1:
            return True
    return False


def judged(seed: int, words: int = WORDS) -> str:
    """What is wrong with the automaton of a random formula, "" if nothing is."""
    rng = random.Random(seed)
    tree = random_formula(rng)
    automaton = automaton_of(parsed(spelled(tree)))
    for _ in range(words):
        word = random_lasso(rng)
        right = true_of(tree, word)
        if accepts(automaton, word) != right:
            return f"{spelled(tree)} is {right} of {word.once} {word.again}"
    return ""


# --- what Spot says ------------------------------------------------------------------------------


def hoa(automaton: Automaton) -> str:
    """An automaton in the Hanoi Omega-Automata format."""
    bits = range(len(automaton.atoms))
    sets = range(automaton.acceptance)
    lines = [
        "HOA: v1",
        f"States: {len(automaton.edges)}",
        f"Start: {automaton.initial}",
        " ".join([f"AP: {len(bits)}", *(f'"{atom}"' for atom in automaton.atoms)]),
        f"Acceptance: {len(sets)} {'&'.join(f'Inf({each})' for each in sets) or 't'}",
        "--BODY--",
    ]
    for state, out in enumerate(automaton.edges):
        lines.append(f"State: {state}")
        for edge in out:
            literals = [str(bit) for bit in bits if edge.must >> bit & 1]
            literals += [f"!{bit}" for bit in bits if edge.must_not >> bit & 1]
            marks = " ".join(str(each) for each in sets if edge.marks >> each & 1)
            lines.append(f"[{'&'.join(literals) or 't'}] {edge.target} {{{marks}}}")
    return "\n".join([*lines, "--END--", ""])


def differs_from_spot(text: str, automaton: Automaton) -> str:
    """How an automaton and Spot's reading of a formula differ, "" if they do not. Raises
    ImportError where there is no Spot."""
    import spot

    theirs = spot.formula(text)
    if spot.are_equivalent(spot.automaton(hoa(automaton)), theirs):
        return ""
    return f"Spot reads {text} as {theirs.to_str('spot', True)}, another language"


def judged_by_spot(seed: int) -> str:
    """What Spot finds wrong with a random formula, written with few brackets."""
    formula = parsed(spelled(random_formula(random.Random(seed))))
    return differs_from_spot(formula_text(formula), automaton_of(formula))


# --- the command ---------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.temporal", description=__doc__)
    parser.add_argument("--formulas", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    judges = [judged]
    if importlib.util.find_spec("spot"):
        judges.append(judged_by_spot)
    else:
        print("there is no Spot here: formulas are judged by the definition alone")
    end = time.monotonic() + asked.seconds
    done, wrong = 0, 0
    for seed in range(asked.first, asked.first + asked.formulas):
        if time.monotonic() > end:
            break
        for judge in judges:
            told = judge(seed)
            if told:
                print(f"seed {seed}: {told}")
                wrong += 1
        done += 1
    print(f"{done} formulas by {len(judges)} judges: {wrong} disagreements")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
