"""What scripts do inside of the server: MONITOR of it shows that, and a proxy does not see it."""

from __future__ import annotations

import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence

from ..brokers.server import Server
from ..errors import ServerError
from ..monitor.listening import LOOKS, listen
from ..monitor.log import SCRIPT, SCRIPTS, parse_line

__all__ = ["ScriptWatch"]

MOST = 100_000
"""Lines of scripts that are kept."""


class ScriptWatch:
    """Listens to MONITOR of a server from `begin` on, once a script is to be seen."""

    def __init__(self, server: Server, patience: float) -> None:
        self._server = server
        self._patience = patience
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._done: dict[tuple[str, ...], deque[list[tuple[str, ...]]]] = defaultdict(deque)
        self._lines = 0
        self.refused = ""
        """Why nothing is heard; "" where all is."""

    def begin(self, ready: Callable[[], object]) -> None:
        """Begin to listen; `ready` is called, in another thread, when that is so, or never will
        be. Once is enough."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, args=(ready,), daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Stop listening, when what came until now was heard."""
        if self._thread is not None:
            time.sleep(2 * LOOKS)
            self._stop.set()
            self._thread.join()

    def done_by(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """What the script did that was called with these words; of several calls the first that was
        not asked for yet."""
        found = self._done.get(tuple(words))
        return found.popleft() if found else []

    def _listen(self, ready: Callable[[], object]) -> None:
        caller: list[tuple[str, ...]] | None = None
        lines = listen(
            self._server, seconds=None, most=sys.maxsize, stop=self._stop.is_set,
            patience=self._patience, ready=ready,
        )  # fmt: skip
        try:
            for line in lines:
                text = line.decode("utf-8", "surrogateescape").removesuffix("\n")
                caller = self._hear(text, caller)
        except ServerError as error:
            self.refused = str(error)
            ready()

    def _hear(
        self, text: str, caller: list[tuple[str, ...]] | None
    ) -> list[tuple[str, ...]] | None:
        """Take in a line; what the script did so far that it is behind."""
        line = parse_line(text, 1)
        if line is None or self._lines > MOST:
            return None
        if line.client == SCRIPT:
            if caller is not None:
                self._lines += 1
                caller.append(line.words)
            return caller
        if line.words[0].upper() not in SCRIPTS:
            return None
        done: list[tuple[str, ...]] = []
        self._done[line.words].append(done)
        return done
