"""Where a file is, as a program that looks at a repository from outside names it."""

from __future__ import annotations

import os
from pathlib import Path

from ...language.source.reach import repository_of

__all__ = ["place_of"]


def place_of(path: str) -> str:
    """The path of a file from the root of its repository, with `/`; where it is in none, from the
    folder that this runs in. What is outside of that folder has an absolute path."""
    whole = Path(path).resolve()
    root = repository_of(whole) or Path.cwd()
    inside = whole.relative_to(root) if whole.is_relative_to(root) else whole
    # What stands for a byte that is no UTF-8 is written as a question mark.
    return os.fsencode(inside.as_posix()).decode("utf-8", "replace")
