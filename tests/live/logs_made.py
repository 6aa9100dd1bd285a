"""Logs made of runs of a model, and how brute force judges them.

Nothing here uses what reads logs: words come from the wire texts of traces, the payload is
written by hand, and whether a log is a behaviour is found by following all edges of the explored
graph, whosever connection a line may be of.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from model_check.explore.search import explore
from model_check.explore.space import Space
from model_check.language.syntax.wire_form import without_options
from model_check.language.tree.spec import Spec
from model_check.live.monitor.splitting import split_spec
from model_check.machine.shapes import decode
from model_check.verify.show import fill

STARTED = 1_700_000_000_000_000
MOST_ENTRIES = 9
"""Of a stream, in the specs that logs are made of."""
APART = 1500
"""Microseconds from one line to the next."""


Bound = frozenset[tuple[int, str, int]]
"""Which instance listens, or waits for an answer, over which connection."""
NOTHING: Bound = frozenset()


@dataclass(frozen=True)
class Line:
    """One line: the connection, the wire text as a trace shows it, and its MULTI (0: none)."""

    client: int
    text: str
    block: int = 0


@dataclass(frozen=True)
class Edge:
    """A step; `waits`: what it sends is answered later."""

    instance: int
    texts: tuple[str, ...]
    target: int
    waits: bool = False


class Graph:
    """The explored graph of a spec, with what a log shows of every step."""

    def __init__(self, spec: Spec) -> None:
        self.spec = split_spec(spec)
        self.space: Space = explore(self.spec)
        self.machine = self.space.machine
        self.edges = {state: list(self._edges(state)) for state in self.space.states}
        self.initial = list(self.space.states[: self.space.initial])

    def _edges(self, state: int) -> Iterator[Edge]:
        for instance, told in enumerate(self.space.program.told):
            out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
            told(state, out)
            for target, _, notes in out:
                if target >= 0:
                    texts = tuple(self._texts(notes))
                    yield Edge(instance, texts, target, bool(texts) and self._waits(notes))

    def _waits(self, notes: Sequence[tuple[int, tuple[int, ...]]]) -> bool:
        calls = [self.machine.calls[n] for n, _ in notes if n < len(self.machine.calls)]
        return any(call.sending for call in calls)

    def _texts(self, notes: Sequence[tuple[int, tuple[int, ...]]]) -> Iterator[str]:
        for number, values in notes:
            if number >= len(self.machine.calls):
                continue  # what a condition finds
            call = self.machine.calls[number]
            resource = self.spec.resource(call.resource.partition("[")[0])
            command = resource.commands[0][call.command]
            if not resource.kind.startswith("redis.") or call.wire.startswith("("):
                continue
            if command.issue and not call.sending:
                continue
            plain = [decode(s, v) for s, v in zip(call.shapes, values, strict=True)]
            given = dict(zip(call.parameters, plain, strict=False))
            yield fill(without_options(call.wire, given), given)

    def run(self, chance: random.Random) -> list[Line]:
        """A random complete run as lines, one connection a process."""
        state = chance.choice(self.initial)
        lines: list[Line] = []
        while self.edges[state]:
            edge = chance.choice(self.edges[state])
            block = len(lines) + 1 if len(edge.texts) > 1 else 0
            lines += [Line(edge.instance, text, block) for text in edge.texts]
            state = edge.target
        return lines

    def judge(self, lines: Sequence[Line]) -> tuple[int, set[int]]:
        """How many of the lines fit at most, and, where all do, the ends that are reached
        without another one; if there are some, also those of the ways to read the lines that
        need another one. The ids of a real stream are no numbers: any entries are meant by
        them that are in the same order."""
        found = [self._judge(each) for each in _numberings(lines)]
        ends = set[int]().union(*(ends for _, ends, _ in found))
        if ends:
            ends |= self._later(set[int]().union(*(states for _, _, states in found)))
        return max(best for best, _, _ in found), ends

    def _later(self, states: set[int]) -> set[int]:
        """The ends that are reached from those of the states that come to none in silence."""
        needing = {
            state
            for state in states
            if not any(self.edges[each] == [] for each in self._reached({state}, silent=True))
        }
        return {each for each in self._reached(needing, silent=False) if not self.edges[each]}

    def _reached(self, states: set[int], *, silent: bool) -> set[int]:
        todo, seen = list(states), set(states)
        while todo:
            for edge in self.edges[todo.pop()]:
                if edge.target not in seen and not (silent and edge.texts):
                    seen.add(edge.target)
                    todo.append(edge.target)
        return seen

    def _judge(self, lines: Sequence[Line]) -> tuple[int, set[int], set[int]]:
        best, ends, states = 0, set[int](), set[int]()
        at = {(0, state, NOTHING) for state in self.initial}
        todo = list(at)
        while todo:
            place, state, bound = todo.pop()
            best = max(best, place)
            if place == len(lines):
                states.add(state)
            if place == len(lines) and not self.edges[state]:
                ends.add(state)
            for edge in self.edges[state]:
                after = self._after(edge, lines[place : place + len(edge.texts)], bound)
                if after is None:
                    continue
                found = (place + len(edge.texts), edge.target, after)
                if found not in at:
                    at.add(found)
                    todo.append(found)
        return best, ends, states

    def _after(self, edge: Edge, part: Sequence[Line], bound: Bound) -> Bound | None:
        """Who is bound to which connection after a step that would be these lines; None if it is
        not."""
        bound = frozenset(b for b in bound if b[:2] != (edge.instance, "waits"))
        if not edge.texts:
            return bound
        if [line.text for line in part] != list(edge.texts):
            return None
        if len(part) > 1 and (
            len({(line.block, line.client) for line in part}) > 1 or not part[0].block
        ):
            return None
        (client,) = {line.client for line in part}
        word = part[0].text.split()[0]
        about = "SUBSCRIBE" in word
        for whose, what, where in bound:
            if where != client:
                continue
            if whose != edge.instance and (what == "waits" or about):
                return None
            if what == "listens" and not about:
                bound -= {(whose, what, where)}  # no subscriber of the old protocol sends this
        if word == "SUBSCRIBE":
            bound |= {(edge.instance, "listens", client)}
        if word == "UNSUBSCRIBE":
            bound -= {(edge.instance, "listens", client)}
        if edge.waits:
            bound |= {(edge.instance, "waits", client)}
        return bound


def _numberings(lines: Sequence[Line]) -> Iterator[list[Line]]:
    reads = {line.text for line in lines if line.text.startswith("XREAD")}
    ids = sorted({int(text.split()[-1]) for text in reads if text.split()[-1].isdigit()} - {0})
    for numbers in itertools.combinations(range(1, MOST_ENTRIES + 1), len(ids)):
        meant = dict(zip(map(str, ids), map(str, numbers), strict=True))
        yield [
            replace(line, text=" ".join([*line.text.split()[:-1], meant.get(last, last)]))
            if line.text in reads and (last := line.text.split()[-1])
            else line
            for line in lines
        ]


def tampered(lines: Sequence[Line], chance: random.Random) -> list[Line]:
    """The same with one thing wrong: a line lost, doubled, out of place, or somebody else's."""
    found = list(lines)
    if not found:
        return found
    at = chance.randrange(len(found))
    match chance.randrange(5):
        case 0:
            del found[at]
        case 1:
            found.insert(at, found[at])
        case 2:
            other = chance.randrange(len(found))
            found[at], found[other] = found[other], found[at]
        case 3:
            found[at] = replace(found[at], client=chance.choice(found).client)
        case _:
            found[at] = replace(found[at], text=chance.choice(found).text)
    return found


def pooled(lines: Sequence[Line], chance: random.Random) -> list[Line]:
    """The same over two connections, whoever gets which: those of one step over one."""
    clients = {line.block: chance.randrange(2) for line in lines if line.block}
    return [
        replace(line, client=clients[line.block] if line.block else chance.randrange(2))
        for line in lines
    ]


def quoted(word: str) -> str:
    """A word as `sdscatrepr` writes it."""
    special = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\a": "\\a",
               "\b": "\\b"}  # fmt: skip
    parts = []
    for byte in word.encode():
        letter = chr(byte)
        parts.append(special.get(letter) or (letter if 32 <= byte < 127 else f"\\x{byte:02x}"))
    return '"' + "".join(parts) + '"'


class Writer:
    """Writes a log as MONITOR would show it: sessions one after the other, noise of others in
    between."""

    def __init__(self, spec: Spec, chance: random.Random) -> None:
        self.spec = spec
        self.chance = chance
        self.out: list[str] = ["OK"]
        self.time = STARTED

    @property
    def text(self) -> str:
        return "\n".join(self.out) + "\n"

    def session(self, lines: Sequence[Line], session: str) -> list[int]:
        """Write a session; the numbers of its lines in the log."""
        numbers: list[int] = []
        block, previous = 0, -1
        for line in lines:
            goes_on = (block, previous) == (line.block, line.client)
            if block and not goes_on:
                self._say(previous, ["EXEC"])
            if line.block and not goes_on:
                self._say(line.client, ["MULTI"])
            if not line.block and self.chance.random() < 0.2:
                noise = [["PING"], ["HELLO", "3"], ["GET", "other:key"]]
                self._say(90, self.chance.choice(noise))
            block, previous = line.block, line.client
            self._say(line.client, words_in(line.text, self.spec, session))
            numbers.append(len(self.out))
        if block:
            self._say(previous, ["EXEC"])
        return numbers

    def _say(self, client: int, words: Sequence[str]) -> None:
        self.time += APART
        stamp = f"{self.time // 1_000_000}.{self.time % 1_000_000:06d}"
        address = f"127.0.0.1:{5000 + client}"
        self.out.append(f"{stamp} [0 {address}] {' '.join(map(quoted, words))}")


def words_in(text: str, spec: Spec, session: str) -> list[str]:
    """The words of a wire text, with the payload as the real systems write it."""
    keys = [word for word in text.split() if word in {r.key for r in spec.resources}]
    real = {
        key: key.replace("{session}", session) if "{" in key else f"{key}:{session}" for key in keys
    }
    words = [real.get(word, word) for word in text.split()]
    words = ["true" if word == "True" else word for word in words]
    if words[0] == "XREAD" and words[-1] not in ("$", "0"):
        words[-1] = f"17000-{words[-1]}"
    if words[0] in ("PUBLISH", "RPUSH", "LPUSH", "LREM", "XADD"):
        high = spec.constants.get("TOTAL", 2)
        name = "job" if keys[0] in ("jobs", "busy") else "chunk"
        value = int(words[-1])
        words[-1] = json.dumps({"content": f"{name}{value}", "is_complete": value == high})
    return words
