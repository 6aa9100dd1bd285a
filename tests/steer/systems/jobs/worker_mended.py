"""Sends the mails of a shop: python worker.py SHOP"""

import json
import os
import sys

from redis import Redis

SHOP = sys.argv[1]
QUEUE, IN_WORK = f"mail:{SHOP}:queue", f"mail:{SHOP}:in-work"
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

while True:
    job = redis.blmove(QUEUE, IN_WORK, 0, "LEFT", "RIGHT")
    number = json.loads(job)["id"]
    if redis.set(f"mail:{SHOP}:lock:{number}", "python", ex=30, nx=True):
        print(f"sent {number}", flush=True)
    redis.lrem(IN_WORK, 1, job)
    print(f"finished {number}", flush=True)
