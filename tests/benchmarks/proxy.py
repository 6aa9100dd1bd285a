"""What the proxy of `steer` costs, beside a direct connection: `uv run python -m
tests.benchmarks.proxy [--quick]`.

Each row is measured twice in one run, directly and through a proxy whose gate lets everything
through; the proxy is a process of its own, as it is for services that are steered. Machines differ
and are noisy, so what is to be compared is the two columns. Exit code 1 where an answer is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from model_check.live.brokers.access import EVERYBODY
from model_check.live.brokers.server import installed, own_server
from model_check.live.proxy.gate import OpenGate
from model_check.live.proxy.proxy import Proxy
from model_check.live.proxy.target import Target

MEGABYTE = 1024 * 1024
LARGE = 10 * MEGABYTE
PIPELINE = 1000
SERVICES = 100


@dataclass(frozen=True)
class Sizes:
    """How often each is done."""

    single: int
    piped: int
    large: int
    unread: int


FULL = Sizes(single=5000, piped=100, large=10, unread=200)
QUICK = Sizes(single=500, piped=10, large=2, unread=50)


def wire(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


class Line:
    """A connection that blocks."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, data: bytes, expected: bytes) -> None:
        """Send, and hear what is to come."""
        sending = threading.Thread(target=self.socket.sendall, args=(data,))
        sending.start()
        self.hear(expected)
        sending.join()

    def ask_shortly(self, data: bytes, expected: bytes) -> None:
        """The same for what fits a buffer of the system."""
        self.socket.sendall(data)
        self.hear(expected)

    def hear(self, expected: bytes) -> None:
        found = bytearray()
        while len(found) < len(expected):
            data = self.socket.recv(min(MEGABYTE, len(expected) - len(found)))
            if not data:
                break
            found += data
        if found != expected:
            raise SystemExit(f"a wrong answer: {bytes(found[:80])!r}")

    def close(self) -> None:
        self.socket.close()


def single(port: int, sizes: Sizes) -> float:
    """Median microseconds of a command and its answer."""
    line, times = Line(port), []
    for number in range(sizes.single):
        start = time.perf_counter()
        line.ask_shortly(wire(b"SET", b"a", b"%d" % number), b"+OK\r\n")
        times.append(time.perf_counter() - start)
    line.close()
    return statistics.median(times) * 1e6


def piped(port: int, sizes: Sizes) -> float:
    """Commands a second in pipelines."""
    line = Line(port)
    data, answers = wire(b"SET", b"a", b"12345") * PIPELINE, b"+OK\r\n" * PIPELINE
    start = time.perf_counter()
    for _ in range(sizes.piped):
        line.ask(data, answers)
    taken = time.perf_counter() - start
    line.close()
    return sizes.piped * PIPELINE / taken


def many(port: int, sizes: Sizes) -> float:
    """Commands a second of services that ask side by side, each waiting for its answers."""
    lines = [Line(port) for _ in range(SERVICES)]
    data, answer = wire(b"SET", b"a", b"12345"), b"+OK\r\n"
    start = time.perf_counter()
    for _ in range(sizes.piped):
        for line in lines:
            line.socket.sendall(data)
        for line in lines:
            line.hear(answer)
    taken = time.perf_counter() - start
    for line in lines:
        line.close()
    return sizes.piped * SERVICES / taken


def large(port: int, sizes: Sizes) -> float:
    """Milliseconds for 10 MB there and back."""
    line, value, times = Line(port), bytes(LARGE), []
    expected = b"$%d\r\n%s\r\n" % (LARGE, value)
    for _ in range(sizes.large):
        start = time.perf_counter()
        line.ask(wire(b"SET", b"large", value), b"+OK\r\n")
        line.ask(wire(b"GET", b"large"), expected)
        times.append(time.perf_counter() - start)
    line.close()
    return statistics.median(times) * 1e3


def unread(port: int, sizes: Sizes) -> None:
    """Ask for a megabyte again and again, and read nothing for a while."""
    line = Line(port)
    line.ask(wire(b"SET", b"some", bytes(MEGABYTE)), b"+OK\r\n")
    line.socket.sendall(wire(b"GET", b"some") * sizes.unread)
    time.sleep(0.5)
    line.close()


def _serve(port: int, told: Connection) -> None:
    async def run() -> None:
        async with Proxy(OpenGate(), Target(port=port)) as proxy:
            told.send(proxy.port)
            while await asyncio.to_thread(told.recv):
                told.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

    asyncio.run(run())


@contextmanager
def proxied(port: int) -> Iterator[tuple[int, Callable[[], float]]]:
    """A proxy in a process of its own: its port, and what it needs of memory at most (MB)."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(port, theirs))
    process.start()

    def memory() -> float:
        ours.send(True)
        return float(ours.recv())

    try:
        yield ours.recv(), memory
    finally:
        ours.send(False)
        process.join()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.proxy", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="a short run of each")
    sizes = QUICK if parser.parse_args().quick else FULL
    rows = (
        ("one command (µs)", single), ("in pipelines (commands/s)", piped),
        (f"{SERVICES} services (commands/s)", many), ("10 MB there and back (ms)", large),
    )  # fmt: skip
    for program in installed():
        with (
            own_server(program, access=EVERYBODY) as server,
            proxied(port := Target.at(server.url).port) as (through, memory),
        ):
            print(f"{server.name:28} {'directly':>10} {'by proxy':>10}")
            for name, measured in rows:
                direct, by_proxy = measured(port, sizes), measured(through, sizes)
                print(f"{name:28} {direct:10,.0f} {by_proxy:10,.0f}", flush=True)
            before = memory()
            unread(through, sizes)
            print(f"memory: {before:.0f} MB, {memory():.0f} MB with {sizes.unread} MB unread\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
