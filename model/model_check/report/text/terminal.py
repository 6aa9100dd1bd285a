"""The report of a check as text for a terminal, and the table of a folder of specs.

In the order in which a person asks: what is the verdict, how does it happen, what is wrong
at the end, how else can it go wrong, why, how much was looked at; and, as the last lines, the
verdicts once more and where the page is. The text
depends on nothing but the report and the three arguments, so it can be compared exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ...codes import Code, with_code
from ...explore.limits import NO_MORE_ASKED
from ...results.check import CheckReport, PropertyResult, SpaceSummary, with_trace
from ...verify.show import format_value, printable
from ..words.columns import NARROWEST, counted, display_width, shorten, wrap
from ..words.coverage import unseen_texts
from ..words.phrases import (
    formula_text,
    is_quiet,
    steps_text,
)
from ..words.runs import nowhere_text
from ..words.simulation import simulation_texts, walks_text
from ..words.size import states_text, which_states
from ..words.verdicts import verdict_text, within_text
from .faults import render_faults
from .foot import foot_lines, last_lines
from .second_judge import render_second_judge
from .style import Outcome, Style, pad
from .timeline import Telling, render_timeline
from .violation import Around, violation_lines

__all__ = ["render_table", "render_text"]

WARNINGS_SHOWN = 12
GROWTH_STEPS_SHOWN = 8
NARROWEST_NAME = 8
"""Columns that a name keeps beside its verdict."""


def render_text(
    report: CheckReport,
    width: int = 100,
    color: bool = False,
    unicode: bool = True,
    whole: bool = False,
) -> str:
    """The report, in lines of at most `width` columns, without a final newline.

    `color` adds ANSI styles; without `unicode` the text is plain ASCII. `whole`: each step of a
    trace, with whole keys, and how fast the search was.
    """
    width = max(width, NARROWEST)
    style = Style(color, unicode, whole)
    shown = with_trace(report)
    around = partial(Around, which_states(report.space), report)
    sections = [
        _title(report, width, style),
        render_faults(report.faults, width, style),
        _verdicts(report, width, style),
        _within(report, width, style),
        _unseen(report, width, style),
        _warned(report, width, style) if shown else [],
        render_second_judge(report.results, width, style),
        *(
            violation_lines(result, width, style, around(shown[:place]))
            for place, result in enumerate(shown)
        ),
        _undetermined(report, width, style),
        _warnings(report, width, style),
        foot_lines(report, width, style),
        last_lines(report, width, style),
    ]
    return style.finish("\n\n".join("\n".join(s) for s in sections if s))


# --- the verdicts ----------------------------------------------------------------------------


def _title(report: CheckReport, width: int, style: Style) -> list[str]:
    constants = " ".join(f"{printable(k)}={format_value(v)}" for k, v in report.constants.items())
    head = printable(report.model)
    rest = shorten(f"  {printable(report.path)}  {constants}".rstrip(), width - display_width(head))
    title = style.paint(head, "bold") + style.paint(rest, "dim")
    return [title, *wrap(report.about, width)]


def _verdicts(report: CheckReport, width: int, style: Style) -> list[str]:
    results, space = report.results, report.space
    if not results:
        return ["The spec has no properties: nothing to check but that it runs."]
    verdicts = max(len(verdict_text(r, space)) for r in results)
    beside = max(min(width // 3, width - verdicts - 6), NARROWEST_NAME)
    names = min(max(display_width(r.name) for r in results), beside)
    lines = []
    for result in results:
        # What every spec has built in needs no line while there is nothing to say about it.
        if is_quiet(result):
            continue
        name = pad(shorten(printable(result.name), names), names)
        verdict = pad(verdict_text(result, space), verdicts)
        used = 2 + 2 + names + 2 + verdicts + 2
        text = shorten(formula_text(result), max(width - used, 0)) if width - used > 16 else ""
        lines.append(
            f"  {style.sign(result.verdict, result.as_expected)} {style.paint(name, 'bold')}  "
            f"{_paint_verdict(result, verdict, style)}  {style.paint(text, 'dim')}".rstrip()
        )
        lines += style.wrapped(result.about, width, "dim", indent="    ", hanging="")
        lines += wrap(nowhere_text(result, report.space), width, "    ")
        lines += wrap(walks_text(result, report.space), width, "    ")
        lines += style.wrapped(printable(result.note), width, "yellow", indent="    ", hanging="")
    quiet = [r.name for r in results if is_quiet(r)]
    if quiet:
        also = "also hold within: " if space.outside else "also hold: "
        lines += style.wrapped(also + ", ".join(quiet), width, "dim", indent="    ")
    return lines


def _within(report: CheckReport, width: int, style: Style) -> list[str]:
    return style.wrapped(within_text(report), width, "yellow")


def _unseen(report: CheckReport, width: int, style: Style) -> list[str]:
    texts = unseen_texts(report)
    return [line for text in texts for line in style.wrapped(text, width, "yellow")]


def _paint_verdict(result: PropertyResult, text: str, style: Style) -> str:
    if result.verdict == "undetermined":
        return style.paint(text, "yellow")
    return style.paint(text, "green" if result.as_expected else "red")


# --- what was not decided --------------------------------------------------------------------


_AS_FAR = "This is as far as this tool goes (docs/language.md, limits), not an error of the model."


def _undetermined(report: CheckReport, width: int, style: Style) -> list[str]:
    space = report.space
    limits = [r for r in report.results if r.limit]
    if space.complete and not limits and not report.unjudged:
        return _goes_on(report)
    open_names = [r.name for r in report.results if r.verdict == "undetermined"]
    lines: list[str] = []
    if open_names:
        text = "Undetermined: " + ", ".join(open_names)
        lines += style.wrapped(text, width, "yellow", "bold")
    for each in limits:
        text = f"{printable(each.name)} cannot be told of every state: {printable(each.limit)}. "
        lines += wrap(with_code(text + _AS_FAR, Code.LIMIT), width)
    if report.unjudged:
        text = f"Everything was explored, and the judging was stopped: {report.unjudged}."
        more = "" if report.goes_on else " To decide it: raise the limit."
        lines += wrap(text + more, width)
    if space.complete:
        return [*lines, *_goes_on(report)]
    if space.simulation is not None:
        texts = simulation_texts(space.simulation)
        lines += [line for text in texts for line in style.wrapped(text, width, hanging="")]
        lines += wrap("To decide the rest: leave out --simulate, and explore it.", width)
        return lines
    if space.grew or space.limit:
        lines += _growth(space, width, style)
    else:
        text = with_code(f"The search was stopped: {space.stopped}.", Code.STOPPED)
        lines += wrap(text, width)
    lines += wrap(
        f"Covered: {counted(space.states, 'state')} and "
        f"{counted(space.transitions, 'transition')}, to a depth of {steps_text(space.depth)}. "
        "The verdicts above are about these; what lies beyond was not looked at.",
        width,
    )
    if report.goes_on:
        lines += _goes_on(report)
    elif space.stopped.endswith(NO_MORE_ASKED):
        lines += wrap("To decide the rest: leave out --first.", width)
    elif not space.grew and not space.limit:
        text = "To decide it: raise the limit, or make the model smaller"
        numbers = [k for k, v in report.constants.items() if type(v) is int]
        hint = f" (--set {numbers[-1]}=...)" if numbers else ""
        lines += wrap(text + hint + ".", width)
    return lines


def _goes_on(report: CheckReport) -> list[str]:
    """The command that goes on, in one line, so that it can be copied."""
    if not report.goes_on:
        return []
    return ["To go on from what was written down:", "", f"  {printable(report.goes_on)}"]


def _growth(space: SpaceSummary, width: int, style: Style) -> list[str]:
    grew = printable(space.grew)
    text = f"{grew} may grow without end: it grew while all else came back to what it was."
    text = with_code(text, Code.GROWS)
    way = "make it grow"
    if space.limit:
        text, way = with_code(f"{printable(space.limit)}. {_AS_FAR}", Code.LIMIT), "lead there"
    lines = style.wrapped(text, width, "bold", hanging="")
    if space.growth is not None:
        total = len(space.growth.steps)
        last = min(total, GROWTH_STEPS_SHOWN)
        lines += wrap(
            f"The last {steps_text(last)} of {total:,} that {way}:"
            if last < total
            else f"The steps that {way}:",
            width,
        )
        lines += ["", *render_timeline(space.growth, width, style, Telling(last=last)), ""]
    if space.limit:
        return lines
    lines += wrap(
        f"To decide it: let the processes stop or wait where {grew} is large enough "
        "(a loop with an end, a bounded queue, an await), or say with `within` how far is far "
        "enough.",
        width,
    )
    return lines


# --- what the checker warns of ---------------------------------------------------------------


def _warned(report: CheckReport, width: int, style: Style) -> list[str]:
    """That there are warnings below what is told of runs: one may say why they are as they are."""
    codes = ", ".join(dict.fromkeys(str(each.code) for each in report.warnings if each.code))
    told = f"{counted(len(report.warnings), 'warning')} below{': ' * bool(codes)}{codes}"
    return style.wrapped(told, width, "yellow") if report.warnings else []


def _warnings(report: CheckReport, width: int, style: Style) -> list[str]:
    lines = []
    for each in report.warnings[:WARNINGS_SHOWN]:
        lines += style.wrapped(printable(each.sentence()), width, "yellow")
    rest = len(report.warnings) - WARNINGS_SHOWN
    if rest > 0:
        lines.append(style.paint(f"  … and {counted(rest, 'warning')} more", "dim"))
    return lines


# --- many specs ------------------------------------------------------------------------------


def render_table(
    reports: Sequence[CheckReport],
    width: int = 100,
    color: bool = False,
    unicode: bool = True,
    unchecked: int = 0,
) -> str:
    """One row a property, and one line that sums up. The mark says whether all that was found is
    as expected, and not what that is, so that what is wrong is seen at once. Built-in properties
    that hold as expected are left out, unless a spec has no others. unchecked: how many more specs
    there are, of which nothing is known."""
    style = Style(color, unicode)
    # What is found without faults has a column where any spec has some.
    both = any(each.without_faults is not None for r in reports for each in r.results)
    rows = [row for report in reports for row in _table_rows(report, both=both)]
    without = ("without faults",) * both
    heads = ("model", "property", "verdict", "expected", *without, "states", "time")
    widths = [
        max([len(h), *(display_width(cells[i]) for cells, _ in rows)]) for i, h in enumerate(heads)
    ]
    spare = _spare(widths, width)
    if spare < 2 * NARROWEST_NAME:
        # How large a space was matters less than whose verdict this is.
        widths[-2:] = 0, 0
        spare = _spare(widths, width)
    widths[0] = min(widths[0], max(spare // 2, NARROWEST_NAME))
    widths[1] = min(widths[1], max(spare - widths[0], NARROWEST_NAME))
    lines = [style.paint("  " + _table_line(heads, widths), "dim")]
    for cells, result in rows:
        sign = style.mark(_outcome(result)) if result else " "
        line = _table_line(cells, widths)
        unexpected = result is not None and not _all_expected(result)
        lines.append(f"{sign} {style.paint(line, 'bold') if unexpected else line}".rstrip())
    lines += ["", _table_summary(reports, style, unchecked)]
    warned = [line for each in reports for line in _warnings(each, max(width, NARROWEST), style)]
    lines += ["", *warned] if warned else []
    return style.finish("\n".join(lines))


def _outcome(result: PropertyResult) -> Outcome:
    """Whether all that was found of a property is as expected."""
    if _is_wrong(result):
        return "wrong"
    return "expected" if _all_expected(result) else "open"


def _all_expected(result: PropertyResult) -> bool:
    """Whether the verdict is as expected, and the one without faults too, where that was asked."""
    without = result.without_faults
    return result.as_expected and (without is None or without.as_expected)


def _is_wrong(result: PropertyResult) -> bool:
    """Whether one of these verdicts is known, and not as expected."""
    return result.is_wrong


def _table_rows(
    report: CheckReport, *, both: bool
) -> list[tuple[tuple[str, ...], PropertyResult | None]]:
    shown: list[PropertyResult | None] = [
        r for r in report.results if not (is_quiet(r) and _all_expected(r))
    ]
    size = (states_text(report.space), f"{report.seconds:.2f} s")
    rows: list[tuple[tuple[str, ...], PropertyResult | None]] = []
    for turn, result in enumerate(shown or [*report.results[:1]] or [None]):
        model = printable(report.model) if turn == 0 else ""
        measured = size if turn == 0 else ("", "")
        without = _without(result) if both else ()
        name, verdict, expected = (
            (printable(result.name), result.verdict, result.expected) if result else ("-",) * 3
        )
        rows.append(((model, name, verdict, expected, *without, *measured), result))
    return rows


def _without(result: PropertyResult | None) -> tuple[str]:
    """The verdict without faults, for its column."""
    found = None if result is None else result.without_faults
    return ("" if found is None else found.verdict,)


def _spare(widths: Sequence[int], width: int) -> int:
    """The columns that are left for names in a table."""
    taken = sum(each + 2 for each in widths[2:] if each)
    return max(width, NARROWEST) - taken - len("✓ ") - 2


def _table_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [shorten(cell, width) for cell, width in zip(cells, widths, strict=True)]
    left = [pad(text, width) for text, width in zip(texts[:-2], widths[:-2], strict=True)]
    right = [f"{text:>{width}}" for text, width in zip(texts[-2:], widths[-2:], strict=True)]
    return "  ".join((*left, *right)).rstrip()


def _table_summary(reports: Sequence[CheckReport], style: Style, unchecked: int) -> str:
    results = [r for report in reports for r in report.results]
    wrong = sum(map(_is_wrong, results))
    open_ones = sum(not _all_expected(r) and not _is_wrong(r) for r in results)
    states = sum(report.space.states for report in reports)
    seconds = sum(report.seconds for report in reports)
    parts = []
    if wrong:
        parts.append(f"{wrong:,} not as expected")
    if open_ones:
        parts.append(f"{open_ones:,} undetermined")
    if unchecked:
        parts.append(f"{counted(unchecked, 'spec')} not checked")
    verdict = ", ".join(parts) if parts else "every verdict as expected"
    look = "red" if wrong or unchecked else "yellow" if open_ones else "green"
    told = f"{counted(len(reports), 'spec')}, {len(results):,} properties: "
    size = f"  ({counted(states, 'state')} in {seconds:.2f} s)"
    return told + style.paint(verdict, look, "bold") + style.paint(size, "dim")
