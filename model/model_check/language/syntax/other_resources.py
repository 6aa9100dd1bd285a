"""Commands that are given several other resources: `urgent.blpop(jobs, later, timeout=5)`.

A kind writes such a command once, as `blpop(*more,timeout)`, where `more` is a parameter whose type
is a kind. How many there are is known where it is called; so it has a form for each number, with a
parameter for each of them, and a loop over `more` is written out.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..records import replace
from .nodes import CommandDoc, Name

__all__ = ["MOST_OTHERS", "with_others"]

MOST_OTHERS = 3
"""Other resources that may be given where there may be several. Each number of them is a form."""


def with_others(command: CommandDoc) -> Iterator[CommandDoc]:
    """The forms of a command: itself, or where it takes several other resources one for each number
    of them."""
    several = [each for each in command.others if f"*{each.text}" in command.name.text]
    if not several:
        yield command
        return
    (more,) = several
    for number in range(1, MOST_OTHERS + 1):
        names = [f"{more.text}_{each}" for each in range(1, number + 1)]
        places = " ".join(f"{{{each}}}" for each in names)
        yield replace(
            command,
            name=Name(command.name.text.replace(f"*{more.text}", ",".join(names)), command.name.at),
            others=tuple(Name(each, more.at) for each in names),
            more=more.text,
            wire=command.wire.replace(f"{{{more.text}}}", places),
        )
