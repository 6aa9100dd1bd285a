"""Orders a mail: python order.py SHOP"""

import json
import os
import sys

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])
redis.rpush(f"mail:{sys.argv[1]}:queue", json.dumps({"id": 1, "to": "ada@example.org"}))
