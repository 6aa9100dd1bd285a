"""What is known of one connection, as a value."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["GONE", "LISTENS", "NOBODY", "OWN", "TALKS", "USED", "WAITS", "Hold", "Holds"]

GONE = "gone"
LISTENS = "listens"
OWN = "own"
TALKS = "talks"
USED = "used"
WAITS = "waits"

NOBODY = -1


class Hold(NamedTuple):
    """What is known of a connection, by number: it has subscribed to `store` for `client`
    (`LISTENS`); the command of instance `client` waits there for its answer (`WAITS`); it is
    `client`'s alone (`OWN`), which sends over it what is not about listening (`TALKS`); others have
    used it (`USED`, where some have their own); it has ended (`GONE`)."""

    connection: int
    kind: str
    client: int
    store: str


Holds = tuple[Hold, ...]
"""In their order; of most connections nothing is known."""
