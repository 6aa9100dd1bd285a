"""From what a run of services did to what is told of it: commands, the judged log, screens."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...language.tree.spec import Spec
from ...results.check import Trace
from ...results.monitor import SessionVerdict
from ...results.replay import RealStep, Screen
from ...results.steer import Departure, SteeredCommand, SteeredRun, Turn
from ..brokers.connection import Reply
from ..brokers.payload import Value
from ..brokers.redis_cli import printed
from ..errors import LiveError
from ..monitor.foreign import HARMLESS
from ..monitor.log import read_lines
from ..monitor.monitor import monitor
from ..monitor.task import MonitorTask
from ..proxy.decode import CutOffError, reply_of
from ..runs.screens import screens_of
from .conductor import Conductor
from .evidence import said_text
from .passed import Passed
from .run_log import RunLog, logged
from .script_texts import ScriptTexts
from .scripts import ScriptWatch
from .services import Services
from .turns import ScheduledTurn, TurnReader

__all__ = ["Course", "Measurer"]

SHOWN = 200
"""Characters of an answer that are told."""
MOST_GIVEN_UP = 5
"""Commands that their clients have given up of which a run tells."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a run of services went. `trace`: what was to come, in the order in which it did, and
    whether that is another one (`reordered`); `stored`: what the server held when all of it had
    come, by shown name."""

    number: int
    trace: Trace
    reordered: bool
    conductor: Conductor
    departure: Departure | None
    services: Services | None
    scripts: ScriptWatch
    started: float
    stored: Mapping[str, Value]


class Measurer:
    """Tells runs of one spec. `reason`: with the events that force a loss. `texts` learns what
    scripts do."""

    def __init__(self, spec: Spec, reader: TurnReader, texts: ScriptTexts, *, reason: bool) -> None:
        self.spec = spec
        self.mistaken = False
        """Whether a script went in the last run that is not what it was taken for, and another run
        would take it for what it is."""
        self._reader = reader
        self._texts = texts
        self._reason = reason

    def measured(self, course: Course) -> SteeredRun:
        """What was measured in a run."""
        trace, conductor, departure = course.trace, course.conductor, course.departure
        services, started, stored = course.services, course.started, course.stored
        log, session = self._judged(conductor, course.scripts)
        turns = [each.told for each in self._reader.turns(trace)]
        # By their numbers in the schedule as it was planned first.
        told = {each.told.number: turns[place] for place, each in enumerate(conductor.turns)}
        if departure is not None:
            departure = replace(departure, turn=told[departure.turn.number])
        wrong = any(each.differs for each in conductor.passed)
        mine = [each for each in conductor.passed if each.said is not None and each.said.speaks]
        says = _speakers(conductor.turns)
        return SteeredRun(
            number=course.number,
            trace=trace,
            turns=tuple(turns),
            reordered=course.reordered,
            done=min(conductor.at, len(conductor.turns)) if departure else len(conductor.turns),
            commands=tuple(
                _command(
                    place,
                    each,
                    started,
                    log.places.get(id(each), range(0)),
                    _whose(each, says, conductor.ownership.owner(each.connection))
                    if each.push or id(each) in log.places
                    else each.instance,
                    None if each.turn is None else told[each.turn.told.number].number,
                )
                for place, each in enumerate(mine, start=1)
            ),
            departure=departure,
            session=session if mine else None,
            screens=()
            if departure is not None or wrong
            else self._screens(trace, mine, stored, told),
            lines=log.lines,
            given_up=()
            if departure is not None and departure.cause == "over"
            else tuple(conductor.given_up[:MOST_GIVEN_UP]),
            status=services.status if services is not None else None,
            ended=services is not None and services.ended_by_us,
            seconds=time.monotonic() - started,
        )

    def _screens(
        self,
        trace: Trace,
        passed: Sequence[Passed],
        stored: Mapping[str, Value],
        told: Mapping[int, Turn],
    ) -> tuple[Screen, ...]:
        """What a user saw, where all came as the model has it: its steps that no proxy sees are
        told as the model does; and what was `stored`."""
        when = {told[p.turn.told.number].step: p.went for p in passed if p.turn is not None}
        steps = [
            RealStep(each.number, each.event, each.instance, each.calls, when.get(each.number, 0.0))
            for each in trace.steps
        ]
        last = trace.steps[-1].state.variables if trace.steps else trace.initial.variables
        variables = {name: value for name, value in last.items() if name not in stored}
        if any(last.get(name) != value for name, value in stored.items()):
            return ()
        return screens_of(self.spec, steps, variables, stored, trace.initial.variables)

    def _judged(
        self, conductor: Conductor, scripts: ScriptWatch
    ) -> tuple[RunLog, SessionVerdict | None]:
        """The log of a run, and what the model's own formulas say of the session that was steered.

        Where all turns were given and the log does not fit, it may be that somebody has looked what
        came of it, as tests do: without what only read by then, it is judged again."""
        log, mistaken = logged(conductor, scripts, self._texts)
        self.mistaken = mistaken and self._texts.grown
        found = self._session(log.lines, conductor)
        if found is not None and found.standing == "unfit" and conductor.complete:
            shorter = log.without([each for each in conductor.passed if _only_looks(each)])
            again = self._session(shorter.lines, conductor)
            if again is not None and again.standing != "unfit":
                return shorter, again
        return log, found

    def _session(self, lines: Sequence[str], conductor: Conductor) -> SessionVerdict | None:
        raw = [f"{line}\n".encode() for line in lines]
        try:
            task = MonitorTask(reason=self._reason)
            found = monitor(self.spec, [("steer", read_lines(raw, "steer"))], task)
        except LiveError:
            return None
        sessions = found.sessions
        named = [each for each in sessions if each.name == conductor.session.name]
        return max(named or sessions, key=lambda each: each.lines, default=None)


def _only_looks(passed: Passed) -> bool:
    """Whether something came when the schedule had been carried out, and changes nothing."""
    return (
        passed.late
        and passed.request is not None
        and all(
            words[0].upper().decode("ascii", "replace") in HARMLESS
            for words in passed.request.commands
        )
    )


def _speakers(turns: Sequence[ScheduledTurn]) -> Mapping[tuple[str, str], set[str]]:
    """Which processes send each command in a schedule."""
    found: dict[tuple[str, str], set[str]] = {}
    for turn in turns:
        for each in turn.sends:
            found.setdefault((each.store, each.command), set()).add(turn.instance)
    return found


def _whose(passed: Passed, says: Mapping[tuple[str, str], set[str]], owner: str) -> str:
    """Whose it is that went through, also behind the schedule, where one process alone says it
    and the connection is no other one's (`owner`).
    What goes by it before that is nobody's: a test puts there what there is at first."""
    if passed.instance or passed.said is None or not (passed.freely or passed.late):
        return passed.instance
    spoken = (each for event in passed.said.events for each in event.uttered)
    names = {name for each in spoken for name in says.get((each.store, each.command), ())}
    # Of one that has instances, another one of them may have said it.
    alone = len(names) == 1 and not any("[" in name for name in names)
    return names.pop() if alone and names >= {owner} - {""} else ""


def _command(
    number: int, passed: Passed, started: float, lines: range, instance: str, turn: int | None
) -> SteeredCommand:
    def since(moment: float) -> float:
        return max(0.0, moment - started) * 1000

    request, push = passed.request, passed.push
    if request is not None:
        commands = tuple(said_text(words) for words in request.commands)
        answer, answered = request.answer, request.answered
    else:
        assert push is not None
        commands = (said_text((push.kind.encode(), push.channel, push.payload)),)
        answer, answered = b"", None
    return SteeredCommand(
        number=number,
        commands=commands,
        connection=passed.connection.number,
        address=passed.connection.address,
        turn=turn,
        instance=instance,
        answer=_answer(answer) if answered is not None else "",
        differs=passed.differs,
        came=since(passed.came),
        went=since(passed.went),
        answered=None if answered is None else since(answered),
        delivered=push is not None,
        lines=tuple(lines),
    )


def _answer(raw: bytes) -> str:
    """An answer in one line, as redis-cli shows it."""
    try:
        reply: Reply = reply_of(raw)
    except CutOffError:
        return "(a long answer)"
    text = " ".join(each.strip() for each in printed(reply))
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."
