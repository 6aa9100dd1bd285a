"""What `model-check repair` prints, and what advice of both kinds begins and ends with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...errors import EXIT_UNDETERMINED
from ...language.tree.spec import Spec
from ...results.check import Trace
from ...results.repair import Attempt, Beyond, Repair, Repairs, Rests, SpecChange
from ...verify.show import format_value, printable
from ..words.columns import NARROWEST, counted, display_width, shorten, together, wrap
from ..words.phrases import steps_text
from ..words.repair_diff import repair_diff
from ..words.runs import loop_text
from .faults import render_faults
from .rows import folds_alone
from .style import Style
from .timeline import Telling, render_timeline

__all__ = ["ending", "listed", "render_repairs", "shown_by", "timeline", "title"]


def render_repairs(
    found: Repairs,
    width: int = 100,
    color: bool = False,
    unicode: bool = True,
    whole: bool = False,
) -> str:
    """The whole report of a search for repairs, in lines of at most `width` columns (but for
    lines of diffs), without a final newline. `whole`: each step of a trace."""
    width, style = max(width, NARROWEST), Style(color, unicode, whole)
    sections = [
        [title(found.spec, found.path, width, style), *_wanted(found, width)],
        render_faults(found.faults, width, style),
        [] if found.holds_already else _changes(found, width),
        *(_repair(found, i, each, width, style) for i, each in enumerate(found.repairs)),
        [] if found.best is None else _best(found, found.best, width, style),
        _repairs_summary(found, width, style),
    ]
    return style.finish("\n\n".join("\n".join(s) for s in sections if s))


def title(spec: Spec, path: str, width: int, style: Style) -> str:
    """The first line: which spec, where it is, and its constants."""
    constants = " ".join(f"{printable(k)}={format_value(v)}" for k, v in spec.constants.items())
    head = printable(spec.name)
    rest = shorten(f"  {printable(path)}  {constants}".rstrip(), width - display_width(head))
    return style.paint(head, "bold") + style.paint(rest, "dim")


def listed(names: Iterable[str], word: str = "and") -> str:
    """`a, b and c`."""
    *first, last = [printable(name) for name in names]
    return f"{', '.join(first)} {word} {last}" if first else last


def _wanted(found: Repairs, width: int) -> list[str]:
    if not found.wanted:
        return []
    lines = wrap(f"wanted: {', '.join(map(printable, found.wanted))}", width, "", "  ")
    if found.broken:
        lines += wrap(f"violated now: {', '.join(map(printable, found.broken))}", width, "", "  ")
    if found.unknown:
        lines += wrap(f"undetermined: {', '.join(map(printable, found.unknown))}", width, "", "  ")
    return lines


def _changes(found: Repairs, width: int) -> list[str]:
    if not found.changes:
        text = "no change that is looked for can be made, and the spec offers no alternatives"
        return wrap(text, width, "", "  ")
    count = f"{counted(len(found.changes), 'change')} can be made:"
    return [count, *_change_lines(found.changes, width)]


def _change_lines(changes: Iterable[SpecChange], width: int) -> list[str]:
    return [
        line
        for each in changes
        for line in wrap(printable(f"{each}{_weighing(each)}"), width, "  ", "  ")
    ]


def _weighing(change: SpecChange) -> str:
    return f" (weighs {change.weight})" if change.weight > 1 else ""


def _less_than(found: Repairs, weight: int) -> str:
    """What sets of changes are called that are smaller than others."""
    if all(each.weight == 1 for each in found.changes):
        return f"of fewer than {counted(weight, 'change')}"
    return f"that weighs less than {weight}"


def _repair(found: Repairs, index: int, repair: Repair, width: int, style: Style) -> list[str]:
    lines = [style.paint(f"repair {index + 1}, {counted(len(repair.changes), 'change')}:", "bold")]
    lines += _change_lines(repair.changes, width)
    for verdict, told in (("violated", "does not hold then"), ("undetermined", "not decided")):
        beside = [n for n, v in repair.verdicts.items() if n not in found.wanted and v == verdict]
        if beside:
            lines += wrap(f"not asked for, and {told}: {listed(beside)}", width, "  ", "  ")
    lines += [_painted(line, style) for line in repair_diff(found.spec, repair, found.draft)]
    if found.files:
        lines += wrap(f"written: {found.files[index]}", width, "", "  ")
    return lines


def _painted(line: str, style: Style) -> str:
    shown = printable(line)
    look = {"+": "green", "-": "red", "@": "cyan"}.get(shown[:1])
    return shown if look is None else style.paint(shown, look)


def _best(found: Repairs, best: Attempt, width: int, style: Style) -> list[str]:
    if best.changes:
        head = f"the best set of changes found: {'; '.join(map(str, best.changes))}"
        still = "still " if set(best.violated) <= set(found.broken) else ""
    else:
        head = "no set of changes that was explored is better than the spec as it is"
        head = head if found.changes else ""  # the section above says that there is no set
        still = ""
    told = f"{listed(best.violated)} {'is' if len(best.violated) == 1 else 'are'} {still}violated"
    which = "" if len(best.violated) == 1 else f"; {printable(best.violated[0])}"
    lines = wrap(head, width, "", "  ") if head else []
    lines += style.wrapped(f"{told}{which}{shown_by(best.trace)}", width, "red")
    return [*lines, *timeline(best.trace, width, style)]


def shown_by(trace: Trace | None) -> str:
    """How a trace shows that a property is violated, after words that say that it is."""
    if trace is None:
        return ": no run comes to a state that it asks for"
    if trace.loop_from is not None:
        return f" by a run that never ends, {loop_text(trace)} for ever:"
    if not trace.steps:
        return " in an initial state:"
    return f" after {steps_text(len(trace.steps))}:"


def timeline(trace: Trace | None, width: int, style: Style) -> list[str]:
    """The steps that show it, below an empty line."""
    if trace is None:
        return []
    telling = Telling(None if style.whole else folds_alone(trace))
    return ["", *render_timeline(trace, width, style, telling)]


_LOOKED_FOR = (
    "(looked for: another order of steps, joined steps, a look and what is done by it in one step, "
    "a step moved out of a branch or loop, a second look, a guard, fencing, a lock, a variable "
    "kept over a crash, an acknowledgement that is waited for, or that comes after the work, "
    "what was not acknowledged before a crash, alternatives of the spec; nothing else)"
)


def _no_repair(found: Repairs) -> str:
    """That no set of changes is a repair, and why, in a few words."""
    number = len(found.changes)
    if not number:
        return "no repair: nothing that is looked for can be changed here"
    # A set that the checker does not take makes no spec.
    head = f"no repair among {counted(number, 'change')}: each spec that "
    head += "it makes" if number == 1 else "they make"
    if not found.always:
        return f"{head} violates something that is wanted"
    steps = listed(_shown(found.always))
    return f"{head} has a run that violates what is wanted, and all those found go through {steps}"


MOST_STEPS = 3
"""That are named of those that all runs go through."""


def _shown(events: Sequence[tuple[str, str]]) -> list[str]:
    """The last events of a list, for these are nearest to the violation, and how many others there
    are."""
    told = [f"{process}.{label}" for process, label in events[-MOST_STEPS:]]
    more = len(events) - len(told)
    return [*told, f"{counted(more, 'other step')}"] if more else told


_OFFER = "To have something else tried, offer it in the spec, under `alternatives`: "
_BEYOND: Mapping[Beyond, str] = {
    "start": "in an initial state, before any program has done anything. "
    f"{_OFFER}other initial values.",
    "faults": "by what may go wrong alone, before any program has done anything. "
    f"{_OFFER}other initial values, or less that may go wrong.",
    "formula": "whatever is done, for what is asked reads nothing that a run changes: no other "
    "program helps, but other constants or types may.",
}
"""What is said of properties that no other program helps."""


def _to_offer(found: Repairs) -> list[str]:
    """What a user can offer beside, where nothing was found."""
    if found.beyond:
        return [
            f"{listed(names)} {'is' if len(names) == 1 else 'are'} violated {told}"
            for why, told in _BEYOND.items()
            if (names := [name for name, each in found.beyond if each == why])
        ]
    known = [process.name for process in found.spec.processes]
    trace = None if found.best is None else found.best.trace
    steps = [each.instance.partition("[")[0] for each in trace.steps] if trace is not None else []
    names = [each for each in known if each in [process for process, _ in found.always]]
    names = names or [each for each in known if each in steps]
    what = f"another program for {listed(names, 'or')}" if names else "another program"
    return [f"{_OFFER}{what}."]


_ALIKE = ", but for sets that make the same text as one of them"


def _repairs_summary(found: Repairs, width: int, style: Style) -> list[str]:
    number = len(found.changes)
    if found.holds_already:
        head = "nothing to repair: all that is wanted holds"
    elif found.complete and found.repairs:
        which = "minimal repair" if found.minimal else "smallest repair"
        if len(found.repairs) == 1 and not found.alike:
            head = f"the only {which} among {counted(number, 'change')}"
        else:
            head = f"{counted(len(found.repairs), which)} among {counted(number, 'change')}: "
            head += f"these are all{_ALIKE if found.alike else ''}"
        least = found.repairs[0].weight
        if least > 1:  # only the spec as it is weighs less than one change
            head += f"; no set {_less_than(found, least)} is one"
    elif found.complete:
        head = _no_repair(found)
    elif found.repairs:
        head = f"{counted(len(found.repairs), 'repair')} so far; there may be others"
    else:
        head = f"undetermined: no repair so far among {counted(number, 'change')}"
    look = "green" if found.exit_code == 0 else "yellow" if not found.complete else "red"
    lines = style.wrapped(head, width, look, "bold")
    if not found.complete:
        if found.stopped:
            lines += wrap(f"The search was stopped: {found.stopped}.", width, "", "  ")
        if found.undecided:
            sets, more = counted(found.undecided, "set"), found.undecided > 1
            text = f"{sets} of changes could not be decided{', the first' * more}: "
            lines += wrap(f"{text}{printable(found.why_undecided)}.", width, "", "  ")
        elif found.size:
            fewer = _less_than(found, found.size)
            text = f"No set {fewer} is a repair."
            if found.repairs and found.repairs[0].weight < found.size:
                text = f"There is no other set {fewer} and of which no part is one."
            lines += wrap(text, width, "", "  ")
    if found.complete and not found.repairs and not found.holds_already:
        for text in _to_offer(found):
            lines += wrap(text, width, "", "  ")
    if not found.holds_already:
        lines += style.wrapped(_LOOKED_FOR, width, "dim")
    parts = [
        f"{counted(found.explored, 'set')} of changes explored",
        f"{found.replayed:,} refuted by running a known trace again",
        counted(found.states, "state"),
        f"{found.seconds:.2f} s",
    ]
    lines += wrap(", ".join(together(part) for part in parts), width, "", "  ")
    return [*lines, *ending(found, width, style)]


def ending(found: Repairs | Rests, width: int, style: Style) -> list[str]:
    """The exit code where it is not 0, and what repeats the command."""
    code = found.exit_code
    if code == 0:
        return []
    if code == EXIT_UNDETERMINED:
        meaning = "undetermined: the search was not completed"
    elif isinstance(found, Repairs):
        meaning = "there is no repair"
    else:
        meaning = "what does not hold rests on nothing"
    look = "yellow" if code == EXIT_UNDETERMINED else "red"
    lines = style.wrapped(f"exit code {code}: {meaning}", width, look)
    return [*lines, *wrap(f"again: {found.command}", width, "", "  ")]
