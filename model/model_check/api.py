"""What a test or a notebook calls: `check()` gives a `Result`."""

from __future__ import annotations

import dataclasses
import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .advice import RepairResult, RestsOnResult, repair, rests_on
from .comparing import Checked, CompareError, CompareResult, compared, named_specs
from .explore.limits import Limits, Progress, never
from .explore.search import FORGET_FROM, Engine, NativeUnavailableError
from .explore.space import Space
from .language import load
from .language.records import dataclass, field
from .report.summary import CheckReport, exit_code_for
from .report.terminal import render_text, render_violation
from .verify.checking import check_spec
from .verify.no_return import point_of_no_return
from .verify.outcome import PropertyResult, SpaceSummary, Trace
from .verify.resources import resource_views
from .verify.tables import SpaceTables, tables_of
from .verify.verdicts import Judgement, summarize

if TYPE_CHECKING:
    import networkx

    from .live.monitored import Monitored
    from .live.record import Recording
    from .live.replaying import ScheduleReplay, TraceReplay
    from .verify.graph import StateGraph

__all__ = [
    "CompareError", "CompareResult", "NativeUnavailableError", "RepairResult", "RestsOnResult",
    "Result", "Source", "Where", "check", "compare", "listen_to", "monitor", "record", "repair",
    "replay", "rests_on",
]  # fmt: skip

GROUP_BY = "--group-by"
"""What mistakes in `group_by` are told of: its option on the command line."""
REASON_TIMEOUT = 5.0
"""Seconds that a property's reason may take."""
BOUNDED_TIMEOUT = 30.0
"""Seconds that z3 may take to judge one property."""
FORGOTTEN = "states that differ only in values that no step reads any more count as one"
SCHEDULES = 20
"""Complete schedules that are replayed of a spec that nothing violates."""


Source = Path | str | tuple[str, Iterable[bytes]]
"""A log: the path of a file, or a name and the lines."""


@dataclass(frozen=True, slots=True)
class Where:
    """The server to carry steps out on.

    `redis`: its URL; None: a private one is started, Redis where `redis-server` is on PATH,
    else Valkey. `allow_remote`: also one on another machine. `port`: of the private one (None:
    any free one). `patience`: seconds that it has for an answer.
    """

    redis: str | None = None
    allow_remote: bool = False
    port: int | None = None
    patience: float = 5.0


@dataclass(frozen=True)
class Result:
    """What a check found: every verdict with its trace, and the explored space.

    `result["no_loss"]` is a property's result; a Result is true if every verdict is as its
    spec expects.
    """

    report: CheckReport
    _space: Space = field(repr=False)
    _judgement: Judgement = field(repr=False)

    @property
    def model(self) -> str:
        """The spec's name."""
        return self.report.model

    @property
    def properties(self) -> tuple[PropertyResult, ...]:
        """All properties, in the order of the spec, the built-in ones last."""
        return self.report.results

    @property
    def space(self) -> SpaceSummary:
        """The size of what was explored."""
        return self.report.space

    @property
    def exit_code(self) -> int:
        """0 all as expected, 1 not, 3 undetermined: what the command would exit with."""
        return self.report.exit_code

    @property
    def as_expected(self) -> bool:
        """Whether every property has the verdict that its spec expects."""
        return all(each.as_expected for each in self.properties)

    def __bool__(self) -> bool:
        return self.as_expected

    def __getitem__(self, name: str) -> PropertyResult:
        for each in self.properties:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.properties)
        raise KeyError(f"no property {name}; there is {known}")

    def __iter__(self) -> Iterator[PropertyResult]:
        return iter(self.properties)

    def trace(self, name: str) -> Trace:
        """The trace that violates a property. Raises ValueError where none does."""
        found = self[name].trace
        if found is None:
            raise ValueError(f"{name} is not violated: there is no trace")
        return found

    def text(self, *, width: int = 100, color: bool = False) -> str:
        """What the command prints."""
        return render_text(self.report, width=width, color=color)

    def timeline(self, name: str, *, width: int = 100) -> str:
        """The timeline of a violated property's trace."""
        return render_violation(self[name], width=width, color=False)

    def svg(self, name: str) -> str:
        """The sequence diagram of a violated property's trace, as the text of an SVG file.
        Raises ValueError where there is no trace."""
        from .report.trace_picture import trace_svg

        self.trace(name)
        return trace_svg(self.report, self[name])

    def mermaid(self, name: str) -> str:
        """The same as Mermaid text, which GitHub and GitLab draw. Raises ValueError where
        there is no trace."""
        from .report.mermaid import mermaid_text

        self.trace(name)
        return mermaid_text(self.report, self[name])

    @cached_property
    def states(self) -> StateGraph:
        """Every explored state and transition, as plain values."""
        from .verify.graph import states_of

        return states_of(self._space, self._judgement)

    @cached_property
    def _graph(self) -> networkx.MultiDiGraph[int]:
        from .verify.graph import networkx_of

        return networkx_of(self.states)

    def graph(self) -> networkx.MultiDiGraph[int]:
        """The explored space: see `model_check.verify.graph.networkx_of` for its attributes."""
        return self._graph

    def tables(self, most: int) -> SpaceTables:
        """The explored space as tables; those of its traces alone if it has more than `most`
        states."""
        return tables_of(self._space, self._judgement, most)


def check(
    path: Path | str,
    constants: Mapping[str, int | bool | str] | None = None,
    *,
    max_states: int | None = None,
    max_memory: int | None = None,
    timeout: float | None = None,
    first_violation: bool = False,
    reason: bool = True,
    bounded: bool = False,
    all_traces: bool = False,
    engine: Engine = "auto",
    workers: int | None = None,
    lean: bool = False,
    keep_dead: bool = False,
    progress: Progress | None = None,
    stage: Callable[[str], None] | None = None,
    limits: Limits | None = None,
    group_by: str = "",
) -> Result:
    """Check a spec: explore every state and judge every property.

    path: the spec's file. constants: values instead of the spec's own, as `--set`.
    max_states, max_memory (bytes), timeout (seconds): where to stop; properties not decided
    by then are undetermined. first_violation: stop soon after the first violation is found, and
    judge by what was explored until then. reason: ask z3 why a violation happens. bounded:
    let z3 judge every verdict a second time; one that it contradicts is undetermined.
    all_traces: a trace to every different ending. engine: "auto" starts in Python and moves to
    native code when that pays; "python" and "native" insist. workers: threads of native code,
    one a core by default. lean: a table of states of half the size, somewhat slower. keep_dead:
    tell states apart by values that no step reads any more also in a large space. progress:
    called now and then with depth, states and states waiting. stage: told in words what is done
    after the search. limits: all limits at once, instead of the four.
    group_by: an expression in the language; a picture of the space joins the states in which
    it has the same value.

    Raises SpecError (its text is what the command prints) where the spec is wrong.
    """
    overrides = {name: str(value) for name, value in (constants or {}).items()}
    views = {GROUP_BY: group_by} if group_by else {}
    spec = load(path, overrides, views)
    limits = limits or Limits(max_states, max_memory, timeout, first_violation=first_violation)
    space, judgement = check_spec(
        spec, limits, progress, all_traces=all_traces, engine=engine, workers=workers, lean=lean,
        forget_from=None if keep_dead else FORGET_FROM,
    )  # fmt: skip
    results = judgement.results
    if reason:
        results = _with_reasons(space, judgement, stage, limits.interrupted)
    if bounded:
        results = _judged_again(space, judgement, results, stage, limits.interrupted)
    report = CheckReport(
        spec.name,
        spec.about,
        os.fspath(path),
        spec.constants,
        results,
        summarize(space),
        exit_code_for(results),
        _command([os.fspath(path), *(["--group-by", group_by] if group_by else [])], overrides),
        resource_views(spec),
        notes=_notes(space),
        group_by=group_by,
    )
    return Result(report, space, judgement)


def compare(
    first: Path | str,
    second: Path | str,
    constants: Mapping[str, int | bool | str] | None = None,
    *,
    violating: str = "",
    trace: Path | str | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> CompareResult:
    """Follow one schedule on two specs: which process acts when, of a trace of the first.

    first, second: the specs' files; a name without a folder is also looked for in `specs`, and
    beside the other one. constants: of both. violating: the property whose trace is followed
    (the first one that is violated); trace: a file that holds one, instead. progress, limits:
    as for `check`, of each.

    Raises SpecError where a spec is wrong, CompareError where the two have nothing to compare,
    and LiveError where the file holds no trace of the first.
    """
    paths = named_specs(first, second)
    results = [
        # A schedule is followed through states with all values.
        check(path, constants, reason=False, keep_dead=True, progress=progress, limits=limits)
        for path in paths
    ]
    sides = [Checked(each.report, each._space, each._judgement) for each in results]
    overrides = {name: str(value) for name, value in (constants or {}).items()}
    words = ["compare", *map(os.fspath, paths)]
    words += ["--property", violating] if violating else []
    words += ["--trace", os.fspath(trace)] if trace is not None else []
    command = _command(words, overrides)
    place = None if trace is None else Path(trace)
    return CompareResult(compared(sides[0], sides[1], command, violating, place))


def replay(
    path: Path | str,
    constants: Mapping[str, int | bool | str] | None = None,
    *,
    where: Where | None = None,
    violating: str = "",
    trace: Path | None = None,
    repeat: int = 1,
    schedules: int | Literal["every"] | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> TraceReplay | ScheduleReplay:
    """Carry runs of a spec out for real: on a Redis server, over WebSockets, in real processes.

    Without `schedules`, the trace of the property `violating` (the first one that is violated),
    or the one in the file `trace`, `repeat` times. With `schedules`, or where nothing is
    violated, so many different complete runs ("every": until all transitions were taken).
    constants, progress, limits: as for `check`.

    Raises SpecError where the spec is wrong, and LiveError where nothing can be replayed.
    """
    from .live.errors import LiveError
    from .live.follow import written_of
    from .live.replaying import replay_schedules, replay_trace, run_live
    from .live.server import server_for
    from .report.trace_file import read_trace

    where = where or Where()
    spec = load(path, {name: str(value) for name, value in (constants or {}).items()})
    # What a server holds is compared with all values of the model.
    space, judgement = check_spec(spec, limits, progress, forget_from=None)
    traces = {each.name: each.trace for each in judgement.results if each.trace is not None}
    if violating and trace is None and violating not in traces:
        raise LiveError(f"no trace violates {violating}: {_traces_text(traces)}")
    with server_for(
        where.redis, allow_remote=where.allow_remote, port=where.port, patience=where.patience
    ) as server:
        if schedules is not None or (trace is None and not traces):
            wanted = SCHEDULES if schedules is None else schedules
            number = None if isinstance(wanted, str) else wanted
            return run_live(replay_schedules(space, server, number=number, patience=where.patience))
        if trace is not None:
            written = read_trace(trace, violating)
        else:
            written = written_of(traces[violating or next(iter(traces))])
        return run_live(replay_trace(space, written, server, times=repeat, patience=where.patience))


def record(
    path: Path | str,
    constants: Mapping[str, int | bool | str] | None = None,
    *,
    where: Where | None = None,
    connections: int = 200,
    interval: float = 0.05,
    gap: float = 0.0,
    window: float = 0.005,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Recording:
    """Run a spec's processes for real and freely, so many connections, each with a publisher
    of its own, and count those that lost something.

    Times are in seconds. interval: a publisher waits so long before each message. gap: between
    its steps for one message. window: whoever connects is busy so long between its commands.
    constants, progress, limits: as for `check`.

    Raises SpecError where the spec is wrong, and LiveError where it cannot be run.
    """
    from .live.record import record as record_connections
    from .live.replaying import run_live
    from .live.server import server_for

    where = where or Where()
    spec = load(path, {name: str(value) for name, value in (constants or {}).items()})
    space, _ = check_spec(spec, limits, progress, forget_from=None)
    with server_for(
        where.redis, allow_remote=where.allow_remote, port=where.port, patience=where.patience
    ) as server:
        return run_live(
            record_connections(
                space, server, connections=connections, interval=interval, gap=gap,
                window=window, patience=where.patience,
            )
        )  # fmt: skip


def monitor(
    path: Path | str,
    logs: Sequence[Source],
    constants: Mapping[str, int | bool | str] | None = None,
    *,
    skew: float = 0.0,
    properties: Sequence[str] = (),
    ignored: Sequence[str] = (),
    reason: bool = True,
    max_lines: int = 1_000_000,
    max_sessions: int = 1_000,
    max_states: int = 200_000,
    progress: Progress | None = None,
    stage: Callable[[str], None] | None = None,
    interrupted: Callable[[], bool] = never,
) -> Monitored:
    """Hold logs of MONITOR against a spec: whether each session in them is a behaviour of the
    model, and whether a property is violated in it for certain.

    skew: seconds by which the clocks of different logs may differ. properties: those to judge
    (all). ignored: commands to pass over. reason: find the events that force a violation.
    max_lines of all logs, max_sessions, max_states of a session: where the work ends.
    constants: as for `check`. progress, stage, interrupted: as there.

    Raises SpecError where the spec is wrong, and LiveError where a log is, or nothing in the
    logs is of the spec.
    """
    from .live.log import read_lines, source_lines
    from .live.monitor import Attention, Monitoring
    from .live.monitor import monitor as hold_against

    spec = load(path, {name: str(value) for name, value in (constants or {}).items()})
    asked = Monitoring(
        skew=round(skew * 1_000_000),
        properties=tuple(properties),
        ignored=frozenset(each.upper() for each in ignored),
        reason=reason,
        lines=max_lines,
        sessions=max_sessions,
        readings=max_states,
    )
    named = [each if isinstance(each, tuple) else (str(each), source_lines(each)) for each in logs]
    return hold_against(
        spec,
        [(name, read_lines(lines, name)) for name, lines in named],
        asked,
        Attention(progress, stage, interrupted),
    )


def listen_to(
    where: Where,
    seconds: float | None,
    most: int = 1_000_000,
    stop: Callable[[], bool] = never,
    tell: Callable[[str], None] | None = None,
) -> tuple[str, list[bytes]]:
    """Listen to what the server at `where.redis` carries out, for `monitor`: for so many
    `seconds` (None: until `stop` says so), at most so many lines. `tell` hears how it goes on.

    Raises LiveError where the server cannot be listened to.
    """
    from .live.listening import listen
    from .live.server import server_for

    with server_for(
        where.redis, allow_remote=where.allow_remote, port=where.port, patience=where.patience
    ) as server:
        found: list[bytes] = []
        for line in listen(server, seconds=seconds, most=most, stop=stop, patience=where.patience):
            found.append(line)
            if tell is not None:
                tell(f"{len(found):,} commands heard")
        return server.place, found


def _traces_text(traces: Mapping[str, object]) -> str:
    return f"there is one of {', '.join(traces)}" if traces else "nothing in this spec is violated"


def _with_reasons(
    space: Space,
    judgement: Judgement,
    stage: Callable[[str], None] | None,
    interrupted: Callable[[], bool],
) -> tuple[PropertyResult, ...]:
    if all(each.trace is None for each in judgement.results):
        return judgement.results
    from .order.reason import Explainer

    explainer = Explainer(space, judgement, interrupted)
    found = []
    for result in judgement.results:
        if result.trace is not None and result.trace.steps and not interrupted():
            if stage is not None:
                stage(f"asking why {result.name} is violated (at most {REASON_TIMEOUT:g} s)")
            why = explainer.explain(result, timeout=REASON_TIMEOUT)
            point = point_of_no_return(space, judgement, result, interrupted=interrupted)
            result = dataclasses.replace(result, reason=why, no_return=point)
        found.append(result)
    return tuple(found)


def _judged_again(
    space: Space,
    judgement: Judgement,
    results: tuple[PropertyResult, ...],
    stage: Callable[[str], None] | None,
    interrupted: Callable[[], bool],
) -> tuple[PropertyResult, ...]:
    from .order.bounded import second_opinion

    found = []
    for result in results:
        if stage is not None:
            stage(f"judging {result.name} again with z3 (at most {BOUNDED_TIMEOUT:g} s)")
        opinion = second_opinion(
            space, judgement, result, timeout=BOUNDED_TIMEOUT, interrupted=interrupted
        )
        verdict = "undetermined" if opinion.answer == "disagrees" else result.verdict
        found.append(dataclasses.replace(result, bounded=opinion, verdict=verdict))
    return tuple(found)


def _notes(space: Space) -> tuple[str, ...]:
    forgotten = FORGOTTEN if space.program.forgetting is not None else ""
    return tuple(note for note in (space.note, forgotten) if note)


def _command(words: Sequence[str], overrides: Mapping[str, str]) -> str:
    sets = [word for name, text in overrides.items() for word in ("--set", f"{name}={text}")]
    return shlex.join(["model-check", *words, *sets])
