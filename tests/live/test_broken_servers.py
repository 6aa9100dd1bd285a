"""What goes wrong with a server: a message, exit code 2, nothing left running or stored."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from live_runs import LOSING, SPECS, replayed, users_server
from model_check.live.brokers import server as servers
from model_check.live.brokers.connection import Connection, is_blocked
from model_check.live.brokers.contract import Request
from model_check.live.brokers.server import Server, installed, named_server, own_server, server_for
from model_check.live.errors import ServerError
from model_check.live.runs.workers import Worker
from real_servers import any_program

LEGACY = SPECS / f"{LOSING[0]}.yaml"
SHORT = 0.3
"""Seconds of patience, where a test waits for it to end."""


def pid_of(server: Server) -> int:
    client = server.client()
    try:
        return int(client.info("server")["process_id"])
    finally:
        client.close()


def is_running(pid: int) -> bool:
    """Whether there is such a process that is not only waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def at_call(number: int, happens: object) -> Iterator[None]:
    """Something that happens before the n-th command of a replay."""
    perform = Worker.perform
    calls = []

    async def counted(self: Worker, asked: Request, patience: float | None) -> object:
        calls.append(asked)
        if len(calls) == number:
            happens()  # type: ignore[operator]
        return await perform(self, asked, patience)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worker, "perform", counted)
        yield
    assert len(calls) >= number


def test_servers_are_here_in_ci_both_and_say_who_they_are() -> None:
    found = [each.product for each in installed()]
    assert found in (
        [["Redis", "Valkey"]]
        if "CI" in os.environ
        else [["Redis", "Valkey"], ["Redis"], ["Valkey"]]
    )
    for program in installed():
        with own_server(program) as server:
            assert server.name.startswith(f"{program.product} ")
            assert server.own


def test_a_server_of_our_own_listens_on_loopback_alone_and_leaves_nothing() -> None:
    with users_server(any_program()) as server:
        client = server.client()
        folder = Path(client.config_get("dir")["dir"])
        assert client.config_get("bind")["bind"] == "127.0.0.1"
        assert client.config_get("save")["save"] == ""
        client.close()
        pid = pid_of(server)
        assert folder.is_dir()
    assert not is_running(pid)
    assert not folder.exists()


def test_a_server_of_our_own_is_gone_after_an_exception() -> None:
    found = []

    def interrupted() -> None:
        with own_server(any_program()) as server:
            found.append(pid_of(server))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not is_running(found[0])


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_of_our_own_dies_with_us(way: signal.Signals) -> None:
    code = (
        "from model_check.live.brokers.server import installed, own_server\n"
        "with own_server(installed()[0]) as server:\n"
        "    print(server.client().info('server')['process_id'], flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        ended = os.pidfd_open(pid)
        process.send_signal(way)
        process.wait(timeout=10)
        # Readable when the process has ended: no need to look again and again.
        assert select.select([ended], [], [], 10)[0]
        os.close(ended)
    assert not is_running(pid)


def test_a_server_elsewhere_needs_leave() -> None:
    with pytest.raises(ServerError, match=r"^192\.0\.2\.1:6379 is not on this machine"):
        named_server("redis://192.0.2.1", allow_remote=False, patience=SHORT)


@pytest.mark.parametrize("url", ["", "localhost", "http://127.0.0.1", "redis://", "redis://a:b"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ServerError, match=r"^--redis: no URL of a server"):
        named_server(url, allow_remote=False, patience=SHORT)


@pytest.mark.parametrize(
    "end", ["?host=192.0.2.1", "?socket_timeout=never", "/0?db=1", "/one", "/0/1", "#0"]
)
def test_a_url_gives_no_other_options_of_a_connection(end: str) -> None:
    with pytest.raises(ServerError, match=r"^--redis: a URL of a server ends with its database"):
        named_server(f"redis://127.0.0.1:6379{end}", allow_remote=False, patience=SHORT)


def test_a_database_of_its_own_can_be_named(any_server: Server) -> None:
    # A server of our own has one database.
    assert named_server(f"{any_server.url}/0", allow_remote=False, patience=5.0).name
    with pytest.raises(ServerError, match="DB index is out of range"):
        named_server(f"{any_server.url}/1", allow_remote=False, patience=5.0)


def test_without_any_server_it_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(servers, "installed", tuple)
    with pytest.raises(ServerError, match=r"^no Redis server here.*apt-get"), server_for(None):
        pass


def test_a_program_that_does_not_start_has_last_words(tmp_path: Path) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho it is broken\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    with (
        pytest.raises(ServerError, match=r"did not start; its last words:\n  it is broken$"),
        own_server(servers.ServerProgram("Redis", str(program))),
    ):
        pass


def test_a_server_that_speaks_something_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"redis://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(ServerError, match="does not speak Redis's protocol"):
            named_server(url, allow_remote=False, patience=2.0)
        thread.join()


def test_a_server_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"redis://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(ServerError, match=r"does not answer within 0\.3 s"):
            named_server(url, allow_remote=False, patience=SHORT)


@pytest.mark.parametrize("number", [1, 4, 8, 13])
def test_a_server_that_is_killed_in_the_middle(number: int, lonely_server: Server) -> None:
    pid = pid_of(lonely_server)
    with (
        at_call(number, lambda: os.kill(pid, signal.SIGKILL)),
        pytest.raises(ServerError, match=r"the server closed the connection|no server listens"),
    ):
        replayed(LEGACY, lonely_server, "no_loss", patience=2.0)


@pytest.mark.parametrize("number", [2, 5])
def test_a_paused_server_is_slow_and_its_keys_are_deleted_when_it_is_back(
    number: int, lonely_server: Server
) -> None:
    client = lonely_server.client()
    named = Server(lonely_server.url, lonely_server.place, lonely_server.name, own=False)
    with (
        at_call(number, lambda: client.client_pause(2400)),
        pytest.raises(ServerError, match=r"does not answer within 1 s"),
    ):
        # On a busy machine, the first connections alone take a third of a second.
        replayed(LEGACY, named, "no_loss", patience=1.0)
    assert client.keys("*") == []


def test_keys_that_cannot_be_deleted_are_named(lonely_server: Server) -> None:
    named = Server(lonely_server.url, lonely_server.place, lonely_server.name, own=False)
    pid = pid_of(lonely_server)
    with (
        at_call(3, lambda: os.kill(pid, signal.SIGKILL)),
        pytest.raises(ServerError, match=r"keys may be left there: chat:history:[0-9a-f]{12}$"),
    ):
        replayed(LEGACY, named, "no_loss", patience=2.0)


def have_signals(interrupt: signal.Handlers) -> None:
    """Let a process start with the usual signals, whoever started the tests, and with this
    answer to SIGINT."""
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)
    signal.signal(signal.SIGINT, interrupt)


def test_who_is_cancelled_while_looking_leaves_the_connection_whole(lonely_server: Server) -> None:
    async def looked_twice() -> object:
        line = await Connection.open(lonely_server)
        lonely_server.client().client_pause(300)
        looking = asyncio.create_task(is_blocked(line, line.identity))
        await asyncio.sleep(0.1)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        told = await line.ask("PING")
        await line.close()
        return told, looking.cancelled()

    assert asyncio.run(looked_twice()) == ("PONG", True)


def test_whoever_asks_over_a_connection_that_has_ended_learns_why(lonely_server: Server) -> None:
    async def asked_twice() -> list[str]:
        line = await Connection.open(lonely_server)
        os.kill(pid_of(lonely_server), signal.SIGKILL)
        told = []
        for _ in range(2):
            with pytest.raises(ServerError) as failure:
                await line.ask("PING")
            told.append(str(failure.value))
        await line.close()
        return told

    first, second = asyncio.run(asked_twice())
    assert "the server closed the connection" in first
    assert second == first


@pytest.mark.parametrize(
    ("way", "code"),
    [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGHUP, 128 + signal.SIGHUP),
     (signal.SIGINT, 3)],
)  # fmt: skip
@pytest.mark.parametrize("interrupt", [signal.SIG_DFL, signal.SIG_IGN])
def test_a_signal_in_the_middle_leaves_no_keys(
    interrupt: signal.Handlers, way: signal.Signals, code: int, lonely_server: Server
) -> None:
    """Also as a job in the background, which a shell has ignore SIGINT."""
    words = ["replay", str(LEGACY), "--redis", lonely_server.url, "--repeat", "100000"]
    client = lonely_server.client(patience=60.0)  # a busy machine starts a program late
    with (
        client.monitor() as monitor,
        subprocess.Popen(
            [sys.executable, "-m", "model_check", *words],
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=partial(have_signals, interrupt),
        ) as process,
    ):
        try:
            while "PUBLISH" not in monitor.next_command()["command"]:
                pass
            process.send_signal(way)
            assert process.wait(timeout=20) == code
        finally:
            process.kill()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert lonely_server.client().keys("*") == []
