"""An event is delivered twice at once: python -m tests.steer.systems.webhook.drive"""

from __future__ import annotations

import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

from ..services import PATIENCE, Outcome, Services, drive, new_session

HERE = Path(__file__).parent
APART = 0.02
"""Seconds, at most, between the two deliveries."""


def delivered(port: int, event: str, after: float) -> str:
    """What the receiver says to a delivery, after so many seconds."""
    time.sleep(after)
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("POST", "/", body=b"{}", headers={"Idempotency-Key": event})
    return connection.getresponse().read().decode()


def play(services: Services, mended: bool, times: int) -> list[Outcome]:
    app = "receiver_mended:app" if mended else "receiver:app"
    options = ["--port", "0", "--no-access-log", "--lifespan", "off", "--app-dir", str(HERE)]
    receiver = services.run("receiver", sys.executable, "-m", "uvicorn", app, *options)
    port = int(receiver.says("running on http://[0-9.]+:([0-9]+)")[1])
    outcomes = []
    for _ in range(times):
        event = new_session()
        with ThreadPoolExecutor() as pool:
            second = pool.submit(delivered, port, event, random.uniform(0, APART))
            said = [delivered(port, event, 0), second.result()]
        charges = said.count("charged")
        outcomes.append(Outcome(event, charges != 1, f"the customer was charged {charges} times"))
    return outcomes


if __name__ == "__main__":
    drive(play)
