"""The text of a formula of linear temporal logic, as a tree.

    formula     = implication
    implication = or { "->" or }   |   or { "<->" or }       right associative; not mixed
    or          = and { "|" and }
    and         = binary { "&" binary }
    binary      = unary [ ("U" | "W" | "R" | "M") binary ]   right associative
    unary       = { "!" | "X" | "F" | "G" } primary
    primary     = "true" | "false" | atom | "(" formula ")"
    atom        = NAME { "." NAME | "[" EXPRESSION "]" | "(" EXPRESSION ")" }

Beside the signs there are words: `not` `and` `or` `implies` `always` (G) `eventually` (F) `next`
(X) `until` (U) `releases` (R), and `&&` `||` `[]` `<>` as SPIN has them. W is weak until, M strong
release. Precedence is that of SPIN and Spot, for words as well: `always p -> q` is
`(always p) -> q`.

What follows a name without a blank belongs to it: `client.done`, `gateway[1].ready`,
`at(client, ask)`. Such an atom is the text of an expression; what is in it, is found out when
names are looked up.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from typing import NamedTuple

from ..source.diagnostics import Diagnostics
from ..source.text import Text, tokens
from ..temporal import (
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
)
from .expressions import MAX_LENGTH, is_sound
from .names import normal, shorten

__all__ = [
    "ARROWS", "MAX_DEPTH", "MAX_TEMPORAL", "UNARY", "UNTIL", "Token", "parse_formula", "tokens_of",
]  # fmt: skip

MAX_DEPTH = 50
"""Brackets, and operators before or after what is nested, one in the other: with the three levels
of `->`, `|` and `&` in each bracket, all later passes may recurse."""

MAX_TEMPORAL = 30
"""Temporal operators of one formula: an automaton may have a state for each set of them."""

UNARY: dict[str, Callable[[Formula], Formula]] = {
    "!": Not, "not": Not, "X": Next, "next": Next, "F": Eventually, "eventually": Eventually,
    "<>": Eventually, "G": Always, "always": Always, "[]": Always,
}  # fmt: skip
UNTIL: dict[str, Callable[[Formula, Formula], Formula]] = {
    "U": Until, "until": Until, "W": WeakUntil, "R": Release, "releases": Release,
    "M": StrongRelease,
}  # fmt: skip
_AND, _OR = ("&", "&&", "and"), ("|", "||", "or")
ARROWS: dict[str, Callable[[Formula, Formula], Formula]] = {
    "->": Implies, "implies": Implies, "<->": Equivalent,
}  # fmt: skip
_BINARY = frozenset((*UNTIL, *_AND, *_OR, *ARROWS))
_CONSTANT = {"true": True, "True": True, "false": False, "False": False}
_TEMPORAL = frozenset((*UNARY, *UNTIL)) - {"!", "not"}
_LETTERS = frozenset("FGMRUWX")

_ADVICE = {
    "finally": "write `eventually`, or `eventually always` for what stays true",
    "globally": "write `always`",
    "never": "write `always not`",
    "release": "write `releases`",
    "leads_to": "write `always (p -> eventually q)`",
    "iff": "write `<->`",
    "xor": "write `not (p <-> q)`",
    "~": "write `!`",
    "^": "write `not (p <-> q)`",
    "/\\": "write `&`",
    "\\/": "write `|`",
    "=>": "write `->`",
    "<=>": "write `<->`",
    "~>": "write `always (p -> eventually q)`",
    "1": "write `true`",
    "0": "write `false`",
}
"""What is written elsewhere, and what to write here."""
_NAME_IT = "a formula speaks of names: `define` one for this"

_OF_STEPS = re.compile(
    r"""
    (?P<old>\bold\s*\()            # old(x)
    | \b[^\W\d]\w*'               # x', as in TLA+
    | \[[^]\n]*\]_                # [A]_x
    | <<?[^<>\n]*>>?_             # <A>_x, <<A>>_x
    """,
    re.VERBOSE,
)
"""What speaks of a step, here and elsewhere."""
_COMMENT = re.compile(r"\#[^\n]*")
_FOR_STEPS = (
    "write a property of its own, `each_step: x >= old(x)`, for what is true of every step; in a "
    "formula a step from p to q is `p & X q`"
)

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|\#[^\n]*)
    | (?P<name>[^\W\d]\w*)
    | (?P<number>\d\w*)
    | (?P<sign><->|<=>|->|=>|~>|&&|\|\||\[\]|<>|/\\|\\/|[=!<>]=|[()&|!])
    | (?P<other>.)
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A word of a formula. `kind` is unary, binary, constant, atom, open, close, other or end."""

    kind: str
    text: str
    start: int


class _WrongError(Exception):
    """What is wrong at an offset, and what to do about it."""

    def __init__(self, at: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.at, self.message, self.hint = at, message, hint


def parse_formula(text: Text, errors: Diagnostics) -> Formula | None:
    """Parse a temporal formula; report what is wrong first and answer None."""
    text = text.part(0)
    if len(text.text) > MAX_LENGTH:
        errors.report(text.at(), f"a formula is longer than {MAX_LENGTH:,} characters")
        return None
    try:
        _refuse_steps(text.text)
        if text.text and not is_sound(text, errors):
            return None
        return _Parser(text).formula()
    except _WrongError as wrong:
        errors.report(text.at(wrong.at), wrong.message, wrong.hint)
        return None


def _refuse_steps(text: str) -> None:
    """Raise _WrongError for what speaks of a step, and has no meaning in a formula."""
    told = _COMMENT.sub(lambda comment: " " * len(comment.group()), text)
    for found in _OF_STEPS.finditer(told):
        shown, start = found.group(), found.start()
        if shown.endswith("'") and told.count("'", 0, start) % 2:
            continue  # the end of a text in quotes
        shown = "old(...)" if found["old"] else shorten(shown.rstrip("_"))
        message = f"`{shown}` speaks of a step, and a formula of states"
        raise _WrongError(start, message, _FOR_STEPS)


def tokens_of(text: str) -> list[Token]:
    """The words of a formula whose brackets match, the last of them its end."""
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        assert match is not None  # `other` is any character but a line's end, which is blank
        kind, word, place = str(match.lastgroup), match.group(), match.end()
        if kind == "blank":
            continue
        if kind == "name" and word not in UNARY and word not in _BINARY:
            place = _end_of_atom(text, place)
            word = text[match.start() : place]
        found.append(Token(_kind(kind, word), word, match.start()))
    return [*found, Token("end", "", len(text))]


def _kind(kind: str, word: str) -> str:
    if word in UNARY:
        return "unary"
    if word in _BINARY:
        return "binary"
    if word in _CONSTANT:
        return "constant"
    if kind == "name":
        return "other" if word in _ADVICE or keyword.iskeyword(word) else "atom"
    return {"(": "open", ")": "close"}.get(word, "other")


_FIELD = re.compile(r"\.[^\W\d]\w*")


def _end_of_atom(text: str, place: int) -> int:
    """Where the atom ends whose first name ends here. Brackets are known to match."""
    while True:
        field = _FIELD.match(text, place)
        if field is not None:
            place = field.end()
        elif text[place : place + 1] in ("(", "[") and text[place : place + 2] != "[]":
            place = _end_of_brackets(text, place)
        else:
            return place


def _end_of_brackets(text: str, place: int) -> int:
    depth = 0
    for token in tokens(text[place:]):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0:
            return place + token.stop
    raise AssertionError("brackets were looked at before")


class _Parser:
    """Recursive descent, one call for each level of precedence that has something to do."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.tokens = tokens_of(text.text)
        self.place = 0
        self.temporal = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def formula(self) -> Formula:
        """All of the text."""
        found = self.arrows(0)
        if self.token.kind != "end":
            raise self.unexpected()
        return found

    def take(self) -> Token:
        token = self.token
        self.place += 1
        if token.text in _TEMPORAL:
            self.temporal += 1
            if self.temporal > MAX_TEMPORAL:
                message = f"this formula has more than {MAX_TEMPORAL} temporal operators"
                raise _WrongError(token.start, message, "split it into several properties")
        return token

    def arrows(self, depth: int) -> Formula:
        """A formula, `depth` levels below the whole. `->` and `<->` are right associative, and
        do not mix: tools differ in which binds tighter."""
        operands, signs = [self.several(_OR, Or, depth)], list[Token]()
        while self.token.text in ARROWS:
            sign = self.take()
            if signs and ARROWS[sign.text] is not ARROWS[signs[0].text]:
                hint = f"put brackets around what belongs to `{sign.text}`"
                message = f"`{signs[0].text}` and `{sign.text}` stand beside each other"
                raise _WrongError(sign.start, message, hint)
            signs.append(sign)
            operands.append(self.several(_OR, Or, self.below(depth + len(signs))))
        found = operands.pop()
        while operands:
            found = ARROWS[signs.pop().text](operands.pop(), found)
        return found

    def several(
        self, signs: tuple[str, ...], kind: Callable[[tuple[Formula, ...]], Formula], depth: int
    ) -> Formula:
        """Operands joined by `&`, or by `|`."""
        parts = list[Formula]()
        while True:
            if kind is Or:
                parts.append(self.several(_AND, And, depth))
            else:
                parts.append(self.binary(depth))
            if self.token.text not in signs:
                return parts[0] if len(parts) == 1 else kind(tuple(parts))
            self.take()

    def binary(self, depth: int) -> Formula:
        """Operands joined by U, W, R, M, right associative."""
        operands, signs = [self.unary(depth)], list[Token]()
        while self.token.text in UNTIL:
            signs.append(self.take())
            operands.append(self.unary(self.below(depth + len(signs))))
        found = operands.pop()
        while operands:
            found = UNTIL[signs.pop().text](operands.pop(), found)
        return found

    def unary(self, depth: int) -> Formula:
        signs = []
        while self.token.kind == "unary":
            signs.append(self.take())
            self.below(depth + len(signs))
        found = self.primary(depth + len(signs))
        while signs:
            found = UNARY[signs.pop().text](found)
        return found

    def primary(self, depth: int) -> Formula:
        token = self.token
        match token.kind:
            case "constant":
                return Constant(_CONSTANT[self.take().text])
            case "atom":
                self.take()
                part = self.text.part(token.start, token.start + len(token.text))
                return Atom(normal(" ".join(part.text.split())), part)
            case "open":
                self.take()
                found = self.arrows(self.below(depth + 1))
                if self.token.kind != "close":
                    raise self.unexpected()
                self.take()
                return found
        raise self.missing()

    def below(self, depth: int) -> int:
        """The depth, if a formula may be so deep."""
        if depth > MAX_DEPTH:
            message = f"this formula is nested deeper than {MAX_DEPTH} levels"
            raise _WrongError(self.token.start, message)
        return depth

    # --- what is wrong ---------------------------------------------------------------------------

    def missing(self) -> _WrongError:
        """There is no operand where one must be."""
        token = self.token
        before = self.tokens[self.place - 1] if self.place else None
        if token.kind == "other":
            return self.foreign()
        if before is None and token.kind == "end":
            return _WrongError(0, "a formula is missing here")
        if before is not None and before.kind in ("unary", "binary"):
            hint = _letter_hint(before) or _letter_hint(token)
            what = (
                f"`{before.text}` has no operand"
                if before.kind == "unary"
                else (f"there is nothing to the right of `{before.text}`")
            )
            return _WrongError(before.start, what, hint)
        if token.kind == "binary":
            message = f"there is nothing to the left of `{token.text}`"
            return _WrongError(token.start, message, _letter_hint(token))
        return _WrongError(token.start, "there is nothing in these brackets")

    def unexpected(self) -> _WrongError:
        """An operand is followed by what is no operator."""
        token = self.token
        if token.kind == "other":
            return self.foreign()
        before = self.tokens[self.place - 1]
        message = f"an operator is missing before `{shorten(token.text)}`"
        if before.kind == "atom" and len(before.text) > 1 and _LETTERS.issuperset(before.text):
            return _WrongError(
                before.start, message, f"perhaps `{' '.join(before.text)}` is meant, with blanks"
            )
        return _WrongError(token.start, message, _letter_hint(token))

    def foreign(self) -> _WrongError:
        """What is in no formula."""
        token = self.token
        hint = _ADVICE.get(token.text, _NAME_IT)
        return _WrongError(token.start, f"`{shorten(token.text)}` is not part of a formula", hint)


def _letter_hint(token: Token) -> str:
    """For whoever has a variable of this name."""
    if token.text in _LETTERS:
        return f"`{token.text}` is an operator here: a name that is one needs another, by `define`"
    return ""
