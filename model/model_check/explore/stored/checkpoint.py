"""Checkpoints: a search is written down now and then, and gone on with by another process.

Between two pieces of work all that a search knows are beginnings of arrays that only grow, and a
few counters. What is new of them is written by a thread of its own, while the search goes on: it
writes behind them. What the search was settled to be (its layout, what is forgotten and left out)
is part of it. A search that starts over begins its directory anew; until then, the one before
stands there whole.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...budget.spending import StopNow
from ...errors import raise_if_callers
from ...language.records import dataclass
from ..engine import NUMBER, Counters, Run, Snapshot
from .directory import MANIFEST, DamagedError, Directory, StoredError
from .subject import Subject

__all__ = ["Checkpoint", "Checkpoints", "Kept"]

ARRAYS = ("states", "parents", "terminal", "errors", "levels")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a directory says of a search: its `plan` (see `search`), digests of the program that was
    searched and of what was left out, and how far it was (None: it had not begun)."""

    plan: Mapping[str, Any]
    program: str
    reduction: str
    counters: Counters | None


class Checkpoints:
    """Those of all searches of one check, in a directory: the first one is there itself, another
    one in a directory of its own in it.

    `resumes`: what is there is gone on with; `begins`: there may be nothing. `every`: seconds
    between two; `say` is told in words what takes time. Raises StoredError where it cannot be so,
    DamagedError where what is there is damaged.
    """

    def __init__(
        self,
        path: Path,
        subject: Subject,
        *,
        resumes: bool,
        begins: bool,
        every: float,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.path = path
        self._subject = subject
        self._every = every
        self._say = say
        self._searches: dict[str, Checkpoint] = {}
        if not begins and not (path / MANIFEST).exists():
            raise StoredError(
                f"{path}: there is no checkpoint here ({MANIFEST}): begin one with --checkpoint"
            )
        first = self.search()
        if first.kept is not None and not resumes:
            self.close()
            found = first.kept.counters
            size = f"{found.count:,} states" if found else "no states yet"
            raise StoredError(
                f"{path}: there is a checkpoint here already, of {size}: go on with"
                " --resume, or name another directory"
            )

    def search(self, name: str = "", asked: Sequence[str] = ()) -> Checkpoint:
        """That of one of the searches: the same one for the same name. What is kept there is gone
        on with only if the same was `asked` then. Raises StoredError."""
        if name not in self._searches:
            path = self.path / name if name else self.path
            directory = Directory.of(path)
            try:
                made = Checkpoint(directory, self._subject, tuple(asked), self._every, self._say)
            except BaseException:
                directory.close()
                raise
            self._searches[name] = made
        return self._searches[name]

    @property
    def goes_on(self) -> bool:
        """Whether what was searched last ended at a limit: it can be gone on with."""
        return any(each.goes_on for each in self._searches.values())

    @property
    def trouble(self) -> str:
        """Why the last checkpoint could not be written, in words; "" if it was."""
        return next((each.trouble for each in self._searches.values() if each.trouble), "")

    def close(self) -> None:
        """Let others have the directories."""
        for each in self._searches.values():
            each.close()


class Checkpoint:
    """That of one search; it is an `engine.Keeper`."""

    def __init__(
        self,
        directory: Directory,
        subject: Subject,
        asked: tuple[str, ...],
        every: float,
        say: Callable[[str], None] | None,
    ) -> None:
        self.goes_on = False
        self.trouble = ""
        self._directory = directory
        self._subject = subject
        self._asked = asked
        self._every = every
        self._say = say
        self._now: dict[str, Any] = {}
        """What is told of the search that goes on, but for its counters."""
        self._run: Run | None = None
        """The one of which something is written."""
        self._last = time.monotonic()
        self._thread: threading.Thread | None = None
        try:
            self.kept = self._read()
        except (KeyError, TypeError, AttributeError) as error:
            why = (
                f"{directory.path / MANIFEST}: it does not say all that a checkpoint says ({error})"
            )
            raise StoredError(f"{why}: begin anew, in another directory") from None

    def _read(self) -> Kept | None:
        contents, path = self._directory.contents, self._directory.path
        if contents is None:
            return None
        different = self._subject.differences(contents["subject"])
        if different:
            raise StoredError(
                f"{path}: this is the checkpoint of another search: {'; '.join(different)}. Say"
                " what it was made with, or begin anew in another directory"
            )
        if contents["asked"] != list(self._asked):
            return None
        found = contents["search"]
        counters = None if found is None else Counters(**found)
        if counters is not None:
            self._check(counters)
        return Kept(contents["plan"], contents["program"], contents["reduction"], counters)

    def _check(self, counters: Counters) -> None:
        """Raises DamagedError where the arrays cannot be those of the counters."""
        sizes = {name: self._directory.size(name) for name in ARRAYS}
        right = (
            sizes["states"] == counters.count * counters.size
            and sizes["parents"] == counters.count * NUMBER
            and not any(sizes[name] % NUMBER for name in ARRAYS[2:])
            and 0 <= counters.following <= counters.level_end <= counters.count
            and 0 < counters.initial <= counters.count
            and sizes["levels"] > 0
        )
        if not right:
            path = self._directory.path / MANIFEST
            raise DamagedError(f"{path}: the arrays are not as long as it says")

    # --- going on --------------------------------------------------------------------------------

    def restore(self, run: Run, program: str, reduction: str) -> None:
        """Have a run be where the kept one was. `program` and `reduction`: digests of what it
        searches, and leaves out. Raises StoredError where these are other ones, DamagedError, and
        StopNow where there is not so much memory."""
        kept, path = self.kept, self._directory.path
        if kept is None or kept.counters is None:
            raise ValueError("nothing is kept here that could be gone on with")
        begin = "begin anew, in another directory"
        if program != kept.program:
            raise StoredError(
                f"{path}: the steps of this spec are not those it was made of: {begin}"
            )
        if reduction != kept.reduction:
            raise StoredError(
                f"{path}: what can be left out of the search was found out anew, and is not what it"
                f" was (z3 may answer otherwise in another version): {begin}"
            )
        run.restore(kept.counters, self._directory.verified)
        if run.task.progress is not None:
            found = kept.counters.count
            run.task.progress(0, found, found - kept.counters.following)
        self._tell(kept.plan, program, reduction)
        self._run = run

    # --- writing ---------------------------------------------------------------------------------

    def begins(self, plan: Mapping[str, Any], program: str, reduction: str) -> None:
        """A search is about to begin, or to start over: what is written next is of that one. Waits
        for what is being written. Raises StoredError where nothing can be written at all."""
        self.settle()
        self._tell(plan, program, reduction)
        if self._directory.contents is None:
            try:  # from here on it is this search's
                self._directory.commit({**self._now, "search": None})
            except OSError as error:
                raise_if_callers(error)
                raise StoredError(f"{self._directory.path}: {error.strerror or error}") from error

    def _tell(self, plan: Mapping[str, Any], program: str, reduction: str) -> None:
        self.kept = None
        self._now = {
            "subject": dict(self._subject.told),
            "asked": list(self._asked),
            "plan": dict(plan),
            "program": program,
            "reduction": reduction,
        }

    def takes(self, run: Run) -> None:
        """See `engine.Keeper`."""
        self.settle()
        self._directory.begin_anew({**self._now, "search": None})
        self._run = run

    @property
    def directory(self) -> Directory:
        """Where a search has its arrays that has them on disk."""
        return self._directory

    def look(self, run: Run) -> None:
        """Write what is new, if it is time for that and nothing is being written."""
        if time.monotonic() - self._last < self._every:
            return
        if self._thread is not None:
            if self._thread.is_alive():
                return
            self._thread.join()
            self._thread = None
        with run.limits.budget.held():
            snapshot = self._snapshot(run)
            if snapshot is None:
                self._last = time.monotonic()  # the next time
                return
            self._thread = threading.Thread(
                target=self._write, args=(snapshot,), name="checkpoint", daemon=True
            )
            self._thread.start()

    def finish(self, run: Run) -> None:
        """Write the rest, now that the search ends. What the user presses Ctrl-C for a second time
        ends that, and the checkpoint before stands."""
        self.goes_on = bool(run.stopped) and not run.is_final and run.growth is None
        budget = run.limits.budget
        try:
            with budget.unhurried():
                if self._say is not None:
                    self._say("writing the checkpoint")
                self.settle()
                snapshot = self._snapshot(run)
                if snapshot is not None:
                    self._write(snapshot)
        except StopNow:
            with budget.held():
                self._directory.halt()
                self.settle()
            self._directory.discard()
            self.trouble = self.trouble or "it was interrupted"

    def settle(self) -> None:
        """Wait until nothing is being written."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def close(self) -> None:
        self.settle()
        self._run = None  # it refers to this
        self._directory.close()

    def _snapshot(self, run: Run) -> Snapshot | None:
        """What is not written yet of a run; where another one is in the directory, that goes."""
        if run is not self._run:
            try:
                self._directory.begin_anew({**self._now, "search": None})
            except OSError as error:
                raise_if_callers(error)
                self.trouble = error.strerror or str(error)
                return None
            self._run = run
        return run.snapshot({name: self._directory.size(name) for name in ARRAYS})

    def _write(self, snapshot: Snapshot) -> None:
        """Write what is new. Of a full disk is told; what was there before counts still."""
        try:
            write = self._directory.counts if snapshot.is_in_place else self._directory.append
            for name, data in snapshot.arrays.items():
                write(name, data)
            self._directory.commit({**self._now, "search": asdict(snapshot.counters)})
            self.trouble = ""
        except OSError as error:
            self._directory.discard()
            raise_if_callers(error)
            self.trouble = error.strerror or str(error)
        finally:
            self._last = time.monotonic()
