"""`model-check steer`: a user's own services, under a schedule of the model."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from ..language.source.recognize import spec_named
from .console import Display, mistakes_told
from .options import (
    Seconds,
    options,
    out_option,
    output_options,
    set_option,
    spec_argument,
    taken,
    trace_options,
)
from .replay import ending_cleanly

__all__ = ["command"]

_EXIT_CODES = """
Exit codes: 0 the schedule was carried out and ended as the model says; 1 it ended otherwise, or
your services did something else; 2 there is nothing to steer by, the services never came, or the
spec, the command line or the server is wrong; 3 undetermined, or interrupted.
"""


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@spec_argument
@click.argument("services", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND ...]")
@set_option()
@trace_options("")
@options(
    click.option(
        "--listen",
        metavar="HOST:PORT",
        help="Where your services connect (127.0.0.1:6380; with a COMMAND, any free port).",
    ),
    click.option(
        "--redis",
        metavar="URL",
        help="The server behind it, redis://127.0.0.1:6379 (one is started).",
    ),
    click.option("--allow-remote", is_flag=True, help="Also listen, or use a server, elsewhere."),
    click.option(
        "--certificate",
        type=click.Path(path_type=Path),
        help="PEM file: your services speak TLS to the proxy (rediss://).",
    ),
    click.option(
        "--certificate-key",
        type=click.Path(path_type=Path),
        help="Its private key, where that is in another file.",
    ),
    click.option(
        "--patience",
        type=Seconds(min=0.1, max=3600),
        default=4.0,
        show_default=True,
        help="Seconds for the next command of the schedule to come.",
    ),
    click.option(
        "--repeat",
        type=click.IntRange(1, 1_000_000),
        default=1,
        show_default=True,
        help="How often the trace is carried out; COMMAND is started anew each time.",
    ),
    click.option(
        "--schedules",
        type=click.IntRange(1, 1_000_000),
        help="Instead of a trace, this many different complete runs.",
    ),
    click.option(
        "--explore", is_flag=True, help="Every order of the commands that the model allows."
    ),
)
@out_option("Where the evidence is written, a folder a model.")
@output_options()
def command(path: Path, services: tuple[str, ...], out: Path, **words: Any) -> None:
    """Force the counterexample on your own services, unmodified: a proxy between them and Redis
    holds each of their commands until it is next in the trace. COMMAND starts them, with the
    proxy's URL in the environment as REDIS_URL, and in the place of {redis_url}.

    \b
      model-check steer specs/legacy.yaml -- ./start-all.sh
      model-check steer specs/legacy.yaml --property no_loss -- python app.py {redis_url}
      model-check steer specs/fix-both.yaml --schedules 200 -- ./start-all.sh
    """
    from ..api.live_options import SteerOptions, Where
    from ..api.steer import steer
    from ..report.documents.steer import STEERED
    from ..report.documents.steer_files import write_steered
    from ..report.folder import OutputError
    from ..report.text.progress import Progress
    from ..report.text.steer import render_steer

    words["listen"] = words["listen"] or ("127.0.0.1:0" if services else "127.0.0.1:6380")
    asked = taken(SteerOptions, words, services=services)
    asked = replace(asked, where=taken(Where, {**words, "port": None}))
    words = {name: each for name, each in words.items() if name not in ("redis", "allow_remote")}
    shown = Display(**words)
    if asked.of_schedules and (asked.trace or asked.violating or asked.repeat > 1):
        raise click.UsageError("--schedules and --explore go without --trace, --property, --repeat")
    if not services and not asked.one_run:
        raise click.UsageError(
            "several runs need a command that starts your services anew each time: -- COMMAND ..."
        )
    path = spec_named(path)
    with mistakes_told(path), ending_cleanly(), closing(Progress()) as progress:
        found = steer(
            path, (), None, asked, progress=progress.update, tell=_told, stage=progress.tell
        )
        unwritten = None
        try:
            found = write_steered(found, str(path), out)
        except OutputError as error:
            unwritten = error  # what was measured is told all the same
    shown.tell(partial(STEERED.text, (found, str(path))), partial(render_steer, found, str(path)))
    with mistakes_told(path):
        if unwritten is not None:
            raise unwritten
    sys.exit(found.exit_code)


def _told(text: str) -> None:
    click.echo(text, err=True)
