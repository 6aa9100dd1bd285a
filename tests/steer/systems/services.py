"""Starts the services of a system as processes of their own, plays its user, and ends them all."""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from types import FrameType

__all__ = [
    "FAILED", "KEPT", "LOST", "PATIENCE", "Outcome", "Service", "Services", "ServicesError",
    "drive", "new_session",
]  # fmt: skip

PATIENCE = 30.0
"""Seconds in which a service has to say what is waited for."""
ENDED_IN = 2.0
"""Seconds that a service has to end when it is asked to."""
KEPT, LOST, FAILED = 0, 1, 2
"""Exit codes of a driver."""


class ServicesError(Exception):
    """A service that does not do what it should; the text says which, and what it printed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a user has of a `session`: whether something was `lost` (or done twice), and `told` in
    words."""

    session: str
    lost: bool
    told: str


class Service:
    """A process, and the lines that it prints; `news` is told of each."""

    def __init__(
        self, name: str, command: Sequence[str], environment: dict[str, str], news: Condition
    ) -> None:
        self._name = name
        self._news = news
        self._printed: list[str] = []
        self._silent = False
        self._read_on = 0
        self._process = subprocess.Popen(
            command, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        Thread(target=self._read, daemon=True).start()

    def says(self, pattern: str) -> re.Match[str]:
        """Wait for a line with a pattern, behind the one that was waited for before. Raises
        ServicesError."""
        found: list[re.Match[str]] = []

        def is_said() -> bool:
            while not found and self._read_on < len(self._printed):
                found.extend(re.finditer(pattern, self._printed[self._read_on]))
                self._read_on += 1
            return bool(found) or self._silent

        with self._news:
            if not self._news.wait_for(is_said, PATIENCE):
                raise self.error(f"did not say {pattern!r} in {PATIENCE:g} s")
        if not found:
            raise self.error(f"ended before it said {pattern!r}")
        return found[0]

    def said(self, pattern: str) -> int:
        """How many lines there are with a pattern by now."""
        return sum(bool(re.search(pattern, line)) for line in self._printed)

    def ended(self) -> None:
        """Wait until it has ended by itself. Raises ServicesError."""
        try:
            status = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise self.error(f"did not end in {PATIENCE:g} s") from None
        if status != 0:
            raise self.error(f"ended with {status}")

    def ask_to_end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()

    def end(self) -> None:
        try:
            self._process.wait(ENDED_IN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def silent(self) -> bool:
        """It has closed its output."""
        return self._silent

    def error(self, what: str) -> ServicesError:
        return ServicesError(f"{self._name} {what}; it printed:\n{''.join(self._printed[-40:])}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self._printed.append(line)
                self._news.notify_all()
        with self._news:
            self._silent = True
            self._news.notify_all()


class Services:
    """The services of a run. They are ended when the block is left, however it is left."""

    def __init__(self, redis_url: str) -> None:
        self._environment = os.environ | {"REDIS_URL": redis_url}
        self._all: list[Service] = []
        self._news = Condition()

    def start(self, path: Path, *words: str) -> Service:
        """Start a program in Python or for Node.js by its file."""
        interpreter = "node" if path.suffix == ".js" else sys.executable
        return self.run(path.name, interpreter, str(path), *words)

    def run(self, name: str, *command: str) -> Service:
        """Start a command."""
        service = Service(name, command, self._environment, self._news)
        self._all.append(service)
        return service

    def until(self, what: str, services: Sequence[Service], is_so: Callable[[], bool]) -> None:
        """Wait until the lines of some services say that something is so. Raises ServicesError."""
        with self._news:
            ends_well = self._news.wait_for(
                lambda: is_so() or any(each.silent for each in services), PATIENCE
            )
            if not (ends_well and is_so()):
                raise services[0].error(f"and others did not come to where {what}")

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *_: object) -> None:
        for service in self._all:
            service.ask_to_end()
        for service in self._all:
            service.end()


def _interrupted(number: int, _: FrameType | None) -> None:
    # Only once: what is being ended is to be ended.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def drive(play: Callable[[Services, bool, int], list[Outcome]]) -> None:
    """The program of a driver: [--mended] [--times N] [URL]. `play` starts the services, in their
    broken or their mended version, is their user so many times, and says what came of it. Prints
    a line for each, and exits with 0 where nothing was lost, 1 where something was, 2 where
    something else failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mended", action="store_true")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("url", nargs="?", default=os.environ.get("REDIS_URL"))
    asked = parser.parse_args()
    if asked.url is None:
        parser.error("where is Redis? Give its URL, or set REDIS_URL")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _interrupted)
    try:
        with Services(asked.url) as services:
            outcomes = play(services, asked.mended, asked.times)
    except (ServicesError, OSError) as error:
        print(f"failed: {error}", file=sys.stderr)
        sys.exit(FAILED)
    for each in outcomes:
        print("lost" if each.lost else "kept", f"{each.session}: {each.told}")
    sys.exit(LOST if any(each.lost for each in outcomes) else KEPT)


def new_session() -> str:
    """A name that no run had before."""
    return uuid.uuid4().hex[:12]
