"""Record the logs in `tests/live/logs/` anew: MONITOR of real servers while specs are run.

    uv run python tests/live/record_logs.py

Each server that is installed here records each log, with `redis-cli monitor` where that is on
PATH, else with redis-py. Traces are replayed in the order of the model; the free runs of
`record` are in whatever order they came in.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from live_runs import users_server
from model_check.api.live_options import Where
from model_check.api.real_runs import record, replay
from model_check.live.brokers.server import Server, installed

HERE = Path(__file__).parent
SPECS = HERE.parent.parent / "specs"
LOGS = HERE / "logs"
LAST = "the end of the log"

RUNS: dict[str, Callable[[Where], object]] = {
    "legacy-replay": lambda at: replay(SPECS / "legacy.yaml", where=at, repeat=2),
    "legacy-record": lambda at: record(
        SPECS / "legacy.yaml", where=at, connections=12, interval=0.02, window=0.02
    ),
    "fix-both-schedules": lambda at: replay(SPECS / "fix-both.yaml", where=at, schedules=4),
    "fix-both-record": lambda at: record(
        SPECS / "fix-both.yaml", where=at, connections=4, interval=0.01
    ),
    "fix-subscribe-first-replay": lambda at: replay(SPECS / "fix-subscribe-first.yaml", where=at),
    "fix-append-first-replay": lambda at: replay(SPECS / "fix-append-first.yaml", where=at),
    "fix-read-twice-replay": lambda at: replay(SPECS / "fix-read-twice.yaml", where=at),
    "fix-atomic-schedules": lambda at: replay(SPECS / "fix-atomic.yaml", where=at, schedules=3),
    "fix-stream-schedules": lambda at: replay(SPECS / "fix-stream.yaml", where=at, schedules=3),
    "fix-stream-record": lambda at: record(
        SPECS / "fix-stream.yaml", where=at, connections=4, interval=0.01
    ),
    "fix-stream-dollar-replay": lambda at: replay(SPECS / "fix-stream-dollar.yaml", where=at),
    "legacy-two-nodes-replay": lambda at: replay(SPECS / "legacy-two-nodes.yaml", where=at),
}


@contextmanager
def monitored(server: Server, target: Path) -> Iterator[None]:
    """Write what the server carries out inside to a file."""
    client = server.client()
    if shutil.which("redis-cli") is not None:
        with target.open("wb") as file:
            command = ["redis-cli", "-u", server.url, "monitor"]
            process = subprocess.Popen(command, stdout=file)
            try:
                _until_written(target, lambda: client.ping())
                yield
                _until_written(target, lambda: client.echo(LAST))
            finally:
                process.terminate()
                process.wait()
                client.close()
        return
    with client.monitor() as monitor:
        lines: list[str] = []
        thread = threading.Thread(target=_read, args=(monitor, lines))
        thread.start()
        yield
        other = server.client()
        other.echo(LAST)
        thread.join()
        other.close()
    client.close()
    target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _read(monitor: object, lines: list[str]) -> None:
    while not lines or LAST not in lines[-1]:
        lines.append(monitor.connection.read_response())  # type: ignore[attr-defined]


def _until_written(target: Path, ask: Callable[[], object]) -> None:
    """Ask until the log shows one more command."""
    size = target.stat().st_size
    while target.stat().st_size == size:
        ask()
        time.sleep(0.01)


def main() -> None:
    """Record all logs."""
    for program in installed():
        for name, run in RUNS.items():
            target = LOGS / f"{name}-{program.product.lower()}.log"
            with users_server(program) as server, monitored(server, target):
                run(Where(redis=server.url))
            print(target.name, len(target.read_text(encoding="utf-8").splitlines()))


if __name__ == "__main__":
    main()
