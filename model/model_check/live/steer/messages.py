"""Messages to the subscribers of the steered session: held until they are received in a turn."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..proxy.gate import Connection, Push
from .matching import BoundSession, HeldPush
from .ownership import Ownership
from .passed import Passed
from .recognising import Recogniser, Said
from .turns import ScheduledTurn

__all__ = ["Messages"]


class Messages:
    """Those that wait. `record` is told of each that is delivered."""

    def __init__(
        self,
        recogniser: Recogniser,
        session: BoundSession,
        ownership: Ownership,
        record: Callable[[Passed], None],
    ) -> None:
        self._recogniser = recogniser
        self._session = session
        self._ownership = ownership
        self._record = record
        self._waiting: list[HeldPush] = []
        self._ahead: list[HeldPush] = []
        """Messages that were delivered before their turns."""

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def of_session(self, push: Push) -> HeldPush | None:
        """A message to a process of the session; None for any other one."""
        instances, store, said = self._heard(push)
        if said is None or not self._session.admits(said):
            return None
        return HeldPush(push, instances, store)

    def hold(self, message: HeldPush) -> None:
        """Have a message wait for its turn."""
        self._waiting.append(message)

    def closed(self, connection: Connection) -> None:
        """Forget what waited on a connection that has ended."""
        self._waiting = [m for m in self._waiting if m.push.connection is not connection]

    def is_there(self, turn: ScheduledTurn) -> bool:
        """Whether what a turn receives waits here."""
        return any(each.is_for(turn) for each in self._waiting)

    def give(self, turn: ScheduledTurn) -> bool:
        """Deliver what a turn receives, where that has not been delivered; whether it is."""
        for held in self._ahead:
            if held.is_for(turn):
                self._ahead.remove(held)
                return True
        for held in self._waiting:
            if held.is_for(turn):
                self._waiting.remove(held)
                self._deliver(held, turn)
                return True
        return False

    def deliver_ahead(self, message: HeldPush) -> None:
        """Deliver a message behind which an answer waits that is to come first: a server says both
        over one connection, and a client reads them in that order, whatever it takes in when."""
        self._ahead.append(message)
        self._deliver(message, None)

    def make_way(self, connection: Connection) -> None:
        """Deliver ahead what waits on a connection over which an answer is to come."""
        for each in [m for m in self._waiting if m.push.connection is connection]:
            self._waiting.remove(each)
            self.deliver_ahead(each)

    def let_all_go(self) -> None:
        """Deliver all that waits."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            self._deliver(each, None)

    def _heard(self, push: Push) -> tuple[tuple[str, ...], str, Said | None]:
        """Whose message it is, of which channel of the spec, and what it says; None where it is no
        process's."""
        for said in self._recogniser.message(push.connection, push.channel, push.payload):
            for store in said.keys:
                instances = self._ownership.listeners(push.connection, store)
                if instances:
                    return instances, store, said
        return (), "", None

    def _deliver(self, held: HeldPush, turn: ScheduledTurn | None) -> None:
        said = self._heard(held.push)[2]
        now = time.monotonic()
        instance = held.instances[0] if turn is None else turn.instance
        self._record(
            Passed(
                said, held.push.came, now, time.time(), push=held.push, turn=turn, instance=instance
            )
        )
        held.push.deliver()
