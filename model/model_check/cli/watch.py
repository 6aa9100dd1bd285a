"""`model-check SPEC --watch`: check again whenever the spec, or what it is read from, is saved.

Each check is a process of its own, the same command without `--watch`: so it is the same in every
respect, and one that takes long is ended by the next save.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..budget.spending import Budget, all_told, telling
from ..errors import EXIT_AS_EXPECTED, EXIT_WRONG_INPUT
from ..language.named_files import named_files, named_model
from ..language.source.recognize import find_specs
from ..report.documents.files import PAGE_NAME
from ..report.folder import Folder, OutputError, folder_of
from ..report.page.watched import FRAME_NAME, NEWS_NAME, frame_html, news_script
from .console import complain, open_in_browser

if TYPE_CHECKING:
    from watchfiles import Change

__all__ = ["Watch", "own_words"]

MISSING = (
    "--watch needs the package watchfiles, not installed here: pip install 'model-check[watch]'"
)
CLEAR = "\x1b[H\x1b[2J\x1b[3J"
LOOK = 0.1
"""Seconds between two looks while a check is under way."""
WAIT = 1_000
"""Milliseconds after which files are looked at that no event told of."""
ENDING = 1.5
"""Seconds that a check has to end by itself: it hears Ctrl-C as well."""
NAMED = 4
"""Files that are named."""

Stamps = dict[Path, tuple[int, int, int]]


def own_words(words: Sequence[str]) -> list[str]:
    """The words of a command line for the one check, without those for whoever watches."""
    return [word for word in words if word not in ("--watch", "--open")]


def files_of(path: Path) -> tuple[Path, ...]:
    """All files that a check of a spec, or of a folder of specs, reads."""
    specs = list(find_specs(path)) if path.is_dir() else [path]
    return tuple(dict.fromkeys(file for spec in specs for file in named_files(spec)))


def stamps(files: Sequence[Path]) -> Stamps:
    """What a save changes, of each of these files that is there."""
    found: Stamps = {}
    for file in files:
        with suppress(OSError):
            now = file.stat()
            found[file] = (now.st_mtime_ns, now.st_size, now.st_ino)
    return found


@dataclass(frozen=True)
class Watch:
    """A spec or folder that is watched: the `words` of the command that checks it, the folder of
    what is written, whether a page is among that, and whether to open it."""

    path: Path
    words: Sequence[str]
    out: Path
    has_page: bool
    open_page: bool
    budget: Budget

    def run(self) -> int:
        """Check and watch until Ctrl-C; the exit code."""
        try:
            import watchfiles  # noqa: F401
        except ImportError:
            complain(MISSING)
            return EXIT_WRONG_INPUT
        # Ctrl-C is asked for, and raises nothing in here: whatever is begun is ended.
        with telling():
            opened = not self.open_page
            while not self.budget.exceeded():
                files = files_of(self.path)
                known = stamps(files)
                code = self._checked(files, known)
                if code is not None and not self.budget.exceeded():
                    if not opened and self.has_page:
                        opened = True
                        open_in_browser(self.out / FRAME_NAME)
                    complain(self._told(known))
                    self._until_saved(files, known)
            self._tell("nobody watches any more", over=True)
            all_told()
        return EXIT_AS_EXPECTED

    def _checked(self, files: Sequence[Path], known: Stamps) -> int | None:
        """Check once: the exit code; None where a save has ended it."""
        if sys.stdout.isatty():
            sys.stdout.write(CLEAR)
            sys.stdout.flush()
        self._tell("checking ...")
        command = [sys.executable, "-m", "model_check", *self.words]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
            while (code := _ended(process, LOOK)) is None:
                if self.budget.exceeded():
                    code = _ended(process, ENDING)
                    process.kill()
                    return code
                if stamps(files) != known:
                    process.kill()
                    return None
        if code == EXIT_WRONG_INPUT:
            told = "the terminal tells a mistake of the spec; this page is of before"
            self._tell(told, wrong=True)
        else:
            self._tell(f"{self.path} is watched")
        return code

    def _told(self, known: Stamps) -> str:
        files = [str(file) for file in known] or [str(self.path)]
        more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
        page = f"; {self.out / FRAME_NAME} shows the page, always the newest" * self.has_page
        return f"watching {', '.join(files[:NAMED])}{more}{page} (Ctrl-C ends)"

    def _until_saved(self, files: Sequence[Path], known: Stamps) -> None:
        """Wait for a save, or for Ctrl-C. Events only tell when to look: what counts is whether
        a file is another one than the check has read."""
        from watchfiles import watch

        folders = {self.path} if self.path.is_dir() else set()
        folders |= {file.parent for file in files if file.parent.is_dir()}
        events = watch(
            *sorted(folders),
            watch_filter=_is_yaml,
            debounce=200,
            rust_timeout=WAIT,
            yield_on_timeout=True,
            stop_event=_Ended(self.budget),
            recursive=self.path.is_dir(),
        )
        while stamps(files) == known and not self.budget.exceeded():
            changes = next(events, None)
            if changes is None or (changes and files_of(self.path) != files):
                return

    # --- the page ----------------------------------------------------------------------------

    @cached_property
    def _folder(self) -> Folder:
        folder = Folder(self.out)
        folder.make(self.out)
        folder.write(FRAME_NAME, frame_html())
        return folder

    def _tell(self, says: str, *, wrong: bool = False, over: bool = False) -> None:
        """Have the frame say this, and show the newest page."""
        if not self.has_page:
            return
        page, version = "", ""
        with suppress(OSError, OutputError):
            file = folder_of(named_model(self.path), self.out) / PAGE_NAME
            version = str(file.stat().st_mtime_ns)
            page = file.relative_to(self.out).as_posix()
        news = news_script(page, version, says, wrong=wrong, over=over)
        self._folder.write(NEWS_NAME, news)


class _Ended:
    """An event of watchfiles: set where Ctrl-C was pressed."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def is_set(self) -> bool:
        return bool(self.budget.exceeded())


def _ended(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The exit code of a process that ends within this time."""
    with suppress(subprocess.TimeoutExpired):
        return process.wait(seconds)
    return None


def _is_yaml(change: Change, path: str) -> bool:
    del change
    return path.endswith((".yaml", ".yml"))
