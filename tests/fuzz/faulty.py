"""Random specs in which something may go wrong: texts of the other generators, with faults.

The text is drawn first, so that a seed gives the same one without faults; then processes may
crash, keep some of their variables, and stay away, and share a connection, resources lose what
their kinds can lose, and what waits may have waited too long.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import chain

from .around_steps import set_around
from .served import served, with_a_key

__all__ = ["faulty", "with_faults"]

_SECTION = re.compile(r"^(\w+):")
_ENTRY = re.compile(r"^  (\w+):")
_KIND = re.compile(r"kind: *[\"']?([\w.]+)")
_FLOW_VARS = re.compile(r"^    vars: \{(.*)\}$")
_VARIABLE = re.compile(r"(\w+): ")

OFTEN = ("1", "1", "1", "1", "2", "true")
"""How often something may go wrong."""
BREAKS = {
    "queue": ("loses", "duplicates", "reorders"),
    "redis.list": ("expires",),
    "redis.stream": ("expires",),
    "redis.string": ("expires",),
    "redis.hash": ("expires",),
    "own.flag": ("overflows", "drops"),
}
"""By kind, what may go wrong with it."""
CONNECTED = (
    "redis.pubsub",
    "redis.stream",
    "redis.list",
    "redis.string",
    "redis.hash",
    "websocket",
)
"""The kinds whose connections may break."""


def faulty(made: Callable[[int], str]) -> Callable[[int], str]:
    """A generator's texts, with faults."""
    return lambda seed: with_faults(made(seed), seed)


def with_faults(text: str, seed: int) -> str:
    """A spec's text in which something may go wrong; the same seed gives the same text."""
    draw, apart = random.Random(f"faults of {seed}"), random.Random(f"refusals of {seed}")
    return _Faulty(with_refusals(text, apart), draw).text()


def with_refusals(text: str, draw: random.Random) -> str:
    """The same text, where processes may begin with commands that may be refused, or with
    transactions that may fail."""
    lines = text.splitlines()
    begins = [n for n, line in enumerate(lines) if line == "    run: |"]
    if draw.random() > 0.4 or not begins:
        return text
    for place in sorted(draw.sample(begins, min(len(begins), draw.randint(1, 2))), reverse=True):
        made = [f"      {line}" for line in draw.choice(_REFUSALS).splitlines()]
        lines[place + 1 : place + 1] = made
    there = next((n for n, line in enumerate(lines) if line == "resources:"), None)
    if there is None:
        there = lines.index("processes:")
        lines.insert(there, "resources:")
    begun = draw.choice(("", "", ", initially: [0]"))
    lines.insert(there + 1, f"  served: {{kind: 'redis.list[0..1]'{begun}}}")
    return "\n".join(lines) + "\n"


_REFUSALS = (
    """\
try:
    set_first: served.lset(0, 1)
except refused:
    push_first: served.rpush(0)""",
    """\
for nth in range(2):
    try:
        set_at: served.lset(nth, 1)
        set_last: served.lset(-1, 0)
    except refused:
        push_at: served.lpush(1)""",
    """\
push_one: served.rpush(0)
set_any: served.lset(0, 1)""",
    """\
watch_it: served.watch()
try:
    put_it: with atomic(watch=[served]):
        length = served.llen()
        if length < 2:
            served.rpush(1)
except changed:
    too_late: served.unwatch()""",
    """\
for nth in range(2):
    watch_it: served.watch()
    look_at: served.llen()
    try:
        put_it: with atomic(watch=[served]):
            served.lpop()
            served.rpush(nth)
    except changed:
        too_late: pass""",
    """\
watch_it: served.watch()
put_it: with atomic(watch=[served]):
    served.rpush(0)""",
    """\
while True:
    try:
        set_second: served.lset(1, 1)
        break
    except refused:
        push_more: served.rpush(0)""",
)


class _Faulty:
    def __init__(self, text: str, draw: random.Random) -> None:
        self.lines = set_around(served(with_a_key(text.splitlines(), draw), draw), draw)
        self.draw = draw
        several = text.count("kind: ") > 2
        self.chance = draw.choice((0.3, 0.5, 1.0)) if several else 1.0
        """How much may go wrong: with all of it at once, few specs are small."""
        self.shares = draw.random() < 0.4

    def text(self) -> str:
        section, found = "", list[str]()
        for number, line in enumerate(self.lines):
            if head := _SECTION.match(line):
                section = head[1]
            entry = _ENTRY.match(line)
            if entry and section == "processes":
                found += [line, *self._crashes(self._variables(number)), *self._connection()]
            elif section == "resources" and (kind := _KIND.search(line)):
                connected = ("disconnects",) if kind[1] in CONNECTED else ()
                found += self._breaks(line, (*BREAKS.get(kind[1], ()), *connected))
            else:
                found.append(line)
        found = self._with_timeouts(self._with_tries(found))
        return "\n".join(found) + "\n"

    def _with_timeouts(self, lines: list[str]) -> list[str]:
        """The same, where some last branches are taken when the others have waited too long."""
        late = self.draw.random() < 0.5
        changed = []
        for number, line in enumerate(lines):
            deeper = f"{line[: len(line) - len(line.lstrip())]} "
            after = (each for each in lines[number + 1 :] if not each.startswith(deeper))
            last = line.strip() == "or:" and next(after, "").strip() != "or:"
            waits = last and self.draw.random() < 0.4
            changed.append(line.replace("or:", "or timeout:") if waits else line)
        timed = any(line.strip() == "or timeout:" for line in changed)
        at_last = ["timeouts: last"] if late and timed else []
        return [*changed[:1], *at_last, *changed[1:]]

    def _with_tries(self, lines: list[str]) -> list[str]:
        """The same, where some programs catch what is raised of broken connections."""
        name, breaking = "", set[str]()
        for line in lines:
            if entry := _ENTRY.match(line):
                name = entry[1]
            if "disconnects:" in line:
                breaking.add(name)
        found: list[str] = []
        place = 0
        while place < len(lines):
            found.append(lines[place])
            place += 1
            if lines[place - 1] == "    run: |":
                end = place
                while end < len(lines) and (
                    not lines[end].strip() or lines[end].startswith("      ")
                ):
                    end += 1
                program = lines[place:end]
                called = any(re.search(rf"\b{n}[.\[]", x) for n in breaking for x in program)
                words = ["disconnected"] if called and self.draw.random() < 0.6 else []
                words += ["refused"] if any(".lset(" in each for each in program) else []
                found += self._tried(program, words) if words else program
                place = end
        return found

    def _tried(self, program: list[str], words: list[str]) -> list[str]:
        inner = [f"    {line}" for line in program]
        match self.draw.randrange(3):
            case 0:
                met = [[f"      except {word}:", f"          met_{word}: pass"] for word in words]
                return ["      try:", *inner, *chain(*met)]
            case 1 if "refused" not in words:  # which may be so for ever
                tried = [f"    {line}" for line in ("      try:", *inner)]
                again = [[f"          except {word}:", "              continue"] for word in words]
                return ["      while True:", *tried, *chain(*again), "          break"]
        met_again = [
            [
                f"          except {word}:", "              if met > 0:",
                f"                  met_again_{word}: pass",
            ]
            for word in words
        ]  # fmt: skip
        return [
            "      for met in range(2):", "          try:", *(f"    {line}" for line in inner),
            *chain(*met_again),
        ]  # fmt: skip

    def _variables(self, number: int) -> list[str]:
        """The names of the variables of the process that begins at a line."""
        names: list[str] = []
        inside = False
        for line in self.lines[number + 1 :]:
            if not line.startswith("    "):
                break
            if flow := _FLOW_VARS.match(line):
                return _VARIABLE.findall(flow[1])
            if not line.startswith("      "):
                inside = line.strip() == "vars:"
            elif inside and (name := _VARIABLE.match(line.strip())):
                names.append(name[1])
        return names

    def _crashes(self, names: list[str]) -> list[str]:
        draw = self.draw
        if draw.random() > 0.6 * max(self.chance, 0.5):
            return []
        lines = [f"    crashes: {draw.choice(OFTEN)}"]
        kept = [name for name in names if draw.random() < 0.4]
        if kept:
            lines.append(f"    keeps: [{', '.join(kept)}]")
        if draw.random() < 0.3:
            lines.append(f"    restarts: {draw.choice(('false', 'false', 'true'))}")
        return lines

    def _connection(self) -> list[str]:
        shares = self.shares and self.draw.random() < 0.8
        return ["    connection: main"] if shares else []

    def _breaks(self, line: str, known: tuple[str, ...]) -> list[str]:
        draw = self.draw
        given = [
            f"{each}: {draw.choice(OFTEN)}" for each in known
            if draw.random() < (0.6 if each == "disconnects" else 0.3) * self.chance
        ]  # fmt: skip
        if not given:
            return [line]
        if line.endswith("}"):
            return [f"{line[:-1]}, {', '.join(given)}}}"]
        return [line, *(f"    {each}" for each in given)]
