"""Orders that workers of RQ carry out: python orders_rq.py URL loses|keeps SESSIONS

A shop enqueues its orders, and a worker of several queues carries them out. `loses`: some workers
are killed while they do it, as by the kernel when memory is short, and another one is started.
`keeps`: none is. Printed is which orders of each shop were never finished.
"""

import json
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Process

from redis import Redis
from rq import Queue, SimpleWorker

URL, HOW, SESSIONS = sys.argv[1], sys.argv[2], int(sys.argv[3])
TOTAL = 3


def charge(order: int, deadly: bool) -> None:
    """Carry an order out."""
    if deadly:
        os.kill(os.getpid(), signal.SIGKILL)


def work(shop: str) -> None:
    """Carry out what there is; a process of its own."""
    redis = Redis.from_url(URL)
    queues = [Queue(name, connection=redis) for name in (shop, "low")]
    SimpleWorker(queues, connection=redis).work(burst=True, logging_level="ERROR")


def session(shop: str) -> list[int]:
    """Which orders were never finished."""
    number = int(shop.removeprefix("s"))
    deadly = number // 2 % TOTAL + 1 if HOW == "loses" and number % 2 == 0 else 0
    with Redis.from_url(URL) as redis:
        queue = Queue(shop, connection=redis)
        jobs = [
            queue.enqueue("orders_rq.charge", order, order == deadly, job_id=f"{shop}-{order}")
            for order in range(1, TOTAL + 1)
        ]
        for _ in range(2 if deadly else 1):
            worker = Process(target=work, args=(shop,))
            worker.start()
            worker.join()
        return [job.args[0] for job in jobs if not job.is_finished]


def main() -> None:
    shops = [f"s{number}" for number in range(1, SESSIONS + 1)]
    with ProcessPoolExecutor(8) as each:
        lost = list(each.map(session, shops))
    print(json.dumps(dict(zip(shops, lost, strict=True))))


if __name__ == "__main__":
    main()
