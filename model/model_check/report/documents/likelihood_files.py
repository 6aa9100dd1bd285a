"""What `likelihood` writes into a model's folder: `likelihood.json`, and of a sweep its curves."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ...results.likelihood import Likelihoods
from ..folder import Folder, OutputError, folder_of, stem_of
from ..page.likelihood import sweep_html
from ..pictures.curve import curves
from .likelihood import LIKELIHOODS

__all__ = ["write_likelihoods"]


def write_likelihoods(found: Likelihoods, directory: Path) -> Likelihoods:
    """Write all files into the folder of the first spec; what is found, with their names. Raises
    OutputError."""
    folder = Folder(folder_of(found.reports[0].name, directory))
    pictures = curves(found)
    stems = {name: f"likelihood-{stem_of(name)}.svg" for name in pictures}
    document = "likelihood.json"
    names = [document, *stems.values(), *(["likelihood.html"] if pictures else [])]
    found = replace(found, files=tuple(os.fspath(folder.path / name) for name in names))
    try:
        folder.make(directory)
        folder.write(document, LIKELIHOODS.text(found))
        for name, picture in pictures.items():
            folder.write(stems[name], picture)
        if pictures:
            folder.write("likelihood.html", sweep_html(found, pictures))
    except OSError as error:
        raise OutputError(f"cannot write {folder.path}: {error.strerror or error}") from error
    return found
