"""A temporary folder that is gone soon after this process is, however that ends: Ray is interrupted
while it starts, or killed, and what it had started writes on for a moment."""

from __future__ import annotations

import atexit
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["TemporaryFolder"]

# Reads until nobody has the other end any more; then removes the folder until nobody has made it
# anew for a second. It is begun without our packages, and takes some hundredths of a second.
SWEEPER = """
import shutil, sys, time
sys.stdin.read()
end, gone = time.monotonic() + 60, 0
while gone < 10 and time.monotonic() < end:
    try:
        shutil.rmtree(sys.argv[1])
    except FileNotFoundError:
        gone += 1
    except OSError:
        gone = 0
    time.sleep(0.1)
"""


class TemporaryFolder:
    """A folder of the user's own, of this `prefix`, and a process that removes it when this one is
    no more."""

    def __init__(self, prefix: str) -> None:
        """Raises OSError."""
        self._directory = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
        self.path = Path(self._directory.name)
        self._sweeper = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", SWEEPER, self._directory.name],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def close(self) -> None:
        """Remove it, and have it removed again if somebody still writes there."""
        self._directory.cleanup()
        self._let_go()

    def leave(self) -> None:
        """Have it removed when this process has ended: until then somebody may write there whom
        nobody can end before."""
        atexit.register(self._let_go)

    def _let_go(self) -> None:
        assert self._sweeper.stdin is not None
        self._sweeper.stdin.close()
