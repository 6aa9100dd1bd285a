"""Answers questions, as a service with a language model does: python answers.py

Each chunk of an answer is saved for who comes later, and then published to whoever reads along.
"""

import json
import os
import time
from collections.abc import Iterator

from redis import Redis

CHUNKS = 10
GENERATED_IN = 0.01
"""Seconds that a chunk takes, in place of a model."""


def generated() -> Iterator[dict[str, object]]:
    for number in range(1, CHUNKS + 1):
        time.sleep(GENERATED_IN)
        yield {"content": f"chunk{number}", "is_complete": number == CHUNKS}


def main() -> None:
    redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    print("ready", flush=True)
    while True:
        _, session = redis.blpop(["chat:questions"], timeout=0)
        for chunk in generated():
            redis.rpush(f"chat:history:{session}", json.dumps(chunk))
            redis.publish(f"chat:stream:{session}", json.dumps(chunk))
        print(f"answered {session}", flush=True)


main()
