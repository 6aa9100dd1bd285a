"""`model-check replay`: the model's steps, carried out by real processes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal

import click

from ..errors import EXIT_AS_EXPECTED, EXIT_UNEXPECTED
from ..language.source.recognize import spec_named
from .console import Display, mistakes_told
from .options import (
    output_options,
    server_options,
    set_option,
    spec_argument,
    taken,
    trace_options,
)

if TYPE_CHECKING:
    from ..api.live_options import Where

__all__ = ["command", "ending_cleanly", "server_named"]

_EXIT_CODES = """
Exit codes: 0 the real thing did what the model says; 1 it did something else, or what the spec
expects to hold did not; 2 the spec, the command line or the server is wrong; 3 interrupted.
"""
ENDING = ("SIGTERM", "SIGHUP")
"""Signals that ask a program to end; Windows has no SIGHUP."""


class _Schedules(click.ParamType):  # type: ignore[type-arg]
    """A number, or `every`."""

    name = "N|every"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | Literal["every"]:
        if value == "every":
            return "every"
        text = str(value)
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000):
            self.fail(f"{value!r} is no number of schedules: write 200, or every", param, ctx)
        return int(text)


def server_named(words: dict[str, Any]) -> Where:
    """The server that a command line names."""
    from ..api.live_options import Where

    where = taken(Where, words)
    if where.port is not None and where.redis is not None:
        raise click.UsageError("--port is for a server of our own, --redis names another")
    return where


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """SIGTERM, and SIGHUP of a terminal that is closed, end the program as Ctrl-C does, so that
    keys are deleted on the way.

    An exception that a signal's handler raises can be lost in whatever callback of the event
    loop runs just then. asyncio takes SIGINT for itself, and cancels the main task: so SIGTERM
    is handed on as that.
    """
    asked: list[int] = []
    there = [getattr(signal, name) for name in ENDING if hasattr(signal, name)]
    # What nohup has us ignore, we ignore.
    numbers = [each for each in there if signal.getsignal(each) != signal.SIG_IGN]

    def end(number: int, _: FrameType | None) -> None:
        asked.append(number)
        signal.raise_signal(signal.SIGINT)

    before = {each: signal.signal(each, end) for each in numbers}
    # A shell has jobs in the background ignore SIGINT, and asyncio would leave it so.
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        if asked:
            sys.exit(128 + asked[0])
        raise
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@spec_argument
@set_option()
@trace_options("")
@click.option(
    "--repeat",
    type=click.IntRange(1, 1_000_000),
    default=1,
    show_default=True,
    help="How often the trace is carried out.",
)
@click.option(
    "--schedules",
    type=_Schedules(),
    help="Instead of a trace, this many different complete runs.",
)
@server_options
@output_options()
def command(path: Path, **words: Any) -> None:
    """Carry a spec's trace out for real, step by step in its order: Redis commands on a real
    server, frames over real WebSockets, each process with connections of its own. Every real
    answer is compared with the model's. A spec that nothing violates is replayed in many
    complete schedules.

    \b
      model-check replay specs/legacy.yaml
      model-check replay specs/legacy.yaml --repeat 100
      model-check replay specs/fix-both.yaml --schedules 200
    """
    from ..api.live_options import ReplayOptions
    from ..api.real_runs import replay
    from ..report.documents.replay import REPLAYED
    from ..report.text.progress import Progress
    from ..report.text.replay import render_schedules, render_trace_replay
    from ..results.replay import TraceReplay

    options = taken(ReplayOptions, words, where=server_named(words))
    shown = Display(**words)
    if options.schedules is not None and (options.trace or options.violating or options.repeat > 1):
        raise click.UsageError("--schedules goes without --trace, --property and --repeat")
    path = spec_named(path)
    with mistakes_told(path), ending_cleanly(), closing(Progress()) as progress:
        found = replay(path, None, options, progress=progress.update)
    text: Callable[..., str]
    if isinstance(found, TraceReplay):
        text = partial(render_trace_replay, found, str(path))
    else:
        text = partial(render_schedules, found, str(path))
    shown.tell(partial(REPLAYED.text, (found, str(path))), text)
    sys.exit(EXIT_UNEXPECTED if found.surprising else EXIT_AS_EXPECTED)
