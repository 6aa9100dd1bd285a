"""What can be asked of `replay`, `record` and `monitor`: see `options`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .options import SpecOptions

__all__ = ["MonitorOptions", "RecordOptions", "ReplayOptions", "SteerOptions", "Where"]


@dataclass(frozen=True)
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


@dataclass(frozen=True, kw_only=True, eq=False)
class ReplayOptions(SpecOptions):
    """The options of `replay`.

    Without `schedules`, the trace of the property `violating` (the first one that is violated),
    or the one in the file `trace`, `repeat` times. With `schedules`, or where nothing is
    violated, this many different complete runs ("every": until all transitions were taken).
    where: the server.
    """

    where: Where = field(default_factory=Where)
    violating: str = ""
    trace: Path | None = None
    repeat: int = 1
    schedules: int | Literal["every"] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class RecordOptions(SpecOptions):
    """The options of `record`. Times are in seconds.

    connections: how many, each with a publisher of its own. interval: a publisher waits this long
    before each message. gap: between its steps for one message. window: whoever connects is busy
    this long between its commands. faults: let happen what the spec says may go wrong, drawn from
    `seed`. where: the server.
    """

    where: Where = field(default_factory=Where)
    faults: bool = False
    seed: int = 7
    connections: int = 200
    interval: float = 0.05
    gap: float = 0.0
    window: float = 0.005


@dataclass(frozen=True, kw_only=True, eq=False)
class MonitorOptions(SpecOptions):
    """The options of `monitor`.

    skew: seconds by which the clocks of different logs may differ. properties: those to judge
    (none: all). ignored: commands to pass over. reason: find the events that force a violation.
    timing: find how long steps took. max_lines of all logs, max_sessions, max_states of a session:
    where the work ends.
    """

    skew: float = 0.0
    properties: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    reason: bool = True
    timing: bool = False
    max_lines: int = 1_000_000
    max_sessions: int = 1_000
    max_states: int = 200_000


@dataclass(frozen=True, kw_only=True, eq=False)
class SteerOptions(SpecOptions):
    """The options of `steer`.

    services: the command that starts them; (): somebody else does. where: the server behind the
    proxy. patience: seconds for the next turn to come. listen: where the services connect,
    HOST:PORT (port 0: any free one); with a certificate, and its key where that is in another file,
    they speak TLS. Without `schedules`, the trace of the property `violating` (the first one that
    is violated), or the one in the file `trace`, `repeat` times. With `schedules`, this many
    different complete runs; with `explore`, every order of the commands that the model allows.
    """

    services: tuple[str, ...] = ()
    where: Where = field(default_factory=Where)
    patience: float = 4.0
    listen: str = "127.0.0.1:0"
    certificate: Path | None = None
    certificate_key: Path | None = None
    violating: str = ""
    trace: Path | None = None
    repeat: int = 1
    schedules: int | None = None
    explore: bool = False

    @property
    def of_schedules(self) -> bool:
        """Whether many different runs are asked for, and not one trace."""
        return self.schedules is not None or self.explore

    @property
    def one_run(self) -> bool:
        """Whether the services are to run once."""
        return self.repeat == 1 and not self.of_schedules
