"""`model-check record`: a spec's processes run freely, and what that loses."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

from .console import color, complain, knows_unicode, show, width
from .option_types import Constant, Duration, allow_outside_option
from .replay import WRONG, ending_cleanly, server_options

__all__ = ["command"]

_EXIT_CODES = """
Exit codes: 0 the connections were counted, whatever they lost; 2 a spec, the command line or
the server is wrong; 3 interrupted, or nothing of a spec could be judged.
"""
OK, UNDETERMINED = 0, 3


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--set",
    "constants",
    type=Constant(),
    multiple=True,
    help="Give a constant of the specs another value.",
)
@click.option(
    "--connections",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    help="How many connections.",
)
@click.option(
    "--interval",
    type=Duration(),
    default="50ms",
    show_default=True,
    help="From one message to the next.",
)
@click.option(
    "--gap",
    type=Duration(),
    default="0ms",
    show_default=True,
    help="Between a publisher's steps for one message.",
)
@click.option(
    "--window",
    type=Duration(),
    default="5ms",
    show_default=True,
    help="Between the commands of whoever connects.",
)
@server_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@allow_outside_option
@click.option("--ascii", "plain", is_flag=True, help="Print plain ASCII.")
def command(
    paths: tuple[Path, ...],
    constants: tuple[tuple[str, str], ...],
    connections: int,
    interval: float,
    gap: float,
    window: float,
    redis: str | None,
    allow_remote: bool,
    port: int | None,
    patience: float,
    as_json: bool,
    allow_outside: bool,
    plain: bool,
) -> None:
    """Run the processes of specs for real, with nobody who orders their steps, and count the
    connections that lost something. Each connection begins at a random moment while its
    publisher publishes.

    \b
      model-check record specs/legacy.yaml specs/fix-both.yaml
      model-check record specs/legacy.yaml --window 30ms --connections 500
    """
    from ..api.check import Where, record
    from ..language.source.diagnostics import SpecError
    from ..live.errors import LiveError
    from ..report.documents.replay import RECORDED
    from ..report.text.progress import Progress
    from ..report.text.record import render_recordings

    if port is not None and redis is not None:
        raise click.UsageError("--port is for a server of our own, --redis names another")
    found = []
    try:
        with ending_cleanly(), closing(Progress()) as progress:
            for path in paths:
                recording = record(
                    path,
                    dict(constants),
                    where=Where(redis, allow_remote, port, patience),
                    connections=connections,
                    interval=interval,
                    gap=gap,
                    window=window,
                    allow_outside=allow_outside,
                    progress=progress.update,
                )
                found.append((recording, str(path)))
    except (SpecError, LiveError) as error:
        complain(str(error))
        sys.exit(WRONG)
    except OSError as error:
        complain(f"{error.filename or paths[len(found)]}: {error.strerror or error}")
        sys.exit(WRONG)
    looks = {"color": color(), "unicode": knows_unicode(plain=plain)}
    recordings = [recording for recording, _ in found]
    show(RECORDED.text(found) if as_json else render_recordings(recordings, width(), **looks))
    sys.exit(OK if all(each.judged for each in recordings) else UNDETERMINED)
