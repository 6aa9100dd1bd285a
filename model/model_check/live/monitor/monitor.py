"""From a spec and logs of real servers to a verdict for each session in them.

What comes out of a session is one of: it fits the model, and no property is violated; it fits,
and some property is violated in every end that the log allows (the loss happened); it fits no
run of the model; or it is undetermined, because the log leaves it open or a limit ended the
search.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ...budget.deadline import Deadline
from ...budget.spending import why_of
from ...language.tree.spec import Property, Spec
from ...results.monitor import LogVerdict, MonitorResult, SessionVerdict
from ...results.reasons import Reason
from ...results.step_times import Timing
from ..errors import LiveError
from ..step_times import StepLabels
from .clock_skew import decide
from .events import LogSession
from .judging import SessionJudgement, judge_session
from .log import LogLine
from .observable_steps import NoRoomError, ObservableSteps
from .sessions import Reader
from .shapes import events_like, shape_of, verdict_like
from .step_times import times_of
from .strangers import judged_past_strangers
from .task import Attention, MonitorTask
from .windows import kept_races, reasons_of

__all__ = ["monitor"]

Z3_TIMEOUT = 5.0
"""Seconds for what the orders of several logs decide of one property."""
TOLD = 0.2
"""Seconds between two words on how far it is."""
MOST_SHAPES = 10_000
"""Different sessions that are remembered."""
LOOKS = 4096
"""Lines that are read between two looks at whether somebody interrupts."""


def monitor(
    spec: Spec,
    logs: Sequence[tuple[str, Iterable[LogLine]]],
    options: MonitorTask,
    attention: Attention | None = None,
) -> MonitorResult:
    """Hold logs, each with a name, against a spec. Raises LiveError where nothing in the logs
    is of this spec, or a log cannot show what the spec does."""
    return _Monitor(spec, logs, options, attention or Attention()).run()


class _Monitor:
    def __init__(
        self,
        spec: Spec,
        logs: Sequence[tuple[str, Iterable[LogLine]]],
        options: MonitorTask,
        attention: Attention,
    ) -> None:
        # What a log shows is not cut off where an exploration would be.
        self.spec = spec = replace(spec, within=None)
        self.logs = logs
        self.names = tuple(name for name, _ in logs)
        self.options = options
        self.attention = attention
        self.judged = _judged(spec, options.properties)
        self.observable = ObservableSteps(spec, self.judged)
        self.reader = Reader(self.observable.spec, len(logs), options.ignored)
        self.lines = 0
        self.cut = ""
        self.disagreed: list[str] = []
        self._alike: dict[object, SessionJudgement] = {}
        self._told = 0.0

    def run(self) -> MonitorResult:
        """Read, judge, and find the reasons of what was lost."""
        started = time.monotonic()
        for number, (_, lines) in enumerate(self.logs):
            self._read(number, lines)
        if not self.lines and not self.cut:
            raise LiveError(f"{' and '.join(self.names)}: there is no command in it")
        # What a log lacks at its end may come; what one lacks beside the other ones came.
        unread = self.cut and self._has_clocks
        sessions = [] if unread else self.reader.sessions()
        looked = sessions[: self.options.sessions]
        found = [self._session(n, each, len(looked)) for n, each in enumerate(looked)]
        working = [each for each in found if not each.idle]
        if not working and not self.cut:
            raise LiveError(self._nothing())
        verdicts, notes = self._explained(working)
        return MonitorResult(
            model=self.spec.name,
            logs=self.names,
            skew=self.options.skew,
            lines=self.lines,
            foreign=self.reader.foreign,
            idle=len(found) - len(working),
            skipped=max(0, len(sessions) - self.options.sessions),
            cut=self.cut,
            sessions=tuple(verdicts),
            notes=notes,
            timing=self._timing(working) if self.options.timing else None,
            seconds=time.monotonic() - started,
        )

    def _read(self, number: int, lines: Iterable[LogLine]) -> None:
        for line in lines:
            if self.lines >= self.options.lines:
                self.cut = f"the limit of {self.options.lines:,} lines was reached" + (
                    "; of several logs all lines are needed (--max-lines)" * self._has_clocks
                )
                return
            if self.lines % LOOKS == 0:
                if why := why_of(self.attention.interrupted):
                    self.cut = why
                    return
                if self.attention.stage is not None:
                    self.attention.stage(f"{self.lines:,} lines read")
            self.lines += 1
            self.reader.read(line, number)

    def _nothing(self) -> str:
        patterns = ", ".join(dict.fromkeys(self.reader.key_texts))
        return (
            f"nothing in {' and '.join(self.names)} is of {self.spec.name}: of {self.lines:,}"
            f" commands none is a step on one of its keys, {patterns}"
        )

    def _session(self, number: int, session: LogSession, of: int) -> SessionJudgement:
        done = f"{number:,} of {of:,} sessions judged"
        self._tell(done)
        shape = shape_of(session)
        known = self._alike.get(shape) if shape is not None else None
        if known is not None:
            verdict = verdict_like(known.verdict, known.session, session)
            return replace(known, session=session, verdict=verdict)
        judged = self._judged_alone(session, done)
        told = judged.verdict.mismatch or judged.verdict.note or judged.verdict.strangers
        if shape is not None and not told and len(self._alike) < MOST_SHAPES:
            self._alike[shape] = judged
        return judged

    def _judged_alone(self, session: LogSession, done: str) -> SessionJudgement:
        def tell(lines: int) -> None:
            self._tell(f"{done}; {lines:,} of the {session.lines:,} lines of the next one")

        def judge(session: LogSession) -> SessionJudgement:
            return judge_session(
                self.observable, session, self.judged, self.names, self.options,
                self.attention.interrupted, tell,
            )  # fmt: skip

        while True:
            try:
                return judged_past_strangers(self.spec, session, self.names, judge)
            except NoRoomError:
                continue  # the layout has grown

    def _tell(self, text: str) -> None:
        """Say how far it is, now and then."""
        if self.attention.stage is not None and time.monotonic() > self._told + TOLD:
            self._told = time.monotonic()
            self.attention.stage(text)

    def _timing(self, found: Sequence[SessionJudgement]) -> Timing:
        """How long steps took in the sessions that say something of it."""
        observable = self.observable
        told = StepLabels(observable.written, observable.spec).told(observable.machine)
        timed = [
            (each.session, each.like, each.intervals)
            for each in found
            if each.intervals is not None
        ]
        return Timing(self.spec.name, self.names, len(timed), times_of(told, timed))

    # --- the reasons ----------------------------------------------------------------------------

    def _explained(
        self, found: Sequence[SessionJudgement]
    ) -> tuple[list[SessionVerdict], tuple[str, ...]]:
        verdicts = [v for judged in found for v in judged.verdict.properties]
        if self._has_clocks:
            wanted = dict.fromkeys(v.name for v in verdicts if v.ends)
        else:
            wanted = dict.fromkeys(v.name for v in verdicts if v.violating)
        if not wanted or not self.options.reason:
            return [each.verdict for each in found], ()
        reasons, stopped = reasons_of(self.spec, list(wanted), self.attention)
        stopped = why_of(self.attention.interrupted) or stopped
        lost = dict.fromkeys(v.name for v in verdicts if v.violating)
        notes = [f"why {name}: {_untold(reasons.get(name), stopped)}" for name in lost]
        explained = [self._with_reasons(each, reasons) for each in found]
        notes = [note for note in notes if not note.endswith(": ")]
        notes += [
            f"the search and z3 disagree about {name}: please report this spec and the logs"
            for name in dict.fromkeys(self.disagreed)
        ]
        return explained, tuple(notes)

    @property
    def _has_clocks(self) -> bool:
        """Whether the order of lines is not all known."""
        return len(self.logs) > 1

    def _with_reasons(
        self, judged: SessionJudgement, reasons: Mapping[str, Reason]
    ) -> SessionVerdict:
        return replace(
            judged.verdict,
            properties=tuple(
                self._with_reason(judged, each, reasons.get(each.name))
                for each in judged.verdict.properties
            ),
        )

    def _with_reason(
        self, judged: SessionJudgement, verdict: LogVerdict, reason: Reason | None
    ) -> LogVerdict:
        bad, good = (
            events_like(each, judged.like, judged.session)
            for each in judged.ways.get(verdict.name, (None, None))
        )
        if reason is None or not reason.races:
            return verdict
        ways = [each for each in (bad, good) if each is not None]
        if bad is not None:
            verdict = replace(verdict, races=tuple(kept_races(reason, bad)))
        if not self._has_clocks or judged.open or not ways:
            return verdict
        deadline = Deadline(time.monotonic() + Z3_TIMEOUT, self.attention.interrupted)
        decision = decide(judged.session, self.options.skew, ways, reason, deadline)
        if decision.verdict == "undetermined":
            open_races = decision.open_races if verdict.verdict == "undetermined" else ()
            return replace(verdict, open_races=open_races)
        if decision.verdict != verdict.verdict:
            self.disagreed.append(verdict.name)
            return replace(verdict, verdict="undetermined", decided_by="")
        return replace(verdict, decided_by="z3 and search")


def _untold(reason: Reason | None, stopped: str) -> str:
    """Why there is no reason to tell; "" if there is one. `stopped`: why the search for it was
    ended, if it was: then it says nothing of the runs that there are."""
    if reason is None:
        return stopped or "no run of the space that was explored violates it"
    return "" if reason.races else reason.note or "none was found"


def _judged(spec: Spec, names: Sequence[str]) -> tuple[Property, ...]:
    """The properties to judge. Raises LiveError for a name that is none of them."""
    # A run-time error of a spec leaves no line in a log.
    known = [each for each in spec.properties if not each.form.on_error]
    for name in names:
        if name not in {each.name for each in known}:
            raise LiveError(
                f"{spec.name} has no property {name} that a log could say something of; there is"
                f" {', '.join(each.name for each in known) or 'none'}"
            )
    return tuple(each for each in known if not names or each.name in names)
