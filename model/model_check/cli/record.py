"""`model-check record`: a spec's processes run freely, and what that loses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import click

from ..errors import EXIT_AS_EXPECTED, EXIT_UNDETERMINED
from ..language.source.recognize import spec_named
from .console import Display, mistakes_told
from .options import Duration, SpecPath, output_options, server_options, set_option, taken
from .replay import ending_cleanly, server_named
from .step_times import timing_option, told_times, write_times

__all__ = ["command"]

_EXIT_CODES = """
Exit codes: 0 the connections were counted, whatever they lost; 2 a spec, the command line or
the server is wrong; 3 interrupted, or nothing of a spec could be judged.
"""


def _duration(name: str, usual: str, about: str) -> Callable[[Any], Any]:
    return click.option(name, type=Duration(), default=usual, show_default=True, help=about)


@click.command(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, required=True, type=SpecPath())
@set_option("the specs", faults=False)
@click.option(
    "--connections",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    help="How many connections.",
)
@_duration("--interval", "50ms", "From one message to the next.")
@_duration("--gap", "0ms", "Between a publisher's steps for one message.")
@_duration("--window", "5ms", "Between the commands of whoever connects.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=7,
    show_default=True,
    help="What --faults are drawn from.",
)
@timing_option
@server_options
@output_options()
def command(paths: tuple[Path, ...], timing: Path | None, **words: Any) -> None:
    """Run the processes of specs for real, with nobody who orders their steps, and count the
    connections that lost something. Each connection begins at a random moment while its
    publisher publishes.

    \b
      model-check record specs/legacy.yaml specs/fix-both.yaml
      model-check record specs/legacy.yaml --window 30ms --connections 500
      model-check record specs/faults/worker-crash.yaml --faults --seed 11
    """
    from ..api.live_options import RecordOptions
    from ..api.real_runs import record
    from ..report.documents.replay import RECORDED
    from ..report.text.progress import Progress
    from ..report.text.record import render_recordings

    if timing is not None and len(paths) > 1:
        raise click.UsageError("--timing is of one SPEC: record the others by themselves")
    options = taken(RecordOptions, words, where=server_named(words))
    shown = Display(**words)
    found = []
    with ending_cleanly(), closing(Progress()) as progress:
        for path in map(spec_named, paths):
            with mistakes_told(path):
                found.append((record(path, None, options, progress=progress.update), str(path)))
    recordings = [recording for recording, _ in found]
    with mistakes_told(timing):
        write_times(timing, recordings[0].timing)
    shown.tell(partial(RECORDED.text, found), partial(render_recordings, recordings))
    if not shown.as_json:
        told_times(timing, recordings[0].timing)
    judged = all(each.judged for each in recordings)
    sys.exit(EXIT_AS_EXPECTED if judged else EXIT_UNDETERMINED)
