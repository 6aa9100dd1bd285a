"""Puts what computes with long numbers into a module of LLVM text that calls it."""

from __future__ import annotations

import functools
import re

from . import multiword
from .multiword_values import SIGN
from .restricted import functions_text

__all__ = ["linked"]

_CALLED = re.compile(r"@(multi_\w+)\(")


def linked(text: str) -> str:
    """The text, with the functions of `multiword` that it calls, and each of its constants once."""
    called = frozenset(_CALLED.findall(text))
    if "\n@number." in text or text.startswith("@number."):
        seen: dict[str, None] = {}
        kept = []
        for line in text.split("\n"):
            if line.startswith("@number."):
                seen[line] = None
            else:
                kept.append(line)
        text = "\n".join([*seen, *kept])
    return f"{text}\n\n{_functions(called)}" if called else text


@functools.cache
def _functions(called: frozenset[str]) -> str:
    return functions_text(multiword, sorted(called), {"SIGN": SIGN})
