"""What logs said of a model, as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ...results.monitor import (
    ExpectedStep,
    KeptRace,
    LogEvidence,
    LogFaults,
    LogVerdict,
    Mismatch,
    MonitorResult,
    SeenEvent,
    SessionVerdict,
    Standing,
    Window,
)
from ...results.step_times import Timing
from ...verify.show import printable
from ..words.columns import display_width, shorten_middle, wrap
from ..words.values import name_of_bindings
from .faults import render_faults
from .inspections import render_inspections
from .style import Style

__all__ = ["render_monitored", "session_lines", "timed_text"]

NARROWEST = 60
MOST_EXPECTED = 8
MOST_ENDINGS = 4
MOST_RACES = 3
LONGEST_END = 1000
"""Characters at both ends of a line that are looked at: a log may show one of a megabyte in
every session."""
MOST_CALM = 10
"""Sessions in which all is well that are told one by one."""
_SIGNS: dict[Standing, str] = {"unfit": "✗", "violated": "✗", "undetermined": "?", "holds": "✓"}
_LOOKS: dict[Standing, str] = {
    "unfit": "red", "violated": "red", "undetermined": "yellow", "holds": "green",
}  # fmt: skip
_SUMMARY: dict[Standing, str] = {
    "violated": "lost something: a property is violated in every completion of the log",
    "unfit": "fit no behaviour of the model",
    "undetermined": "undetermined",
    "holds": "fit the model, and no property is violated",
}


def render_monitored(
    found: MonitorResult, path: str, width: int, *, color: bool, unicode: bool
) -> str:
    """Each session's verdict, where a log stops to fit, and where and when a loss happened."""
    width = max(width, NARROWEST)
    text = _Text(found, width, Style(color, unicode))
    return text.style.finish("\n\n".join("\n".join(lines) for lines in text.sections(path)))


def session_lines(
    model: str, log: str, session: SessionVerdict, width: int, style: Style
) -> Iterator[str]:
    """One session's verdict, of a log by its name."""
    alone = MonitorResult(
        model=model, logs=(log,), skew=0, lines=session.lines, foreign=0, idle=0, skipped=0, cut="",
        sessions=(session,), notes=(), seconds=0.0,
    )  # fmt: skip
    yield from _Text(alone, max(width, NARROWEST), style).session(session)


def timed_text(found: Timing) -> str:
    """What was found of how long steps took, in a line."""
    timed = len({each.step for each in found.steps if each.times})
    sessions = "1 session" if found.sessions == 1 else f"{found.sessions:,} sessions"
    if not timed:
        return f"no times of steps in {sessions}"
    return f"times of {timed:,} step{'s' * (timed > 1)} and processes in {sessions}"


class _Text:
    def __init__(self, found: MonitorResult, width: int, style: Style) -> None:
        self.found = found
        self.width = width
        self.style = style

    def sections(self, path: str) -> Iterator[list[str]]:
        """Blocks of lines, with an empty line between two of them."""
        yield self._head(path)
        calm = 0
        for session in self.found.sessions:
            calm += session.standing == "holds"
            if session.standing != "holds" or calm <= MOST_CALM:
                yield list(self.session(session))
        yield list(self._end(calm))

    def _head(self, path: str) -> list[str]:
        found = self.found
        logs = " and ".join(printable(each) for each in found.logs)
        counts = f"{found.lines:,} commands of {logs}, {found.foreign:,} of them on other keys"
        if len(found.logs) > 1:
            counts += f"; clocks differ by at most {found.skew / 1000:g} ms"
        title = self.style.paint(printable(found.model), "bold")
        return [
            title + self.style.paint(f"  {printable(path)}", "dim"),
            *wrap(counts, self.width),
            *render_faults(found.faults, self.width, self.style),
        ]

    # --- one session ----------------------------------------------------------------------------

    def session(self, session: SessionVerdict) -> Iterator[str]:
        """What is said of one session."""
        standing = session.standing
        sign = self.style.paint(_SIGNS[standing], _LOOKS[standing], "bold")
        name = printable(session.name) or "(one session)"
        lasted = (session.ended - session.started) / 1000
        rest = f"  {session.lines:,} lines, {lasted:,.1f} ms"
        yield f"{sign} session {self.style.paint(name, 'bold')}{self.style.paint(rest, 'dim')}"
        if session.note:
            yield from self._wrapped(f"not known: {session.note}")
        if session.mismatch is not None:
            yield from self._mismatch(session, session.mismatch)
            yield from self._asked(session)
            return
        for instance, clients in session.connections.items():
            if standing != "holds":
                text = f"{printable(instance)}: {printable(', '.join(clients))}"
                yield self.style.paint(f"  {text}", "dim")
        for told in session.strangers:
            yield from self._wrapped(told)
        judged = not session.note or any(each.ends for each in session.properties)
        if judged and not session.complete:
            yield from self._wrapped(
                "the log ends in the middle of it; judged is what every continuation leads to"
            )
        if session.faults is not None:
            yield from self._faults(session, session.faults)
        for each in session.properties:
            yield from self._property(session, each)
        yield from self._asked(session)

    def _asked(self, session: SessionVerdict) -> Iterator[str]:
        """What the server said of it."""
        lines = render_inspections(session.inspections, self.width - 2, self.style)
        yield from (f"  {line}" for line in lines)

    def _faults(self, session: SessionVerdict, found: LogFaults) -> Iterator[str]:
        """What must have gone wrong."""
        if not found.least:
            yield self.style.paint("  explained without faults", "dim")
            return
        counted = _faults_in_words(found.least)
        yield from self._wrapped(f"explained with {counted}, and not with fewer; in one reading")
        for event in found.steps:
            where, _ = self._place(session, event)
            yield from wrap(printable(f"{event.name}, {where}"), self.width, "    ", "  ")
        for name in found.certain:
            yield from self._wrapped(f"{name} is in every reading")

    def _wrapped(self, text: str) -> list[str]:
        return wrap(printable(text), self.width, "  ", "  ")

    def _property(self, session: SessionVerdict, each: LogVerdict) -> Iterator[str]:
        silent = session.note and each.verdict == "undetermined" and not each.ends
        if each.verdict == "holds" or (silent and each.evidence is None):
            return
        name = printable(each.name)
        shown = _shown(each.evidence)
        if each.verdict == "violated":
            orders = ""
            if len(self.found.logs) > 1:
                orders = f", whatever the order that the clocks leave open ({each.decided_by})"
            yield f"  {self.style.paint(name, 'red', 'bold')} is violated{orders}"
            if shown:
                yield from wrap(shown, self.width, "    ", "  ")
        elif each.ends:
            known = f": {shown}; it" if shown else ""
            yield from self._wrapped(
                f"{each.name}{known} is violated in {each.violating:,} of {each.ends:,} ends that"
                f" the log allows: {_what_decides(each)}"
            )
            if each.faults_violating and each.faults_kept == 0:
                counted = _faults_in_words(each.faults_violating)
                yield from wrap(
                    f"only where something went wrong: with {counted} or more", self.width, "    "
                )
        else:
            yield from self._wrapped(f"{each.name}: {shown or 'nothing is certain'}")
        for values in each.endings[:MOST_ENDINGS]:
            yield from wrap(name_of_bindings(values), self.width, "    ", "  ")
        if len(each.endings) > MOST_ENDINGS:
            yield f"    or {_more(len(each.endings) - MOST_ENDINGS, 'ending')}"
        races = () if each.open_races else each.races
        for race in races[:MOST_RACES]:
            yield from self._race(session, race)
        if len(races) > MOST_RACES:
            yield f"    and for {_more(len(races) - MOST_RACES, 'reason')}"
        for number, pairs in enumerate(each.open_races[:MOST_RACES]):
            yield "    it happened if" if number == 0 else "    or if"
            for first, second in pairs:
                before = f"{self._seen(session, first)} comes before {self._seen(session, second)}"
                yield from wrap(before, self.width, "      ", "  ")
        if len(each.open_races) > MOST_RACES:
            yield f"    or in {_more(len(each.open_races) - MOST_RACES, 'way')}"

    def _race(self, session: SessionVerdict, race: KeptRace) -> Iterator[str]:
        yield from wrap(f"because {printable(', and '.join(race.facts))}", self.width, "    ", "  ")
        rows = [(*self._place(session, e), _named(e), e) for e in race.events]
        place = max(display_width(row[0]) for row in rows)
        name = max(display_width(row[2]) for row in rows)
        for where, when, event, each in rows:
            line = f"      {where:<{place}}  {when:>14}  {event:<{name}}"
            about = _about_window(each, race.window)
            if display_width(line) + 2 + display_width(about) <= self.width:
                yield f"{line}  {about}".rstrip()
            else:
                yield from (line.rstrip(), f"        {about}")

    def _seen(self, session: SessionVerdict, event: SeenEvent) -> str:
        where, when = self._place(session, event)
        return f"{_named(event)} ({where}{', ' if when else ''}{when})"

    def _place(self, session: SessionVerdict, event: SeenEvent) -> tuple[str, str]:
        """Where in the logs an event was seen, and when."""
        log = ""
        if len(self.found.logs) > 1 and event.log is not None:
            log = f"{printable(self.found.logs[event.log])} "
        if event.line is None or event.time is None:
            where = "unseen" if event.after is None else f"{log}unseen, after line {event.after}"
            return where, ""
        return f"{log}line {event.line}", self._time(session, event.time)

    def _time(self, session: SessionVerdict, time: int) -> str:
        return f"{(time - session.started) / 1000:+.3f} ms"

    # --- a log that does not fit ----------------------------------------------------------------

    def _mismatch(self, session: SessionVerdict, found: Mismatch) -> Iterator[str]:
        log = printable(self.found.logs[found.log])
        yield from self._wrapped(
            f"fits no behaviour of {self.found.model}: {found.fits:,} of its {session.lines:,}"
            f" lines fit, then comes"
        )
        said = printable(_ends(" ".join(found.words)))
        where = (
            f"  {log}:{found.line}  {self._time(session, found.time)}  {printable(found.client)}"
        )
        yield self.style.paint(where, "bold")
        yield f"    {shorten_middle(said, self.width - 4)}"
        for each in found.why:
            yield from self._wrapped(each)
        if not found.known and not found.why:
            yield from self._wrapped("no command of the spec with a value of the spec says this")
        if not found.expected:
            yield "  no step that a log would show could come there"
            return
        yield "  what could come there:"
        shown = found.expected[:MOST_EXPECTED]
        names = [printable(f"{each.instance}.{each.label}".removeprefix(".")) for each in shown]
        widest = max(map(display_width, names))
        told = [_expected(step) for step in shown]
        beside = all(6 + widest + display_width(each) <= self.width for each in told)
        for name, text in zip(names, told, strict=True):
            if beside:
                yield f"    {name:<{widest}}  {text}"
            else:
                yield f"    {shorten_middle(name, self.width - 4)}"
                yield f"      {shorten_middle(text, self.width - 6)}"
        if len(found.expected) > MOST_EXPECTED:
            yield f"    and {_more(len(found.expected) - MOST_EXPECTED, 'step')}"

    # --- all of them ----------------------------------------------------------------------------

    def _end(self, calm: int) -> Iterator[str]:
        found = self.found
        counts = Counter(each.standing for each in found.sessions)
        if calm > MOST_CALM:
            yield f"and so do {_more(calm - MOST_CALM, 'session')}"
        total = len(found.sessions)
        for standing, text in _SUMMARY.items():
            if counts[standing]:
                line = f"{counts[standing]:,} of {_sessions(total)} {text}"
                yield self.style.paint(line, _LOOKS[standing])
        if found.idle:
            yield f"{_sessions(found.idle)} had keys of the model and no step of it"
        if found.skipped:
            yield f"{_sessions(found.skipped)} more were not looked at: --max-sessions"
        if found.cut:
            yield f"not everything was read: {found.cut}"
        for line in _evidence(found.sessions):
            yield from wrap(printable(line), self.width, "", "  ")
        for note in found.notes:
            yield from wrap(printable(note), self.width)
        yield f"in {found.seconds:.2f} s"


def _expected(step: ExpectedStep) -> str:
    """What a log would show of a step, and of which connection."""
    clients = f"  from {', '.join(step.clients)}" if step.clients else ""
    return printable(f"{step.wire}{clients}")


def _shown(evidence: LogEvidence | None) -> str:
    """What the log of one session shows, in words."""
    if evidence is None:
        return ""
    if evidence.questions and evidence.unanswered:
        return _unanswered(evidence.questions, evidence.unanswered)
    words = {"yes": "the log shows it", "no": "the log does not show it yet"}
    return words.get(evidence.seen or "", "the log shows it in some of the ways to read it")


def _unanswered(questions: tuple[int, int], unanswered: tuple[int, int]) -> str:
    """`3 of 40 questions had no answer when the log ended`."""
    if not questions[1]:
        return "nothing was asked"
    asked, left = (
        f"{low:,}" if low == high else f"{low:,} to {high:,}"
        for low, high in (questions, unanswered)
    )
    what = "question" if questions == (1, 1) else "questions"
    return f"{left} of {asked} {what} had no answer when the log ended"


def _evidence(sessions: Sequence[SessionVerdict]) -> Iterator[str]:
    """What the logs of all sessions that fit show of each property that asks more than single
    states."""
    found: dict[str, list[LogEvidence]] = {}
    judged: Counter[str] = Counter()
    for session in sessions:
        for each in session.properties:
            judged[each.name] += 1
            if each.evidence is not None:
                found.setdefault(each.name, []).append(each.evidence)
    for name, shown in found.items():
        questions = [each.questions for each in shown if each.questions]
        left = [each.unanswered for each in shown if each.unanswered]
        if questions:
            yield f"{name}: {_unanswered(_sum(questions), _sum(left))}"
            continue
        counts = Counter(each.seen for each in shown)
        perhaps = f", perhaps in {counts['perhaps']:,} more" if counts["perhaps"] else ""
        yield f"{name}: shown in {counts['yes']:,} of {_sessions(judged[name])}{perhaps}"


def _sum(ranges: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def _ends(text: str) -> str:
    """A text, or the two ends of one whose middle nobody is shown."""
    long = len(text) > 2 * LONGEST_END
    return text[:LONGEST_END] + text[-LONGEST_END:] if long else text


def _what_decides(each: LogVerdict) -> str:
    if each.open_races:
        return "the order of lines of different logs decides, and the clocks leave it open"
    if each.violating in (0, each.ends):
        return "it may also go on for ever, run into an error, or end where that is not known"
    return "steps that it does not show decide, or that may still come, or an order not known"


def _named(event: SeenEvent) -> str:
    """An event, and whether it did nothing."""
    undone = f" (EXEC -> {event.answer}: nothing done)" if event.answer else ""
    return printable(event.name + undone)


def _about_window(event: SeenEvent, window: Window | None) -> str:
    if window is None or event not in (window.opened, window.closed):
        return ""
    if event == window.opened:
        return "the window opens"
    if window.milliseconds is None:
        return "the window closes"
    return f"the window closes, after {window.milliseconds:.3f} ms"


def _faults_in_words(number: int) -> str:
    return "1 fault" if number == 1 else f"{number:,} faults"


def _more(number: int, what: str) -> str:
    return f"1 other {what}" if number == 1 else f"{number:,} other {what}s"


def _sessions(number: int) -> str:
    return "1 session" if number == 1 else f"{number:,} sessions"
