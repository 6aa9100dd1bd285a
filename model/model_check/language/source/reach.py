"""Which files a spec may have read: those of its repository, or of the folder it is checked in.

A spec names other files, by `extends` and `kinds`, and what is wrong in them is shown with the
line. A spec from elsewhere must not show lines of files that are none of its business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ..records import dataclass, field
from .diagnostics import Source
from .reader import read_source, typed_source
from .recognize import KEYS, top_level_keys

__all__ = ["ANYWHERE", "NOTHING_TYPED", "Reach", "means_kinds", "means_spec", "repository_of"]

NOTHING_TYPED: Mapping[Path, str] = MappingProxyType({})
_REPOSITORY = ".git"
_KIND_KEY = re.compile(
    r"^[ \t]+(commands|state|about)[ ]*:|\{(commands|state|about):", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Files that are in `root`, also when links are followed; None: wherever they are. `typed`:
    texts that an editor has in the place of files, by their paths."""

    root: Path | None
    typed: Mapping[Path, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, spec: Path | str, typed: Mapping[Path, str] = NOTHING_TYPED) -> Reach:
        """What a spec may reach: the nearest folder above it that has a `.git`; where none has, the
        working folder that it is in, unless that is the whole system; else its own."""
        return cls(repository_of(spec) or _working_folder(Path(spec).parent.resolve()), typed)

    def read(self, path: Path | str) -> Source:
        """A file as it is, or is typed. Raises `SpecError` where it cannot be read."""
        text = self.typed.get(Path(path))
        return read_source(path) if text is None else typed_source(path, text)

    def holds(self, path: Path | str) -> bool:
        """Whether a file is within reach."""
        return self.root is None or Path(path).resolve().is_relative_to(self.root)


ANYWHERE = Reach(None)


def _working_folder(own: Path) -> Path:
    """The folder that a spec in `own` is checked in, or `own` where that lies elsewhere."""
    try:
        here = Path.cwd().resolve()
    except OSError:  # removed meanwhile
        return own
    return here if own.is_relative_to(here) and here != here.parent else own


def repository_of(path: Path | str) -> Path | None:
    """The nearest folder above a file that has a `.git`, without links; None where none has."""
    folder = Path(path).parent.resolve()
    above = (each for each in (folder, *folder.parents) if (each / _REPOSITORY).exists())
    return next(above, None)


def means_spec(source: Source) -> bool:
    """Whether a file is meant to be a spec or a part of one, so that its lines may be shown."""
    keys = top_level_keys(source.text)
    return bool(keys) and (keys <= set(KEYS) or len(keys & set(KEYS)) > 1)


def means_kinds(source: Source) -> bool:
    """Whether a file is meant to be one of kinds."""
    return _KIND_KEY.search(source.text) is not None
