"""A directory that holds a search: arrays that only grow, a file each, and what counts of them.

`checkpoint.json`, the manifest, says how many bytes of each array count, with their checksum. It is
replaced in one piece, after what it speaks of has reached the disk: whenever a process is killed,
the directory holds the last search that was committed, whole. Bytes behind those that count are
what was being written then; they are cut off.

The directory, and each file in it, must belong to the user, and be writable by nobody else: what is
in it is gone on with. One process at a time has it, by a lock that ends with the process. What is
no search is never written over.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from ...cache import check_owner
from ...errors import ModelCheckError, raise_if_callers
from ...language.records import dataclass

__all__ = ["FORMAT", "MANIFEST", "DamagedError", "Directory", "StoredError"]

MANIFEST = "checkpoint.json"
PASSING = "checkpoint.json.new"
"""The next manifest, until it is whole."""
LOCK = "lock"
FORMAT = "model-check search 1"
"""The number is of this form of a directory."""
PIECE = 1 << 24
"""Bytes that are read or written at once."""
MOST_MARKS = 128
"""Places of an array whose checksum is kept, so that damage can be told where it is."""
Bytes = bytes | bytearray | memoryview


class StoredError(ModelCheckError):
    """A directory cannot be used for a search, and why."""


class DamagedError(StoredError):
    """What is in a directory is not what was written there."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """What counts of an array: its first `size` bytes, with their CRC-32; `marks` are (size, CRC)
    of shorter beginnings."""

    size: int = 0
    crc: int = 0
    marks: tuple[tuple[int, int], ...] = ()

    def more(self, data: Bytes) -> _Counted:
        """With so many bytes behind them."""
        counted = self
        for piece in _pieces(data):
            marks = (*counted.marks, (counted.size, counted.crc)) if counted.size else ()
            marks = marks if len(marks) <= MOST_MARKS else _thinned(marks)
            counted = _Counted(counted.size + len(piece), zlib.crc32(piece, counted.crc), marks)
        return counted


def _thinned(marks: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """At most half of them, about as far from each other."""
    apart = 2 * marks[-1][0] // MOST_MARKS
    kept = [(0, 0)]
    for mark in marks:
        if mark[0] >= kept[-1][0] + apart:
            kept.append(mark)
    return tuple(kept[1:])


class Directory:
    """One that this process has: made by `Directory.of` or `Directory.reading`.

    `append` writes behind what counts of an array, and `counts` is for who has written there by
    other means (a map of the file, say); both begin to count with the next `commit`. `contents` is
    what was committed last: any JSON values; None before the first commit, which is to come before
    anything is appended: a directory with files and no manifest is nobody's.
    """

    def __init__(self, path: Path, opened: int, lock: int, *, writes: bool) -> None:
        self.path = path
        self.contents: dict[str, Any] | None = None
        self._opened = opened
        self._lock = lock
        self._writes = writes
        self._files: dict[str, int] = {}
        self._counted: dict[str, _Counted] = {}
        self._pending: dict[str, _Counted] = {}
        self._is_halted = False
        self._is_new = False
        """Whether a file was made of which the disk need not know yet."""

    # --- opening ---------------------------------------------------------------------------------

    @classmethod
    def of(cls, path: Path | str) -> Directory:
        """The directory at a path, to be written; it is made where it is not there. What does not
        count of its arrays is cut off. Raises StoredError where it cannot be had, or holds
        something else, and DamagedError."""
        path = Path(path)
        _files_have_owners(path)
        with _refused(path):
            with contextlib.suppress(FileExistsError):
                path.mkdir(mode=0o700, parents=True)
            return cls._had(path, writes=True)

    @classmethod
    def reading(cls, path: Path | str) -> Directory:
        """The same, of one that holds a search, to be read alone: others may read it beside."""
        path = Path(path)
        with _refused(path):
            found = cls._had(path, writes=False)
        if found.contents is None:
            found.close()
            raise StoredError(f"{path}: there is no checkpoint here ({MANIFEST})")
        return found

    @classmethod
    def _had(cls, path: Path, *, writes: bool) -> Directory:
        """Raises OSError, StoredError."""
        files = _files_have_owners(path)
        opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        lock = -1
        try:
            _owned(opened, path)
            _is_ours(opened, path)
            if writes or _is_there(LOCK, opened):
                lock = _opened(LOCK, opened, path, writes=writes)
                try:
                    files.flock(lock, (files.LOCK_EX if writes else files.LOCK_SH) | files.LOCK_NB)
                except BlockingIOError:
                    why = f"{path}: another model-check is writing here"
                    here = "or, in this one, what was found here is still there"
                    raise StoredError(
                        f"{why} ({here}): wait for it, or name another directory"
                    ) from None
            found = cls(path, opened, lock, writes=writes)
            found._read_manifest()
            if writes:
                found._cut()
        except BaseException:
            for each in (lock, opened):
                if each >= 0:
                    os.close(each)
            raise
        return found

    def held(self) -> int:
        """An open file: nobody else has the directory until that is closed, too."""
        return os.dup(self._lock)

    def close(self) -> None:
        """Give it back; what was not committed is no part of it."""
        for each in (*self._files.values(), self._lock, self._opened):
            if each >= 0:
                os.close(each)
        self._files, self._lock, self._opened = {}, -1, -1

    def __enter__(self) -> Directory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- writing ---------------------------------------------------------------------------------

    def append(self, name: str, data: Bytes) -> None:
        """Write behind what there is of an array. Raises OSError, as of a full disk: then `discard`
        forgets what was not committed."""
        file, at = self.file(name), self.size(name, committed=False)
        for piece in _pieces(data):
            if self._is_halted:
                raise InterruptedError(errno.EINTR, "it was interrupted")
            written = 0
            while written < len(piece):
                written += os.pwrite(file, piece[written:], at + written)
            at += len(piece)
            self.counts(name, piece)

    def halt(self) -> None:
        """Have whoever appends, in another thread, end soon with an OSError."""
        self._is_halted = True

    def counts(self, name: str, data: Bytes) -> None:
        """Have bytes count that stand in the file already, behind what there is."""
        self._pending[name] = self._part(name).more(data)

    def discard(self) -> None:
        """Forget what was appended since the last commit."""
        self._pending = {}

    def commit(self, contents: Mapping[str, Any]) -> None:
        """Have all that was appended count, together with the `contents`, once it is on the disk.
        Raises OSError; what was committed before counts then still."""
        for name in self._pending:
            _synced(self.file(name))
        self._put(contents, {**self._counted, **self._pending})

    def begin_anew(self, contents: Mapping[str, Any]) -> None:
        """Have arrays of no bytes count, together with the `contents`. Raises OSError."""
        self.discard()
        self._put(contents, {})
        self._cut()

    def _put(self, contents: Mapping[str, Any], counted: dict[str, _Counted]) -> None:
        arrays = {
            name: {"bytes": each.size, "crc": each.crc, "marks": each.marks}
            for name, each in sorted(counted.items())
        }
        told = {"format": FORMAT, "arrays": arrays, "contents": dict(contents)}
        text = json.dumps({**told, "check": _check(told)}, indent=1)
        if self._is_new:
            # A file must be found by its name before a manifest speaks of it.
            _synced(self._opened)
            self._is_new = False
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(PASSING, flags, 0o600, dir_fd=self._opened), "wb") as passing:
            passing.write(text.encode())
            passing.flush()
            _synced(passing.fileno())
        os.replace(PASSING, MANIFEST, src_dir_fd=self._opened, dst_dir_fd=self._opened)
        _synced(self._opened)
        self.contents, self._counted, self._pending = dict(contents), counted, {}

    def _cut(self) -> None:
        """Cut off what does not count of each array that is there."""
        for name in filter(_is_array, _names(self._opened, files=True)):
            file = self.file(name)
            if os.fstat(file).st_size > self.size(name):
                os.ftruncate(file, self.size(name))

    # --- reading ---------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays of which something counts."""
        return tuple(sorted(self._counted))

    def size(self, name: str, *, committed: bool = True) -> int:
        """Bytes of an array that count; not `committed`: with what will by the next commit."""
        return (self._counted.get(name, _Counted()) if committed else self._part(name)).size

    def file(self, name: str) -> int:
        """The open file of an array; it is made where it is not there, and closed with the
        directory. Raises OSError."""
        if not _is_array(name):
            raise ValueError(f"no name of an array: {name!r}")
        if name not in self._files:
            self._is_new |= self._writes and not _is_there(name, self._opened)
            self._files[name] = _opened(name, self._opened, self.path, writes=self._writes)
        return self._files[name]

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Some bytes of what counts of an array, in pieces; they are not verified. Raises OSError,
        DamagedError."""
        file = self.file(name)
        end = self.size(name) if end is None else min(end, self.size(name))
        while start < end:
            piece = os.pread(file, min(PIECE, end - start), start)
            if not piece:
                raise self._damaged(name, f"ends after {start:,} of {self.size(name):,} bytes")
            start += len(piece)
            yield piece

    def verified(self, name: str) -> Iterator[bytes]:
        """All that counts of an array, in pieces. Raises DamagedError: where that was known, before
        the last piece is given."""
        counted = self._counted.get(name, _Counted())
        ends = [*counted.marks, (counted.size, counted.crc)]
        before = crc = 0
        for end, right in ends:
            pieces = []
            for piece in self.read(name, before, end):
                crc = zlib.crc32(piece, crc)
                pieces.append(piece)
            if crc != right:
                where = f"somewhere in bytes {before:,} to {end - 1:,}"
                raise self._damaged(name, f"is damaged {where} (its checksum is another one)")
            yield from pieces
            before = end

    def verify(self) -> None:
        """Read all that counts. Raises DamagedError."""
        for name in self.names:
            for _ in self.verified(name):
                pass

    def _part(self, name: str) -> _Counted:
        return self._pending.get(name) or self._counted.get(name) or _Counted()

    def _read_manifest(self) -> None:
        """Raises OSError, StoredError."""
        if not _is_there(MANIFEST, self._opened):
            return
        with os.fdopen(_opened(MANIFEST, self._opened, self.path, writes=False), "rb") as stream:
            text = stream.read()
        try:
            told = json.loads(text)
            check = told.pop("check")
            form = told["format"]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._damaged(MANIFEST, "is damaged, or none of ours") from None
        if form != FORMAT:
            why = f"it is of another form than this version's: {form!r}, not {FORMAT!r}"
            raise StoredError(f"{self.path}: {why}")
        if check != _check(told):
            raise self._damaged(MANIFEST, "is damaged (its checksum is another one)")
        self.contents = told["contents"]
        self._counted = {
            name: _Counted(each["bytes"], each["crc"], tuple(map(tuple, each["marks"])))
            for name, each in told["arrays"].items()
        }
        for name in self._counted:
            length = os.fstat(self.file(name)).st_size if _is_there(name, self._opened) else 0
            if length < self.size(name):
                raise self._damaged(name, f"ends after {length:,} of {self.size(name):,} bytes")

    def _damaged(self, name: str, what: str) -> DamagedError:
        return DamagedError(f"{self.path / name}: {what}: nothing can be gone on with here")


def _check(told: Mapping[str, Any]) -> int:
    """The checksum of what a manifest tells."""
    return zlib.crc32(json.dumps(told, sort_keys=True).encode())


def _pieces(data: Bytes) -> Iterator[memoryview]:
    view = memoryview(data).cast("B")
    for start in range(0, len(view), PIECE):
        yield view[start : start + PIECE]


def _is_array(name: str) -> bool:
    return name not in (MANIFEST, PASSING, LOCK) and name.replace("-", "").isalnum()


def _names(opened: int, *, files: bool = False) -> set[str]:
    """What there is in a directory; or only the `files`, and no links."""
    with os.scandir(opened) as entries:
        return {e.name for e in entries if not files or e.is_file(follow_symlinks=False)}


def _is_there(name: str, opened: int) -> bool:
    try:
        os.stat(name, dir_fd=opened, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _is_ours(opened: int, path: Path) -> None:
    """Raises StoredError where a directory holds something, and no search."""
    found = _names(opened)
    others = sorted(found - {PASSING, LOCK})
    if MANIFEST not in found and others:
        what = f"{path}: there is something here, and no checkpoint ({others[0]}"
        more = ", ...)" if len(others) > 1 else ")"
        raise StoredError(f"{what}{more}: name a directory that is empty, or not there yet")


def _opened(name: str, opened: int, path: Path, *, writes: bool) -> int:
    """A regular file of the user's; where it is to be written, it is made. Raises OSError,
    StoredError."""
    # Without O_NONBLOCK a named pipe would be waited for.
    flags = (os.O_RDWR | os.O_CREAT) if writes else os.O_RDONLY
    flags |= os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    file = os.open(name, flags, 0o600, dir_fd=opened)
    try:
        _owned(file, path / name)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise StoredError(f"{path / name}: this is no file")
    except BaseException:
        os.close(file)
        raise
    return file


def _owned(opened: int, path: Path) -> None:
    """Raises StoredError where others could have written what was opened."""
    try:
        check_owner(opened)
    except PermissionError:
        why = f"{path}: it is not yours alone, and a search is gone on with only where nobody else"
        raise StoredError(f"{why} can write: chmod go-w, or name another directory") from None


def _files_have_owners(path: Path) -> ModuleType:
    """What locks files, where files have an owner, and a mode that says who may write them."""
    try:
        import fcntl
    except ImportError:
        why = "this system does not tell whose a file is, so nothing is gone on with here"
        raise StoredError(f"{path}: {why}") from None
    return fcntl


def _synced(file: int) -> None:
    """Have what was written be on the disk; on macOS, fsync(2) stops before that."""
    import fcntl

    whole = getattr(fcntl, "F_FULLFSYNC", None)
    if whole is None:
        os.fsync(file)
    else:
        fcntl.fcntl(file, whole)


@contextlib.contextmanager
def _refused(path: Path) -> Iterator[None]:
    """What the system refuses, as a StoredError."""
    try:
        yield
    except OSError as error:
        raise_if_callers(error)
        raise StoredError(f"{error.filename or path}: {error.strerror or error}") from error
