"""Whoever only listens, or looks in the end, and is no process of the spec: a dashboard, a test.

That changes nothing, so that a log is read without such lines; but one can look like a process's.
Nobody is taken for a stranger whose lines are a run of the model. Only where a session fits no
behaviour it is asked whether it does without connections that have done nothing but listen, or
looked when all others were done, and nothing that no other connection does as well (else a process
whose steps are in another order would pass for a stranger); and without as few of them as that
takes. Of several that it could be, each is tried: what is said is true whichever it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from ...language.tree import statements as stmts
from ...language.tree.expressions import CommandCall, Expr
from ...language.tree.spec import Resource, Spec
from ...language.tree.walk import calls_of, controls_in, inner_expressions, statements_in
from ...language.types import UnitType
from ...results.monitor import LogVerdict
from .events import JOINING, LogEvent, LogSession
from .judging import SessionJudgement
from .listening_by_pattern import BY_PATTERN
from .log import UNIX

__all__ = ["judged_past_strangers"]

MOST_QUIET = 6
"""Connections of a session that are tried: of more, too many could be strangers."""
MOST_STRANGERS = 2
LONGEST_SAID = 60
"""Characters of a line that are shown."""

Connection = tuple[int, str]


def judged_past_strangers(
    spec: Spec,
    session: LogSession,
    logs: Sequence[str],
    judge: Callable[[LogSession], SessionJudgement],
) -> SessionJudgement:
    """What is found of a session, without the lines of strangers where it fits only so. Raises what
    `judge` does."""
    found = judge(session)
    if found.verdict.mismatch is None:
        return found
    quiet = [c for c in dict.fromkeys(e.client for e in session.all_events()) if c in session.quiet]
    quiet = [each for each in quiet if not each[1].startswith(UNIX)]
    if len(quiet) > MOST_QUIET:
        return found
    for count in range(1, MOST_STRANGERS + 1):
        fitting = []
        for gone in combinations(quiet, count):
            rest = _without(session, gone)
            if not _says_as_much(session, rest):
                continue
            other = judge(rest)
            if other.verdict.mismatch is None and not other.idle:
                fitting.append((gone, other))
        if fitting:
            return _whichever(spec, session, fitting, logs)
    return found


def _without(session: LogSession, gone: Iterable[Connection]) -> LogSession:
    events = [[each for each in log if each.client not in gone] for log in session.events]
    return replace(session, events=events)


def _says_as_much(session: LogSession, rest: LogSession) -> bool:
    """Whether all that is said in a session is said in the rest of it."""
    return _commands(session) == _commands(rest)


def _commands(session: LogSession) -> set[tuple[str, str]]:
    events = session.all_events()
    return {(said.store, said.command) for event in events for said in event.meanings}


def _whichever(
    spec: Spec,
    session: LogSession,
    fitting: Sequence[tuple[Sequence[Connection], SessionJudgement]],
    logs: Sequence[str],
) -> SessionJudgement:
    """What is true whichever connections are the strangers'."""
    found = fitting[0][1]
    answering = any(_is_counted(spec, session, gone) for gone, _ in fitting)
    properties = tuple(
        replace(each, verdict="undetermined", decided_by="", races=(), open_races=())
        if answering or _differ(each, (other for _, other in fitting))
        else each
        for each in found.verdict.properties
    )
    notes = dict.fromkeys(other.verdict.note for _, other in fitting if other.verdict.note)
    if answering:
        notes["a process reads how many heard what it published, and a stranger may be counted"] = (
            None
        )
    told = tuple(_told(session, gone, logs, len(fitting)) for gone, _ in fitting)
    times = [event.line.time for event in session.all_events()]
    verdict = replace(
        found.verdict,
        lines=session.lines, started=min(times), ended=max(times), properties=properties,
        note="; ".join(notes), strangers=told,
        connections=found.verdict.connections if len(fitting) == 1 else {},
    )  # fmt: skip
    if len(fitting) > 1:
        found = replace(found, ways={}, intervals=None)
    return replace(found, verdict=verdict)


def _differ(one: LogVerdict, judged: Iterable[SessionJudgement]) -> bool:
    verdicts = {p.verdict for each in judged for p in each.verdict.properties if p.name == one.name}
    return len(verdicts) > 1


def _told(session: LogSession, gone: Sequence[Connection], logs: Sequence[str], among: int) -> str:
    """Whose lines were read as a stranger's."""
    said = []
    for connection in gone:
        event = next(each for each in session.all_events() if each.client == connection)
        said.append(f"{connection[1]} ({_line(event, logs)})")
    may = "is" if among == 1 else "may be"
    return (
        f"{' and '.join(said)} {may} nobody's of this spec: to listen, or to look in the end,"
        " changes nothing"
    )


def _line(event: LogEvent, logs: Sequence[str]) -> str:
    words = " ".join(event.line.words)
    shown = words[:LONGEST_SAID] + ("..." if len(words) > LONGEST_SAID else "")
    return f"{logs[event.log]}:{event.line.number}, {shown}"


def _is_counted(spec: Spec, session: LogSession, gone: Iterable[Connection]) -> bool:
    """Whether a process may read an answer that says how many listen, these among them."""
    heard = {
        store.partition("[")[0]
        for event in session.all_events()
        if event.client in gone and event.line.words[0].upper() in JOINING | BY_PATTERN
        for store in event.keys
    }
    return any(_reads_answers(spec, spec.resource(name)) for name in heard)


def _reads_answers(spec: Spec, resource: Resource) -> bool:
    """Whether a process does something with what a command on a channel answers."""
    for call in (call for process in spec.processes for call in _used(process.run)):
        if call.resource == resource.name:
            command = resource.any_command(call.command)
            if command.is_sent and command.carries and not isinstance(command.result, UnitType):
                return True
    return False


def _used(run: tuple[stmts.Control, ...]) -> Iterator[CommandCall]:
    """The calls whose answers go somewhere."""
    for control in controls_in(run):
        match control:
            case stmts.Step(body=body):
                bare = {
                    id(each.value)
                    for each in statements_in(body)
                    if isinstance(each, stmts.Evaluate)
                }
                yield from (each for each in calls_of(body) if id(each) not in bare)
            case stmts.While(condition=condition) if condition is not None:
                yield from _calls(condition)
            case stmts.Switch(branches):
                for test, _ in branches:
                    yield from _calls(test)


def _calls(test: Expr) -> Iterator[CommandCall]:
    return (each for each in inner_expressions(test) if isinstance(each, CommandCall))
