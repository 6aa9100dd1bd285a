"""Replays for tests: of a spec's file or text, on a server that is there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from model_check.explore.space import Space
from model_check.language import load
from model_check.live.brokers.access import EVERYBODY
from model_check.live.brokers.server import Server, ServerProgram, own_server
from model_check.live.runs.follow import written_of
from model_check.live.runs.replaying import replay_trace, run_live
from model_check.results.check import Trace
from model_check.results.replay import TraceReplay
from model_check.verify.checking import check_spec

SPECS = Path(__file__).parent.parent.parent / "specs"
LOSING = (
    "legacy", "fix-subscribe-first", "fix-append-first", "fix-read-twice", "fix-stream-dollar",
)  # fmt: skip
HOLDING = ("fix-both", "fix-atomic", "fix-stream")


@contextlib.contextmanager
def users_server(program: ServerProgram) -> Iterator[Server]:
    """A server as a user has it, with tests that look into it and spoil it."""
    with own_server(program, access=EVERYBODY) as server:
        yield server


def explored(path: Path) -> tuple[Space, dict[str, Trace]]:
    """A spec's space, and its traces by property."""
    space, judgement = check_spec(load(path, {}))
    return space, {r.name: r.trace for r in judgement.results if r.trace is not None}


def replayed(
    path: Path, server: Server, name: str = "", times: int = 1, patience: float = 5.0
) -> TraceReplay:
    """A spec's trace carried out."""
    space, traces = explored(path)
    trace = traces[name] if name else next(iter(traces.values()))
    return run_live(replay_trace(space, written_of(trace), server, times=times, patience=patience))


@contextlib.contextmanager
def commands_seen(server: Server) -> Iterator[list[str]]:
    """The commands that a server carried out inside, as MONITOR tells them, when it is over."""
    client, marker = server.client(), "the end"
    seen: list[str] = []
    try:
        with client.monitor() as monitor:
            yield seen
            other = server.client()
            other.echo(marker)
            other.close()
            while marker not in (command := monitor.next_command()["command"]):
                seen.append(command)
    finally:
        client.close()
