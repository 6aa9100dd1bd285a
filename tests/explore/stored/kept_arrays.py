"""What a search has kept, read from its directory."""

from __future__ import annotations

from pathlib import Path

from model_check.explore.stored.checkpoint import ARRAYS
from model_check.explore.stored.directory import Directory

__all__ = ["in_files"]


def in_files(path: Path) -> dict[str, bytes]:
    """The bytes of each array, by its name."""
    with Directory.reading(path) as read:
        return {name: b"".join(read.verified(name)) for name in ARRAYS}
