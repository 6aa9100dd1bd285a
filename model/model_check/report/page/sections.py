"""The parts of the page that need no script: verdicts, what goes wrong and why, the source.

They are complete without a script and on paper. Where a script has something to do with a
part, its attributes `data-...` say with what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...language.source.diagnostics import Source
from ...results.check import CheckReport, PropertyResult, SpaceSummary, Trace, trace_of
from ...verify.page_tables import PageTables
from ...verify.show import format_value
from ..sequence.chips import Chip, ChipRow, chip_rows
from ..sequence.messages import commands_of
from ..words.coverage import unseen_texts
from ..words.faults import fault_text, faults_text
from ..words.formula import values_text
from ..words.keys import Keys
from ..words.phrases import (
    end_line,
    end_text,
    formula_text,
    is_quiet,
    label_text,
    no_return_text,
    outcome_text,
    steps_text,
    went_wrong,
)
from ..words.reasons import aside_text, races_text, reason_text
from ..words.runs import fairness_text, moments_text, nowhere_text
from ..words.simulation import simulated_text, simulation_texts, walks_text
from ..words.size import explored_text
from ..words.verdicts import verdict_text, within_text
from ..words.waiting import cycle_text, end_places
from .markup import Attributes, Markup, element, trusted, with_code

__all__ = ["case", "header", "sources", "verdicts", "zoom_buttons"]

ENDINGS_SHOWN = 200
LONG_ITEM = 12
"""Signs of an item that is a record, rather than a number or a name."""
TAB = 4
"""Columns of a tab in a source."""
SIGNS = {"holds": "✓", "violated": "✗", "undetermined": "?"}


def header(report: CheckReport) -> Markup:
    """The name of the model, and the size of what was explored."""
    space = report.space
    constants = "  ".join(f"{name} = {format_value(v)}" for name, v in report.constants.items())
    explored = f"{explored_text(space)}: {space.stopped}".removesuffix(": ")
    size = f"{space.states:,} states, {space.transitions:,} transitions, {explored}"
    if space.simulation is not None:
        size = f"{explored_text(space)}: {simulated_text(space.simulation)}"
    facts = (text for text in (report.path, constants, size) if text)
    return element(
        "header", {"class": "top"},
        element("h1", {}, report.model),
        element("p", {"class": "facts"}, [element("span", {}, each) for each in facts]),
        element("button", {"type": "button", "id": "copy-open", "popovertarget": "copies",
                           "hidden": True}, "Copy"),
        element("button", {"type": "button", "id": "keys-open", "hidden": True}, "Keys"),
        element("button", {"type": "button", "id": "theme", "hidden": True}, "Dark"),
    )  # fmt: skip


def verdicts(report: CheckReport) -> Markup:
    """Every property with its verdict; those with a trace can be chosen."""
    shown = [result for result in report.results if not is_quiet(result)]
    quiet = [result.name for result in report.results if is_quiet(result)]
    open_ones = [f"{each.name}: {each.note}" for each in shown if each.note]
    nowhere = [(each.name, nowhere_text(each, report.space)) for each in shown]
    nowhere += [(each.name, walks_text(each, report.space)) for each in shown]
    open_ones += [f"{name}: {text}" for name, text in nowhere if text]
    if report.space.simulation is not None:
        open_ones += simulation_texts(report.space.simulation)
    notes = [*open_ones, *(each.sentence() for each in report.warnings)]
    notes += filter(None, [within_text(report), *unseen_texts(report)])
    notes += [f"note: {note}" for note in report.notes]
    faults = faults_text(report.faults)
    also_hold = "also hold within" if report.space.outside else "also hold"
    also = element("li", {"class": "quiet"}, f"{also_hold}: {', '.join(quiet)}") if quiet else None
    return element(
        "section", {"class": "verdicts", "aria-labelledby": "verdicts-title"},
        element("p", {"class": "about"}, report.about) if report.about.strip() else None,
        element("h2", {"id": "verdicts-title", "class": "unseen"}, "Verdicts"),
        element("p", {"class": "faults"}, faults[:1].upper() + faults[1:]) if faults else None,
        element("ul", {}, [_verdict(result, report.space) for result in shown], also),
        _formulas(report),
        [element("p", {"class": "note"}, with_code(note)) for note in notes],
    )  # fmt: skip


def _verdict(result: PropertyResult, space: SpaceSummary) -> Markup:
    look: str = result.verdict
    if result.verdict != "undetermined" and not result.as_expected:
        look = f"{look} unexpected"
    told = (
        element("span", {"class": "sign", "aria-hidden": "true"}, SIGNS[result.verdict]),
        " ",
        element("strong", {}, result.name),
        " ",
        element("span", {"class": "verdict"}, verdict_text(result, space)),
    )
    if result.trace is None:
        return element("li", {"class": look}, element("span", {"class": "choice"}, told))
    attributes: Attributes = {
        "type": "button", "class": "choice", "data-choose": result.name, "aria-pressed": "false",
    }  # fmt: skip
    return element("li", {"class": look}, element("button", attributes, told))


def _formulas(report: CheckReport) -> Markup | None:
    """What each property says, in words and as the spec has it."""
    told = [
        element(
            "div", {},
            element("dt", {}, result.name),
            element("dd", {}, result.about.strip(), " ",
                    element("code", {}, formula_text(result)) if formula_text(result) else None),
        )
        for result in report.results
        if result.about.strip() or formula_text(result)
    ]  # fmt: skip
    if not told:
        return None
    summary = element("summary", {}, "What the properties say")
    return element("details", {"class": "formulas"}, summary, element("dl", {}, told))


# --- a property with a trace -----------------------------------------------------------------


def case(result: PropertyResult, tables: PageTables, picture: str, keys: Keys) -> Markup:
    """What goes wrong, the sequence diagram `picture` ("": none), the steps as a list, and
    why; for one property with a trace. `keys`: of the resources, which have short names."""
    look = "case" if result.verdict == "violated" else "case possible"
    return element(
        "article", {"class": look, "data-case": result.name},
        element("h2", {}, outcome_text(result)),
        element("p", {"class": "formula"}, told) if (told := values_text(result)) else None,
        _course(result),
        _chips(result),
        _diagram(result, picture) if picture else None,
        _waits(trace_of(result)),
        _steps(result, keys, open_=not picture),
        _why(result),
        _endings(result, tables),
    )  # fmt: skip


def _course(result: PropertyResult) -> Markup | None:
    """What never came in its run, and why a run without an end is fair."""
    told = [*moments_text(result), *fairness_text(result)]
    return (
        element("ul", {"class": "course"}, [element("li", {}, with_code(each)) for each in told])
        if told
        else None
    )


def _chips(result: PropertyResult) -> Markup | None:
    """The lists at the end, item by item: a hole is seen at once."""
    trace = trace_of(result)
    lines = [_chip_line(row) for row in chip_rows(result)]
    if trace.end == "error":
        lines.append(
            element(
                "div", {}, element("dt", {}, "end"), element("dd", {}, end_text(trace, result.form))
            )
        )
    return element("dl", {"class": "outcome"}, lines) if lines else None


def _chip_line(row: ChipRow) -> Markup:
    chips = [
        element(
            "li", {"class": _look(chip)},
            element("span", {"class": "unseen"}, "missing: ") if chip.hole else None,
            element("span", {"class": "unseen"}, "again: ") if chip.again else None, chip.text,
        )
        for chip in row.chips
    ]  # fmt: skip
    return element(
        "div", {}, element("dt", {}, row.name), element("dd", {}, element("ol", {}, chips))
    )


def _waits(trace: Trace) -> Markup | None:
    """In a deadlock where everybody stands, and who waits for whom; of other ends, the state says
    where everybody stands."""
    if trace.end != "deadlock":
        return None
    told = [*end_places(trace), *([("waiting", cycle)] if (cycle := cycle_text(trace)) else [])]
    lines = [
        element("div", {}, element("dt", {}, name), element("dd", {}, with_code(text)))
        for name, text in told
    ]
    return element("dl", {"class": "outcome"}, lines)


def _look(chip: Chip) -> str | None:
    look = ["hole"] if chip.hole else ["again"] if chip.again else []
    return " ".join([*look, *(["long"] if len(chip.text) > LONG_ITEM else [])]) or None


def _diagram(result: PropertyResult, picture: str) -> Markup:
    name = f"Sequence diagram of the {steps_text(len(trace_of(result).steps))}"
    return element(
        "figure", {"class": "picture diagram", "data-diagram": result.name},
        element("figcaption", {}, name, zoom_buttons("the sequence diagram")),
        element("div", {"class": "pan", "tabindex": "0", "role": "region", "aria-label": name},
                trusted(picture)),
    )  # fmt: skip


def zoom_buttons(what: str) -> Markup:
    """The buttons that make a picture larger and smaller; hidden until the script is there."""
    buttons = (("in", "+", "Enlarge"), ("out", "−", "Shrink"), ("fit", "fit", "Fit in"))
    return element(
        "span", {"class": "zoom", "hidden": True},
        [
            element("button", {"type": "button", "data-zoom": how, "aria-label": f"{verb} {what}"},
                    sign)
            for how, sign, verb in buttons
        ],
    )  # fmt: skip


def _steps(result: PropertyResult, keys: Keys, *, open_: bool) -> Markup:
    sealed, trace = _sealed(result), trace_of(result)
    items = []
    for step in trace.steps:
        lost = any(went_wrong(call) for call in step.calls)
        again = trace.loop_from is not None and step.number > trace.loop_from
        marks = (("lost", lost), ("again", again), ("fault", step.fault or step.crashes))
        looks = " ".join(look for look, is_so in marks if is_so)
        calls = [(element("code", {}, text), " ") for text in commands_of(step, keys)]
        told = (element("b", {}, f"{step.instance} "), label_text(step), " ", calls)
        items.append(
            element(
                "li", {"data-step": str(step.number), "class": looks or None},
                element("b", {}, f"✗ {fault_text(step)}") if step.fault else told,
            )
        )  # fmt: skip
    return element(
        "details", {"class": "steps", "open": open_},
        element("summary", {}, "The steps as a list"),
        element("ol", {}, items),
        element("p", {}, sealed) if sealed else None,
        element("p", {}, end_line(trace, result.form, "end")),
    )  # fmt: skip


def _why(result: PropertyResult) -> Markup | None:
    reason = reason_text(result)
    sentence, races, proved = races_text(result)
    sealed = _sealed(result)
    told: list[Markup] = []
    for turn, text in enumerate(reason):
        told.append(element("p", {"class": "reason" if turn == 0 else None}, with_code(text)))
    if aside := aside_text(result):
        told.append(element("p", {}, with_code(aside)))
    if sentence:
        told.append(element("p", {}, with_code(sentence)))
    if races:
        told.append(element("ul", {"class": "races"}, [element("li", {}, each) for each in races]))
    if proved:
        told.append(element("p", {"class": "proof"}, proved))
    if sealed:
        told.append(element("p", {"class": "sealed"}, sealed))
    if not told:
        return None
    return element("section", {"class": "why"}, element("h3", {}, "Why it happens"), told)


def _sealed(result: PropertyResult) -> str:
    """The point of no return, unless it is the last step, which says so itself."""
    point, trace = result.no_return, result.trace
    at_end = point is not None and trace is not None and point.step == len(trace.steps)
    return "" if at_end else no_return_text(result)


def _endings(result: PropertyResult, tables: PageTables) -> Markup | None:
    """A row for each different ending, with a button that goes there."""
    endings = result.endings
    if not endings or not endings[0].values:
        return None
    rows = tables.endings.get(result.name, ())
    names = tuple(endings[0].values)
    heads = ("steps", "states", *names)
    lines = []
    for turn, (ending, row) in enumerate(zip(endings[:ENDINGS_SHOWN], rows, strict=False)):
        values = [element("td", {}, format_value(ending.values[name])) for name in names]
        go: Attributes = {"type": "button", "data-go": str(row), "hidden": True}
        shown = element("button", go, "Go there") if row is not None and tables.whole else None
        lines.append(
            element(
                "tr", {"class": "chosen" if turn == result.chosen else None},
                element("td", {}, f"{ending.length:,}"),
                element("td", {}, f"{ending.states:,}"),
                values,
                element("td", {}, "shown above" if turn == result.chosen else shown),
            )
        )  # fmt: skip
    count = len(endings)
    more = count - len(lines)
    title = f"{count:,} different endings" if count > 1 else "One ending"
    return element(
        "section", {"class": "endings"},
        element("h3", {}, title),
        element("div", {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": title},
                element("table", {},
                        element("thead", {}, element("tr", {}, [
                            element("th", {"scope": "col"}, head) for head in heads
                        ], element("td", {}))),
                        element("tbody", {}, lines))),
        element("p", {}, f"… and {more:,} more in result.json") if more else None,
    )  # fmt: skip


# --- the source ------------------------------------------------------------------------------


def sources(report: CheckReport, files: tuple[Source, ...]) -> Markup:
    """The spec's files, the named one first; each line can be lit, and says what no run does."""
    shown = tuple(enumerate(files))[::-1]
    never = _never(report)
    return element(
        "section", {"class": "source", "aria-labelledby": "source-title"},
        element("h2", {"id": "source-title"}, "Source"),
        element("div", {"class": "files"}, [
            element("button", {"type": "button", "data-file": str(place), "hidden": True,
                               "aria-pressed": "false"}, _short(file.path))
            for place, file in shown
        ]),
        [_source(place, file, never) for place, file in shown],
    )  # fmt: skip


def _short(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _never(report: CheckReport) -> dict[tuple[str, int], str]:
    """What no run does, by file and line."""
    found = {
        (each.source, each.line): f"`{each.text}` is {each.kind} true"
        for each in report.unseen or ()
        if each.kind in ("always", "never")
    }
    return found | {(each.source, each.line): "no run takes this" for each in report.untaken or ()}


def _source(place: int, file: Source, never: Mapping[tuple[str, int], str]) -> Markup:
    return element(
        "figure", {"data-source": str(place)},
        element("figcaption", {}, file.path),
        element(
            "pre", {"tabindex": "0", "role": "region", "aria-label": f"Source: {file.path}"},
            element("code", {}, list(_lines(file, never))),
        ),
    )  # fmt: skip


def _lines(file: Source, never: Mapping[tuple[str, int], str]) -> Iterator[Markup]:
    for number, line in enumerate(file.text.rstrip("\n").split("\n"), start=1):
        text = line.rstrip("\r").expandtabs(TAB)
        code, comment = _comment(text)
        dim = element("i", {}, comment) if comment else None
        told = never.get((file.path, number))
        note = element("em", {}, told) if told else None
        yield element("span", {"data-line": str(number)}, code, dim, note)


def _comment(line: str) -> tuple[str, str]:
    """A line's text and its comment. A `#` within quotes is none; of texts that run over
    several lines nothing is known, so it is a matter of looks only."""
    quote = ""
    for place, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "#" and (place == 0 or line[place - 1] in " \t"):
            return line[:place], line[place:]
    return line, ""
