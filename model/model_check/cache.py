"""What is costly to make and can be made again, kept on disk from run to run: compiled code.

It is loaded and run, so it is loaded only where nobody but the user can have written it. The
folder and each file are opened without following a link, and asked through what was opened: they
belong to the user, and others may not write them. A checksum tells what is damaged, which counts
as not there. A file is written under another name first, so that a run beside this one sees all
of it or nothing; and when the folder is full, what was used longest ago goes. Where nothing can
be read or written, nothing is kept, and nobody is bothered.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CACHE_SWITCH", "Cache", "check_owner", "user_cache"]

CACHE_SWITCH = "MODEL_CHECK_CACHE"
"""The environment variable that turns the cache off ..."""
OFF = frozenset({"off", "no", "false", "0"})
"""... with one of these."""
MOST_BYTES = 64 << 20
"""The size of all files together."""
LARGEST = MOST_BYTES // 8
"""The size of one file."""
HEAD = b"model-check kept 1\n"
"""At the beginning of each file; the number is of this form of a file."""
SUFFIX = ".kept"
DIGEST = 32
"""Bytes of a checksum, and of what a name is made of."""
MAC_CACHES = ("Library", "Caches")
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
RESTED = 3600.0
"""Seconds after which a use is noted again."""


@dataclass(frozen=True, slots=True)
class Cache:
    """Bytes by what they are made of, in a folder; None keeps nothing."""

    folder: Path | None
    most_bytes: int = MOST_BYTES

    def get(self, made_of: bytes) -> bytes | None:
        """What was kept of this; None where it is not there, is damaged, or where somebody else
        could have written it."""
        name = _name(made_of)
        try:
            with self._opened(make=False) as folder, _file(name, folder) as file:
                kept = _sound(made_of, _read(file))
                if kept is not None and time.time() - os.fstat(file).st_mtime > RESTED:
                    os.utime(file)
                return kept
        except OSError:
            return None

    def put(self, made_of: bytes, data: bytes) -> None:
        """Keep this, if there is a place for it."""
        name = _name(made_of)
        content = HEAD + _checksum(made_of, data) + data
        if len(content) > min(LARGEST, self.most_bytes):
            return
        with contextlib.suppress(OSError), self._opened(make=True) as folder:
            _write(name, content, folder)
            self._make_room(folder)

    @contextlib.contextmanager
    def _opened(self, *, make: bool) -> Iterator[int]:
        """The folder, of which is known that it is the user's alone. Raises OSError."""
        if self.folder is None or not hasattr(os, "geteuid"):
            # Where files have no owner and no mode, nobody can tell who wrote them.
            raise FileNotFoundError
        if make:
            for each in (self.folder.parent, self.folder):
                with contextlib.suppress(FileExistsError):
                    each.mkdir(mode=0o700)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        folder = os.open(self.folder, flags)
        try:
            check_owner(folder)
            yield folder
        finally:
            os.close(folder)

    def _make_room(self, folder: int) -> None:
        """Remove what was used longest ago, until the rest is small enough; also what a run
        that was ended has left half written."""
        files = []
        with os.scandir(folder) as entries:
            for each in entries:
                if each.name.endswith(SUFFIX) and each.is_file(follow_symlinks=False):
                    with contextlib.suppress(FileNotFoundError):
                        told = each.stat(follow_symlinks=False)
                        files.append((told.st_mtime, each.name, told.st_size))
        total = sum(size for _, _, size in files)
        for _, name, size in sorted(files):
            if total <= self.most_bytes:
                return
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            total -= size


def user_cache() -> Cache:
    """The cache of the user, where systems have it: in `$XDG_CACHE_HOME`, in `~/Library/Caches`
    on macOS, in `~/.cache` elsewhere (https://specifications.freedesktop.org/basedir-spec)."""
    if os.environ.get(CACHE_SWITCH, "").strip().lower() in OFF:
        return Cache(None)
    caches = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not caches.is_absolute():
        try:
            home = Path.home()
        except RuntimeError:
            return Cache(None)
        caches = home.joinpath(*MAC_CACHES) if sys.platform == "darwin" else home / ".cache"
    return Cache(caches / "model-check" if caches.is_absolute() else None)


def check_owner(opened: int) -> None:
    """Raises PermissionError where others could have written what was opened."""
    told = os.fstat(opened)
    if told.st_uid != os.geteuid() or told.st_mode & OTHERS_WRITE:
        raise PermissionError


@contextlib.contextmanager
def _file(name: str, folder: int) -> Iterator[int]:
    """A regular file of the user's, to be read. Raises OSError."""
    # Without O_NONBLOCK a named pipe would be waited for.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    file = os.open(name, flags, dir_fd=folder)
    try:
        check_owner(file)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise PermissionError
        yield file
    finally:
        os.close(file)


def _read(file: int) -> bytes:
    with os.fdopen(file, "rb", closefd=False) as stream:
        return stream.read(LARGEST + 1)


def _write(name: str, content: bytes, folder: int) -> None:
    """Put a file in its place, whole. Raises OSError."""
    passing = f"{os.urandom(8).hex()}{SUFFIX}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(passing, flags, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
        os.replace(passing, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(passing, dir_fd=folder)
        raise


def _name(made_of: bytes) -> str:
    import hashlib

    return hashlib.sha256(made_of).hexdigest() + SUFFIX


def _checksum(made_of: bytes, data: bytes) -> bytes:
    """Of both, so that a file under a wrong name is as good as damaged."""
    import hashlib

    return hashlib.sha256(hashlib.sha256(made_of).digest() + data).digest()


def _sound(made_of: bytes, content: bytes) -> bytes | None:
    """What is kept in the content of a file; None where that is damaged."""
    start = len(HEAD) + DIGEST
    data = content[start:]
    return data if content[:start] == HEAD + _checksum(made_of, data) else None
