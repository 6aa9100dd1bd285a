"""Which YAML files are specs: for a folder, and for pytest, which sees every file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...errors import ModelCheckError
from ..keys import SPEC, key_names
from .diagnostics import did_you_mean
from .opening import UnreadableError, open_regular

__all__ = [
    "KEYS",
    "REPAIRS",
    "REPAIRS_NAME",
    "SPECS",
    "NoSuchSpecError",
    "find_specs",
    "is_spec",
    "is_written_repair",
    "means_to_be_spec",
    "spec_named",
    "top_level_keys",
]

SPECS = "specs"
"""The folder in which a spec is looked for that is called by its name."""

REPAIRS = "repairs"
"""The folder in a model's folder that holds its repairs, each a spec."""
REPAIRS_NAME = "repairs.json"
"""What stands beside the repairs in it."""

KEYS = key_names(SPEC)
"""What stands at the top level of a spec."""

_TOP_LEVEL_KEY = re.compile(r"^([A-Za-z_]\w*)[ ]*:", re.MULTILINE)
_SUFFIXES = (".yaml", ".yml")
# A spec says in its first lines what it is; a data file of many megabytes is not read.
_HEAD = 1 << 20
_NOT_OURS = frozenset({"node_modules", "site-packages", "__pycache__"})
"""Folders of other people's files, beside those whose names begin with a dot."""


def is_spec(path: Path) -> bool:
    """Whether a file means to be a spec: YAML with a `model` or `extends` at the top level
    beside `processes` or `properties` (or, for a variant, `constants`). A spec with mistakes
    in it is one all the same, so that they are told."""
    if path.suffix not in _SUFFIXES:
        return False
    try:
        with open_regular(path) as file:
            head = file.read(_HEAD).decode("utf-8", "replace")
    except (OSError, UnreadableError):
        return False
    return means_to_be_spec(top_level_keys(head.replace("\r", "\n")))


def means_to_be_spec(keys: set[str]) -> bool:
    """Whether a file with these keys at the top level means to be a spec."""
    if not keys & {"model", "extends"}:
        return False
    return bool(keys & {"processes", "properties"}) or {"extends", "constants"} <= keys


def top_level_keys(text: str) -> set[str]:
    """The words that look like keys at the top level of a YAML text."""
    return set(_TOP_LEVEL_KEY.findall(text))


def find_specs(folder: Path) -> Iterator[Path]:
    """All specs in a folder and its folders, in the order of their paths. Left out is what is
    hidden, installed (`.git`, `.venv`, `node_modules`) or written by `repair`, unless `folder`
    itself is that."""
    return (path for path in sorted(_files(folder)) if is_spec(path))


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        yield from (Path(place, name) for name in names)
        folders[:] = [
            each
            for each in folders
            if not each.startswith(".")
            and each not in _NOT_OURS
            and not _holds_repairs(Path(place, each))
        ]


def is_written_repair(path: Path) -> bool:
    """Whether a spec lies where `repair` writes: it is no spec of the project until somebody puts
    it elsewhere."""
    return _holds_repairs(path.parent)


def _holds_repairs(folder: Path) -> bool:
    return folder.name == REPAIRS and (folder / REPAIRS_NAME).is_file()


class NoSuchSpecError(ModelCheckError):
    """No file, and no spec in the usual folders, is called so: the text says where it was looked
    for, and what may be meant."""


def spec_named(wanted: Path, *beside: Path) -> Path:
    """The file or folder that a user means: what is there under this path, or else, of a name
    without a folder (`webhook`, `webhook.yaml`), the spec of that name here, in the folder
    `specs`, in the folder of one of the files `beside`, or further down in `specs`. A path with a
    folder is returned as it is. A folder without specs may be part of a program that is called as
    its spec is: it is meant only where nothing else is. Raises NoSuchSpecError."""
    is_there = _is_there(wanted)
    if wanted.parent != Path() or (is_there and not _has_no_specs(wanted)):
        return wanted
    names = [wanted.name] if wanted.suffix in _SUFFIXES else [wanted.name + s for s in _SUFFIXES]
    folders = dict.fromkeys([Path(), Path(SPECS), *(each.parent for each in beside)])
    for place in (folder / name for folder in folders for name in names):
        if _is_there(place):
            return place
    specs = list(find_specs(Path(SPECS)))
    below = [path for path in specs if path.name in names]
    if len(below) == 1:
        return below[0]
    if below:
        told = " and ".join(str(path) for path in below)
        raise NoSuchSpecError(f"{wanted}: two specs are called so, {told}; name one with its path")
    if is_there:
        return wanted
    looked = " and ".join(str(folder / names[0]) for folder in folders)
    known = [path.stem for path in (*specs, *_yaml_in(folders))]
    hint = did_you_mean(wanted.stem, known)
    raise NoSuchSpecError(f"no such spec: {wanted} (looked for {looked}){hint and f'; {hint}'}")


def _has_no_specs(path: Path) -> bool:
    return path.is_dir() and not any(find_specs(path))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # such as a name that no file can have
        return False


def _yaml_in(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.glob(f"*{_SUFFIXES[0]}"))
