"""A model's folder in `out/`: files that are written whole or not at all, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

from ..budget.spending import whole
from ..errors import ModelCheckError
from ..language.records import dataclass, field
from ..language.syntax.file_names import why_no_folder, why_no_stem

__all__ = ["OUT", "SPACE", "Folder", "OutputError", "folder_of", "stem_of"]

SPACE = "space"
OUT = "out"
"""Where all is written, unless it was said where."""
_UNTRACKED = (".gitignore", b"*\n")
"""The file that keeps what is made out of a repository, as caches do."""


class OutputError(ModelCheckError):
    """The folder cannot be written, or a name cannot be one of a file: says which and why."""


@dataclass(slots=True)
class Folder:
    """A model's folder, what was written into it, and notes on what could not be."""

    path: Path
    written: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def make(self, root: Path) -> None:
        """Make the folder, which is below `root`. A link on the way would lead elsewhere: raises
        `OutputError` where there is one, OSError where the system refuses."""
        if not root.exists():
            root.mkdir(parents=True, exist_ok=True)
            if root.name == OUT:
                name, text = _UNTRACKED
                _write_atomically(root / name, text)
        place = root
        for part in self.path.relative_to(root).parts:
            place /= part
            if place.is_symlink():
                raise OutputError(
                    f"{place} is a link: nothing is written through it (remove it, or name"
                    " another folder with --out)"
                )
            try:
                place.mkdir(exist_ok=True)
            except UnicodeEncodeError as error:
                raise _unnameable(place) from error

    def write(self, name: str, data: str | bytes) -> None:
        """Write a file, whole or not at all. What stands for a byte that is no UTF-8, in the name
        of a file, is written as JSON writes it."""
        place = self.path / name
        if isinstance(data, str):
            data = data.encode("utf-8", "backslashreplace")
        try:
            _write_atomically(place, data)
        except UnicodeEncodeError as error:
            raise _unnameable(place) from error
        self.written.append(place)


def _unnameable(place: Path) -> OutputError:
    """A name of the spec that the system's encoding of file names does not have."""
    return OutputError(
        f"cannot write {place}: the locale has no such letters in the names of files (say"
        " PYTHONUTF8=1, or give the model and its properties other names)"
    )


def folder_of(model: str, directory: Path) -> Path:
    """The folder of a model. Raises `OutputError` for a name that would lead elsewhere."""
    why, hint = why_no_folder(model)
    if why:
        raise OutputError(f"a model named {model!r} cannot have a folder of its name: {hint}")
    return directory / model


def stem_of(name: str) -> str:
    """The name of a property's files. Raises `OutputError` for one that cannot be that."""
    why, hint = why_no_stem(name)
    if why:
        raise OutputError(f"a property named {name!r} cannot have files of its name: {hint}")
    return name


def _write_atomically(place: Path, data: bytes) -> None:
    # Named before it is there: whatever moment this is ended at, it is removed.
    temporary = place.with_name(f".{place.name[:80]}.{os.urandom(4).hex()}")
    with whole():
        try:
            with temporary.open("xb") as file:
                file.write(data)
            temporary.chmod(0o644)
            temporary.replace(place)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
