"""Stands at the proxy, and lets what is of the steered session through in the order of a schedule.

A command of the session waits until it is its turn. The turn after that comes when its answer was
passed on: that a command was written to the server does not say that it was carried out. What is of
no process of the spec, or of another session, passes at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ...language.tree.spec import Spec
from ..monitor.entry_ids import Ids
from ..proxy.gate import Connection, Gate, Push, Request
from .comparing import AnswerComparer
from .evidence import said_text
from .matching import BoundSession, HeldRequest, turns_in
from .messages import Messages
from .ownership import Ownership
from .passed import Passed, Records
from .recognising import Recogniser, Said
from .script_texts import ScriptTexts
from .turns import ScheduledTurn

__all__ = ["Conductor"]

GRACE = 0.1
"""Seconds for which a command waits for its like over another connection, where its own has been
used by another process, or its process has used another one: programs take connections from a pool;
most keep one while they can."""
UNLIKELY = 1.0
"""Seconds for which a script whose text names other commands waits for another one."""
NOT_KNOWN = b"-NOSCRIPT"
"""How the answer to EVALSHA begins where the server does not know the script."""


class Conductor(Gate):
    """Gives the `turns` of one run, once.

    `fills`: whether a request only puts there what is there when the model begins. `forward`: all
    turns with the one at a place moved to where the next one is; None where that would be another
    run. `texts`: what is known of scripts. `tell` hears that something has changed; `watch` is to
    see to it that what scripts do is seen, and calls back when that is so."""

    def __init__(
        self,
        spec: Spec,
        turns: Sequence[ScheduledTurn],
        *,
        fills: Callable[[Said], bool] = lambda _: False,
        forward: Callable[[int, int], Sequence[ScheduledTurn] | None] = lambda at, place: None,
        texts: ScriptTexts | None = None,
        tell: Callable[[], None] = lambda: None,
        watch: Callable[[Callable[[], None]], None] = lambda ready: ready(),
    ) -> None:
        self.turns = turns
        self.recogniser = Recogniser(spec)
        self.session = BoundSession(self.recogniser.places)
        self.at = 0
        self.free = not turns
        self.held: list[HeldRequest] = []
        self.ownership = Ownership(spec)
        self._records = Records()
        self._messages = Messages(self.recogniser, self.session, self.ownership, self._records.add)
        self.unknown: list[str] = []
        self.broken: list[str] = []
        self.given_up: list[str] = []
        self.seen = False
        self.keys: dict[str, str] = {}
        """The keys of the session that were named, by store."""
        self.connections = 0
        self.moved = time.monotonic()
        """When something last happened that brought the schedule on, or could."""
        self._fills = fills
        self._forward = forward
        self._tell = tell
        self._watch = watch
        self._watched = False
        self._comparer = AnswerComparer(spec)
        self._ids: Ids = ()
        self._turn_since = self._tried = self.moved
        self._under_way: Passed | None = None
        self._kept: dict[int, Request] = {}
        self._replied: set[Request] = set()
        self._of: dict[Request, Passed] = {}
        self._texts = texts or ScriptTexts()
        self._busy = self._again = False
        self.cut_off = False
        """The connection has ended over which the answer was to come that all wait for."""

    # --- what the proxy tells --------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        self.connections += 1
        if not self.seen:
            self._moves()

    def asks(self, request: Request) -> bool:
        self._texts.note(request)
        found = [each for each in self.recogniser.read(request) if self.session.admits(each)]
        said = next((each for each in found if each.speaks), found[0] if found else None)
        if said is not None:
            self._notice(said)
        if self.free or said is None or not said.speaks:
            self._pass(request, said)
            return True
        if not self._is_due(request, said):
            if self._fills(said) or said.ends_watching:
                self._pass(request, said)
                return True
        else:
            self.session.bind(said)
        if said.script and not self._watched:
            self._watch(self._scripts_are_seen)
        entry = HeldRequest(request, said)
        self.held.append(entry)
        self._look_for_given_up()
        self.seen = True
        self._moves()
        self._go_on()
        entry.asking = False
        return entry not in self.held

    def sent(self, request: Request) -> None:
        passed = self._of.get(request)
        if passed is not None:
            passed.went, passed.wall = request.sent or time.monotonic(), time.time()
            if passed.turn is not None and passed.turn.kept and passed is self._under_way:
                self._kept[passed.turn.told.number] = request
                self._done(passed)

    def replied(self, request: Request) -> None:
        self._replied.add(request)
        if self.free:
            request.answer_goes()
        self._go_on()

    def answered(self, request: Request) -> None:
        passed = self._of.get(request)
        if passed is None or passed.turn is None:
            self._of.pop(request, None)
            return
        if passed.said is not None and passed.said.script and request.answer[:9] == NOT_KNOWN:
            self._take_back(passed)
            return
        keys = passed.said.keys if passed.said is not None else {}
        if not passed.turn.kept:
            passed.differs = self._comparer.differs(
                passed.turn, request.answer, keys, whole=request.transaction
            )
        if passed is self._under_way:
            self._done(passed)

    def pushes(self, push: Push) -> bool:
        held = self._messages.of_session(push)
        if self.free or held is None:
            return True
        if self._is_answered_over(push.connection):
            self._messages.deliver_ahead(held)
            return False
        self._messages.hold(held)
        self._moves()
        self._go_on()
        return False

    def closed(self, connection: Connection, why: str) -> None:
        self.held = [each for each in self.held if each.request.connection is not connection]
        self._messages.closed(connection)
        self.connections -= 1
        self.ownership.closed(connection)
        if not why.startswith("the service"):
            self.broken.append(f"connection {connection.number}: {why}")
        if self._under_way is not None and self._under_way.connection is connection:
            self.cut_off = True
        self._moves()
        self._go_on()

    # --- turns -----------------------------------------------------------------------------

    @property
    def passed(self) -> list[Passed]:
        """What went through, in its order, as far as there is room for it."""
        return self._records.all

    @property
    def next_turn(self) -> ScheduledTurn | None:
        """The turn that is to come; None where all were given."""
        return self.turns[self.at] if self.at < len(self.turns) else None

    @property
    def left(self) -> Sequence[ScheduledTurn]:
        """The turns that are to come."""
        return self.turns[self.at :]

    @property
    def complete(self) -> bool:
        """Whether all turns were given, and answered."""
        return self.at == len(self.turns) and self._under_way is None

    @property
    def waits_for_server(self) -> bool:
        """Whether a turn was given that is not answered yet."""
        return self._under_way is not None

    def look(self) -> None:
        """Go on where time alone lets something go."""
        self._look_for_given_up()
        self._go_on()

    def _look_for_given_up(self) -> None:
        """What a client has given up and asked again was meant once: it goes once, too, as it
        would have where nobody holds it."""
        for each in self.held:
            if each.look():
                text = " and ".join(map(said_text, each.request.commands))
                self.given_up.append(f"connection {each.request.connection.number}: {text}")
        self.held = [each for each in self.held if not each.is_repeated(self.held)]

    def let_all_go(self) -> None:
        """Hold nothing any more, whatever comes."""
        self.free = True
        for request in self._kept.values():
            request.keep_answer = False
            request.answer_goes()
        while self.held or self._messages:
            held, self.held = self.held, []
            for each in held:
                self._let(each, None, 1)
            self._messages.let_all_go()
        self._tell()

    def speakers(self, entry: HeldRequest) -> list[str]:
        """The processes that can have sent what is held."""
        mine = (
            turn.instance
            for number, turn in enumerate(self.left, start=self.at)
            if self._fit(entry.request, entry.said, number) is not None
        )
        return list(dict.fromkeys(mine))

    def next_of(self, instance: str) -> ScheduledTurn | None:
        """The turn of a process that is to come; None where it has none any more."""
        return next((each for each in self.left if each.instance == instance), None)

    def is_turn(self, entry: HeldRequest, turn: ScheduledTurn) -> bool:
        """Whether what is held is this turn."""
        return self._fit(entry.request, entry.said, self.turns.index(turn)) is not None

    def _fit(self, request: Request, said: Said, at: int) -> tuple[int, Ids] | None:
        return turns_in(said, self.turns[at:], self._ids, transaction=request.transaction)

    def _is_due(self, request: Request, said: Said) -> bool:
        """Whether some turn that is still to come is this."""
        places = range(self.at, len(self.turns))
        return any(self._fit(request, said, place) is not None for place in places)

    def _go_on(self) -> None:
        """Give turns, as long as what is there is next. What it lets go may call this again."""
        self._again = True
        if self._busy:
            return
        self._busy = True
        try:
            while self._again:
                self._again = False
                while not self.free and self._give():
                    pass
        finally:
            self._busy = False

    def _give(self) -> bool:
        """Give the next turn, if it can be given."""
        turn = self.next_turn
        if turn is None or self._under_way is not None:
            return False
        return self._give_turn(turn) or self._bring_forward()

    def _give_turn(self, turn: ScheduledTurn) -> bool:
        if turn.listens:
            if not self._messages.give(turn):
                return False
            self.at += 1
            self._moves()
            return True
        if turn.answers:
            return self._give_answer(turn)
        found = self._next_entry(turn)
        if found is None:
            return False
        entry, count, ids = found
        self._ids = ids
        self.held.remove(entry)
        self.session.bind(entry.said)
        self.keys.update(entry.said.keys)
        self._let(entry, turn, count)
        return True

    def _bring_forward(self) -> bool:
        """Have something come next that is there, where the next turn has not come for a moment and
        the model says that it makes no difference."""
        if not self.held and not self._messages:
            return False
        if time.monotonic() - max(self._turn_since, self._tried) < GRACE:
            return False
        self._tried = time.monotonic()
        for place in range(self.at + 1, len(self.turns)):
            if self._is_there(place):
                turns = self._forward(self.at, place)
                if turns is not None:
                    self.turns = turns
                    return True
        return False

    def _is_there(self, place: int) -> bool:
        """Whether what a turn needs waits here."""
        turn = self.turns[place]
        if turn.listens:
            return self._messages.is_there(turn)
        return any(
            self._fit(each.request, each.said, place) is not None
            and not self._is_unlikely(each, turn)
            for each in self.held
        )

    def _is_unlikely(self, entry: HeldRequest, turn: ScheduledTurn) -> bool:
        """Whether it is a script that does not name the commands of a turn."""
        return entry.said.script and not self._texts.may_be(entry.request, turn)

    def _next_entry(self, turn: ScheduledTurn) -> tuple[HeldRequest, int, Ids] | None:
        """The request that is this turn: of several, first what came over a connection of the same
        process, then over one that is nobody's."""
        found = []
        for entry in self.held:
            if entry.said.script and not self._watched:
                continue
            fit = self._fit(entry.request, entry.said, self.at)
            if fit is not None:
                rank = self.ownership.rank(entry.request.connection, turn)
                waited = time.monotonic() - max(entry.request.came, self._turn_since)
                if rank > 0 and waited < GRACE:
                    continue
                if self._is_unlikely(entry, turn):
                    if waited < UNLIKELY:
                        continue
                    rank += 3
                found.append((rank, entry, fit))
        if not found:
            return None
        _, entry, (count, ids) = min(found, key=lambda each: each[0])
        return entry, count, ids

    def _is_answered_over(self, connection: Connection) -> bool:
        """Whether the answer that all wait for comes over this connection."""
        return self._under_way is not None and self._under_way.connection is connection

    def _give_answer(self, turn: ScheduledTurn) -> bool:
        request = self._kept.get(turn.answers)
        if request is None or request not in self._replied:
            return False
        del self._kept[turn.answers]
        passed = Passed(
            self._of[request].said, request.came, time.monotonic(), time.time(), request,
            turn=turn, instance=turn.instance,
        )  # fmt: skip
        self._of[request] = passed
        self._records.add(passed)
        self._under_way = passed
        request.answer_goes()
        return True

    def _let(self, entry: HeldRequest, turn: ScheduledTurn | None, count: int) -> None:
        passed = self._pass(entry.request, entry.said)
        if turn is not None:
            passed.turn, passed.turns, passed.instance = turn, count, turn.instance
            self._under_way = passed
            self.ownership.spoke(entry.request.connection, turn)
            entry.request.keep_answer = turn.kept
            self._messages.make_way(entry.request.connection)
        if not entry.asking:
            entry.request.go()

    def _done(self, passed: Passed) -> None:
        self._under_way = None
        self.at += passed.turns
        self._turn_since = time.monotonic()
        self._moves()
        self._go_on()

    def _take_back(self, passed: Passed) -> None:
        """A script that the server did not know did nothing: its turn is still to come, when the
        client sends the text of it."""
        passed.turn = None
        if passed is self._under_way:
            self._under_way = None
            self._moves()
            self._go_on()

    def _scripts_are_seen(self) -> None:
        self._watched = True
        self._go_on()

    # --- what is kept ----------------------------------------------------------------------

    def _pass(self, request: Request, said: Said | None) -> Passed:
        now = time.monotonic()
        passed = Passed(
            said, request.came, now, time.time(), request, late=self.complete, freely=self.free
        )
        self._of[request] = passed
        self._records.add(passed)
        return passed

    def _notice(self, said: Said) -> None:
        for line in said.unknown:
            self.unknown.append(" ".join(line.words))

    def _moves(self) -> None:
        self.moved = time.monotonic()
        self._tell()
