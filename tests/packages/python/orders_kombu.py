"""Orders over celery's Redis transport: python orders_kombu.py URL loses|keeps SESSIONS

A shop publishes its orders, and a worker charges the cards and acknowledges. `loses`: some workers
are killed when they have charged a card, before they acknowledge that; another one, which is
started when the visibility timeout is over, charges it again. `keeps`: none is killed. Printed is
which orders of each shop were not charged once.
"""

import json
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Process, SimpleQueue

from kombu import Connection, Message, Queue

URL, HOW, SESSIONS = sys.argv[1], sys.argv[2], int(sys.argv[3])
TOTAL = 3
VISIBLE_AFTER = 1
"""After how many seconds an order that nobody has acknowledged is another worker's."""


def connected(shop: str) -> Connection:
    options = {
        "global_keyprefix": f"{shop}:",
        "visibility_timeout": VISIBLE_AFTER,
        "priority_steps": [0],
    }
    return Connection(URL, transport_options=options)


def work(shop: str, deadly: int, charged: "SimpleQueue[int]") -> None:
    """Charge until nothing is left; a process of its own."""

    def charge(order: int, message: Message) -> None:
        charged.put(order)
        if order == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        message.ack()

    with connected(shop) as connection, connection.Consumer(Queue("orders"), callbacks=[charge]):
        idle = 0
        while idle < 3:
            try:
                connection.drain_events(timeout=0.3)
                idle = 0
            except TimeoutError:
                idle += 1


def session(shop: str) -> list[int]:
    """Which orders were not charged once."""
    number = int(shop.removeprefix("s"))
    deadly = number // 2 % TOTAL + 1 if HOW == "loses" and number % 2 == 0 else 0
    charged: SimpleQueue[int] = SimpleQueue()
    with connected(shop) as connection, connection.Producer() as producer:
        for order in range(1, TOTAL + 1):
            producer.publish(order, routing_key="orders", declare=[Queue("orders")])
    times = [0] * (TOTAL + 1)
    for each in (deadly, 0) if deadly else (0,):
        worker = Process(target=work, args=(shop, each, charged))
        worker.start()
        worker.join()
        if worker.exitcode != 0:
            time.sleep(VISIBLE_AFTER + 0.1)
    while not charged.empty():
        times[charged.get()] += 1
    return [order for order in range(1, TOTAL + 1) if times[order] != 1]


def main() -> None:
    shops = [f"s{number}" for number in range(1, SESSIONS + 1)]
    with ProcessPoolExecutor(8) as each:
        lost = list(each.map(session, shops))
    print(json.dumps(dict(zip(shops, lost, strict=True))))


if __name__ == "__main__":
    main()
