"""Random specs whose steps stand in something more: lines of a program, put beside each other or
into a choice that does not wait for ever."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

__all__ = ["set_around"]

_STEP = re.compile(r"^(      +)(\w+): (?!if |while |with )(\w.*[^:])$")
_WAITS = re.compile(r"\bawait |\.(get|get_message|blpop|recv|wait_for)\(\)")


def set_around(lines: Sequence[str], draw: random.Random) -> list[str]:
    """The lines, in which some steps that wait may wait too long, and some neighbours are done at
    once."""
    waits, goes_beside = draw.random() < 0.5, draw.random() < 0.25
    found: list[str] = []
    joined = -1
    rest = list(lines)
    while rest:
        line = rest.pop(0)
        step = _STEP.match(line)
        depth = len(line) - len(line.lstrip())
        if joined >= 0 and depth <= joined:
            joined = -1
        if joined < 0 and line.rstrip().endswith("with atomic:"):
            joined = depth
        if not step or joined >= 0:
            found.append(line)
            continue
        indent, label = step[1], step[2]
        following = _STEP.match(rest[0]) if rest else None
        if waits and _WAITS.search(line) and draw.random() < 0.4:
            found += [f"{indent}either:", f"    {line}", f"{indent}or timeout:",
                      f"{indent}    {label}_late: pass"]  # fmt: skip
        elif goes_beside and following and following[1] == indent and draw.random() < 0.4:
            found += [f"{indent}both:", f"    {line}", f"{indent}and:", f"    {rest.pop(0)}"]
        elif goes_beside and draw.random() < 0.08:
            found += [f"{indent}background:", f"    {line}"]
        else:
            found.append(line)
    return found
