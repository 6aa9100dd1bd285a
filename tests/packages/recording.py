"""Programs of published packages, run beside a server that tells what it carries out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from model_check.live.brokers.access import EVERYBODY
from model_check.live.brokers.server import Server, installed, own_server

__all__ = ["HERE", "PROGRAMS", "Program", "Recording", "RecordingError", "Workshop"]

HERE = Path(__file__).parent
INSTALLED_IN = 300
"""Seconds for what comes over a network."""
RUN_IN = 90
"""Seconds for a program."""
STEP = 0.01
"""Seconds between two looks at a log."""


class RecordingError(Exception):
    """What could not be installed or run; the text says what was done, and what came of it."""


@dataclass(frozen=True, slots=True)
class Program:
    """`name`: of the program, of its file and of its spec; `package`: what it shows."""

    name: str
    package: str
    file: str


PROGRAMS = (
    Program("pool", "redis-py", "python/pool.py"),
    Program("rooms", "channels-redis", "python/rooms.py"),
    Program("resumable", "resumable-stream", "node/resumable.js"),
    Program("documents_arq", "arq", "python/documents_arq.py"),
    Program("orders_rq", "rq", "python/orders_rq.py"),
    Program("orders_kombu", "kombu", "python/orders_kombu.py"),
    Program("orders_bullmq", "bullmq", "node/orders_bullmq.js"),
    Program("news_socketio", "@socket.io/redis-streams-adapter", "node/news_socketio.js"),
)


@dataclass(frozen=True, slots=True)
class Recording:
    """`log`: what MONITOR printed; `lost`: for each session, what the program itself found that
    it had lost or done twice; `seconds`: how long it ran."""

    log: Path
    lost: dict[str, list[int]]
    seconds: float


class Workshop:
    """Where the packages are installed, and programs run. Nothing is written but in `home` and, of
    logs and what was measured, in `logs`."""

    def __init__(self, home: Path, logs: Path) -> None:
        self._logs = logs
        self._python = home / "python"
        self._node = home / "node"

    def install(self) -> None:
        """Install the packages in their locked versions, and with those of Python Node.js, which
        the packages for it want newer than many a machine has it. Raises RecordingError."""
        command = ["uv", "sync", "--quiet", "--locked", "--project", str(HERE / "python")]
        _done(command, INSTALLED_IN, env={"UV_PROJECT_ENVIRONMENT": str(self._python)})
        self._node.mkdir(parents=True, exist_ok=True)
        for path in sorted((HERE / "node").glob("*.js*")):
            shutil.copy(path, self._node)
        # Nothing that comes along is run: no package here needs it.
        install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        _done(install, INSTALLED_IN, cwd=self._node, env=self.paths())

    def record(self, program: Program, how: str, sessions: int) -> Recording:
        """Run a program beside a server of its own. `how`: `loses` or `keeps`."""
        log = self._logs / f"{program.name}-{how}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        with _server() as server, monitored(server, log):
            words = [*self.words(program), server.url, how, str(sessions)]
            printed = _done(words, RUN_IN, cwd=self._node, env=self.paths())
            # As a test suite does when it is done: nothing comes any more.
            client = server.client()
            client.flushall()
            client.close()
        lost = json.loads(printed.splitlines()[-1])
        log.with_suffix(".json").write_text(json.dumps(lost) + "\n", encoding="utf-8")
        return Recording(log, lost, time.monotonic() - began)

    def words(self, program: Program) -> list[str]:
        """The command that runs a program, but for its arguments."""
        if program.file.startswith("node/"):
            return ["node", str(self._node / Path(program.file).name)]
        return ["python", str(HERE / program.file)]

    def version(self, program: Program) -> str:
        """Which version of its package is installed."""
        if program.file.endswith(".js"):
            path = self._node / "node_modules" / program.package / "package.json"
            return str(json.loads(path.read_text(encoding="utf-8"))["version"])
        distribution = "redis" if program.package == "redis-py" else program.package
        (python,) = (self._python / "lib").glob("python3*")
        found = python.glob(f"site-packages/{distribution.replace('-', '_')}-*.dist-info")
        return next(found).name.removesuffix(".dist-info").rpartition("-")[2]

    def paths(self) -> dict[str, str]:
        """Python, Node.js and packages are those installed here, and not those of this machine."""
        return {
            "PATH": f"{self._python / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "NODE_PATH": str(self._node / "node_modules"),
        }


@contextmanager
def _server() -> Iterator[Server]:
    """A server that anybody on this machine may ask, as one that developers have."""
    with own_server(installed()[0], access=EVERYBODY) as server:
        yield server


@contextmanager
def monitored(server: Server, log: Path) -> Iterator[None]:
    """Write what a server carries out inside to a file."""
    client = server.client()
    with log.open("wb") as file:
        listener = subprocess.Popen(["redis-cli", "-u", server.url, "monitor"], stdout=file)
        try:
            _until_written(log, client)
            yield
            _until_written(log, client)
        finally:
            listener.terminate()
            listener.wait()
            client.close()


def _until_written(log: Path, client: object) -> None:
    """Ask until the log shows it."""
    ends = time.monotonic() + RUN_IN
    marker = f"seen {time.monotonic_ns()}"
    while marker.encode() not in log.read_bytes()[-1000:]:
        if time.monotonic() > ends:
            raise RecordingError("the server does not tell what it does")
        client.echo(marker)  # type: ignore[attr-defined]
        time.sleep(STEP)


def _done(
    command: list[str],
    patience: float,
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> str:
    """What a command printed. Raises RecordingError."""
    # An environment of another Python is not theirs.
    clean = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    try:
        run = subprocess.run(
            command, cwd=cwd, env=clean | (env or {}), timeout=patience, check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RecordingError(f"{' '.join(command)}: {error}") from None
    if run.returncode != 0:
        raise RecordingError(f"{' '.join(command)} ended with {run.returncode}\n{run.stderr}")
    return run.stdout
