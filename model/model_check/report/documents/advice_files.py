"""What `repair` and `rests-on` write into a model's folder."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from ...language.source.recognize import REPAIRS as REPAIRS_FOLDER
from ...language.source.recognize import REPAIRS_NAME
from ...results.repair import Repairs, Rests
from ..folder import Folder, OutputError, folder_of
from ..words.repair_spec import repair_spec
from .advice import REPAIRS, RESTS

__all__ = ["RESTS_NAME", "write_repairs", "write_rests"]

RESTS_NAME = "rests-on.json"
_OURS = re.compile(r"repair-\d+\.yaml")


def write_repairs(found: Repairs, directory: Path) -> Repairs:
    """Write each repair as a spec that extends the broken one, and `repairs.json`; the report
    with the paths. Repairs that an earlier search wrote, and this one does not, are removed.
    Raises `OutputError`."""
    folder = Folder(folder_of(found.spec.name, directory) / REPAIRS_FOLDER)
    try:
        folder.make(directory)
        for number, repair in enumerate(found.repairs, start=1):
            text = repair_spec(found.spec, repair, found.draft, number, found.wanted, folder.path)
            folder.write(f"repair-{number}.yaml", text)
        files = tuple(os.fspath(path) for path in folder.written)
        for old in folder.path.iterdir():
            if _OURS.fullmatch(old.name) and old not in folder.written:
                old.unlink(missing_ok=True)
        names = tuple(path.name for path in folder.written)
        folder.write(REPAIRS_NAME, REPAIRS.text(replace(found, files=names)))
    except OSError as error:
        raise OutputError(f"cannot write {folder.path}: {error.strerror or error}") from error
    return replace(found, files=files)


def write_rests(found: Rests, directory: Path) -> Path:
    """Write `rests-on.json`; its path. Raises `OutputError`."""
    folder = Folder(folder_of(found.spec.name, directory))
    try:
        folder.make(directory)
        folder.write(RESTS_NAME, RESTS.text(found))
    except OSError as error:
        raise OutputError(f"cannot write {folder.path}: {error.strerror or error}") from error
    return folder.path / RESTS_NAME
