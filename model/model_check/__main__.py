"""The command's entry point: Ctrl-C is heard from its first moment to its last.

While the command loads there is nothing to tell, and an exception that a signal raises in the
middle of an import can be lost; so Ctrl-C ends the process at once. So does the end of the
command: what Python does at its end can take as long as the search did.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from types import FrameType, FunctionType

__all__ = ["main"]

UNDETERMINED = 3
OBJECTS = 200_000
"""New objects before Python looks which are garbage. A check of a small spec makes half as many and
keeps them; to look at them again and again would take a fifteenth of its time."""

FRAMES = 1 << 15
"""Words of memory that the frame of the whole command claims, so that the frames of what it calls
lie behind it in one piece. Python has 16 KB pieces made for them otherwise, and gives one back
when the last frame in it ends: whatever calls across the end of a piece has one made each time."""


def main() -> None:
    """Run the command, and end the process with its exit code."""
    signal.signal(signal.SIGINT, _end)
    gc.set_threshold(OBJECTS)
    code: object = UNDETERMINED
    try:
        FunctionType(_run.__code__.replace(co_stacksize=FRAMES), globals())()
        code = 0
    except SystemExit as end:
        code = end.code
    except Exception:
        # A mistake of ours. Python would end with 1, which says that a verdict is unexpected.
        sys.excepthook(*sys.exc_info())
    _leave(code if isinstance(code, int) else UNDETERMINED if code else 0)


def _run() -> None:
    from .cli.main import main as run

    run(alone=True)


def _end(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"interrupted: nothing can be said\n")
    os._exit(UNDETERMINED)


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        # Closed, or full: the exit code tells all the same.
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
