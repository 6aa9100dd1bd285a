"""Logs of `legacy` of any size, as a service writes them: sessions side by side."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

STARTED = 1_700_000_000_000_000


def long_log(sessions: int, chunks: int, *, seed: int = 1) -> list[bytes]:
    """A log of so many sessions of so many chunks each; in one of four a chunk is lost. The reader
    comes after a tenth of one session alone, and anywhere where there are several."""
    chance = random.Random(seed)
    lines: list[tuple[int, str]] = []
    for number in range(sessions):
        time = STARTED + 3_000 * number
        reads = 1 + max(1, chunks // 10) if sessions == 1 else chance.randrange(1, chunks)
        for client, words in _session(f"{number:012x}", chunks, reads, loses=number % 4 == 0):
            time += chance.randrange(50, 900)
            said = " ".join(json.dumps(word) for word in words)
            lines.append((time, f"[0 10.0.{number}:{client}] {said}"))
    lines.sort()
    return [f"{t // 1_000_000}.{t % 1_000_000:06d} {text}\n".encode() for t, text in lines]


def _session(
    name: str, chunks: int, reads: int, *, loses: bool
) -> Iterator[tuple[int, tuple[str, ...]]]:
    connects = [(2, ("LRANGE", f"chat:history:{name}", "0", "-1")),
                (3, ("SUBSCRIBE", f"chat:stream:{name}"))]  # fmt: skip
    for chunk in range(1, chunks + 1):
        said = json.dumps({"content": f"chunk{chunk}", "is_complete": chunk == chunks})
        yield from connects if chunk == reads and not loses else ()
        yield 1, ("PUBLISH", f"chat:stream:{name}", said)
        yield from connects if chunk == reads and loses else ()
        yield 1, ("RPUSH", f"chat:history:{name}", said)
