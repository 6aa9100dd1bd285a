"""`uv run python -m tests.benchmarks.logs`: what `monitor` takes for long logs, and many sessions.

Each row has the processor time of a whole command, and what a line of it takes beside a line of the
first row of its kind: 1.0 where time grows with lines. No time is asserted.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "live"))

from long_logs import long_log

SPEC = Path(__file__).parent.parent.parent / "specs" / "legacy.yaml"
ROWS = ((("one session", 1, n) for n in (100, 300, 1_000, 3_000)),
        (("verdicts only", n, 10) for n in (500, 1_500, 4_600)),
        (("with reasons", n, 10) for n in (40,)))  # fmt: skip


def measured(what: str, sessions: int, chunks: int, folder: Path) -> tuple[int, float, str]:
    """The lines of a log, the processor time that `monitor` takes, and what it says of it."""
    log = long_log(sessions, chunks)
    path = folder / "log"
    path.write_bytes(b"".join(log))
    command = [sys.executable, "-m", "model_check", "monitor", str(SPEC), str(path),
               "--set", "STORED=0", "--set", f"TOTAL={chunks}", "--max-sessions", "100000",
               *["--no-reason"] * (what != "with reasons")]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = next((line for line in told.splitlines() if " of " in line and "sess" in line), told)
    return len(log), seconds, said


def main() -> int:
    """Tell all rows."""
    with tempfile.TemporaryDirectory() as folder:
        for rows in ROWS:
            first = 0.0
            for what, sessions, chunks in rows:
                lines, seconds, said = measured(what, sessions, chunks, Path(folder))
                first = first or seconds / lines
                print(
                    f"{what:14} {sessions:6,} x {chunks:5,} chunks {lines:8,} lines"
                    f" {seconds:7.1f} s  {seconds / lines / first:5.2f}  {said}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
