"""What `steer` writes into a model's folder: the evidence as a log, pictures, and the document.

Of one run `monitor.log` and `sequence.svg`; of many, for each thing that came of them, those of the
first run of which it did, with the number of its schedule: `monitor-7.log`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...results.steer import SteeredRun, SteerResult
from ..folder import Folder, OutputError, folder_of
from ..pictures.steer import STEPS_DRAWN, steer_svg
from ..words.steering import outcomes_of
from .steer import STEERED

__all__ = ["STEER_FOLDER", "write_steered"]

STEER_FOLDER = "steer"
RESULT_NAME = "result.json"
MOST_KEPT = 20
"""Runs of many that have files of their own; the document has all."""
_OURS = re.compile(r"(monitor(-\d+)?\.log|sequence(-\d+)?\.svg)")


def write_steered(found: SteerResult, path: str, directory: Path) -> SteerResult:
    """Write the evidence of `found` (of the spec at `path`, as the user gave it) into
    `directory`/MODEL/steer; the result with the paths. What an earlier run wrote there, and this
    one does not, is removed. Raises `OutputError`."""
    folder = Folder(folder_of(found.model, directory) / STEER_FOLDER)
    try:
        folder.make(directory)
        for run in _kept(found):
            number = f"-{run.number}" if len(found.runs) > 1 else ""
            if run.lines:
                folder.write(f"monitor{number}.log", "".join(f"{each}\n" for each in run.lines))
            if len(run.trace.steps) <= STEPS_DRAWN:
                folder.write(f"sequence{number}.svg", steer_svg(found, run))
            else:
                folder.notes.append(f"the trace has more than {STEPS_DRAWN} steps: it is not drawn")
        notes = tuple(dict.fromkeys((*found.notes, *folder.notes)))
        for old in folder.path.iterdir():
            if _OURS.fullmatch(old.name) and old not in folder.written:
                old.unlink(missing_ok=True)
        names = (*(each.name for each in folder.written), RESULT_NAME)
        document = STEERED.text((replace(found, files=names, notes=notes), path))
        folder.write(RESULT_NAME, document)
    except OSError as error:
        raise OutputError(f"cannot write {folder.path}: {error.strerror or error}") from error
    return replace(found, files=tuple(os.fspath(each) for each in folder.written), notes=notes)


def _kept(found: SteerResult) -> Sequence[SteeredRun]:
    """The runs that have files of their own."""
    return [runs[0] for runs in outcomes_of(found).values()][:MOST_KEPT]
