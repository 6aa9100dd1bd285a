"""`model-check record`: a spec's processes run freely, and what that loses."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from ..errors import EXIT_AS_EXPECTED, EXIT_UNDETERMINED
from .console import looks, mistakes_told, show, width
from .options import Display, Duration, output_options, server_options, set_option, taken
from .replay import ending_cleanly, server_named

__all__ = ["command"]

_EXIT_CODES = """
Exit codes: 0 the connections were counted, whatever they lost; 2 a spec, the command line or
the server is wrong; 3 interrupted, or nothing of a spec could be judged.
"""


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@set_option("the specs")
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
@output_options()
def command(paths: tuple[Path, ...], **words: Any) -> None:
    """Run the processes of specs for real, with nobody who orders their steps, and count the
    connections that lost something. Each connection begins at a random moment while its
    publisher publishes.

    \b
      model-check record specs/legacy.yaml specs/fix-both.yaml
      model-check record specs/legacy.yaml --window 30ms --connections 500
    """
    from ..api.live_options import RecordOptions
    from ..api.real_runs import record
    from ..report.documents.replay import RECORDED
    from ..report.text.progress import Progress
    from ..report.text.record import render_recordings

    options = taken(RecordOptions, words, where=server_named(words))
    shown = Display(**words)
    found = []
    for path in paths:
        with mistakes_told(path), ending_cleanly(), closing(Progress()) as progress:
            found.append((record(path, None, options, progress=progress.update), str(path)))
    recordings = [recording for recording, _ in found]
    text = render_recordings(recordings, width(), **looks(plain=shown.plain))
    show(RECORDED.text(found) if shown.as_json else text)
    judged = all(each.judged for each in recordings)
    sys.exit(EXIT_AS_EXPECTED if judged else EXIT_UNDETERMINED)
