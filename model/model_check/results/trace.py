"""A run as a person reads it: its states, its steps, and what went over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal as OneOf

from ..language.records import dataclass
from .waiting import Wait

__all__ = [
    "CRASHED", "ENDED", "CallRecord", "Found", "StateView", "Trace", "TraceStep", "Value",
    "event_name",
]  # fmt: skip

Value = object
ENDED = "(end)"
"""Where an instance stands that has ended ..."""
CRASHED = "(crashed)"
"""... and one that has crashed, and does not start again."""


@dataclass(frozen=True, slots=True)
class StateView:
    """One state. `variables` by shown name (`client.shown`, `stream.inbox[gateway]`) in
    the order of the spec, hidden ones left out; `locations`: for each process instance the
    labels of its possible next steps joined by " | ", ENDED where it has ended, and CRASHED where
    it has crashed and does not start again."""

    variables: Mapping[str, Value]
    locations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A command as it went over the wire in a step.

    `wire`: `PUBLISH chat:stream:{session} 7`; `answer`: `0 receivers` ("" where nothing is
    answered). `arguments` by parameter name. `sending`: sent, the answer comes in a later
    step.
    """

    resource: str
    command: str
    wire: str
    answer: str
    arguments: Mapping[str, Value]
    result: Value
    sending: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A condition of the spec, by its text, and how it came out."""

    text: str
    true: bool


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step of a trace and the state after it.

    `instance` is the process instance as shown, `label` the step's label, `indices` the
    values of the loops around it, `occurrence` the how-manieth event of this name it is in
    the trace (from 1). `changed`: names of the variables whose value differs from the state
    before. `line` is the label's line in `source` (a path). `fault`: it is what may go wrong with
    `instance`, which is a process instance or a resource then. `timeout`: it is taken where
    something else has waited too long. `found`: the conditions that it looked at, in order.
    `crashes`: its process crashes in it, by itself or because it does not catch that a connection
    is broken. `unchanged`: of a step without commands and conditions, the names of the variables
    that it may set, and that have the value that they had.
    """

    number: int
    instance: str
    label: str
    indices: tuple[Value, ...]
    occurrence: int
    calls: tuple[CallRecord, ...]
    state: StateView
    changed: tuple[str, ...]
    source: str
    line: int
    fault: bool = False
    timeout: bool = False
    found: tuple[Found, ...] = ()
    crashes: bool = False
    unchanged: tuple[str, ...] = ()

    @property
    def event(self) -> str:
        """`ai_service.save[7]`; of several with the same name, the second is `...#2`."""
        return event_name(self.instance, self.label, self.indices, self.occurrence)


def event_name(instance: str, label: str, indices: tuple[Value, ...], occurrence: int) -> str:
    """How an event is written everywhere: `ai_service.save[7]`, `client.show#2`."""
    index = f"[{', '.join(str(i) for i in indices)}]" if indices else ""
    again = f"#{occurrence}" if occurrence > 1 else ""
    return f"{instance}.{label}{index}{again}"


@dataclass(frozen=True, slots=True)
class Trace:
    """A run from an initial state. `end` says what its end is: "final" (every process ended
    or rests), "deadlock", "state" (a violating state in the middle of a run), "rest" (nothing that
    can happen there has to: a fair run may stay there for ever), "error", or "loop": it has none.
    The steps from state `loop_from` on (0: the initial one) then lead back to all that any step
    or the property reads of that state, and go on so for ever; `varying` are the variables that
    may have other values in each round, where nobody reads these again.
    `error` is the run-time error's message and `error_at` its file:line:column, "" otherwise;
    the failing step is then the last one, and its state the one before it.
    `watch` are the watched expressions at the end, by name, `watch_at` the same after every
    state (index 0: the initial one). `may_go_wrong`: at the end, a fault still can happen. In a
    deadlock `waits` says who waits for what, and each instance of the `cycle` waits for something
    that a step of the next writes, the last for something of the first; () where there is none."""

    initial: StateView
    steps: tuple[TraceStep, ...]
    end: OneOf["final", "deadlock", "state", "rest", "error", "loop"]
    error: str
    error_at: str
    watch: Mapping[str, Value]
    watch_at: tuple[Mapping[str, Value], ...]
    loop_from: int | None = None
    varying: tuple[str, ...] = ()
    may_go_wrong: bool = False
    waits: tuple[Wait, ...] = ()
    cycle: tuple[str, ...] = ()
