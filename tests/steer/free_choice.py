"""Whether the order of what a proxy sees decides what services do: told from a spec's space alone.

A proxy says when commands go, and nothing else. Where the model leaves it open which way a process
goes, or when it does what no proxy sees, and something that a proxy sees depends on that, services
may leave a schedule and are right all the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from model_check.explore.space import Space
from model_check.live.runs.follow import follow, written_of
from model_check.live.steer.turns import TurnReader
from model_check.results.check import CallRecord, Trace
from model_check.verify.trace import Tracer

__all__ = ["FreeChoice", "Left"]

Seen = tuple[str, Hashable]
"""Who, and what of it a proxy sees."""
MOST_STATES = 20_000
"""Where the model can stand, after what a proxy has seen: more are not looked at."""


@dataclass(frozen=True)
class Left:
    """What is left to services under a schedule. `ways`: why they may leave it, "" where they may
    not; `answers`: whether they may be answered otherwise; `states`: whether what the proxy sees
    leaves open where they are."""

    ways: str
    answers: bool
    states: bool


@dataclass
class _Row:
    """How a state can be left."""

    unseen: list[int] = field(default_factory=list)
    seen: dict[Seen, dict[tuple[object, ...], list[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """By what is seen, and what is answered, where it leads to."""


class FreeChoice:
    """What is left to services, of one space in which nothing is forgotten."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._tracer = Tracer(space)
        self._reader = TurnReader(space.machine.spec, space.machine)
        self._rows: dict[int, _Row] = {}
        self._failing = {space.states[number] for number, _, _ in space.errors}
        names = Counter(each.name for each in space.machine.instances)
        self._several = {name for name, count in names.items() if count > 1}
        """Processes that do several things at once."""

    def _row(self, state: int) -> _Row:
        if state not in self._rows:
            machine = self._space.machine
            row = self._rows[state] = _Row()
            for target, step in self._space.successors(state):
                if machine.steps[step].fault:
                    continue
                calls = self._tracer.calls_between(state, target, step)
                label = self._reader.seen(calls)
                if not label:
                    row.unseen.append(target)
                else:
                    who = machine.instances[machine.steps[step].instance].name
                    row.seen[who, label][_answers(calls)].append(target)
        return self._rows[state]

    def _closed(self, states: Iterable[int]) -> dict[int, _Row] | None:
        """These, and all that come of them by what nobody sees; None: too many."""
        found: dict[int, _Row] = {}
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state not in found:
                if len(found) == MOST_STATES:
                    return None
                found[state] = self._row(state)
                waiting += found[state].unseen
        return found

    def left(self, trace: Trace) -> Left:
        """What is left to services under the schedule of a trace."""
        taken, answers = self._taken(trace)
        # Branches of a process share its connection: a client asks one thing after the other.
        if self._several or any(each.connection for each in self._space.machine.spec.processes):
            return Left("who shares a connection goes in the order in which they spoke", True, True)
        mine: dict[str, list[Seen]] = defaultdict(list)
        for each in taken:
            mine[each[0]].append(each)
        whole = trace.end in ("final", "deadlock")
        states: set[int] = {follow(self._space, written_of(trace))[0]}
        # Of what waits at the server, a log does not say when that was answered.
        otherwise, several = False, any(self._waits(call) for e in trace.steps for call in e.calls)
        for place in range(len(taken) + 1):
            closed = self._closed(states)
            if closed is None:
                return Left("too many states", True, True)
            several = several or len(states) > 1
            if trace.end != "error" and not self._failing.isdisjoint(closed):
                return Left(f"something may fail instead of turn {place + 1}", True, True)
            if why := self._strays(closed.values(), mine, whole=whole):
                return Left(f"{why} instead of turn {place + 1}", True, True)
            if place == len(taken):
                several = several or len(closed) > 1
                break
            wanted = taken[place]
            if self._is_anybodys(closed.values(), wanted, taken[:place]):
                return Left(f"turn {place + 1} looks like that of another process", True, True)
            if not self._can_come(closed, wanted):
                return Left(f"turn {place + 1} may not come", True, True)
            states = set()
            for row in closed.values():
                for answer, targets in row.seen.get(wanted, {}).items():
                    otherwise = otherwise or answer != answers[place]
                    states.update(targets)
            mine[wanted[0]].pop(0)
        return Left("", otherwise, several)

    def _waits(self, call: CallRecord) -> bool:
        resource = self._space.machine.spec.resource(call.resource.partition("[")[0])
        return resource.any_command(call.command).blocking

    def _taken(self, trace: Trace) -> tuple[list[Seen], list[tuple[object, ...]]]:
        """What is seen of a trace, and what is answered there."""
        taken, answers = list[Seen](), list[tuple[object, ...]]()
        # Of a step that fails nobody knows whether it does so before it has sent anything.
        for step in trace.steps[: -1 if trace.end == "error" else None]:
            label = self._reader.seen(step.calls)
            if label:
                taken.append((step.instance, label))
                answers.append(_answers(step.calls))
        return taken, answers

    def _strays(self, rows: Iterable[_Row], mine: dict[str, list[Seen]], *, whole: bool) -> str:
        """What a process can do, now or while it waits, that is not its next turn."""
        for row in rows:
            for who, what in row.seen:
                left = mine[who]
                wanted = left if who in self._several else left[:1]
                if (who, what) not in wanted and (left or whole):
                    return f"{who} may do {what}"
        return ""

    @staticmethod
    def _is_anybodys(rows: Iterable[_Row], wanted: Seen, taken: Sequence[Seen]) -> bool:
        """Whether another process can send the same, and of one of the two nothing has come yet by
        which its connection would be known."""
        known = {who for who, _ in taken}
        mine, what = wanted
        others = {who for row in rows for who, label in row.seen if label == what}
        return any(
            each.partition("[")[0] != mine.partition("[")[0] and not known.issuperset((each, mine))
            for each in others
        )

    @staticmethod
    def _can_come(closed: dict[int, _Row], wanted: Seen) -> bool:
        """Whether it is possible from wherever the services are."""
        before: dict[int, list[int]] = defaultdict(list)
        for state, row in closed.items():
            for target in row.unseen:
                before[target].append(state)
        waiting = [state for state, row in closed.items() if wanted in row.seen]
        found = set(waiting)
        while waiting:
            for state in before[waiting.pop()]:
                if state not in found:
                    found.add(state)
                    waiting.append(state)
        return len(found) == len(closed)


def _answers(calls: Sequence[CallRecord]) -> tuple[object, ...]:
    return tuple(each.answer for each in calls)
