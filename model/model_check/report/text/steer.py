"""What was measured while services were steered, as text for a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from ...language.records import dataclass
from ...results.steer import SteeredCommand, SteeredRun, SteerResult
from ...verify.show import printable
from ..words.columns import NARROWEST, counted, display_width, shorten, shorten_middle, wrap
from ..words.keys import Keys
from ..words.steered_session import session_of
from ..words.steering import (
    answered_text,
    carried_text,
    command_ended,
    first_to_tell,
    left_text,
    lost_text,
    meaning,
    never_text,
    orders_text,
    outcomes_of,
    sent_text,
    through_text,
    turn_text,
    verdict_text,
)
from .faults import render_faults
from .monitor import session_lines
from .replay import checklist_lines, server_text, title_lines
from .style import Outcome, Style, pad

__all__ = ["render_steer"]

MOST_COMMANDS = 60
"""Commands of a run that are told one by one; of more, the first and the last ones."""
LAST_COMMANDS = 15
MOST_LINES = 6
"""Lines of evidence that are told here: all stand in the file."""
MOST_OUTCOMES = 20
_MARKS: dict[str, Outcome] = {
    "as said": "expected", "otherwise": "wrong", "departed": "wrong", "never came": "open",
    "undetermined": "open", "not possible": "open",
}  # fmt: skip
CHECKED = "commands as they went through, what Redis does not see as the model has it"
HEAD = ("step", "went", "held", "whose", "what went through")


def render_steer(found: SteerResult, path: str, width: int, *, color: bool, unicode: bool) -> str:
    """One run wholly; of several how many came to what, and the first that did not end as the model
    says."""
    text = _Text(found, path, max(width, NARROWEST), Style(color, unicode))
    return text.style.finish("\n\n".join("\n".join(lines) for lines in text.sections() if lines))


@dataclass(frozen=True, slots=True)
class _Text:
    found: SteerResult
    path: str
    width: int
    style: Style

    def sections(self) -> Iterator[list[str]]:
        """Blocks of lines, with an empty line between two of them."""
        found = self.found
        title = title_lines(
            found.model, self.path, server_text(found.server, found.own), self.style
        )
        yield [*title, *self.style.wrapped(through_text(found), self.width, "dim")]
        yield render_faults(found.faults, self.width, self.style)
        shown: SteeredRun | None = found.runs[0] if found.runs else None
        if found.schedules or len(found.runs) > 1:
            yield list(self._outcomes())
            shown, which = first_to_tell(found)
            if shown is not None:
                yield [self.style.paint(f"run {shown.number:,}, {which}", "bold")]
        if shown is not None:
            yield from self._run(shown)
        yield list(self._end())

    # --- many runs ------------------------------------------------------------------------------

    def _outcomes(self) -> Iterator[str]:
        """How many runs came to what, those together of which the same is to be said."""
        found = self.found
        told = [*outcomes_of(found).items()]
        yield from wrap(
            f"{counted(len(found.runs), 'schedule')}, one run of the services for each"
            if found.schedules
            else f"the trace of {printable(found.property)}, {counted(len(found.runs), 'time')}",
            self.width,
        )
        if told:
            yield self.style.paint("     runs  first  what came of them", "dim")
        for text, runs in told[:MOST_OUTCOMES]:
            sign = self._sign(runs[0])
            lines = wrap(text, self.width - 19)
            yield f"  {sign} {len(runs):>5,}  {runs[0].number:>5,}  {lines[0]}"
            yield from (" " * 19 + line for line in lines[1:])
        if len(told) > MOST_OUTCOMES:
            rest = sum(len(runs) for _, runs in told[MOST_OUTCOMES:])
            yield f"    {rest:>5,}         came to {len(told) - MOST_OUTCOMES:,} other things"
        for line in orders_text(found):
            yield from wrap(line, self.width, "", "  ")
        yield from self._broken()

    def _sign(self, run: SteeredRun) -> str:
        promised = [n for n in self.found.promised if run.verdict(n) == "violated"]
        return self.style.mark("wrong" if promised else _MARKS[self.found.outcome(run)])

    def _broken(self) -> Iterator[str]:
        """What became of what the spec expects to hold; and that this is no proof."""
        found = self.found
        for name, times in found.broken.items():
            text = f"{name} is violated in {times:,} of {counted(len(found.runs), 'run')}"
            yield from self.style.wrapped(printable(f"{text}; the spec expects it to hold"),
                                          self.width, "red", "bold")  # fmt: skip
        kept = [n for n in found.promised if all(r.verdict(n) == "holds" for r in found.runs)]
        if kept and found.runs and found.schedules:
            them = "it" if len(kept) == 1 else "them"
            yield from wrap(
                f"not violated in any of these runs: {printable(', '.join(kept))} (whether a run of"
                f" the model can violate {them}, model-check {printable(self.path)} says)",
                self.width, "", "  ",
            )  # fmt: skip

    # --- one run --------------------------------------------------------------------------------

    def _run(self, run: SteeredRun) -> Iterator[list[str]]:
        yield list(self._headline(run))
        yield list(self._commands(run))
        yield list(self._judged(run))
        keys = Keys(self.found.resources)
        for screen in run.screens:
            if screen.checklist:
                yield checklist_lines(screen, keys, self.width, self.style, CHECKED)
        yield list(self._evidence(run))

    def _headline(self, run: SteeredRun) -> Iterator[str]:
        """What came of it, first of all what the services did otherwise."""
        found, outcome = self.found, self.found.outcome(run)
        if run.departure is not None:
            left = run.departure
            text = left_text(left)
            if outcome == "never came":
                text = never_text(found, left)
            yield from self.style.wrapped(text, self.width, "red", "bold", hanging="")
            yield from wrap(turn_text(run, left), self.width, "  ", "  ")
            if run.done:
                yield from wrap(carried_text(run), self.width, "  ", "  ")
            for line in left.held:
                yield from wrap(f"held by then: {printable(line)}", self.width, "  ", "  ")
            for line in left.broken:
                yield from wrap(printable(line), self.width, "  ", "  ")
            for line in left.unknown:
                text = f"no process of the spec sends this: {printable(line)}"
                yield from wrap(text, self.width, "  ", "  ")
            if outcome == "never came" and (ended := command_ended(run)):
                yield from wrap(ended, self.width, "  ", "  ")
        for line in run.given_up:
            yield from self.style.wrapped(
                f"given up while it was held: {printable(line)}: does its client wait for so long?",
                self.width, "yellow",
            )  # fmt: skip
        for number, line in enumerate(meaning(found, run)):
            looks: tuple[str, ...] = ()
            if run.departure is None and number == 0:
                looks = ("bold", {"as said": "green", "otherwise": "red"}.get(outcome, "yellow"))
            yield from self.style.wrapped(line, self.width, *looks)
        for name in found.expected if run.session is not None else ():
            yield from self._verdict(run, name)
        if answered := answered_text(run):
            yield from self.style.wrapped(f"{answered}, see below", self.width, "red")
        if outcome != "never came" and (ended := command_ended(run)):
            alone = ", though nothing that the model speaks of is violated" * run.failed_alone
            looks = ("red",) if run.failed_alone else ()
            yield from self.style.wrapped(ended + alone, self.width, *looks)

    def _verdict(self, run: SteeredRun, name: str) -> Iterator[str]:
        """What the run says of a property, beside what the model says of this trace."""
        assert run.session is not None
        if run.session.mismatch is not None:
            return
        text, lost = verdict_text(run, name), lost_text(run, name)
        said = self.found.said(run)[name]
        if run.departure is None and said != "undetermined" and run.verdict(name) != "undetermined":
            same = said == run.verdict(name)
            text += f", {'as' if same else 'other than'} the model says"
        text += f": {lost}" if lost else ""
        yield from self.style.wrapped(text, self.width)

    def _commands(self, run: SteeredRun) -> Iterator[str]:
        """In the order in which they went through: when, how long they were held, whose they are,
        and what was answered."""
        if not run.commands:
            return
        rows = [(each, self._cells(run, each)) for each in run.commands]
        widths = [
            max(display_width(head), *(display_width(cells[at]) for _, cells in rows))
            for at, head in enumerate(HEAD[:-1])
        ]
        said = self._said(run, self._room(_margin(widths)))
        head = [f"{text:>{w}}" for text, w in zip(HEAD[:3], widths, strict=False)]
        yield from wrap("what went through, in this order (milliseconds since the run began)",
                        self.width)  # fmt: skip
        yield self.style.paint("  ".join([*head, pad(HEAD[3], widths[3]), HEAD[4]]), "dim")
        last = max((n for n, (each, _) in enumerate(rows) if each.turn is not None), default=-1)
        skipped = range(0)
        if len(rows) > MOST_COMMANDS:
            skipped = range(MOST_COMMANDS - LAST_COMMANDS, len(rows) - LAST_COMMANDS)
        for number, (each, cells) in enumerate(rows):
            if number in skipped:
                if number == skipped.start:
                    more = f"... {len(skipped):,} more, see result.json"
                    yield self.style.paint(more, "dim")
            else:
                yield from self._row(each, cells, widths, said[number])
            if number == last and run.departure is not None:
                text = "-- from here on no turn of the schedule "
                yield self.style.paint(text + "-" * max(self.width - len(text), 0), "yellow")

    def _cells(self, run: SteeredRun, each: SteeredCommand) -> tuple[str, str, str, str]:
        turn = run.turns[each.turn - 1] if each.turn is not None else None
        whose = each.instance or f"connection {each.connection}"
        return (
            str(turn.step) if turn else "-",
            f"{each.went:,.1f}", f"{each.held:,.1f}", printable(whose),
        )  # fmt: skip

    def _row(
        self, each: SteeredCommand, cells: Sequence[str], widths: Sequence[int], said: str
    ) -> Iterator[str]:
        step, went, held, whose = cells
        head = [f"{step:>{widths[0]}}", f"{went:>{widths[1]}}", f"{held:>{widths[2]}}"]
        yield "  ".join([*head, pad(whose, widths[3]), said])
        if each.differs:
            margin = _margin(widths)
            told = shorten_middle(
                f"the model's answer: {printable(each.differs)}", self._room(margin)
            )
            yield " " * margin + self.style.paint(told, "red")

    def _room(self, margin: int) -> int:
        """Columns right of the times, where as many as these stand left of it."""
        return max(self.width - margin, NARROWEST // 2)

    def _said(self, run: SteeredRun, room: int) -> list[str]:
        """What went through, with its answers; where that is too long anywhere, in the words that
        the spec has for it, for these are short: `PUBLISH chat:stream:<session> 7`."""
        ways: list[list[str]] = [[], [], []]
        for each in run.commands:
            for way, text in zip(ways, self._words(run, each), strict=True):
                # In brackets stands what a client does: `(receive chat:stream:<session>)`.
                way.append("(delivered) " * (each.delivered and text[:1] != "(") + text)
        fitting = (way for way in ways if max(map(display_width, way)) <= room)
        return [_cut(text, room) for text in next(fitting, ways[-1])]

    def _words(self, run: SteeredRun, each: SteeredCommand) -> tuple[str, str, str]:
        """A command with its answer as it really was, and in the words of the spec, with whole and
        with short keys; of what is no turn, the first alone."""
        answer = f" -> {printable(each.answer)}" if each.answer else ""
        whole = printable(" | ".join(each.commands)) + answer
        if each.turn is None:
            short = sent_text(self.found, each) + answer
            return whole, short, short
        turn, keys = run.turns[each.turn - 1], Keys(self.found.resources)
        served = {view.name for view in self.found.resources if view.server}
        calls = [c for c in run.trace.steps[turn.step - 1].calls if c.resource in served]
        if len(calls) == 1 and calls[0].answer and not each.differs:
            answer = f" -> {printable(calls[0].answer)}"
        wire = printable(" | ".join(turn.sends or [call.wire for call in calls]))
        return whole, keys.told(wire) + answer, keys.shorter(wire) + answer

    def _judged(self, run: SteeredRun) -> Iterator[str]:
        """What the lines say by the model's own formulas."""
        session = session_of(run)
        if session is None:
            return
        yield from wrap("these commands as a log, judged as model-check monitor judges one",
                        self.width)  # fmt: skip
        yield from session_lines(
            self.found.model, self.log_of(run), session, self.width, self.style
        )
        if unseen := _unseen(run):
            yield from wrap(
                f"not seen by Redis, so taken as the model has it: {unseen}", self.width, "  ", "  "
            )

    def log_of(self, run: SteeredRun) -> str:
        """The file of a run's lines, as it is told."""
        number = f"-{run.number}" if len(self.found.runs) > 1 else ""
        wanted = f"monitor{number}.log"
        return next((each for each in self.found.files if each.endswith(wanted)), wanted)

    def _evidence(self, run: SteeredRun) -> Iterator[str]:
        if not run.lines:
            return
        where = self.log_of(run)
        if where in self.found.files:
            judge = self.found.judge or f"model-check monitor {self.path}"
            again = printable(f"{judge} {shlex.quote(where)}")
            yield from wrap(f"evidence, judged again by: {again}", self.width, "", "  ")
        else:
            yield "evidence"
        told = [each for each in _telling_lines(run) if each < len(run.lines)][:MOST_LINES]
        told = told or [*range(min(len(run.lines), MOST_LINES))]
        widest = len(str(told[-1] + 1))
        for number in told:
            line = shorten_middle(printable(run.lines[number]), self.width - widest - 4)
            yield self.style.paint(f"  {number + 1:>{widest}}  {line}", "dim")
        if len(run.lines) > len(told):
            yield self.style.paint(f"  and {len(run.lines) - len(told):,} other lines", "dim")

    def _end(self) -> Iterator[str]:
        found = self.found
        if found.stopped:
            yield from self.style.wrapped(f"stopped: {printable(found.stopped)}", self.width,
                                          "yellow")  # fmt: skip
        yield from self.style.written(found.files, found.notes, self.width)
        yield f"steered in {found.seconds:.2f} s"


def _cut(text: str, room: int) -> str:
    """A command with its answer in so many columns: what is at its end is what is cut off, for
    there stand long payloads; a short answer stays."""
    wire, arrow, answer = text.partition(" -> ")
    answer = shorten(answer, max(room // 3, room - display_width(wire + arrow)))
    return shorten(wire, room - display_width(arrow + answer)) + arrow + answer


def _margin(widths: Sequence[int]) -> int:
    """Columns left of what went through."""
    return sum(widths) + 2 * len(widths)


def _telling_lines(run: SteeredRun) -> list[int]:
    """The lines of the events that force a violation, or that does not fit, else those of the
    session; from 0."""
    session = run.session
    if session is None:
        return []
    if session.mismatch is not None:
        at = session.mismatch.line - 1
        return [*range(max(at - MOST_LINES + 1, 0), at + 1)]
    events = {e.line for p in session.properties for race in p.races for e in race.events}
    found = sorted(line - 1 for line in events if line is not None)
    own = (n for n, line in enumerate(run.lines) if session.name in line)
    return found or [*own]


def _unseen(run: SteeredRun) -> str:
    """The steps of a trace that the proxy does not see, by their names without numbers."""
    if run.departure is not None:
        return ""
    seen = {turn.step for turn in run.turns}
    names = dict.fromkeys(
        f"{step.instance}.{step.label}" for step in run.trace.steps if step.number not in seen
    )
    return printable(", ".join(names))
