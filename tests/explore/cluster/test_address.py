"""What is told of an address at which no Ray can be, before Ray is asked."""

from __future__ import annotations

import http.server
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from cli.cli_invoke import SPECS, invoke
from model_check import check
from model_check.explore.cluster import address
from model_check.explore.cluster.address import ask_whether_ray
from model_check.explore.cluster.fleet import ClusterError
from model_check.explore.cluster.on_ray import RayCluster

LARGE = SPECS / "legacy-two-nodes.yaml"
SETTINGS = b"\0\0\0\4\0\0\0\0\0"
"""The first frame of a server with HTTP/2."""
ENDS, GOES_ON = 5, 4
OK = b"\x88"
"""The header ":status: 200"."""


def headers(block: bytes, flags: int = ENDS) -> bytes:
    """What a server answers to the first question."""
    return struct.pack(">I", len(block))[1:] + struct.pack(">BBI", 1, flags, 1) + block


def status(code: int) -> bytes:
    """The end of a call, as servers with gRPC write it."""
    text = str(code).encode()
    return OK + b"\0\x0bgrpc-status" + bytes([len(text)]) + text


@contextmanager
def answering(*said: bytes, stays: bool = False) -> Iterator[str]:
    """Somebody who says this to whoever connects, and ends the connection unless it `stays`; the
    address."""
    over = threading.Event()

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1 << 12)
            for each in said:
                connection.sendall(each)
            if stays:
                over.wait()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def told(where: str) -> str:
    """What is said of an address; "" where Ray is to be asked."""
    try:
        ask_whether_ray(where, "--cluster")
    except ClusterError as error:
        return str(error)
    return ""


REFUSED = {
    "redis": ((b"-ERR unknown command 'PRI'\r\n",), "it speaks another protocol ('-ERR unkn'...)"),
    "closes": ((), "it ended the connection"),
    "closes soon": ((SETTINGS[:5],), "it speaks another protocol"),
    "another service": ((SETTINGS, headers(status(12))), "knows no question of Ray's"),
    "a page": ((SETTINGS, headers(b"\x20\x8d", GOES_ON)), "knows no question of Ray's"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_ray_is_told_at_once(name: str) -> None:
    said, why = REFUSED[name]
    with answering(*said) as where:
        found = told(where)
    assert found.startswith("--cluster: what listens there is not the head of a Ray: ")
    assert why in found


MAY_BE = {
    "an answer": (SETTINGS, headers(OK, GOES_ON), b"\0\0\5\0\1\0\0\0\1" + bytes(5)),
    "another error": (SETTINGS, headers(status(14))),
    "nothing more": (SETTINGS,),
}


@pytest.mark.parametrize("name", MAY_BE)
def test_of_what_may_be_a_ray_that_is_the_judge(name: str) -> None:
    with answering(*MAY_BE[name]) as where:
        assert told(where) == ""


def test_a_token_is_asked_for_and_shown_by_ray_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    said = (SETTINGS, headers(status(16)))
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    with answering(*said) as where:
        assert "this Ray asks for a token: set RAY_AUTH_MODE=token" in told(where)
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    with answering(*said) as where:
        assert told(where) == ""


def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "ANSWERS", 0.05)
    with answering(stays=True) as where:
        assert "it says nothing for 0.05 s" in told(where)


def test_a_ray_with_tls_is_asked_by_ray_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_USE_TLS", "1")
    with answering() as where:
        assert told(where) == ""


def test_nobody_there_is_told_by_the_command_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        where = f"127.0.0.1:{free.getsockname()[1]}"
    words = ("--set", "TOTAL=14", "--cluster", where, "--no-draw", "--engine", "native")
    ended = invoke(LARGE, *words)
    assert ended.code == 2
    why = "Connection refused; is a Ray running there (ray start --head)?"
    assert [line for line in ended.err.splitlines() if "Warn" not in line][-1] == (
        f"--cluster {where}: {why}"
    )


def test_the_servers_of_the_web_are_none() -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        assert "it speaks another protocol" in told(f"127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("ray://10.0.0.5:10001", "Ray's client mode is not supported"),
        ("http://10.0.0.5:8265", "this is no address of Ray's head: write HOST:PORT"),
        ("10.0.0.5", "this is no address: write HOST:PORT"),
        (":6379", "this is no address: write HOST:PORT"),
        ("10.0.0.5:65536", "this is no address: write HOST:PORT"),
        ("10.0.0.5:0", "this is no address: write HOST:PORT"),
        ("10.0.0.5:6379/x", "this is no address: write HOST:PORT"),
        ("me@10.0.0.5:6379", "this is no address: write HOST:PORT"),
    ],
)
def test_what_is_no_address_is_refused_before_anything_is_searched(where: str, why: str) -> None:
    with pytest.raises(ClusterError, match=r"^--cluster ") as error:
        check(SPECS / "legacy.yaml", cluster=where)
    assert str(error.value).startswith(f"--cluster {where}: {why}")


def test_an_address_that_ray_has_told_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "http://127.0.0.1:8265")
    with pytest.raises(ClusterError, match=r"^--cluster auto, and RAY_ADDRESS is http://127"):
        RayCluster("auto").fleet()


@pytest.mark.parametrize("where", ["auto", "local", "[::1]:6379", "head.example:6379"])
def test_what_may_be_an_address_is_not_looked_at_before_it_is_needed(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("somebody was asked")

    monkeypatch.setattr(socket, "create_connection", never)
    make: Callable[[str], RayCluster] = RayCluster
    assert make(where).folder is None
