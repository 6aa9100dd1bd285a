"""What goes wrong, in words: a step that is a fault, and how often which of them may come.

In: steps of traces, and what a check says of faults. Out: short sentences. The names of faults are
verbs (`loses`, `expires`); of those that come with the tool, the nouns are here too.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...results.check import CRASHED, CallRecord, TraceStep
from ...results.faults import FaultBudget, Faults, fault_verb
from ...verify.show import format_value, printable
from .columns import counted

__all__ = ["edge_text", "fault_text", "faults_text", "hit_text"]

_FORMS = {
    "crashes": ("crash", "crashes", "crash"),
    "expires": ("expiry", "expiries", "expire"),
    "loses": ("loss", "losses", "lose something"),
    "duplicates": ("duplication", "duplications", "duplicate something"),
    "reorders": ("reordering", "reorderings", "reorder something"),
    "disconnects": ("disconnect", "disconnects", "disconnect"),
    "overflows": ("overflow", "overflows", "overflow a client's buffer"),
    "failover": ("failover", "failovers", "fail over"),
}
"""Of a fault: one of it, several, and what may be done at any time."""


def fault_text(step: TraceStep) -> str:
    """What goes wrong in a step: `worker crashes and restarts`, `jobs loses 2`."""
    told = f"{printable(step.instance)} {hit_text(step)}"
    known = step.state.locations.get(step.instance)
    return told if known in (None, CRASHED) else f"{told} and restarts"


def hit_text(step: TraceStep) -> str:
    """The same beside the name of what it hits: `crashes`, `loses 2`, `disconnects worker`."""
    return _verb_text(step.label, *(format_value(c.result) for c in step.calls if c.answer))


def _verb_text(label: str, *answers: str) -> str:
    """A fault by its label, which may name the client that it hits, and what it answers."""
    verb, _, client = printable(label).partition("[")
    client = client.removesuffix("]")
    whom = (f"({client})" if answers else client,) if client else ()
    return " ".join((fault_verb(verb), *answers, *whom))


def edge_text(instance: str, event: str, calls: Iterable[CallRecord]) -> str:
    """What goes wrong along an edge of the space, where nobody knows what it leads to."""
    answers = (format_value(call.result) for call in calls if call.answer)
    return f"{printable(instance)} {_verb_text(event.removeprefix(f'{instance}.'), *answers)}"


def faults_text(faults: Faults) -> str:
    """What the verdicts are with: `with up to 1 crash of worker; lock may expire at any time`; ""
    where a spec says of nothing that it may go wrong, and nobody asked."""
    told = _budgets_text(faults.budgets)
    if faults.left_out:
        return f"without faults; left out: {told}" if told else "without faults: the spec has none"
    if not told:
        return ""
    return f"with {told}" if told.startswith("up to ") else f"with faults: {told}"


def _budgets_text(budgets: tuple[FaultBudget, ...]) -> str:
    limited = [each for each in budgets if each.most is not None and each.fault in _FORMS]
    others = [each for each in budgets if each not in limited]
    counts = ", ".join(_count_text(each) for each in limited)
    parts = [f"up to {counts}"] if counts else []
    return "; ".join((*parts, *map(_other_text, others)))


def _count_text(each: FaultBudget) -> str:
    one, several, _ = _FORMS[each.fault]
    told = f"{each.most:,} {one if each.most == 1 else several} of {printable(each.owner)}"
    return told + _lost_text(each)


def _lost_text(each: FaultBudget) -> str:
    """What a server that takes over may not have."""
    if not each.loses_last:
        return ""
    return f" that loses up to {counted(each.loses_last, 'write')}"


def _other_text(each: FaultBudget) -> str:
    owner = printable(each.owner)
    if each.most is not None:
        return f"{owner} {printable(each.fault)} at most {counted(each.most, 'time')}"
    if each.fault in _FORMS:
        losing = _lost_text(each).replace("that loses", "losing")
        return f"{owner} may {_FORMS[each.fault][2]} at any time{losing}"
    return f"{owner} {printable(each.fault)} at any time"
