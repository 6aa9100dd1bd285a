"""Beside checking: `replay()` and `record()` carry a spec out for real, `monitor()` holds what
real servers did against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..budget.spending import Ask, never
from ..explore.limits import Limits, Progress
from ..explore.search import SearchOptions
from ..language import load
from ..language.records import dataclass
from ..verify.checking import check_spec

if TYPE_CHECKING:
    from ..live.monitor.verdicts import MonitorResult
    from ..live.runs.record import Recording
    from ..live.runs.replaying import ScheduleReplay, TraceReplay

__all__ = ["Source", "Where", "listen_to", "monitor", "record", "replay"]

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
    allow_outside: bool = False,
) -> TraceReplay | ScheduleReplay:
    """Carry runs of a spec out for real: on a Redis server, over WebSockets, in real processes.

    Without `schedules`, the trace of the property `violating` (the first one that is violated),
    or the one in the file `trace`, `repeat` times. With `schedules`, or where nothing is
    violated, so many different complete runs ("every": until all transitions were taken).
    constants, progress, limits, allow_outside: as for `check`.

    Raises SpecError where the spec is wrong or would send what is not sent to a server, and
    LiveError where nothing can be replayed.
    """
    from ..live.brokers.server import server_for
    from ..live.brokers.vetting import vet
    from ..live.errors import LiveError
    from ..live.runs.follow import written_of
    from ..live.runs.replaying import replay_schedules, replay_trace, run_live
    from ..report.documents.trace_file import read_trace

    where = where or Where()
    overrides = {name: str(value) for name, value in (constants or {}).items()}
    spec = load(path, overrides, allow_outside=allow_outside)
    vet(spec)
    # What a server holds is compared with all values of the model.
    space, judgement = check_spec(spec, limits, progress, options=SearchOptions(forget_from=None))
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
    allow_outside: bool = False,
) -> Recording:
    """Run a spec's processes for real and freely, so many connections, each with a publisher
    of its own, and count those that lost something.

    Times are in seconds. interval: a publisher waits so long before each message. gap: between
    its steps for one message. window: whoever connects is busy so long between its commands.
    constants, progress, limits, allow_outside: as for `check`.

    Raises SpecError where the spec is wrong or would send what is not sent to a server, and
    LiveError where it cannot be run.
    """
    from ..live.brokers.server import server_for
    from ..live.brokers.vetting import vet
    from ..live.runs.record import record as record_connections
    from ..live.runs.replaying import run_live

    where = where or Where()
    overrides = {name: str(value) for name, value in (constants or {}).items()}
    spec = load(path, overrides, allow_outside=allow_outside)
    vet(spec)
    space, _ = check_spec(spec, limits, progress, options=SearchOptions(forget_from=None))
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
    interrupted: Ask = never,
    allow_outside: bool = False,
) -> MonitorResult:
    """Hold logs of MONITOR against a spec: whether each session in them is a behaviour of the
    model, and whether a property is violated in it for certain.

    skew: seconds by which the clocks of different logs may differ. properties: those to judge
    (all). ignored: commands to pass over. reason: find the events that force a violation.
    max_lines of all logs, max_sessions, max_states of a session: where the work ends.
    constants, allow_outside: as for `check`. progress, stage, interrupted: as there.

    Raises SpecError where the spec is wrong, and LiveError where a log is, or nothing in the
    logs is of the spec.
    """
    from ..live.monitor.log import read_lines, source_lines
    from ..live.monitor.monitor import Attention, Monitoring
    from ..live.monitor.monitor import monitor as hold_against

    overrides = {name: str(value) for name, value in (constants or {}).items()}
    spec = load(path, overrides, allow_outside=allow_outside)
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
    stop: Ask = never,
    tell: Callable[[str], None] | None = None,
) -> tuple[str, list[bytes]]:
    """Listen to what the server at `where.redis` carries out, for `monitor`: for so many
    `seconds` (None: until `stop` says so), at most so many lines. `tell` hears how it goes on.

    Raises LiveError where the server cannot be listened to.
    """
    from ..live.brokers.server import server_for
    from ..live.monitor.listening import listen

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
