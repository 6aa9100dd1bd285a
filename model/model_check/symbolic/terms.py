"""What is asked of z3, as terms of SMT-LIB, built without z3.

Making tens of thousands of terms through a solver's own Python objects takes longer than
solving; plain nodes cost little, and z3 reads them all at once as text
(https://smt-lib.org/theories-FixedSizeBitVectors.shtml). A node that is used twice is
written once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "Condition", "Term", "all_true", "any_true", "apply_bits", "at_most_one", "boolean", "choice",
    "constant", "equal", "extract", "not_true", "relation", "resize", "script", "unknown", "xor",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """`operator` applied to `args`: a bit-vector of `width` bits, or a truth if that is 0.
    Without arguments it is a constant, or an unknown if it is written in bars."""

    operator: str
    args: tuple[Term, ...]
    width: int


Condition = bool | Term
"""A truth: Python's own where it is known."""


def boolean(name: str) -> Term:
    """An unknown truth."""
    return Term(f"|{name}|", (), 0)


def unknown(name: str, width: int) -> Term:
    """An unknown bit-vector."""
    return Term(f"|{name}|", (), width)


def constant(value: int, width: int) -> Term:
    """A number modulo 2**width."""
    return Term(f"(_ bv{value & ((1 << width) - 1)} {width})", (), width)


# --- truths -----------------------------------------------------------------------------------


def not_true(condition: Condition) -> Condition:
    """`not`."""
    if isinstance(condition, bool):
        return not condition
    if condition.operator == "not":
        return condition.args[0]
    return Term("not", (condition,), 0)


def all_true(*conditions: Condition) -> Condition:
    """`and`."""
    return _joined(conditions, "and", neutral=True)


def any_true(*conditions: Condition) -> Condition:
    """`or`."""
    return _joined(conditions, "or", neutral=False)


def _joined(conditions: Iterable[Condition], operator: str, *, neutral: bool) -> Condition:
    kept: dict[Term, None] = {}
    for each in conditions:
        if isinstance(each, bool):
            if each is not neutral:
                return each
        else:
            kept[each] = None
    if not kept:
        return neutral
    return next(iter(kept)) if len(kept) == 1 else Term(operator, tuple(kept), 0)


def xor(left: Condition, right: Condition) -> Condition:
    """Whether two truths differ."""
    if isinstance(left, bool):
        return not_true(right) if left else right
    if isinstance(right, bool):
        return not_true(left) if right else left
    return Term("xor", (left, right), 0)


def at_most_one(conditions: Iterable[Condition]) -> Condition:
    """Whether no two of the truths hold."""
    items = list(conditions)
    pairs = [
        any_true(not_true(a), not_true(b)) for i, a in enumerate(items) for b in items[i + 1 :]
    ]
    return all_true(*pairs)


# --- bit-vectors ------------------------------------------------------------------------------


def choice(test: Term, then: Term, orelse: Term) -> Term:
    """`then` if test else `orelse`."""
    return Term("ite", (test, then, orelse), then.width)


def equal(left: Term, right: Term) -> Condition:
    """Whether two bit-vectors of one width are equal."""
    return True if left is right else Term("=", (left, right), 0)


def relation(operator: str, left: Term, right: Term) -> Term:
    """`bvult`, `bvslt` of two bit-vectors of one width."""
    return Term(operator, (left, right), 0)


def apply_bits(operator: str, left: Term, right: Term) -> Term:
    """An operation (`bvadd`, ...) on two bit-vectors of one width."""
    return Term(operator, (left, right), left.width)


def extract(term: Term, high: int, low: int) -> Term:
    """Bits `low` to `high`, both included."""
    if low == 0 and high == term.width - 1:
        return term
    return Term(f"(_ extract {high} {low})", (term,), high - low + 1)


def resize(term: Term, width: int, *, signed: bool) -> Term:
    """The bit-vector cut or extended to a width."""
    if width <= term.width:
        return extract(term, width - 1, 0)
    how = "sign_extend" if signed else "zero_extend"
    return Term(f"(_ {how} {width - term.width})", (term,), width)


# --- text -------------------------------------------------------------------------------------


def script(assertions: Iterable[Condition]) -> str:
    """Everything asserted, as an SMT-LIB script."""
    names: dict[Term, str] = {}
    lines: list[str] = []
    declared: set[str] = set()
    for assertion in assertions:
        if isinstance(assertion, bool):
            if not assertion:
                lines.append("(assert false)")
            continue
        _write(assertion, names, lines, declared)
        lines.append(f"(assert {names[assertion]})")
    return "\n".join(lines)


def _write(top: Term, names: dict[Term, str], lines: list[str], declared: set[str]) -> None:
    todo = [top]
    while todo:
        term = todo[-1]
        if term in names:
            todo.pop()
            continue
        missing = [each for each in term.args if each not in names]
        if missing:
            todo += missing
            continue
        todo.pop()
        if term.args:
            text = f"({term.operator} {' '.join([names[each] for each in term.args])})"
            if term is top or len(text) < SHORT:
                names[term] = text
                continue
            names[term] = f"t{len(names)}"
            lines.append(f"(define-fun {names[term]} () {_sort(term)} {text})")
        else:
            names[term] = term.operator
            if term.operator[0] == "|" and term.operator not in declared:
                declared.add(term.operator)
                lines.append(f"(declare-fun {term.operator} () {_sort(term)})")


# Shorter texts are written where they are used: a name would cost as much.
SHORT = 40


def _sort(term: Term) -> str:
    return f"(_ BitVec {term.width})" if term.width else "Bool"
