"""`model-check monitor`: logs of real servers, held against the model."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..budget.spending import Budget
from ..language.source.recognize import spec_named
from .console import Display, interruptible, mistakes_told
from .options import (
    Duration,
    SpecPath,
    budget_options,
    output_options,
    pass_budget,
    set_option,
    taken,
)
from .step_times import timing_option, told_times, write_times

if TYPE_CHECKING:
    from ..api.real_runs import Source
    from ..results.monitor import Standing

__all__ = ["command"]

_EXIT_CODES = """
Exit codes: 0 every session fits the model and no property is violated; 1 one fits no behaviour,
or a property is violated in every completion of it; 2 the spec, a log, the command line or the
server is wrong, or nothing in the logs is of the spec; 3 undetermined.
"""
EXITS: dict[Standing, int] = {"holds": 0, "violated": 1, "unfit": 1, "undetermined": 3}


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("path", metavar="SPEC", type=SpecPath())
@click.argument("logs", metavar="[LOG]...", nargs=-1, type=click.Path(allow_dash=True))
@set_option()
@click.option(
    "--skew",
    type=Duration(),
    default="0ms",
    show_default=True,
    help="How far the clocks of several logs may be apart.",
)
@click.option("--property", "properties", multiple=True, help="Judge only this one.")
@click.option("--ignore", "ignored", metavar="COMMAND", multiple=True, help="Pass over such lines.")
@click.option("--redis", metavar="URL", help="Listen to this server instead of reading a LOG.")
@click.option("--allow-remote", is_flag=True, help="Also to a server elsewhere.")
@click.option("--for", "time", type=Duration(), help="Listen so long (until Ctrl-C).")
@click.option(
    "--max-lines",
    type=click.IntRange(1, 100_000_000),
    default=1_000_000,
    show_default=True,
    help="Read or listen to this many lines.",
)
@click.option(
    "--max-sessions",
    type=click.IntRange(1, 1_000_000),
    default=1_000,
    show_default=True,
    help="Look at this many sessions.",
)
@click.option(
    "--max-states",
    type=click.IntRange(1, 100_000_000),
    default=200_000,
    show_default=True,
    help="Keep this many states of a session.",
)
@budget_options
@timing_option
@click.option("--no-reason", is_flag=True, help="Do not look for the events that force a loss.")
@output_options()
@pass_budget
def command(
    budget: Budget,
    /,
    path: Path,
    logs: tuple[str, ...],
    time: float | None,
    timing: Path | None,
    no_reason: bool,
    **words: Any,
) -> None:
    """Hold what a real server did against a spec: LOG is what redis-cli monitor prints, - is
    standard input. Each session in it is a behaviour of the model or none; and the loss
    happened in it, did not, or the log leaves that open. Several logs are those of several
    servers.

    \b
      redis-cli monitor > log; model-check monitor specs/legacy.yaml log
      model-check monitor specs/legacy.yaml --redis redis://127.0.0.1:6379 --for 30s
    """
    from ..api.listening import listening_to
    from ..api.live_options import MonitorOptions, Where
    from ..api.real_runs import monitor, monitored
    from ..live.monitor.task import Attention
    from ..report.documents.monitor import MONITORED
    from ..report.text.monitor import render_monitored
    from ..report.text.progress import Progress

    where = taken(Where, words)
    options = taken(MonitorOptions, words, reason=not no_reason, timing=timing is not None)
    budget.limit(words.pop("timeout"), words.pop("max_memory"))
    shown = Display(**words)
    if bool(logs) == (where.redis is not None):
        raise click.UsageError("name a LOG, or a server to listen to with --redis")
    if where.redis is None and (time is not None or where.allow_remote):
        raise click.UsageError("--for and --allow-remote are for listening, with --redis")
    if logs.count("-") > 1:
        raise click.UsageError("standard input can be one LOG only")
    with mistakes_told(path), ExitStack() as stack:
        path = spec_named(path)
        # Ctrl-C ends the listening; what was heard until then is judged.
        most = options.max_lines
        sources: list[Source] = [
            ("standard input", _standard_input(most)) if each == "-" else each for each in logs
        ]
        server = None
        if where.redis is not None:
            server = stack.enter_context(listening_to(path, where, options))
            with interruptible() as stop, closing(Progress()) as progress:
                sources = [server.hear(time, most, stop, progress.tell)]
        with closing(Progress()) as progress:
            attention = Attention(progress.update, progress.tell, budget.exceeded)
            if server is None:
                found = monitor(path, sources, None, options, attention=attention)
            else:
                heard = monitored(server.spec, path, sources, options, attention)
                found = server.ask_about(heard)
        write_times(timing, found.timing)
    named = (found, str(path))
    shown.tell(partial(MONITORED.text, named), partial(render_monitored, *named))
    if not shown.as_json:
        told_times(timing, found.timing)
    sys.exit(EXITS[found.standing])


def _standard_input(most: int) -> list[bytes]:
    """What comes from standard input, until it ends or somebody presses Ctrl-C: that may be
    while nothing comes."""
    from ..live.monitor.log import lines_of

    found = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for line in lines_of(sys.stdin.buffer, "standard input"):
            found.append(line)
            if len(found) > most:
                break
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, before)
    return found
