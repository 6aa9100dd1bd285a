"""Somebody asks, and opens the page while the answer comes.

python -m tests.steer.systems.chat.drive
"""

from __future__ import annotations

import json
import random
import time
from http.client import HTTPConnection
from pathlib import Path

from websockets.sync.client import connect

from ..services import PATIENCE, Outcome, Service, Services, drive, new_session

HERE = Path(__file__).parent
CHUNKS = 10
ANSWERED_IN = 0.12
"""Seconds, about: somewhere in there the page is opened."""


def shown(port: int, answers: Service, session: str) -> list[int]:
    """What a page shows in the end."""
    asking = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    asking.request("POST", f"/{session}")
    asking.getresponse().read()
    time.sleep(random.uniform(0, ANSWERED_IN))
    chunks = []
    with connect(f"ws://127.0.0.1:{port}/{session}", proxy=None) as socket:
        answers.says(f"answered {session}")
        # What was sent before it comes before its answer.
        socket.send("ping")
        while (frame := socket.recv(PATIENCE)) != "pong":
            chunks.append(int(json.loads(frame)["content"].removeprefix("chunk")))
    return chunks


def play(services: Services, mended: bool, times: int) -> list[Outcome]:
    version = "_mended" if mended else ""
    gateway = services.start(HERE / f"gateway{version}.js")
    answers = services.start(HERE / f"answers{version}.py")
    answers.says("ready")
    port = int(gateway.says("listening on ([0-9]+)")[1])
    outcomes = []
    for _ in range(times):
        session = new_session()
        chunks = shown(port, answers, session)
        lost = chunks != list(range(1, CHUNKS + 1))
        outcomes.append(Outcome(session, lost, f"the page shows {chunks}"))
    return outcomes


if __name__ == "__main__":
    drive(play)
