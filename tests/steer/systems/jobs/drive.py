"""A shop orders a mail, and the sweeper comes by: python -m tests.steer.systems.jobs.drive"""

from __future__ import annotations

from pathlib import Path

from ..services import Outcome, Services, drive, new_session

HERE = Path(__file__).parent


def mails(services: Services, mended: bool, shop: str) -> int:
    """How often a mail was sent that was ordered once."""
    version = "_mended" if mended else ""
    workers = [services.start(HERE / f"worker{version}{suffix}", shop) for suffix in (".py", ".js")]
    order, sweeper = (services.start(HERE / name, shop) for name in ("order.py", "sweeper.js"))
    order.ended()
    put_back = int(sweeper.says("put back ([0-9]+)")[1])
    services.until(
        "all was finished", workers,
        lambda: sum(each.said("finished") for each in workers) == 1 + put_back,
    )  # fmt: skip
    for worker in workers:
        worker.ask_to_end()
    return sum(each.said("sent") for each in workers)


def play(services: Services, mended: bool, times: int) -> list[Outcome]:
    found = {shop: mails(services, mended, shop) for shop in (new_session() for _ in range(times))}
    return [
        Outcome(shop, number != 1, f"the mail was sent {number} times")
        for shop, number in found.items()
    ]


if __name__ == "__main__":
    drive(play)
