"""What holds for every test: nothing depends on the terminal that the tests are run in, nor on
whether they are a job in the background, which a shell has ignore Ctrl-C."""

from __future__ import annotations

import os
import signal
import tempfile

# Whoever runs tests in parallel may set it, and commands take it for the width of the terminal.
os.environ.pop("COLUMNS", None)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    # Else each program that a test starts would compile all of the package for itself.
    _compiled = tempfile.TemporaryDirectory(prefix="compiled-")
    os.environ["PYTHONPYCACHEPREFIX"] = _compiled.name


# What is kept of a run is kept apart from the user's, and by all processes of the tests together.
if "TESTS_CACHE" not in os.environ:
    _kept = tempfile.TemporaryDirectory(prefix="kept-")
    os.environ["XDG_CACHE_HOME"] = os.environ["TESTS_CACHE"] = _kept.name


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for a server, or for a limit of time."""
    return (os.cpu_count() or 1) + 1
