"""Random specs in which servers and connections are not what one hopes: lines of a spec's text.

Replicas take over, processes share a connection, and what they called they only send. The text is
made before; what the checker refuses of the changes is taken out again (see `repair`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

__all__ = ["served", "with_a_key"]

_PROCESS = re.compile(r"^  \w+:$")
_CALLED = re.compile(
    r"^( *(?:\w+: )?\w+(?:\[[^]]*\])?\."
    r"(?:rpush|lpush|ltrim|lpop|rpop|delete|subscribe|unsubscribe|publish|xadd|xtrim|set|setnx|incr"
    r"|hset|hincrby|hdel)\()(.*)\)$"
)
"""A call whose answer nobody keeps, of a command that can be sent alone."""
_STEP = re.compile(r"^( *\w+: )(?!if |while |with )\w[^:]*$")
_KEY_ACTS = (
    "key.set(1)", "key.set(1, wait=False)", "key.set(0, wait=False)", "key.incr(wait=False)",
    "await key.get() is None", "await key.get() == 1", "await key.setnx(1)",
    "await not key.setnx(0)",
)  # fmt: skip


def served(lines: Sequence[str], draw: random.Random) -> list[str]:
    """The lines, changed by chance where a resource is on a server."""
    if not any("redis." in line for line in lines):
        return [*lines]
    shares, sends = draw.random() < 0.35, draw.random() < 0.5
    found = []
    inside = False
    for line in lines:
        inside = line == "processes:" or (inside and line.startswith(" "))
        called = _CALLED.match(line)
        if called and sends and draw.random() < 0.5:
            given = f"{called[2]}, " if called[2] else ""
            line = f"{called[1]}{given}wait=False)"
        found.append(line)
        if inside and _PROCESS.match(line) and shares and draw.random() < 0.7:
            found.append(f"    connection: {draw.choice(('main', 'main', 'other'))}")
    if draw.random() < 0.3:
        often = f"failover: {draw.choice(('1', '1', '1', '2', 'true'))}"
        lost = draw.choice(("", ", loses_last: 1", ", loses_last: 1", ", loses_last: 2"))
        found[1:1] = [f"servers: {{redis: {{{often}{lost}}}}}"]
    return found


def with_a_key(lines: Sequence[str], draw: random.Random) -> list[str]:
    """The lines, with a key on a server in place of some steps, where there is none."""
    if any("redis." in line for line in lines) or draw.random() < 0.4:
        return [*lines]
    declared = "  key: {kind: 'redis.string[0..1]'}"
    found = []
    inside = False
    for line in lines:
        inside = line == "processes:" or (inside and line.startswith(" "))
        step = _STEP.match(line) if inside and line.startswith("      ") else None
        if step and draw.random() < 0.35:
            line = f"{step[1]}{draw.choice(_KEY_ACTS)}"
        if line == "processes:" and "resources:" not in lines:
            found += ["resources:", declared]
        found += [line, declared] if line == "resources:" else [line]
    return found
