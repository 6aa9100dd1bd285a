"""Each way in which a server can fail, as a user who starts a command meets it: a message that says
what is wrong, exit code 2, nothing left running, no keys left. On every server there is."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from live_runs import SPECS, users_server
from model_check.cli.main import main
from model_check.live.brokers import server as servers
from model_check.live.brokers.contract import Request
from model_check.live.brokers.redis_client import RedisClient
from model_check.live.brokers.server import Server, ServerProgram
from model_check.live.runs.workers import Worker
from real_servers import PROGRAMS

COMMANDS = {
    "replay": ["replay", SPECS / "legacy.yaml"],
    "schedules": ["replay", SPECS / "fix-stream.yaml", "--schedules", "20"],
    "record": ["record", SPECS / "legacy.yaml", "--connections", "4", "--interval", "10ms"],
}
SHORT = 1.0
"""Seconds of patience, where a test waits for it to end. On a busy machine, connections alone take
half a second."""
MIDDLE = 6
"""The command in which it happens."""


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> ServerProgram:
    """Each server that is installed."""
    return PROGRAMS[request.param]


@pytest.fixture
def named(program: ServerProgram) -> Iterator[Server]:
    """A server that a test may spoil."""
    with users_server(program) as found:
        yield found


@pytest.fixture(autouse=True)
def no_folder_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Folders of servers of our own are gone afterwards."""
    before = tempfile.gettempdir()
    home = tmp_path / "folders"
    home.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    yield
    monkeypatch.setattr(tempfile, "tempdir", before)


def left(tmp_path: Path) -> list[str]:
    """Folders of servers that are still there."""
    return [each.name for each in (tmp_path / "folders").iterdir()]


def run(*words: object) -> int:
    """A command, in this process; its exit code."""
    with patch("sys.argv", ["model-check", *map(str, words)]), pytest.raises(SystemExit) as end:
        main()
    assert isinstance(end.value.code, int)
    return end.value.code


def server_of(worker: Worker) -> Server:
    """The server that a worker carries its commands out on."""
    clients = (client for _, client in worker._stores.values())
    return next(each._base.server for each in clients if isinstance(each, RedisClient))


@contextmanager
def in_the_middle(happens: Callable[[Server], None]) -> Iterator[None]:
    """Something that happens to the server when a run is in its middle."""
    perform, calls = Worker.perform, []

    async def counted(self: Worker, asked: Request, patience: float | None) -> object:
        calls.append(asked)
        if len(calls) == MIDDLE:
            happens(server_of(self))
        return await perform(self, asked, patience)

    with patch.object(Worker, "perform", counted):
        yield
    assert len(calls) >= MIDDLE


def kill(server: Server) -> None:
    client = server.client()
    os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)
    client.close()


def pause(server: Server) -> None:
    client = server.client()
    client.client_pause(int(1000 * 3 * SHORT))
    client.close()


def keys(server: Server) -> list[str]:
    client = server.client()
    found: list[str] = client.keys("*")
    client.close()
    return found


@pytest.mark.parametrize("which", COMMANDS)
def test_our_own_server_is_killed_in_the_middle(
    which: str, program: ServerProgram, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(servers, "installed", lambda: (program,))
    with in_the_middle(kill):
        assert run(*COMMANDS[which], "--patience", 2) == 2
    told = capsys.readouterr()
    assert "the server closed the connection" in told.err or "no server listens" in told.err
    assert "keys may be left" not in told.err
    assert told.out == ""
    assert left(tmp_path) == []


@pytest.mark.parametrize("which", COMMANDS)
def test_a_named_server_is_killed_in_the_middle(
    which: str, named: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with in_the_middle(kill):
        assert run(*COMMANDS[which], "--redis", named.url, "--patience", 2) == 2
    told = capsys.readouterr()
    assert "the server closed the connection" in told.err or "no server listens" in told.err
    assert "and so these keys may be left there: chat:" in told.err
    assert told.out == ""


@pytest.mark.parametrize("which", COMMANDS)
def test_a_server_is_paused_in_the_middle(
    which: str, named: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with in_the_middle(pause):
        assert run(*COMMANDS[which], "--redis", named.url, "--patience", SHORT) == 2
    told = capsys.readouterr()
    assert f"does not answer within {SHORT:g} s: it is busy, paused or no Redis" in told.err
    assert told.out == ""
    assert keys(named) == []


@pytest.mark.parametrize("many", [1, 3])
def test_a_server_takes_no_more_connections(
    many: int, named: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    client = named.client()
    client.config_set("maxclients", many)
    assert run(*COMMANDS["replay"], "--redis", named.url) == 2
    told = capsys.readouterr()
    assert "the server takes no more connections" in told.err
    assert told.out == ""
    assert client.keys("*") == []
    client.close()


def test_the_password_is_wrong_or_missing(
    named: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    client = named.client()
    client.config_set("requirepass", "secret")
    for url in (named.url, named.url.replace("//", "//:guess@")):
        assert run(*COMMANDS["replay"], "--redis", url) == 2
        told = capsys.readouterr()
        assert "redis://NAME:PASSWORD@" in told.err or "redis://:PASSWORD@" in told.err
        assert "guess" not in told.err
        assert told.out == ""
    assert run(*COMMANDS["replay"], "--redis", named.url.replace("//", "//:secret@")) == 0
    assert "secret" not in capsys.readouterr().out
    assert client.keys("*") == []
    client.close()


@pytest.mark.parametrize("word", ["publish", "rpush", "client", "subscribe"])
def test_a_user_may_not_do_it(word: str, named: Server, capsys: pytest.CaptureFixture[str]) -> None:
    client = named.client()
    client.execute_command(
        "ACL", "SETUSER", "ann", "on", ">secret", "~*", "&*", "+@all", f"-{word}"
    )
    assert run(*COMMANDS["replay"], "--redis", named.url.replace("//", "//ann:secret@")) == 2
    told = capsys.readouterr()
    assert "does not allow it" in told.err
    assert f"'{word}" in told.err
    assert "secret" not in told.err
    assert client.keys("*") == []
    client.close()


def test_the_port_is_taken(
    program: ServerProgram, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(servers, "installed", lambda: (program,))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(*COMMANDS["replay"], "--port", port) == 2
    # On a slow machine, progress is told before.
    assert f"\nport {port} of 127.0.0.1 is taken by another" in f"\n{capsys.readouterr().err}"
    assert left(tmp_path) == []


def test_nobody_listens(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:  # bound and not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{taken.getsockname()[1]}"
        assert run(*COMMANDS["replay"], "--redis", url) == 2
    assert "no server listens there" in capsys.readouterr().err
