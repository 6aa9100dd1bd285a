"""A temporal formula that may be read in two ways: `always p and q`.

In: the text of a formula that is right. Out: a warning where a temporal operator stands before an
operand without brackets, and an operator follows it. Temporal operators bind tightest, as in SPIN
and Spot, so this is `(always p) and q`; who reads it aloud means `always (p and q)`.

Nothing is said of what shows that it is meant: brackets, two temporal operators in a row
(`G F p -> G F q`), or another one at the right (`always p and eventually q`). Behind an arrow
that must be the same one: `always asked -> eventually answered` is the usual mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...codes import Code
from ..source.diagnostics import Diagnostics
from ..source.text import Text
from ..temporal import Not
from .temporal import ARROWS, UNARY, UNTIL, Token, tokens_of

__all__ = ["warn_of_readings"]


def warn_of_readings(text: Text, errors: Diagnostics) -> None:
    """Warn of the first place of a right formula that may be read otherwise, with both readings in
    brackets."""
    text = text.part(0)
    tokens = tokens_of(text.text)
    for place in range(len(tokens)):
        if _is_first_sign(tokens, place) and (operand := _loose_operand(tokens, place)):
            start, end = _around(tokens, place)
            level = tokens[start:end]
            sign, operand = place - start, operand - start
            meant = _with_brackets(level, sign, operand + 1)
            other = _with_brackets(level, operand, len(level))
            message = f"`{_joined(level)}` reads as `{meant}`, not as `{other}`"
            errors.warn(
                Code.TWO_READINGS,
                text.at(tokens[place].start),
                message,
                "write the brackets that you mean",
            )
            return


def _is_first_sign(tokens: Sequence[Token], place: int) -> bool:
    before = tokens[place - 1].kind if place else ""
    return tokens[place].kind == "unary" and before != "unary"


def _loose_operand(tokens: Sequence[Token], place: int) -> int:
    """Where the operand stands of the signs that begin at a place, if what follows it may be meant
    to belong to it; else 0."""
    temporal = list(_temporal(tokens, place))
    operand = place
    while tokens[operand].kind == "unary":
        operand += 1
    following = tokens[operand + 1]
    if tokens[operand].kind == "open" or following.kind != "binary" or len(temporal) != 1:
        return 0
    right = list(_temporal(tokens, operand + 2))
    if following.text in UNTIL:
        is_meant = False
    elif following.text in ARROWS:
        is_meant = right[:1] == temporal
    else:
        is_meant = bool(right)
    return 0 if is_meant else operand


def _temporal(tokens: Sequence[Token], place: int) -> Iterator[object]:
    """What the temporal operators mean that stand in a row at a place."""
    while tokens[place].kind == "unary":
        meaning = UNARY[tokens[place].text]
        if meaning is not Not:
            yield meaning
        place += 1


def _around(tokens: Sequence[Token], place: int) -> tuple[int, int]:
    """From where to where the brackets go in which a place is, or all of the formula."""
    depth, start = 0, place
    while start and depth >= 0:
        start -= 1
        depth += {"close": 1, "open": -1}.get(tokens[start].kind, 0)
    start += depth < 0
    depth, end = 0, place
    while tokens[end].kind != "end" and depth >= 0:
        depth += {"open": 1, "close": -1}.get(tokens[end].kind, 0)
        end += depth >= 0
    return start, end


def _with_brackets(level: Sequence[Token], start: int, end: int) -> str:
    opened, closed = Token("open", "(", 0), Token("close", ")", 0)
    return _joined([*level[:start], opened, *level[start:end], closed, *level[end:]])


def _joined(tokens: Sequence[Token]) -> str:
    """The text of some tokens, with one blank where there may be some."""
    found = ""
    for each in tokens:
        close = not found or found.endswith(("(", "!")) or each.kind == "close"
        found += " ".join(each.text.split()) if close else " " + " ".join(each.text.split())
    return found
