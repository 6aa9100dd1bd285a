"""Documents that a worker of arq puts into an index: documents_arq.py URL loses|keeps SESSIONS

Whoever saves a document enqueues a job for it. Its id is that of the document, so that it waits
there once: while one waits or runs, `enqueue_job` does nothing. `loses`: a document may be saved
again while its job runs, after that has read it. `keeps`: it is saved again when the job is done.
Printed is, for each document, its last version if that is not in the index.
"""

import asyncio
import json
import random
import sys
from typing import Any

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker

URL, HOW, SESSIONS = sys.argv[1], sys.argv[2], int(sys.argv[3])
VERSIONS = 2
indexed: dict[str, int] = {}
ended: dict[str, int] = {}


async def index(ctx: dict[str, Any], document: str) -> None:
    """The job: read a document, and put it into the index."""
    version = int(await ctx["redis"].get(f"document:{document}"))
    await asyncio.sleep(0.02)
    indexed[document] = version


async def note_end(ctx: dict[str, Any]) -> None:
    ended[ctx["job_id"]] = ended.get(ctx["job_id"], 0) + 1


async def until_ended(document: str, jobs: int) -> None:
    while ended.get(document, 0) < jobs:
        await asyncio.sleep(0.005)


async def session(pool: Any, document: str) -> list[int]:
    """Save a document twice; which version is missing in the index?"""
    chance = random.Random(document)
    jobs = 0
    await asyncio.sleep(chance.uniform(0, 1))
    for version in range(1, VERSIONS + 1):
        await pool.set(f"document:{document}", version)
        jobs += await pool.enqueue_job("index", document, _job_id=document) is not None
        if HOW == "keeps":
            await until_ended(document, jobs)
        elif version < VERSIONS:
            await asyncio.sleep(chance.uniform(0, 0.04))
    await until_ended(document, jobs)
    return [] if indexed[document] == VERSIONS else [VERSIONS]


async def main() -> None:
    pool = await create_pool(RedisSettings.from_dsn(URL))
    worker = Worker(
        [index], redis_pool=await create_pool(RedisSettings.from_dsn(URL)), after_job_end=note_end,
        poll_delay=0.01, keep_result=0, handle_signals=False, max_jobs=100,
    )  # fmt: skip
    running = asyncio.ensure_future(worker.async_run())
    documents = [f"d{number}" for number in range(1, SESSIONS + 1)]
    lost = await asyncio.gather(*(session(pool, each) for each in documents))
    running.cancel()
    await asyncio.wait([running])
    print(json.dumps(dict(zip(documents, lost, strict=True))))


asyncio.run(main())
