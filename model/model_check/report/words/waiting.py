"""From the end of a trace to where everybody stands there, in words; in a deadlock who waits for
what, who could change that, and a cycle of waiting.

That a step "could change" a condition says no more than that it writes what that reads, and that
control may still lead to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...results.check import CRASHED, ENDED, Trace
from ...results.waiting import Known, Wait
from ...verify.show import printable
from .columns import together
from .values import fit_value

__all__ = ["cycle_text", "end_places", "nobody_text", "waiting_text", "waits_text"]

GIVERS_NAMED = 2
READS_SHOWN = 3
WAITS_TOLD = 3
VALUE_WIDTH = 32
"""Columns of a value that a condition reads."""


def end_places(trace: Trace) -> tuple[tuple[str, str], ...]:
    """Each instance with where it stands at the end: in a deadlock ``waits at take_right for `not
    right` ...``, in the middle of a run `is at critical`, or `has ended`, `has crashed`."""
    last = trace.steps[-1].state if trace.steps else trace.initial
    return tuple((name, _place(trace, name, place)) for name, place in last.locations.items())


def _place(trace: Trace, name: str, place: str) -> str:
    if place in (ENDED, CRASHED):
        return "has ended" if place == ENDED else "has crashed"
    waits = [each for each in trace.waits if each.instance == name]
    if trace.end != "deadlock" and not waits:
        return f"is at {printable(place)}"
    told = [f"waits at {printable(place)}"]
    for turn, each in enumerate(waits):
        where = f"at {printable(each.place)} " if turn and each.place != waits[0].place else ""
        told.append(("and " if turn else "") + where + _wait(trace, each))
    return " ".join(told[:2]) + "".join(f", {each}" for each in told[2:])


def waiting_text(wait: Wait) -> str:
    """For what somebody waits: ``for `not right` ``, or in which command: `in BLPOP jobs 0`."""
    return f"in {printable(wait.text)}" if wait.command else f"for `{printable(wait.text)}`"


def waits_text(told: Sequence[Wait]) -> str:
    """Who waits where, and for what: ``a waits at take for `not lock`, and b at hear
    in BLPOP jobs 0``; "" where nobody is known to."""
    first = {each.instance: each for each in reversed(told)}
    waits = [first[name] for name in dict.fromkeys(each.instance for each in told)]
    texts = [
        f"{printable(each.instance)} {'' if turn else 'waits '}at {printable(each.place)} "
        + waiting_text(each)
        for turn, each in enumerate(waits[:WAITS_TOLD])
    ]
    rest = len(waits) - WAITS_TOLD
    texts += [f"{rest} more wait"] if rest > 0 else []
    *others, last = texts or [""]
    return f"{', '.join(others)}, and {last}" if others else last


def nobody_text(wait: Wait) -> str:
    """Of what no step of others could change: who else could; "" where one of others could."""
    if wait.givers:
        return ""
    verb = _verb(wait)
    if wait.gone:
        return f"nobody can {verb} that any more"
    if wait.own:
        return f"{'' if wait.rivals else 'only '}a step of its own could {verb} that"
    if wait.rivals:
        return "others wait for the same"
    return f"no step of the spec can {verb} that"


def _verb(wait: Wait) -> str:
    """What is done to a command that blocks, and to a condition."""
    return "unblock" if wait.command else "change"


def _wait(trace: Trace, wait: Wait) -> str:
    what = waiting_text(wait)
    reads = [_known(trace, each) for each in wait.reads[:READS_SHOWN]]
    known = f": {', '.join(reads)}" if reads else ""
    return f"{what}, which {_givers(wait)}{known}"


def _givers(wait: Wait) -> str:
    """Who could change what is waited for."""
    verb = _verb(wait)
    if wait.givers:
        return f"{_listed(_one_each(wait.givers))} could {verb}"
    if wait.gone:
        others = ", and the others wait for the same" if wait.rivals else ""
        return f"nobody can {verb} any more ({_listed(_one_each(wait.gone))} could have){others}"
    if wait.own and wait.rivals:
        return f"its own {_listed([*wait.own])} could {verb}"
    if wait.own:
        return f"only a step of its own could {verb} ({_listed([*wait.own])})"
    if wait.rivals:
        return f"only those could {verb} who wait for the same ({_listed([*wait.rivals])})"
    any_more = " any more" if any(each.step is not None for each in wait.reads) else ""
    return f"no step of the spec can {verb}{any_more}"


def _one_each(steps: Iterable[str]) -> list[str]:
    """The first step of each instance."""
    found: dict[str, str] = {}
    for each in steps:
        found.setdefault(each.rpartition(".")[0], each)
    return [*found.values()]


def _listed(names: list[str]) -> str:
    shown = [printable(each) for each in names[:GIVERS_NAMED]]
    rest = len(names) - len(shown)
    return " or ".join([*shown, *([f"{rest} more"] if rest else [])])


def _known(trace: Trace, each: Known) -> str:
    value = together(f"{printable(each.name)} = {fit_value(each.value, VALUE_WIDTH)}")
    if each.step is None:
        return f"{value} as at the start"
    return f"{value} since step {each.step:,} ({printable(trace.steps[each.step - 1].event)})"


def cycle_text(trace: Trace) -> str:
    """`a cycle of waiting: a waits for b, b for c, and c for a`; "" where there is none."""
    names = [printable(each) for each in trace.cycle]
    if not names:
        return ""
    pairs = [*zip(names, [*names[1:], names[0]], strict=True)]
    first, *others = pairs
    told = [f"{first[0]} waits for {first[1]}", *(f"{a} for {b}" for a, b in others)]
    return f"a cycle of waiting: {', '.join(told[:-1])}, and {told[-1]}"
