"""From a result and its trace to phrases that every output says, however it shows them.

The terminal's timeline and the pictures both need to know which process instances and
resources take part, what a step sent and got, and what it changed that is worth a look.
Found here once, from the trace alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...language.forms import PLAIN, Form
from ...language.records import dataclass
from ...machine.lowering.told_calls import error_in
from ...machine.lowering.watching import EXEC, EXEC_FAILS
from ...results.check import (
    CRASHED,
    CallRecord,
    PropertyResult,
    StateView,
    Trace,
    TraceStep,
    Value,
    trace_of,
)
from ...verify.show import printable
from .columns import counted
from .runs import again_text, round_text
from .values import fit_value

__all__ = [
    "WAITED",
    "ValueChange",
    "call_text",
    "changes",
    "end_line",
    "end_text",
    "final_state",
    "formula_text",
    "happened",
    "headline",
    "instances",
    "is_empty",
    "is_hole",
    "is_quiet",
    "is_refused",
    "label_text",
    "looked",
    "no_return_text",
    "outcome_text",
    "owner_of",
    "reached_nobody",
    "resources",
    "sealing_step",
    "steps_text",
    "went_wrong",
]  # fmt: skip


STAYS = 24
"""Columns of a value that a step left as it was."""
STAY_TOLD = 3


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A variable and the value it has now; `owner` is its instance or resource, "" if shared."""

    name: str
    owner: str
    value: Value


def instances(trace: Trace) -> tuple[str, ...]:
    """The process instances, in the order of the spec."""
    return tuple(trace.initial.locations)


def resources(trace: Trace) -> tuple[str, ...]:
    """The resources that the trace uses, or that something goes wrong with: by their first
    variable, then by first call."""
    called = dict.fromkeys(call.resource for step in trace.steps for call in step.calls)
    hit = (step.instance for step in trace.steps if step.fault)
    called |= dict.fromkeys(name for name in hit if name not in trace.initial.locations)
    places: dict[str, int] = {}
    for place, variable in enumerate(trace.initial.variables):
        owner = owner_of(variable, called)
        if owner:
            places.setdefault(owner, place)
    return tuple(sorted(called, key=lambda name: places.get(name, len(trace.initial.variables))))


def owner_of(variable: str, owners: Mapping[str, object] | tuple[str, ...]) -> str:
    """Which of `owners` the variable belongs to by its shown name, `stock` of `stock[1]` and
    `gateway[1]` of `gateway[1].snapshot`; "" if none of them."""
    head = variable
    while head and head not in owners:
        head = head[: max(head.rfind("."), head.rfind("["), 0)]
    return head


def final_state(trace: Trace) -> StateView:
    """The state at the end."""
    return trace.steps[-1].state if trace.steps else trace.initial


def changes(trace: Trace) -> tuple[tuple[ValueChange, ...], ...]:
    """What each step changed, by its number; at 0 what is not empty at the start. Resources
    come first (they are what the processes share), then shared variables, then the
    processes' own."""
    actors = instances(trace)
    owners = dict.fromkeys((*resources(trace), *actors))
    start = tuple(name for name, value in trace.initial.variables.items() if not is_empty(value))

    def found(state: StateView, names: tuple[str, ...]) -> tuple[ValueChange, ...]:
        changed = [
            ValueChange(name, owner_of(name, owners), state.variables[name])
            for name in names
            if name in state.variables
        ]
        return tuple(sorted(changed, key=lambda c: 2 if c.owner in actors else 0 if c.owner else 1))

    return (found(trace.initial, start), *(found(step.state, step.changed) for step in trace.steps))


def is_empty(value: Value) -> bool:
    """Whether a value says no more than that nothing has happened yet."""
    return (
        value is None
        or value is False
        or (isinstance(value, (list, frozenset, dict, str)) and not value)
    )


def label_text(step: TraceStep) -> str:
    """The label with the turns of its loops: `publish[7]`, the second time `show#2`."""
    return printable(step.event.removeprefix(step.instance + "."))


WAITED = "waited too long"
"""Of a step that is a timeout: what came before its commands."""


def happened(step: TraceStep) -> list[str]:
    """What a step that is no fault did that others could see, a line each: its commands; first of
    all, that something else had waited too long. Of one that only looked, what it found."""
    return [*([WAITED] if step.timeout else []), *map(call_text, step.calls), *looked(step)]


def looked(step: TraceStep) -> list[str]:
    """What a step found that did nothing else, a line each: `on is False`; and what it set to the
    value that it had: `seen stays 0`."""
    if step.fault or step.calls:
        return []
    own, values = f"{step.instance}.", step.state.variables
    found = () if step.changed else step.found
    return [
        *(f"{_as_one(printable(each.text))} is {each.true}" for each in found),
        *(
            f"{printable(name.removeprefix(own))} stays {fit_value(values[name], STAYS)}"
            for name in step.unchanged[:STAY_TOLD]
        ),
    ]


def _as_one(text: str) -> str:
    return f"`{text}`" if " " in text else text


def call_text(call: CallRecord) -> str:
    """A command in wire form with its answer: `PUBLISH chat:stream:{session} 7 -> 0 receivers`."""
    if call.answer:
        return f"{printable(call.wire)} -> {printable(call.answer)}"
    return printable(call.wire) + (" ..." if call.sending else "")


def reached_nobody(call: CallRecord) -> bool:
    """A message sent to no receiver: the moment in which something is lost."""
    return re.match(r"0 receivers?\b", call.answer) is not None


def went_wrong(call: CallRecord) -> bool:
    """A command to be told in red: it reached nobody, or is refused."""
    return reached_nobody(call) or is_refused(call)


def is_refused(call: CallRecord) -> bool:
    """A command that the server answers with an error, or a transaction that fails."""
    fails = (call.wire, call.answer) == (EXEC, EXEC_FAILS)
    return fails or bool(error_in(call.answer))


def is_hole(result: PropertyResult, name: str, value: Value) -> bool:
    """Whether a watched value is what is wrong: a collection that is not empty (nor full of
    empty ones), and that the violated formula speaks about."""
    spoken_of = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", result.text) is not None
    return spoken_of and _holds_something(value)


def _holds_something(value: Value) -> bool:
    if not isinstance(value, (frozenset, list)):
        return False
    return any(not isinstance(v, (frozenset, list)) or _holds_something(v) for v in value)


def steps_text(count: int) -> str:
    """`1 step`, `23 steps`."""
    return counted(count, "step")


def headline(result: PropertyResult) -> str:
    """What its trace shows: `no_loss is violated`, `a deadlock`, `paid is possible`."""
    if result.form.somewhere and result.verdict == "holds":
        return f"{printable(result.name)} is possible"
    return result.form.violation or f"{printable(result.name)} is violated"


def is_quiet(result: PropertyResult) -> bool:
    """Whether there is nothing to say about a property: it is built in, and holds."""
    return result.form.built_in and result.verdict == "holds" and result.as_expected


def formula_text(result: PropertyResult) -> str:
    """What a property says, as it stands in the spec: its form and its formula; "" of the built-in
    ones."""
    if result.form.built_in:
        return ""
    return f"{result.kind}: {printable(result.text)}"


def outcome_text(result: PropertyResult) -> str:
    """What the trace of a property leads to, in one sentence."""
    trace, told = trace_of(result), headline(result)
    length = steps_text(count := len(trace.steps))
    if result.form.somewhere:
        shortest = f"the shortest run to such a state has {length}"
        if result.walks is not None:
            shortest = f"this run comes to such a state in {length}"
        return f"{told}: {shortest if count else 'the initial state is so already (0 steps)'}"
    if result.form.of_steps and count and trace.end != "error":
        return f"{told} by step {count:,}, {printable(trace.steps[-1].event)}"
    on_the_way = not result.form.at_ends and not result.form.asks_runs
    if on_the_way and count and trace.end in ("state", "final"):
        # A state before may violate as well: the one that teaches most is shown.
        return f"{told} after step {count:,}, {printable(trace.steps[-1].event)}"
    match trace.end:
        case "error":
            return f"{told} in step {count:,}" if count else f"{told} in the initial state"
        case "deadlock":
            return f"{told} after {length}: {_stuck_text(trace)}"
        case "loop":
            return f"{told} by a run that never ends: {again_text(trace)}"
        case "final" | "state" if not count:
            return f"{told} by the initial state already (0 steps)"
        case "final":
            where = f"in a state where {_over_text(trace)}"
        case "rest":
            where = "in a state that may last for ever: nothing that can happen there has to"
        case "state":
            where = "by what has happened so far: nothing that could follow would mend it"
    return f"{told} after {length}, {where}"


def end_text(trace: Trace, form: Form = PLAIN) -> str:
    """One short line on the end of a trace of a property of this form."""
    match trace.end:
        case "final":
            return _over_text(trace)
        case "deadlock":
            return f"deadlock: {_stuck_text(trace)}"
        case "error":
            where = f"{printable(trace.error_at)}: " if trace.error_at else ""
            return f"run-time error: {where}{printable(trace.error)}"
        case "rest":
            return "and so it may stay for ever: nothing that can happen now has to"
        case "state":
            if form.somewhere:
                return "this state is one that the property asks for"
            if form.asks_runs:
                return "the run so far violates the property: nothing could mend it any more"
            return f"{'the last step' if form.of_steps else 'this state'} violates the property"
        case "loop":
            return f"{round_text(trace)}, and so on for ever"


def _over_text(trace: Trace) -> str:
    """That a run has come to its end: what may go wrong there never has to."""
    return f"nothing{' but faults' * trace.may_go_wrong} can happen any more"


def _stuck_text(trace: Trace) -> str:
    nothing = f"nothing{' but faults' * trace.may_go_wrong} can happen"
    return f"{nothing}, and not every process has {'ended or crashed' if _down(trace) else 'ended'}"


def _down(trace: Trace) -> bool:
    return CRASHED in final_state(trace).locations.values()


def end_line(trace: Trace, form: Form = PLAIN, end: str = "At the end") -> str:
    """The same after the words `end`; a run without one has none."""
    none = "No end" if end[0].isupper() else "no end"
    return f"{none if trace.end == 'loop' else end}: {end_text(trace, form)}"


def sealing_step(result: PropertyResult) -> int | None:
    """The step after which the violation is certain, if that is known and earlier than the
    last step, which shows it anyway."""
    point, trace = result.no_return, result.trace
    if point is None or trace is None or point.step == len(trace.steps):
        return None
    return point.step


def no_return_text(result: PropertyResult) -> str:
    """From where on the violation is certain; "" where nobody asked."""
    point = result.no_return
    if point is None:
        return ""
    if point.step is None and point.into_error:
        return "never certain: at every step some run still goes on, or fails, without violating it"
    if point.step is None and not point.note:
        which = "some fair run" if point.fair else "some run"
        return f"never certain: at every step {which} still goes on without violating it"
    if point.step is None:
        return f"the point of no return is not known: {printable(point.note)}"
    if point.step == 0:
        which = "every fair run" if point.fair else "every run"
        which += " from this initial state" if point.note else ""
        return f"certain from the start: {which} violates it"
    return f"point of no return: from step {point.step:,} on the violation is certain"
