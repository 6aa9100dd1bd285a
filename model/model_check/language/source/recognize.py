"""Which YAML files are specs: for a folder, and for pytest, which sees every file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..keys import SPEC, key_names
from .opening import UnreadableError, open_regular

__all__ = ["KEYS", "find_specs", "is_spec", "means_to_be_spec", "top_level_keys"]

KEYS = key_names(SPEC)
"""What stands at the top level of a spec."""

_TOP_LEVEL_KEY = re.compile(r"^([A-Za-z_]\w*)[ ]*:", re.MULTILINE)
_SUFFIXES = frozenset([".yaml", ".yml"])
# A spec says in its first lines what it is; a data file of many megabytes is not read.
_HEAD = 1 << 20


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
    """All specs in a folder and its folders, in the order of their paths."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and is_spec(path))
