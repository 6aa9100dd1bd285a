"""`model-check steer` as a user calls it: what it says, its exit code, and what it leaves."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SYSTEMS = Path(__file__).parent / "systems"
WEBHOOK = SYSTEMS / "webhook" / "legacy.yaml"
RECEIVER = """
import asyncio, os, sys
from redis.asyncio import Redis

async def received(redis):
    if await redis.get("webhook:e1"):
        return
    await redis.rpush("charges:e1", '{"amount": "9.90"}')
    await redis.set("webhook:e1", "charged", ex=86400)

async def main():
    redis = Redis.from_url(os.environ["REDIS_URL"])
    await asyncio.gather(received(redis), received(redis))
    count = await redis.llen("charges:e1")
    await redis.aclose()
    sys.exit(count != 1)

asyncio.run(main())
"""
MENDED = RECEIVER.replace(
    """    if await redis.get("webhook:e1"):
        return
    await redis.rpush("charges:e1", '{"amount": "9.90"}')
    await redis.set("webhook:e1", "charged", ex=86400)
""",
    """    if await redis.set("webhook:e1", "charged", nx=True, ex=86400):
        await redis.rpush("charges:e1", '{"amount": "9.90"}')
""",
)
SLEEPING = """
import os, time, redis
redis.Redis.from_url(os.environ["REDIS_URL"]).get("webhook:e1")
print("pid", os.getpid(), flush=True)
time.sleep(120)
"""


def steer(*words: str, folder: Path, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model_check", "steer", *words]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, timeout=60, check=False
    )


def python(text: str) -> list[str]:
    return ["--", sys.executable, "-c", text]


def test_the_users_own_service_charges_twice_and_its_mend_leaves_the_schedule(
    tmp_path: Path,
) -> None:
    found = steer(str(WEBHOOK), "--json", *python(RECEIVER), folder=tmp_path)
    assert found.returncode == 0, found.stderr
    result = json.loads(found.stdout)
    (run,) = result["runs"]
    assert (run["outcome"], run["status"], run["done"]) == ("as said", 1, len(run["turns"]))
    mended = steer(str(WEBHOOK), *python(MENDED), folder=tmp_path)
    assert mended.returncode == 1
    assert "your system does something else" in " ".join(mended.stdout.split())
    assert "sent RPUSH before GET" in " ".join(mended.stdout.split())


def test_every_order_that_the_model_allows_is_tried_once(tmp_path: Path) -> None:
    found = steer(str(WEBHOOK), "--explore", "--json", *python(RECEIVER), folder=tmp_path)
    assert found.returncode == 0, found.stderr
    result = json.loads(found.stdout)
    assert result["orders"] == len(result["runs"]) == 6
    # Two deliveries one after the other charge once; all others do it twice.
    assert [run["status"] for run in result["runs"]].count(0) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--listen", "nowhere", *python("")], "--listen nowhere: say where, as in"),
        (["--property", "charged", *python("")], "no trace violates charged"),
        (["--schedules", "3"], "-- COMMAND"),
        (["--schedules", "3", "--property", "charged_once", *python("")], "go without"),
        (["--redis", "redis://127.0.0.1:1", *python("")], "no server listens there"),
        (["--listen", "0.0.0.0:0", *python("")], "--allow-remote"),
        (["--certificate", os.devnull, *python("")], "no certificate with its key in PEM"),
        (["--", "/no/such/program"], "the services do not start: /no/such/program"),
        (python("pass"), "no command of webhook came"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_steered_is_said_in_a_sentence(
    words: list[str], said: str, tmp_path: Path
) -> None:
    found = steer(str(WEBHOOK), *words, folder=tmp_path)
    assert found.returncode == 2, found.stdout
    assert said in " ".join((found.stdout + found.stderr).split())
    assert "Traceback" not in found.stderr


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        found = steer(str(WEBHOOK), "--listen", place, *python(""), folder=tmp_path)
    assert found.returncode == 2
    assert "is taken by another program" in found.stderr


@pytest.fixture
def sleeping(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A steered service that waits for ever, and its process."""
    command = [sys.executable, "-m", "model_check", "steer", str(WEBHOOK), "--patience", "60"]
    running = subprocess.Popen(
        [*command, *python(SLEEPING)], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("pid "):
            break
    yield running, int(line.split()[1])
    running.kill()
    running.communicate()


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_interrupted_it_tells_what_it_knows_and_ends_the_services(
    sleeping: tuple[subprocess.Popen[str], int],
) -> None:
    running, service = sleeping
    running.send_signal(signal.SIGINT)
    printed, complained = running.communicate(timeout=20)
    assert running.returncode == 3, complained
    assert "interrupted at step" in printed
    assert not is_there(service)


def test_killed_it_leaves_no_service_behind(sleeping: tuple[subprocess.Popen[str], int]) -> None:
    running, service = sleeping
    assert is_there(service)
    running.kill()
    until = time.monotonic() + 10
    while is_there(service) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_there(service)


def test_who_looks_in_the_end_what_came_of_it_is_no_process(tmp_path: Path) -> None:
    looks = RECEIVER.replace(
        "    await redis.aclose()", '    await redis.get("webhook:e1")\n    await redis.aclose()'
    )
    words = [str(WEBHOOK), "--listen", "127.0.0.1:0", "--json", *python(looks)]
    found = steer(*words, folder=tmp_path)
    run = json.loads(found.stdout)["runs"][0]
    assert (found.returncode, run["outcome"]) == (0, "as said")
    assert run["found"]["charged_once"] == "violated"
    assert run["commands"][-1]["instance"] == ""
    assert not any("LLEN" in line for line in run["lines"])


def test_services_that_speak_tls_are_given_a_url_that_says_so(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    made += ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"]
    subprocess.run(
        [*made, "-addext", "subjectAltName=IP:127.0.0.1"], capture_output=True, check=True
    )
    service = RECEIVER.replace('"REDIS_URL"]', f'"REDIS_URL"], ssl_ca_certs={str(certificate)!r}')
    service = service.replace(
        "async def main():",
        "assert os.environ['REDIS_URL'][:9] == 'rediss://'\n\nasync def main():",
    )
    words = ["--certificate", str(certificate), "--certificate-key", str(key), "--json"]
    found = steer(str(WEBHOOK), *words, *python(service), folder=tmp_path)
    assert found.returncode == 0, found.stderr
    (run,) = json.loads(found.stdout)["runs"]
    assert (run["outcome"], run["status"]) == ("as said", 1)
