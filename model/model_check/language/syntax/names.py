"""Which names a spec may give, and which words the language keeps for itself."""

from __future__ import annotations

import keyword
import re
import unicodedata

from ..source.diagnostics import Diagnostics
from ..source.text import Text
from .nodes import Name

__all__ = ["FUNCTIONS", "WORDS", "first_word", "identifier", "normal", "shorten"]

FUNCTIONS = frozenset({
    "abs", "all", "any", "at", "choose", "count", "done", "len", "list", "max", "min", "range",
    "set", "sorted", "sum",
})  # fmt: skip
"""What can be called in every expression: no constant, variable, resource or process."""

WORDS = frozenset({
    "atomic", "bool", "caller", "dict", "either", "enum", "false", "int", "null", "optional",
    "self", "true",
})  # fmt: skip
"""Words that mean something by themselves: no name of anything."""

MAX_NAME = 100
"""Characters of a name; those that become names of files have a rule of their own."""


def identifier(text: Text, what: str, errors: Diagnostics, *, callable_: bool = False) -> Name:
    """A name that the user gives to a `what`; reports one that cannot be a name.

    With `callable_`, a name of a builtin function will do: labels and parameters are never
    called, so `set: cache.set(1)` is clear.
    """
    name = normal(text.text)
    at = text.at()
    if not name:
        errors.report(at, f"a {what} needs a name")
    elif not name.isidentifier():
        errors.report(at, f"{shorten(name)} cannot name a {what}", _meant(name, what))
    elif keyword.iskeyword(name) or name in WORDS or (name in FUNCTIONS and not callable_):
        errors.report(at, f"`{name}` is a word of the language and cannot name a {what}")
    elif name.startswith("__"):
        errors.report(at, f"a name that starts with __ is kept for the tool: {shorten(name)}")
    elif len(name) > MAX_NAME:
        errors.report(at, f"this name is longer than {MAX_NAME} characters")
    return Name(name, at)


def normal(name: str) -> str:
    """A name as Python's parser has it in expressions (PEP 3131)."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def shorten(text: str) -> str:
    """A text from a spec for use in a message: one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


def _meant(name: str, what: str) -> str:
    """What may have been meant by a name that is none."""
    several = re.fullmatch(r"([^\W\d]\w*)\[(\d{1,9})\]", name)
    if several and what == "process":
        return f"for {several[2]} instances of {several[1]}, write `count: {several[2]}` in it"
    return "letters, digits and _, no digit first"


_WORD = re.compile(r"[^\W\d]\w*")


def first_word(text: str) -> str:
    """The name or keyword that a text begins with, "" where there is none."""
    match = _WORD.match(text)
    return match.group() if match else ""
