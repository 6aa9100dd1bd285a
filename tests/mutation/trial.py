"""Trying a mutant: in a copy of the project, the tests that must notice it.

The tree itself is never touched. A copy is a temporary folder; its package comes first on the
path of whatever is started in it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .mutants import ROOT, Mutant

__all__ = ["Copy", "Outcome", "Stopped", "Trial", "WrongTestsError"]

COPIED = ("model", "tests", "specs", "docs", "pyproject.toml", "README.md", "CHANGELOG.md")
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.pyc")
A_LOOK = 0.1
"""Seconds between two looks at what runs."""
ASLEEP = 10
"""A run that takes so many times its limit by the clock hangs as well: it waits for nothing."""
MOST_MEMORY = 4 << 30
"""Bytes that the tests of one mutant may take: one that takes more is noticed."""

Outcome = Literal["killed", "survived", "unfinished"]
Stopped = Literal["", "end", "time", "memory"]


class WrongTestsError(Exception):
    """The tests cannot tell anything of mutants: they fail without one, or there are none."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a mutant: killed `by` a test (or by what ended its tests), survived, or
    unfinished when the time of all was over. `line` is the one of its file that it changes."""

    mutant: Mutant
    line: int
    outcome: Outcome
    by: str
    seconds: float


@dataclass(frozen=True, slots=True)
class _Ran:
    """How pytest ended: its exit code, what it wrote, and what stopped it, if it did not end by
    itself."""

    code: int
    output: str
    stopped: Stopped


class Copy:
    """A copy of the project in a folder, in which one mutant after the other is tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=NOT_COPIED)
            else:
                shutil.copy2(source, folder / name)
        # A spec reads files of its repository alone: this is one.
        (folder / ".git").mkdir()
        self._environment = {**os.environ, "PYTHONPATH": str(folder / "model"), "NO_COLOR": "1"}
        # An old text in a cache, with the same size and second, would be taken for the new one.
        self._times = int(time.time()) - 1_000_000
        self._right: set[str] = set()
        """Tests that pass without a mutant."""
        self._look_where_it_is()

    def _look_where_it_is(self) -> None:
        """See that tests in the copy ask the copy."""
        shown = "import model_check; print(model_check.__file__)"
        found = subprocess.run(
            [sys.executable, "-c", shown], cwd=self.folder, env=self._environment,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        if not Path(found.stdout.strip()).is_relative_to(self.folder):
            raise WrongTestsError(f"the tests would ask {found.stdout.strip()}, not the copy")

    def tried(self, mutant: Mutant, limit: float, left: float) -> Trial:
        """Try a mutant: its tests may take `limit` seconds of CPU (more is a hang, and so is
        noticed), and the whole run has `left` ones by the clock. Raises StaleMutantError,
        WrongTestsError."""
        path = self.folder / mutant.path
        source = path.read_text(encoding="utf-8")
        changed, line = mutant.applied(source)
        begun = time.monotonic()
        end = begun + left
        self._write(path, changed)
        try:
            ran = self._asked(mutant.tests, limit, end)
        finally:
            self._write(path, source)
            # What Hypothesis has found with this one, it would try first with the next.
            shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)
        by = None if ran.stopped == "end" else self._noticed(mutant, ran, limit, end)
        outcome: Outcome = "unfinished" if by is None else "killed" if by else "survived"
        return Trial(mutant, line, outcome, by or "", time.monotonic() - begun)

    def _asked(self, tests: Sequence[str], limit: float, end: float) -> _Ran:
        """Ask the first tests in their order, then all the others: pytest itself would sort
        them."""
        first, rest = tests[:-1], tests[-1]
        ran = _Ran(0, "", "")
        if first:
            ran = self._pytest(first, limit, end)
        if ran.code == 0:
            ignored = [f"--ignore={each}" for each in first]
            ran = self._pytest([rest, *ignored], limit, end)
        return ran

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        self._times += 2
        os.utime(path, (self._times, self._times))

    def _noticed(self, mutant: Mutant, ran: _Ran, limit: float, end: float) -> str | None:
        """What noticed a mutant; "" where nothing did, None where time is over before it is seen
        that the test does not fail anyway."""
        if ran.stopped == "time":
            return f"a hang: no end in {limit:g} s of CPU"
        if ran.stopped == "memory":
            return f"a growth without end: more than {MOST_MEMORY >> 30} GB"
        if ran.code < 0:
            return f"a crash: {signal.Signals(-ran.code).name}"
        if ran.code == 0:
            return ""
        failed = re.search(r"^(?:FAILED|ERROR) (\S+(?:\[.*?\])?)(?: - |$)", ran.output, re.M)
        if failed is None:
            raise WrongTestsError(f"{mutant.name}: pytest said no test:\n{ran.output[-2000:]}")
        return failed[1] if self._passes(failed[1], limit, end) else None

    def _passes(self, test: str, limit: float, end: float) -> bool:
        """Whether a test passes without a mutant; False where time is over before that is known.
        Raises WrongTestsError where it fails."""
        if test not in self._right:
            ran = self._pytest([test], limit, end)
            if ran.stopped == "end":
                return False
            if ran.code != 0:
                raise WrongTestsError(f"{test} fails without a mutant:\n{ran.output[-2000:]}")
            self._right.add(test)
        return True

    def _pytest(self, tests: Sequence[str], limit: float, end: float) -> _Ran:
        command = [
            sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-n", "0",
            "--tb=no", "--hypothesis-seed=0", *tests,
        ]  # fmt: skip
        written = self.folder / "output.txt"
        stopped: Stopped = ""
        asleep = time.monotonic() + ASLEEP * limit
        with written.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            try:
                while process.poll() is None and not stopped:
                    time.sleep(A_LOOK)
                    now = time.monotonic()
                    if now > end:
                        stopped = "end"
                    elif now > asleep or _work(process.pid) > limit:
                        stopped = "time"
                    elif _memory(process.pid) > MOST_MEMORY:
                        stopped = "memory"
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                code = process.wait()
        return _Ran(code, written.read_text(encoding="utf-8", errors="replace"), stopped)


def _work(process: int) -> float:
    """The seconds of CPU that a process and those that it waited for took; 0 where the system
    does not tell. The clock would call a busy machine a hang."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    # Behind the name, which may hold anything: proc(5), utime to cstime.
    ticks = text.rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _memory(process: int) -> int:
    """The bytes that a process holds now; 0 where the system does not tell."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
