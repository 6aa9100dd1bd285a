"""`model-check replay`: the model's steps, carried out by real processes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import click

from .console import color, complain, knows_unicode, show, width
from .option_types import Constant, Seconds, allow_outside_option

__all__ = ["command", "ending_cleanly", "server_options"]

_EXIT_CODES = """
Exit codes: 0 the real thing did what the model says; 1 it did something else, or what the spec
expects to hold did not; 2 the spec, the command line or the server is wrong; 3 interrupted.
"""
OK, OTHERWISE, WRONG = 0, 1, 2
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


def server_options(function: Any) -> Any:
    """The options that say which server to use."""
    for option in (
        click.option(
            "--patience",
            type=Seconds(min=0.01, max=3600),
            default=5.0,
            show_default=True,
            help="Seconds the server has for an answer.",
        ),
        click.option(
            "--port",
            type=click.IntRange(1, 65535),
            help="Where a server of our own listens (a free port).",
        ),
        click.option("--allow-remote", is_flag=True, help="Also use a server elsewhere."),
        click.option(
            "--redis",
            metavar="URL",
            help="The server to use, redis://127.0.0.1:6379 (one is started).",
        ),
    ):
        function = option(function)
    return function


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
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--set",
    "constants",
    type=Constant(),
    multiple=True,
    help="Give a constant of the spec another value.",
)
@click.option("--property", "violating", default="", help="Whose trace (the first violated one).")
@click.option(
    "--trace",
    type=click.Path(path_type=Path),
    help="A trace from a file: NAME.itf.json or result.json.",
)
@click.option(
    "--repeat",
    type=click.IntRange(1, 1_000_000),
    default=1,
    show_default=True,
    help="Carry the trace out so often.",
)
@click.option(
    "--schedules",
    type=_Schedules(),
    help="Instead of a trace, so many different complete runs.",
)
@server_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@allow_outside_option
@click.option("--ascii", "plain", is_flag=True, help="Print plain ASCII.")
def command(
    path: Path,
    constants: tuple[tuple[str, str], ...],
    violating: str,
    trace: Path | None,
    repeat: int,
    schedules: int | Literal["every"] | None,
    redis: str | None,
    allow_remote: bool,
    port: int | None,
    patience: float,
    as_json: bool,
    allow_outside: bool,
    plain: bool,
) -> None:
    """Carry a spec's trace out for real, step by step in its order: Redis commands on a real
    server, frames over real WebSockets, each process with connections of its own. Every real
    answer is compared with the model's. A spec that nothing violates is replayed in many
    complete schedules.

    \b
      model-check replay specs/legacy.yaml
      model-check replay specs/legacy.yaml --repeat 100
      model-check replay specs/fix-both.yaml --schedules 200
    """
    from ..api.check import Where, replay
    from ..language.source.diagnostics import SpecError
    from ..live.errors import LiveError
    from ..live.runs.replaying import TraceReplay
    from ..report.documents.replay import REPLAYED
    from ..report.text.progress import Progress
    from ..report.text.replay import render_schedules, render_trace_replay

    if schedules is not None and (trace is not None or violating or repeat > 1):
        raise click.UsageError("--schedules goes without --trace, --property and --repeat")
    if port is not None and redis is not None:
        raise click.UsageError("--port is for a server of our own, --redis names another")
    try:
        with ending_cleanly(), closing(Progress()) as progress:
            found = replay(
                path,
                dict(constants),
                where=Where(redis, allow_remote, port, patience),
                violating=violating,
                trace=trace,
                repeat=repeat,
                schedules=schedules,
                allow_outside=allow_outside,
                progress=progress.update,
            )
    except (SpecError, LiveError) as error:
        complain(str(error))
        sys.exit(WRONG)
    except OSError as error:
        complain(f"{error.filename or path}: {error.strerror or error}")
        sys.exit(WRONG)
    looks = {"color": color(), "unicode": knows_unicode(plain=plain)}
    if as_json:
        show(REPLAYED.text((found, str(path))))
    elif isinstance(found, TraceReplay):
        show(render_trace_replay(found, str(path), width(), **looks))
    else:
        show(render_schedules(found, str(path), width(), **looks))
    sys.exit(OTHERWISE if found.surprising else OK)
