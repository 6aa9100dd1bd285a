"""Random specs in which things go wrong, logs of their runs, and how brute force judges them.

Nothing here uses what reads logs. Which lines a run shows comes from the wire texts of its steps;
what a log may mean is found by following every edge of the explored graph, whosever connection a
line may be of, each with the number of faults on the way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from model_check.explore.limits import Limits
from model_check.explore.search import explore
from model_check.language.syntax.wire_form import without_options
from model_check.language.tree.spec import Spec
from model_check.live.monitor.splitting import split_spec
from model_check.machine.shapes import decode
from model_check.verify.show import fill

MOST_STATES = 800
MOST_PLACES = 5_000
"""Of brute force in one log: what needs more is left out."""
LISTENING = ("SUBSCRIBE", "UNSUBSCRIBE")


@dataclass(frozen=True)
class Line:
    """A line: its connection, and what it says."""

    client: int
    text: str


@dataclass(frozen=True)
class Edge:
    """A step: whose, what a log shows, and what ends: all connections of `dies` ("*": of
    everybody), or one over which the first of `breaks` spoke of the second."""

    client: str
    text: str
    target: int
    fault: bool
    dies: str
    breaks: tuple[str, str] | None
    instance: int = 0
    waits: bool = False


# --- random specs ------------------------------------------------------------------------------


def random_spec(chance: random.Random) -> str:
    """The text of a spec; not each is one that the language takes."""
    breaks = chance.choice(["", "a", "chan"])
    out = ["model: random", "resources:"]
    for name, kind in (("a", "redis.list[1..2]"), ("b", "redis.string[0..2]"),
                       ("chan", "redis.pubsub[1..2]"), ("calls", "queue[1..2]")):  # fmt: skip
        out += [f"  {name}:", f"    kind: {kind}", *[f"    key: {name}"] * (name != "calls")]
        if name == breaks:
            out.append("    disconnects: 1")
        if name == "b" and chance.random() < 0.3:
            out.append("    expires: 1")
        if name == "calls" and chance.random() < 0.4:
            out.append("    loses: 1")
    out += ["vars:", "  total: int", "processes:"]
    shared = chance.random() < 0.2
    for name in ("p", "q"):
        out.append(f"  {name}:")
        if shared:
            out.append("    connection: main")
        if chance.random() < 0.6:
            out.append("    crashes: 1")
            if chance.random() < 0.4:
                out.append("    restarts: false")
        out += ["    run: |", *_block(chance, name, breaks, 6, 2)]
    out += ["properties:", "  at_last:", f"    finally: total >= {chance.randrange(1, 3)}",
            "  never_many:", f"    always: total <= {chance.randrange(0, 3)}"]  # fmt: skip
    return "\n".join(out) + "\n"


def _block(chance: random.Random, name: str, breaks: str, indent: int, depth: int) -> list[str]:
    out: list[str] = []
    for _ in range(chance.randrange(1, 4 if depth == 2 else 2)):
        out += _statement(chance, name, breaks, indent, depth)
    return out


def _statement(chance: random.Random, name: str, breaks: str, indent: int, depth: int) -> list[str]:
    pad = " " * indent

    def inner() -> list[str]:
        return _block(chance, name, breaks, indent + 4, depth - 1)

    kind = chance.random() if depth else 1.0
    if kind < 0.1:
        return [f"{pad}both:", *inner(), f"{pad}and:", *inner()]
    if kind < 0.15:
        return [f"{pad}background:", *inner()]
    if kind < 0.25:
        return [f"{pad}either:", *inner(), f"{pad}or:", *inner()]
    if kind < 0.35:
        waits = chance.choice(["a.blpop()", "calls.get()"])
        label = f"{name}{chance.randrange(10**6)}"
        return [f"{pad}either:", f"{pad}    {label}: {waits}", f"{pad}or timeout:", *inner()]
    if kind < 0.5 and breaks:
        return [f"{pad}try:", *inner(), f"{pad}except disconnected:", *inner()]
    command = chance.choice(
        ["a.rpush(1)", "a.rpush(2)", "a.blpop()", "b.set(1)", "b.setnx(2)", "b.get()",
         "chan.publish(1)", "chan.subscribe()", "chan.subscribe(wait=False)", "a.rpush(1)",
         "a.lpush(2, wait=False)", "calls.put(1)", "calls.get()", "total += 1", "total += 1",
         "chan.get_message()"]
    )  # fmt: skip
    return [f"{pad}{name}{chance.randrange(10**6)}: {command}"]


# --- their runs ----------------------------------------------------------------------------------


class FaultyGraph:
    """The explored graph of a spec, with what a log shows of every step."""

    def __init__(self, spec: Spec) -> None:
        self.spec = split_spec(spec)
        self.space = explore(self.spec, Limits(max_states=MOST_STATES))
        self.machine = self.space.machine
        self.whole = self.space.complete
        self.shared = {each.connection for each in spec.processes if each.connection}
        if self.whole:
            self.edges = {state: list(self._edges(state)) for state in self.space.states}
            self.initial = list(self.space.states[: self.space.initial])

    def _edges(self, state: int) -> Iterator[Edge]:
        for number, told in enumerate(self.space.program.told):
            out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
            told(state, out)
            instance = self.machine.instances[number]
            client = instance.name
            if instance.process and self.spec.process(instance.process).connection:
                client = self.spec.process(instance.process).connection
            for target, step, notes in out:
                assert target >= 0
                calls = [
                    (self.machine.calls[n], v) for n, v in notes if n < len(self.machine.calls)
                ]
                texts = [t for c, v in calls for t in self._text(c, v)]
                assert len(texts) < 2
                fault, label = self.machine.steps[step].fault, self.machine.steps[step].label
                dies, breaks = "", None
                if label == "crashes" or any("disconnected: crashes" in c.answer for c, _ in calls):
                    dies = client
                elif label.startswith("disconnects["):
                    breaks = (label[12:-1], instance.name)
                waits = bool(texts) and any(call.sending for call, _ in calls)
                text = "".join(texts)
                yield Edge(client, text, target, fault, dies, breaks, number, waits)

    def _text(self, call, values) -> Iterator[str]:  # type: ignore[no-untyped-def]
        resource = self.spec.resource(call.resource)
        command = resource.commands[0].get(call.command)
        if command is None or not resource.kind.startswith("redis.") or call.wire[0] == "(":
            return
        if call.answer.startswith("disconnected") or bool(command.issue) != call.sending:
            return
        plain = [decode(s, v) for s, v in zip(call.shapes, values, strict=True)]
        given = dict(zip(call.parameters, plain, strict=False))
        yield fill(without_options(call.wire, given), given)

    def is_end(self, state: int) -> bool:
        return all(edge.fault for edge in self.edges[state])

    def run(self, chance: random.Random) -> list[Line]:
        """The lines of a random run; who crashed, and who lost a connection, has new ones."""
        state = chance.choice(self.initial)
        lines: list[Line] = []
        numbers: dict[tuple[str, bool], int] = {}
        following = 1
        while edges := self.edges[state]:
            if self.is_end(state) and chance.random() < 0.5:
                break
            edge = chance.choice(edges)
            state = edge.target
            if edge.text:
                line = (edge.client, "SUBSCRIBE" in edge.text)
                if line not in numbers:
                    numbers[line], following = following, following + 1
                lines.append(Line(numbers[line], edge.text))
            if edge.dies:
                numbers = {each: n for each, n in numbers.items() if each[0] != edge.dies}
            if edge.breaks:
                who, what = edge.breaks
                numbers.pop((who, what == "chan"), None)
                if what == "chan" and (who, True) not in numbers:
                    numbers.pop((who, False), None)
        return lines

    # --- what they may mean ----------------------------------------------------------------------

    def judge(self, lines: Sequence[Line]) -> Judged | None:
        """None where there is too much to look at."""
        start = {_Place(0, s, frozenset(), frozenset(), self._bad(s), 0) for s in self.initial}
        todo, seen = list(start), set(start)
        while todo:
            place = todo.pop()
            for after in self._after(place, lines):
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
            if len(seen) > MOST_PLACES:
                return None
        best = max(each.place for each in seen)
        last = [each for each in seen if each.place == len(lines)]
        ends = [each for each in last if self.is_end(each.state)]
        silent = {s: self._silent_end(s) for s in {each.state for each in last}}
        needing = [each for each in last if not silent[each.state]]
        todo, later = list(needing), set(needing)
        while todo:
            place = todo.pop()
            for edge in self.edges[place.state]:
                after = self._moved(replace(place, bound=frozenset(), gone=frozenset()), edge)
                if after not in later:
                    later.add(after)
                    todo.append(after)
            if len(later) > MOST_PLACES:
                return None
        ends += [each for each in later if self.is_end(each.state)]
        least = min((each.faults for each in last), default=0)
        return Judged(best, bool(any(self.is_end(e.state) for e in last)), ends, least)

    def _silent_end(self, state: int) -> bool:
        todo, seen = [state], {state}
        while todo:
            state = todo.pop()
            if self.is_end(state):
                return True
            for edge in self.edges[state]:
                if not edge.text and not edge.fault and edge.target not in seen:
                    seen.add(edge.target)
                    todo.append(edge.target)
        return False

    def _moved(self, place: _Place, edge: Edge) -> _Place:
        bad = place.bad or self._bad(edge.target)
        return replace(place, state=edge.target, bad=bad, faults=place.faults + edge.fault)

    def _bad(self, state: int) -> bool:
        return self.space.program.formulas.properties["never_many"].answer(state) == 0

    def _after(self, place: _Place, lines: Sequence[Line]) -> Iterator[_Place]:
        for edge in self.edges[place.state]:
            free = frozenset(b for b in place.bound if b[:2] != ("waits", str(edge.instance)))
            after = replace(self._moved(place, edge), bound=free)
            if edge.text:
                if place.place == len(lines) or lines[place.place].text != edge.text:
                    continue
                where = lines[place.place].client
                bound = self._spoken(edge, where, place)
                if bound is not None:
                    gone = place.gone | {
                        other
                        for what, who, other, _ in bound
                        if (what, who) == ("talks", edge.client) and other != where
                        if edge.text.split()[0] not in LISTENING
                    }
                    bound = self._left(bound, gone)
                    yield replace(after, place=place.place + 1, bound=bound, gone=gone)
            elif edge.dies:
                lost = {b for b in free if self._whose(b) == edge.dies}
                gone = place.gone | {where for *_, where, _ in lost}
                yield replace(after, gone=gone, bound=self._left(free, gone))
            elif edge.breaks:
                who, what = edge.breaks
                mine = {b for b in free if self._whose(b) == who and b[2] not in place.gone}
                mine = {b for b in mine if b[0] != "talks"}
                meant = {b[2] for b in mine if b[0] != "own" and b[3] == what}
                if not meant:
                    own = {b[2] for b in mine if b[0] == "own"}
                    before = lines[: place.place]
                    used = {x.client for x in before if x.text.split()[1] == what} & own
                    meant = {x.client for x in before if x.text == f"SUBSCRIBE {what}"} & used
                    meant = meant or used
                for each in sorted(meant):
                    gone = place.gone | {each}
                    yield replace(after, gone=gone, bound=self._left(free, gone))
                if not meant:
                    yield after
            else:
                yield after

    def _whose(self, bound: _Bound) -> str:
        what, who, _, _ = bound
        if what != "waits":
            return who
        instance = self.machine.instances[int(who)]
        process = self.spec.process(instance.process) if instance.process else None
        return process.connection if process and process.connection else instance.name

    @staticmethod
    def _left(bound: frozenset[_Bound], gone: frozenset[int]) -> frozenset[_Bound]:
        return frozenset(each for each in bound if each[2] not in gone)

    def _spoken(self, edge: Edge, where: int, place: _Place) -> frozenset[_Bound] | None:
        """What connections are bound to once this one has carried a step's line; None if it has
        not."""
        if where in place.gone:
            return None
        word, store = edge.text.split()[:2]
        found = set(place.bound)
        for each in place.bound:
            what, who, connection, _ = each
            if connection != where:
                continue
            if what == "waits":
                return None
            if what == "own" and who != edge.client:
                return None
            if what == "used" and edge.client in self.shared:
                return None
            if what == "listens" and word not in LISTENING:
                found.discard(each)
            elif what == "listens" and who != edge.client:
                return None
        if word == "SUBSCRIBE":
            found.add(("listens", edge.client, where, store))
        if self.shared:
            own = edge.client in self.shared
            found.add(("own", edge.client, where, "") if own else ("used", "", where, ""))
            if own and word not in LISTENING:
                found.add(("talks", edge.client, where, ""))
        if edge.waits:
            found.add(("waits", str(edge.instance), where, store))
        return frozenset(found)


_Bound = tuple[str, str, int, str]
"""Whether somebody (a client, or an instance that waits) listens, waits, is alone on a connection,
or talks over it, and at what."""


@dataclass(frozen=True)
class _Place:
    place: int
    state: int
    bound: frozenset[_Bound]
    gone: frozenset[int]
    bad: bool
    faults: int


@dataclass(frozen=True)
class Judged:
    """How many lines fit; whether nothing more need come; the ends; and the fewest faults that
    explain the log."""

    best: int
    complete: bool
    ends: Sequence[_Place]
    least: int


def written(lines: Sequence[Line]) -> str:
    """The lines as MONITOR shows them."""
    return "OK\n" + "".join(
        f"1700000000.{n:06d} [0 127.0.0.1:{5000 + line.client}] "
        + " ".join(f'"{word}"' for word in line.text.split())
        + "\n"
        for n, line in enumerate(lines)
    )


def tampered(lines: Sequence[Line], chance: random.Random) -> list[Line]:
    """A log with one thing wrong, or cut off."""
    found = list(lines)
    at = chance.randrange(len(found))
    match chance.randrange(4):
        case 0:
            del found[at]
        case 1:
            found[at] = replace(found[at], client=chance.choice(found).client)
        case 2:
            found[at] = replace(found[at], text=chance.choice(found).text)
        case _:
            del found[at + 1 :]
    return found
