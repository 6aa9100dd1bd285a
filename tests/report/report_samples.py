"""Reports written by hand: what the lower floors would find, without running them.

`legacy_report()` is the seed bug as the issue tells it: STORED=6, TOTAL=10, 23 steps to the
quiet end, chunk 7 alone lost, 10 different endings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from model_check.language.forms import FORMS
from model_check.results.check import (
    CallRecord,
    CheckReport,
    Ending,
    PropertyResult,
    ResourceView,
    SpaceSummary,
    StateView,
    Trace,
    TraceStep,
    Value,
    exit_code_for,
)
from model_check.results.reasons import Fact, Reason
from model_check.verify.state_graph import StateGraph, StateNode, Transition


def call(
    resource: str,
    wire: str,
    answer: str = "",
    result: Value = None,
    sending: bool = False,
    **arguments: Value,
) -> CallRecord:
    return CallRecord(resource, wire.split()[0].lower(), wire, answer, arguments, result, sending)


@dataclass
class TraceWriter:
    """Builds a trace step by step: values that are not given stay as they were."""

    variables: dict[str, Value]
    locations: dict[str, str]
    steps: list[TraceStep] = field(default_factory=list)
    seen: dict[tuple[str, str, tuple[Value, ...]], int] = field(default_factory=dict)
    source: str = "specs/legacy.yaml"

    def __post_init__(self) -> None:
        self.initial = StateView(dict(self.variables), dict(self.locations))

    def step(
        self,
        instance: str,
        label: str,
        calls: Sequence[CallRecord] = (),
        indices: tuple[Value, ...] = (),
        then: str | None = None,
        line: int = 1,
        **changes: Value,
    ) -> None:
        """`changes` are written with `__` for a dot: `client__shown=[1]`."""
        changed = {name.replace("__", "."): value for name, value in changes.items()}
        self.record(instance, label, calls, indices, then, line, changed)

    def record(
        self,
        instance: str,
        label: str,
        calls: Sequence[CallRecord],
        indices: tuple[Value, ...],
        then: str | None,
        line: int,
        changed: Mapping[str, Value],
    ) -> None:
        self.variables = {**self.variables, **changed}
        if then is not None:
            self.locations = {**self.locations, instance: then}
        key = (instance, label, indices)
        self.seen[key] = self.seen.get(key, 0) + 1
        self.steps.append(
            TraceStep(
                number=len(self.steps) + 1,
                instance=instance,
                label=label,
                indices=indices,
                occurrence=self.seen[key],
                calls=tuple(calls),
                state=StateView(dict(self.variables), dict(self.locations)),
                changed=tuple(n for n in self.variables if n in changed),
                source=self.source,
                line=line,
            )
        )

    def trace(
        self,
        end: str = "final",
        watch: Mapping[str, Value] | None = None,
        error: str = "",
        error_at: str = "",
    ) -> Trace:
        watched = watch or {}
        return Trace(
            initial=self.initial,
            steps=tuple(self.steps),
            end=end,  # type: ignore[arg-type]
            error=error,
            error_at=error_at,
            watch=watched,
            watch_at=tuple(watched for _ in range(len(self.steps) + 1)),
        )


HISTORY = "chat:history:{session}"
STREAM = "chat:stream:{session}"
RESOURCES = (
    ResourceView("history", "redis", HISTORY, (), between=False),
    ResourceView("stream", "redis", STREAM, ("gateway",), between=False),
    ResourceView("socket", "", "", ("gateway", "client"), between=True),
)


def legacy_trace(stored: int = 6, total: int = 10) -> Trace:
    """The run that loses chunk stored + 1 alone; with 6 and 10 it has 23 steps."""
    history = list(range(1, stored + 1))
    run = TraceWriter(
        {
            "history": list(history),
            "stream.subscribers": frozenset(),
            "stream.inbox[gateway]": [],
            "socket": [],
            "gateway.snapshot": [],
            "client.shown": [],
        },
        {"ai_service": "publish", "gateway": "read_history", "client": "show"},
    )
    lost = stored + 1

    def publish(chunk: int, receivers: int) -> None:
        word = "receiver" if receivers == 1 else "receivers"
        wire = call(
            "stream", f"PUBLISH {STREAM} {chunk}", f"{receivers} {word}", receivers, message=chunk
        )
        changes = {"stream.inbox[gateway]": [chunk]} if receivers else {}
        run.record("ai_service", "publish", [wire], (chunk,), "save", 37, changes)

    def save(chunk: int) -> None:
        history.append(chunk)
        wire = call("history", f"RPUSH {HISTORY} {chunk}", str(chunk), chunk, value=chunk)
        then = "(end)" if chunk == total else "publish"
        run.step("ai_service", "save", [wire], (chunk,), then, 38, history=list(history))

    def show(chunk: int) -> None:
        shown.append(chunk)
        waiting.remove(chunk)
        run.step(
            "client", "show", [call("socket", "recv", str(chunk), chunk)], (), "show", 56,
            socket=list(waiting), client__shown=list(shown),
        )  # fmt: skip

    shown: list[Value] = []
    waiting: list[Value] = list(history)
    listed = f"[{', '.join(str(c) for c in history)}]"
    answer = call("history", f"LRANGE {HISTORY} 0 -1", listed, list(history), start=0, stop=-1)
    run.step("gateway", "read_history", [answer], (), "send_history", 45,
             gateway__snapshot=list(history))  # fmt: skip
    run.step("gateway", "send_history", [call("socket", f"send_all {listed}", items=list(history))],
             (), "subscribe", 46, socket=list(history))  # fmt: skip
    publish(lost, 0)
    save(lost)
    run.step("gateway", "subscribe", [call("stream", f"SUBSCRIBE {STREAM}", "OK")], (), "forward",
             47, stream__subscribers=frozenset({"gateway"}))  # fmt: skip
    for chunk in range(1, stored + 1):
        show(chunk)
    for chunk in range(lost + 1, total + 1):
        publish(chunk, 1)
        save(chunk)
        waiting.append(chunk)
        received = call("stream", f"message {STREAM}", str(chunk), chunk)
        sent = call("socket", f"send {chunk}", message=chunk)
        run.record("gateway", "forward", [received, sent], (), "forward", 49,
                   {"stream.inbox[gateway]": [], "socket": list(waiting)})  # fmt: skip
        if chunk == total or chunk % 3:
            for each in list(waiting):
                show(int(str(each)))
    return run.trace(watch={"missing": frozenset({lost})})


def legacy_endings() -> tuple[Ending, ...]:
    """Every run of chunks in 7..10 can be lost: ten, the longest in the fewest steps."""
    lost = [range(first, last + 1) for first in range(7, 11) for last in range(first, 11)]
    endings = (
        Ending({"missing": frozenset(r)}, 1, 25 - 2 * len(r), (len(r), sum(r)), None) for r in lost
    )
    return tuple(sorted(endings, key=lambda e: (e.length, e.preferred)))


LEGACY_REASON = Reason(
    facts=(
        Fact("gateway.read_history", "ai_service.save[7]", ("ai_service.publish[7]",)),
        Fact("ai_service.publish[7]", "gateway.subscribe", ("gateway.read_history",)),
    ),
    scope="",
    proved_by="z3 and search",
    note="",
    seconds=0.21,
)


def holds(name: str, kind: str = "always", text: str = "x == x", about: str = "") -> PropertyResult:
    return PropertyResult(
        name,
        FORMS[kind],
        about,
        text,
        "holds",
        "holds",
        0,
        None,
        (),
        None,
        None,  # type: ignore[arg-type]
    )


def violated(
    trace: Trace | None,
    name: str = "no_loss",
    kind: str = "finally",
    text: str = "len(missing) == 0",
    about: str = "When nothing is left to happen, the client has shown every chunk.",
    expected: str = "violated",
    endings: tuple[Ending, ...] = (),
    chosen: int | None = None,
    reason: Reason | None = None,
) -> PropertyResult:
    return PropertyResult(
        name,
        FORMS[kind],
        about,
        text,
        "violated",
        expected,
        14,
        trace,
        endings,
        chosen,
        reason,  # type: ignore[arg-type]
    )


def space(
    states: int = 4321,
    transitions: int = 9876,
    depth: int = 23,
    seconds: float = 0.25,
    stopped: str = "",
    grew: str = "",
    growth: Trace | None = None,
) -> SpaceSummary:
    return SpaceSummary(states, transitions, depth, 15, 0, seconds, stopped, grew, growth, 64)


def report(
    *results: PropertyResult,
    summary: SpaceSummary | None = None,
    model: str = "legacy",
    about: str = "",
    files: tuple[str, ...] = (),
    constants: Mapping[str, Value] | None = None,
) -> CheckReport:
    path = f"specs/{model}.yaml"
    return CheckReport(
        model=model,
        about=about,
        path=path,
        constants={"STORED": 6, "TOTAL": 10} if constants is None else constants,
        results=results,
        space=summary or space(),
        exit_code=exit_code_for(results),
        command=f"model-check {path}",
        resources=RESOURCES,
        files=files,
        seconds=1.5,
    )


def legacy_report() -> CheckReport:
    endings = legacy_endings()
    return report(
        violated(legacy_trace(), endings=endings, chosen=6, reason=LEGACY_REASON),
        holds("no_duplicate", text="len(client.shown) == len(set(client.shown))"),
        holds("in_order", text="client.shown == sorted(client.shown)"),
        holds("no_deadlock", "no_deadlock", ""),
        holds("no_error", "no_error", ""),
        about=(
            "The gateway reads the history list and only then subscribes. A chunk that is "
            "published in between reaches nobody: Pub/Sub keeps nothing, and the history was "
            "read too early to hold it."
        ),
        files=(
            "out/legacy/result.json",
            "out/legacy/space.svg",
            "out/legacy/no_loss.svg",
            "out/legacy/report.html",
        ),
    )


def state_node(number: int, depth: int, **fields: Any) -> StateNode:
    """A state of a graph; what is not given says nothing."""
    plain = StateNode(number, depth, False, False, False, (), (), (), (), "", "", "")
    return replace(plain, places=fields.get("locations", ()), **fields)


def altered(graph: StateGraph, number: int, **fields: Any) -> StateGraph:
    """The graph with other fields of one state."""
    nodes = list(graph.nodes)
    nodes[number] = replace(nodes[number], **fields)
    return replace(graph, nodes=tuple(nodes))


def chain_graph(length: int, width: int = 1) -> StateGraph:
    """`width` chains of `length` states from one initial state; all end, and the first chain's
    last state violates."""
    nodes = [state_node(0, 0, initial=True, label="start", locations=("a", "b"))]
    transitions = []
    ends = [0] * width
    for depth in range(1, length):
        for lane in range(width):
            number = len(nodes)
            last = depth == length - 1
            violates = ("no_loss",) if last and lane == 0 else ()
            nodes.append(
                state_node(number, depth, final=last, violates=violates, lost=violates,
                           label=f"s{number}", locations=(f"l{depth % 7}", f"m{lane}"))
            )  # fmt: skip
            transitions.append(Transition(ends[lane], number, f"p{lane}.go[{depth}]", f"p{lane}"))
            ends[lane] = number
    instances = tuple(f"p{lane}" for lane in range(max(width, 2)))
    return StateGraph(tuple(nodes), tuple(transitions), instances)
