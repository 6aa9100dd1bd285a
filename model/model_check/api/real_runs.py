"""Beside checking: `replay()` and `record()` carry a spec out for real, `monitor()` holds what
real servers did against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..budget.spending import Ask, never
from ..explore.limits import Limits, Progress
from ..explore.search import SearchOptions
from ..language import load
from ..verify.checking import check_spec
from .faults import faults_of
from .live_options import MonitorOptions, RecordOptions, ReplayOptions, Where
from .options import SpecOptions, chosen

if TYPE_CHECKING:
    from ..explore.space import Space
    from ..language.tree.spec import Spec
    from ..live.brokers.server import Server
    from ..live.monitor.task import Attention
    from ..results.monitor import MonitorResult
    from ..results.replay import RecordResult, ScheduleReplay, TraceReplay
    from ..verify.judgement import Judgement

__all__ = ["Source", "listen_to", "monitor", "monitored", "record", "replay"]

SCHEDULES = 20
"""Complete schedules that are replayed of a spec that nothing violates."""
Source = Path | str | tuple[str, Iterable[bytes]]
"""A log: the path of a file, or a name and the lines."""


def replay(
    path: Path | str,
    constants: Mapping[str, int | bool | str] | None = None,
    options: ReplayOptions | None = None,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> TraceReplay | ScheduleReplay:
    """Carry runs of a spec out for real: on a Redis server, over WebSockets, in real processes.

    path, constants, limits, progress: as for `check`. options: see `ReplayOptions`; each of them
    can be named here as well.

    Raises SpecError where the spec is wrong or would send what is not sent to a server, and
    LiveError where nothing can be replayed.
    """
    from ..live.errors import LiveError
    from ..live.runs.follow import written_of
    from ..live.runs.replaying import replay_schedules, replay_trace, run_live
    from ..report.documents.trace_file import read_trace

    asked = chosen(ReplayOptions, options, constants, changes)
    patience = asked.where.patience
    space, judgement = _explored(path, asked, limits, progress)
    faults = faults_of(path, asked, space.machine.spec)
    shown = {each.name: each.trace for each in judgement.results if each.trace is not None}
    traces = {
        each.name: shown[each.name]
        for each in judgement.results
        if each.name in shown and each.verdict == "violated"
    }
    if asked.violating and asked.trace is None and asked.violating not in shown:
        raise LiveError(f"no trace violates {asked.violating}: {_traces_text(traces)}")
    with _server(asked.where, replica=bool(space.machine.spec.servers)) as server:
        named = asked.trace is not None or asked.violating
        if asked.schedules is not None or not (named or traces):
            wanted = SCHEDULES if asked.schedules is None else asked.schedules
            number = None if isinstance(wanted, str) else wanted
            done = replay_schedules(space, server, number=number, patience=patience)
            return replace(run_live(done), faults=faults)
        if asked.trace is not None:
            written = read_trace(asked.trace, asked.violating)
        else:
            written = written_of(shown[asked.violating or next(iter(traces))])
        replayed = replay_trace(space, written, server, times=asked.repeat, patience=patience)
        return replace(run_live(replayed), faults=faults)


def record(
    path: Path | str,
    constants: Mapping[str, int | bool | str] | None = None,
    options: RecordOptions | None = None,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> RecordResult:
    """Run a spec's processes for real and freely, in many connections, each with a publisher of
    its own, and count those that lost something.

    path, constants, limits, progress: as for `check`. options: see `RecordOptions`; each of them
    can be named here as well.

    Raises SpecError where the spec is wrong or would send what is not sent to a server, and
    LiveError where it cannot be run.
    """
    from ..live.runs.places import Pace
    from ..live.runs.record import record as record_connections
    from ..live.runs.replaying import run_live

    asked = chosen(RecordOptions, options, constants, changes)
    space, _ = _explored(path, asked, limits, progress)
    pace = Pace(asked.interval, asked.gap, asked.window)
    with _server(asked.where) as server:
        found = run_live(
            record_connections(
                space,
                server,
                pace,
                connections=asked.connections,
                patience=asked.where.patience,
                seed=asked.seed if asked.faults else None,
            )
        )
    return replace(found, faults=faults_of(path, asked, space.machine.spec))


def _explored(
    path: Path | str, asked: SpecOptions, limits: Limits | None, progress: Progress | None
) -> tuple[Space, Judgement]:
    """The space of a spec that may be carried out. What a server holds is compared with all
    values of the model, so none is forgotten."""
    from ..live.brokers.vetting import vet

    spec = load(path, asked.overrides, allow_outside=asked.allow_outside, faults=asked.faults)
    vet(spec)
    return check_spec(spec, limits, progress, options=SearchOptions(forget_from=None))


def _server(where: Where, *, replica: bool = False) -> AbstractContextManager[Server]:
    from ..live.brokers.server import server_for

    return server_for(
        where.redis, allow_remote=where.allow_remote, port=where.port, patience=where.patience,
        replica=replica,
    )  # fmt: skip


def monitor(
    path: Path | str,
    logs: Sequence[Source],
    constants: Mapping[str, int | bool | str] | None = None,
    options: MonitorOptions | None = None,
    *,
    attention: Attention | None = None,
    **changes: Any,
) -> MonitorResult:
    """Hold logs of MONITOR against a spec: whether each session in them is a behaviour of the
    model, and whether a property is violated in it for certain.

    constants: as for `check`. options: see `MonitorOptions`; each of them can be named here as
    well. attention: who is told how it goes on, and may end the work.

    Raises SpecError where the spec is wrong, and LiveError where a log is, or nothing in the
    logs is of the spec.
    """
    asked = chosen(MonitorOptions, options, constants, changes)
    spec = load(path, asked.overrides, allow_outside=asked.allow_outside, faults=asked.faults)
    return monitored(spec, path, logs, asked, attention)


def monitored(
    spec: Spec,
    path: Path | str,
    logs: Sequence[Source],
    asked: MonitorOptions,
    attention: Attention | None = None,
) -> MonitorResult:
    """The same for a spec that was loaded from `path` with these options. Raises LiveError."""
    from ..live.monitor.log import read_lines, source_lines
    from ..live.monitor.monitor import monitor as hold_against
    from ..live.monitor.task import Attention, MonitorTask

    wanted = MonitorTask(
        skew=round(asked.skew * 1_000_000),
        properties=asked.properties,
        ignored=frozenset(each.upper() for each in asked.ignored),
        reason=asked.reason,
        timing=asked.timing,
        lines=asked.max_lines,
        sessions=asked.max_sessions,
        readings=asked.max_states,
    )
    named = [each if isinstance(each, tuple) else (str(each), source_lines(each)) for each in logs]
    found = hold_against(
        spec,
        [(name, read_lines(lines, name)) for name, lines in named],
        wanted,
        attention or Attention(),
    )
    return replace(found, faults=faults_of(path, asked, spec))


def listen_to(
    where: Where,
    seconds: float | None,
    most: int = 1_000_000,
    stop: Ask = never,
    tell: Callable[[str], None] | None = None,
) -> tuple[str, list[bytes]]:
    """Listen to what the server at `where.redis` carries out, for `monitor`: for this many
    `seconds` (None: until `stop` says so), at most this many lines. `tell` hears how it goes on.

    Raises LiveError where the server cannot be listened to.
    """
    from ..live.monitor.listening import heard

    with _server(where) as server:
        return heard(server, seconds, most, stop, tell, where.patience)


def _traces_text(traces: Mapping[str, object]) -> str:
    return f"there is one of {', '.join(traces)}" if traces else "nothing in this spec is violated"
