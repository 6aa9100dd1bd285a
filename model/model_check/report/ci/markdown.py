"""A run as Markdown, for a comment on a pull request or the summary of a job.

What a spec holds is shown as it is: nothing in it becomes a link, a heading, a mention of a person
or a cell of a table (https://github.github.com/gfm/). Diagrams are Mermaid, which GitHub and GitLab
draw; where all would be longer than a comment may be, the last ones are left out, and it says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from ...errors import EXIT_AS_EXPECTED, EXIT_UNDETERMINED
from ...language.records import dataclass
from ...results.check import CheckReport, PropertyResult, with_trace
from ...results.run import CheckedSpec, RunReport
from ...verify.show import printable
from ..pictures.check import STEPS_DRAWN
from ..pictures.mermaid import mermaid_text
from ..words.brief import brief_texts, page_of
from ..words.columns import counted, shorten_middle
from ..words.phrases import is_quiet
from ..words.size import states_text
from ..words.verdicts import verdict_text
from .findings import Finding, findings_of, most_telling_first
from .places import place_of

__all__ = ["markdown_text", "said"]

LONGEST = 60_000
"""Characters: a comment on GitHub has 65,536 at most, and somebody may add some."""
LONGEST_DIAGRAM = 50_000
"""Characters that Mermaid draws (`maxTextSize`)."""
MOST_ROWS = 100
MOST_TOLD = 20
LONGEST_NAME = 120
LONGEST_SENTENCE = 1_200
_HEADS = {EXIT_AS_EXPECTED: "✅", EXIT_UNDETERMINED: "❔"}
_SIGNS = {"violated": "❌", "holds": "❌", "mistake": "❌", "error": "❌", "undetermined": "❔",
          "unchecked": "❔", "warning": "⚠️"}  # fmt: skip
_MEANT = re.compile(
    r"[\\`*_\[\]<>&|~$!@#]"
    r"|(?<=www)\.|:(?=//)|(?<=mailto):|(?<=xmpp):"  # what becomes a link
    r"|:(?=[\w+-]+:)",  # an emoji
    re.IGNORECASE,
)
"""What means something to Markdown wherever it stands ..."""
_MEANT_FIRST = re.compile(r"^(\d*)([-+=.)])")
"""... or as the first of a line."""
_COMMENT = "<!-- -->"
_APART = re.compile(r"(@|#|:(?=[\w+-]+:))")
"""After these GitHub makes something of what follows even where they are escaped: @somebody, #1,
:heart:."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the text, and what stands there instead where there is no room for it."""

    text: str
    instead: str = ""


def markdown_text(run: RunReport) -> str:
    """The document, with a final newline."""
    parts = [_Part(_head(run)), *_findings(run), *_shown(run), _Part(_table(run))]
    # What has no other form has its room first.
    room = LONGEST - sum(len(each.instead or each.text) + 2 for each in parts)
    texts = []
    for part in parts:
        more = len(part.text) - len(part.instead)
        if part.instead and more > room:
            texts.append(part.instead)
            continue
        texts.append(part.text)
        room -= more if part.instead else 0
    return "\n\n".join(text for text in texts if text) + "\n"


def said(text: str, most: int = LONGEST_SENTENCE) -> str:
    """Text of a spec in Markdown, on one line: every sign stands for itself."""
    # Four spaces at the beginning would make it code, in which every sign stands with its escape.
    short = _short(text, most).strip()
    escaped = _MEANT_FIRST.sub(r"\1\\\2", _MEANT.sub(r"\\\g<0>", short))
    return _APART.sub(rf"\1{_COMMENT}", escaped)


def _said_in_html(text: str, most: int = LONGEST_NAME) -> str:
    """The same within an element, where Markdown is not read."""
    return _APART.sub(rf"\1{_COMMENT}", escape(_short(text, most), quote=False))


def _short(text: str, most: int) -> str:
    return shorten_middle(printable(text), most)


def _head(run: RunReport) -> str:
    sorts = Counter(each.sort for each in findings_of(run))
    results = [each for report in run.reports for each in report.results]
    wrong, missing = sum(each.is_wrong for each in results), len(run.specs) - len(run.reports)
    told = [
        f"{wrong:,} not as expected" if wrong else "",
        f"{sorts['undetermined']:,} undetermined" if sorts["undetermined"] else "",
        f"{counted(missing, 'spec')} not checked" if missing else "",
    ]
    text = ", ".join(each for each in told if each) or "every verdict as expected"
    sign = _HEADS.get(run.exit_code, "❌")
    size = f"{counted(len(run.specs), 'spec')}, {len(results):,} properties"
    return f"### {sign} model-check: {text}\n\n{size}"


# --- what is not as it should be -----------------------------------------------------------------


def _findings(run: RunReport) -> Iterator[_Part]:
    found = most_telling_first(findings_of(run))
    for each in found[:MOST_TOLD]:
        yield _Part(_finding(each))
        if each.result is not None and each.report is not None and each.sort == "violated":
            yield from _diagram(each.report, each.result, opened=True)
    if len(found) > MOST_TOLD:
        yield _Part(f"… and {len(found) - MOST_TOLD:,} more.")


def _finding(found: Finding) -> str:
    model = f"**{said(found.report.model, LONGEST_NAME)}**: " if found.report else ""
    place = said(f"{place_of(found.path)}:{found.line}")
    lines = [f"{_SIGNS[found.sort]} {model}{said(found.title)} ({place})"]
    lines += [f"- {said(text)}" for text in found.told]
    return "\n".join(lines)


def _diagram(report: CheckReport, result: PropertyResult, *, opened: bool) -> Iterator[_Part]:
    """The run of a property, in a part that can be folded."""
    if result.trace is None:
        return
    title = f"{report.model}: the run that shows {result.name}"
    if result.verdict == "violated":
        title = f"{report.model}: the run that violates {result.name}"
    page = page_of(report)
    at = f"; see {said(page)}" if page else ""
    instead = f"The diagram of {said(result.name, LONGEST_NAME)} is too long for this place{at}."
    short = len(result.trace.steps) <= STEPS_DRAWN
    drawn = mermaid_text(report, result) if short else ""
    if not 0 < len(drawn) <= LONGEST_DIAGRAM:
        yield _Part(instead)
        return
    head = f"<details{' open' * opened}><summary>{_said_in_html(title)}</summary>"
    yield _Part(f"{head}\n\n```mermaid\n{drawn}```\n\n</details>", instead)


def _shown(run: RunReport) -> Iterator[_Part]:
    """Of a single spec, also the runs that are as expected."""
    if len(run.specs) != 1:
        return
    for report in run.reports:
        for result in with_trace(report):
            if result.as_expected:
                texts = "\n".join(f"- {said(text)}" for text in brief_texts(result, report))
                yield _Part(f"**{said(report.model, LONGEST_NAME)}**, as expected\n{texts}")
                yield from _diagram(report, result, opened=False)


# --- all verdicts --------------------------------------------------------------------------------


def _table(run: RunReport) -> str:
    rows = [row for spec in run.specs for row in _rows(spec)]
    cells = ["| Spec | Property | Verdict | States |", "| --- | --- | --- | ---: |"]
    cells += rows[:MOST_ROWS]
    more = f"\n\n… and {len(rows) - MOST_ROWS:,} more." if len(rows) > MOST_ROWS else ""
    table = "\n".join(cells) + more
    return f"<details><summary>All verdicts</summary>\n\n{table}\n\n</details>"


def _rows(spec: CheckedSpec) -> Iterator[str]:
    if spec.report is None:
        why = spec.stopped or spec.error or "the spec is wrong"
        yield _row(place_of(spec.path), "", f"not checked: {why}", "")
        return
    report = spec.report
    shown: Sequence[PropertyResult | None] = [r for r in report.results if not is_quiet(r)]
    for turn, result in enumerate(shown or [None]):
        size = states_text(report.space) if turn == 0 else ""
        name, verdict = "", ""
        if result is not None:
            name, verdict = result.name, verdict_text(result, report.space)
            if (without := result.without_faults) is not None:
                verdict += f"; without faults: {without.verdict}"
                verdict += "" if without.as_expected else f", EXPECTED {without.expected}"
        yield _row(report.model if turn == 0 else "", name, verdict, size)


def _row(*cells: str) -> str:
    return "| " + " | ".join(said(each, LONGEST_NAME) for each in cells) + " |"
