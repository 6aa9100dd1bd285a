"""Opening a file that anybody may have made.

A path can lead to a pipe that nobody writes to, to a device that never ends, or to more than
there is room for. So a file is opened only where it is a regular one, and never read beyond what
whoever reads it has use for.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from ...errors import raise_if_callers

__all__ = ["UnreadableError", "open_regular", "read_regular"]


class UnreadableError(Exception):
    """There is no such file, or none that is read; the text says why (`no such file`)."""


def open_regular(path: Path | str, *, links: bool = True) -> BinaryIO:
    """Open a regular file for reading bytes. `links`: the path may end in a symbolic link.
    Raises UnreadableError for whatever else is there, and where nothing is."""
    flags = os.O_RDONLY
    # A pipe opens at once, and is then seen to be one; Windows has neither.
    for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY", *(() if links else ("O_NOFOLLOW",))):
        flags |= getattr(os, name, 0)
    try:
        # Looked at before as well: some devices do something when they are opened.
        _require_regular(Path(path).stat(follow_symlinks=links).st_mode)
        number = os.open(path, flags)
    except FileNotFoundError:
        raise UnreadableError("no such file") from None
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            raise_if_callers(error)
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise UnreadableError(f"this cannot be read: {reason}") from None
    try:
        _require_regular(os.fstat(number).st_mode)
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise


def _require_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise UnreadableError("this is a directory")
    if not stat.S_ISREG(mode):
        raise UnreadableError("this is not a regular file")


def read_regular(path: Path | str, most: int, *, links: bool = True) -> bytes:
    """The bytes of a regular file. Raises UnreadableError, also where it has more than `most`."""
    try:
        with open_regular(path, links=links) as file:
            data = file.read(most + 1)
    except OSError as error:
        raise_if_callers(error)
        raise UnreadableError(f"this cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise UnreadableError(f"the file is longer than {most:,} bytes")
    return data
