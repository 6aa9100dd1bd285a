"""`--timing FILE` of `monitor` and `record`: how long steps took, for `from log` in a spec."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .console import show

if TYPE_CHECKING:
    from ..results.step_times import Timing

__all__ = ["timing_option", "told_times", "write_times"]

timing_option = click.option(
    "--timing",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write how long each step took into a file, for `from log` in a spec's timing.",
)


def write_times(path: Path | None, found: Timing | None) -> None:
    """Write the times, if they were asked for. Raises OutputError, OSError."""
    from ..report.documents.timing import TIMED
    from ..report.folder import Folder

    if path is not None and found is not None:
        Folder(path.parent).write(path.name, TIMED.text(found))


def told_times(path: Path | None, found: Timing | None) -> None:
    """Say what was written, and where."""
    from ..report.text.monitor import timed_text

    if path is not None and found is not None:
        show(f"{timed_text(found)}: {path}")
