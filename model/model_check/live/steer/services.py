"""A user's own services: started for a run in a group of processes of their own, and ended with it.

A shell waits beside them for the end of a pipe that this process holds open: where this process is
killed, it ends them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

from ..errors import LiveError

__all__ = ["REDIS_URL", "Services"]

REDIS_URL = "REDIS_URL"
"""The environment variable that says where the server is ..."""
PLACE = "{redis_url}"
"""... and the place in the words of a command that does."""
GENTLE = 2.0
"""Seconds that services have to end when they are asked to; then they are killed."""
LOOKS = 0.02
"""Seconds between two looks at whether they have ended."""

# $1: the group of processes. `read` ends when the pipe is closed.
WATCH = """
read -r line
kill -TERM "-$1" 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 "-$1" 2>/dev/null || exit 0
    sleep 0.2
done
kill -KILL "-$1" 2>/dev/null
"""


class Services:
    """A command that runs, as a context: it has ended, with all that it started, when that does.
    What it prints goes to our standard error. Raises LiveError where it cannot be started."""

    def __init__(self, command: Sequence[str], url: str) -> None:
        self._command = [word.replace(PLACE, url) for word in command]
        self._environment = {**os.environ, REDIS_URL: url}
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        self.ended_by_us = False

    async def __aenter__(self) -> Services:
        try:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=_error_output(),
                stderr=_error_output(),
                start_new_session=True,
            )
        except OSError as error:
            raise LiveError(
                f"the services do not start: {self._command[0]}: {error.strerror or error}"
            ) from None
        self._watch = subprocess.Popen(
            ["/bin/sh", "-c", WATCH, "sh", str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.end()

    @property
    def status(self) -> int | None:
        """How the command ended; None while it runs, or where it was ended by us."""
        assert self._process is not None
        found = self._process.poll()
        return None if self.ended_by_us else found

    def ended(self) -> bool:
        """Whether the command has ended."""
        return self._process is not None and self._process.poll() is not None

    async def end(self) -> None:
        """End the command, and all that it has started and left behind."""
        assert self._process is not None
        group = self._process.pid
        self.ended_by_us = self.ended_by_us or not self.ended()
        _tell(group, signal.SIGTERM)
        loop = asyncio.get_running_loop()
        until = loop.time() + GENTLE
        while _is_there(group, self._process) and loop.time() < until:
            await asyncio.sleep(LOOKS)
        _tell(group, signal.SIGKILL)
        self._process.wait()
        if self._watch is not None:
            self._watch.kill()
            self._watch.wait()
            assert self._watch.stdin is not None
            self._watch.stdin.close()


def _error_output() -> int:
    """Where services print to: our results alone go to standard output."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        return subprocess.DEVNULL


def _tell(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _is_there(group: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether anything of the group is left; its first process is nobody's any more when it has
    ended and was asked for."""
    process.poll()
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
