"""A trace as Mermaid text, for pull requests: GitHub and GitLab draw it.

The same diagram as the SVG, folded alike. Texts of a spec are escaped by Mermaid's rules: what
could end a statement, begin a comment, a directive or a formula, or be taken for HTML becomes
an entity (https://mermaid.js.org/syntax/sequenceDiagram.html, `#35;`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ...results.check import CheckReport, PropertyResult, trace_of
from ...verify.show import printable
from ..sequence.chips import chip_rows
from ..sequence.diagram import Diagram, Group, sequence_of
from ..sequence.lifelines import HeldValue
from ..sequence.messages import Message, Sort
from ..sequence.rows import Row
from ..words.columns import shorten_middle, wrap
from ..words.faults import fault_text
from ..words.formula import read_text, values_text
from ..words.phrases import end_line, headline, no_return_text
from ..words.reasons import window_text
from ..words.runs import fairness_text, loop_text, moments_text
from ..words.values import fit_value
from ..words.waiting import cycle_text, end_places

__all__ = ["escaped", "mermaid_text"]

WINDOW = "rgba(230, 159, 0, 0.15)"
"""Amber to see through: nobody knows whether the page is light or dark."""
WRONG = "rgba(196, 62, 0, 0.2)"
"""Red, likewise."""
LONGEST = 90
"""Columns of a text before its middle is left out: Mermaid makes room for all of it."""
LONGEST_VALUE = 48
NOTE_COLUMNS = 18
"""Columns of a note over all participants, for each of them and once more."""
_ENTITIES = {"<": "lt", ">": "gt", "&": "amp", '"': "quot", "'": "39", "`": "96", "#": "35",
             ";": "59", "%": "37", "\\": "92", "$": "36"}  # fmt: skip
_ARROWS: dict[Sort, str] = {
    "command": "->>", "frame": "-)", "push": "-)", "reply": "-->>", "write": "->>",
    "wait": "-->>", "cycle": "-->>",
}  # fmt: skip


def mermaid_text(report: CheckReport, result: PropertyResult) -> str:
    """The property's trace as the text of a Mermaid `sequenceDiagram`."""
    return "\n".join(_MermaidWriter(sequence_of(report, result), result).lines(report)) + "\n"


def escaped(text: str) -> str:
    """Text of a spec that Mermaid shows as it is."""
    found = "".join(f"#{_ENTITIES[c]};" if c in _ENTITIES else c for c in printable(text))
    if found.lstrip(": ").startswith(("wrap:", "nowrap:")):  # an order to Mermaid
        found = found.replace(":", "#58;")
    return found


class _MermaidWriter:
    """Writes one diagram, line by line."""

    def __init__(self, diagram: Diagram, result: PropertyResult) -> None:
        self.diagram = diagram
        self.result = result
        self.names = {line: f"p{turn}" for turn, line in enumerate(diagram.lifelines)}
        self.window, loop = diagram.window, diagram.loop
        if self.window and loop and self.window[0] < loop[0] <= self.window[1] < loop[1]:
            self.window = None  # frames of Mermaid cannot overlap

    def lines(self, report: CheckReport) -> Iterator[str]:
        yield "sequenceDiagram"
        yield f"    title {_cut(f'{report.model}: {headline(self.result)}')}"
        for line, name in self.names.items():
            keys = "".join(f"<br/>{_cut(key)}" for key in line.keys)
            yield f"    participant {name} as {_cut(line.name)}{keys}"
        for group in self.diagram.groups:
            yield from self._group(group)
        for row in self.diagram.outside:
            yield from self._note(row, f"{row.label}: {' / '.join(row.asides)}")
        for row in self.diagram.waits:
            yield from self._row(row, together=True)
        yield self._end()

    def _group(self, group: Group) -> Iterator[str]:
        window, loop = self.window, self.diagram.loop
        if loop is not None and group.first == loop[0]:
            yield f"    loop for ever: {loop_text(trace_of(self.result))}"
        inside = window is not None and window[0] <= group.first <= window[1]
        if window is not None and group.first == window[0]:
            yield f"    rect {WINDOW}"
            yield self._over_all(*window_text(self.result))
        together = len(group.rows) > 1
        if together:
            steps = f"steps {group.first} to {group.last}"
            mixed = f"par {steps}, in another order"
            yield "    " + (f"loop {group.times} times: {steps}" if group.times else mixed)
        for row in group.rows:
            # A process that does not catch that a connection is broken crashes in its step.
            dies = row.broken and not row.fault
            yield from [f"    rect {WRONG}"] * dies
            yield from self._row(row, together=together)
            yield from ["    end"] * dies
            if group.last == 0 or inside:
                yield from map(self._held, row.held)
        if together:
            yield "    end"
        if self.diagram.sealed == group.last:
            yield self._over_all(no_return_text(self.result))
        if window is not None and group.last == window[1]:
            yield "    end"
        if loop is not None and group.last == loop[1]:
            yield "    end"

    def _row(self, row: Row, *, together: bool) -> Iterator[str]:
        if row.actor is None:
            return
        number = "" if together else f"{_numbers(row)}. "
        title = f"{number}{row.boxed}"
        if row.fault:
            yield from self._wrong(row, number)
            return
        said = " / ".join(row.asides)
        if not row.messages:
            text = f"{title}: {said}" if said else title
            yield from self._note(row, text)
            return
        for message in row.messages:
            yield self._message(message, title)
            title = ""
        if said:
            yield from self._note(row, said)

    def _note(self, row: Row, text: str) -> Iterator[str]:
        if row.actor is not None:
            yield f"    Note over {self.names[row.actor]}: {_cut(text)}"

    def _wrong(self, row: Row, number: str) -> Iterator[str]:
        """What goes wrong, in a red frame of its own."""
        assert row.actor is not None
        times = f" ×{len(row.steps)}" if len(row.steps) > 1 else ""
        told = f"{fault_text(row.steps[0])}{times}" if row.broken else row.boxed
        yield f"    rect {WRONG}"
        yield f"    Note over {self.names[row.actor]}: {_cut(f'✗ {number}{told}')}"
        yield "    end"

    def _message(self, message: Message, title: str) -> str:
        arrow = "-x" if message.lost else _ARROWS[message.sort]
        text = f"{title}: {message.whole}" if title else message.whole
        return f"    {self.names[message.source]}{arrow}{self.names[message.target]}: {_cut(text)}"

    def _held(self, held: HeldValue) -> str:
        text = f"{held.name} {fit_value(held.change.value, LONGEST_VALUE)}"
        return f"    Note right of {self.names[held.holder]}: {_cut(text)}"

    def _over_all(self, *texts: str) -> str:
        names = list(self.names.values())
        over = names[0] if len(names) == 1 else f"{names[0]},{names[-1]}"
        # A note is no wider than its participants stand apart.
        columns = min(LONGEST, NOTE_COLUMNS * len(names) + NOTE_COLUMNS)
        lines = [line for text in texts for line in wrap(text, columns)]
        return f"    Note over {over}: " + "<br/>".join(map(escaped, lines))

    def _end(self) -> str:
        """What is wrong at the end, with `_` for what a list lacks, `7!` for a 7 too many."""
        trace = trace_of(self.result)
        told = [end_line(trace, self.result.form), values_text(self.result)]
        chips = chip_rows(self.result)
        for row in chips:
            items = " ".join("_" if c.hole else c.text + "!" * c.again for c in row.chips)
            told.append(f"{row.name}: {items}")
        told.append(read_text(self.result, {row.name for row in chips}))
        told += (*moments_text(self.result), *fairness_text(self.result))
        if trace.end in ("deadlock", "state", "rest"):
            told += (self.diagram.keys.told(f"{name} {at}") for name, at in end_places(trace))
            told.append(cycle_text(trace))
        for name, value in trace.watch.items():
            told.append(f"{name} = {fit_value(value, LONGEST_VALUE)}")
        return self._over_all(*told)


def _numbers(row: Row) -> str:
    """The numbers of its steps: `7`, `15-23`."""
    first, last = row.steps[0].number, row.steps[-1].number
    return str(first) if first == last else f"{first}-{last}"


def _cut(text: str) -> str:
    return escaped(shorten_middle(printable(text), LONGEST))
