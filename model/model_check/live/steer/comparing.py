"""Whether a server answered what the model says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...language.tree.spec import Command, Resource, Spec
from ...language.types import UnitType
from ...machine.lowering.told_calls import error_in
from ...results.check import CallRecord
from ..brokers.answers import answer_of
from ..brokers.connection import Refusal, Reply
from ..brokers.contract import refusal_like
from ..brokers.entries import EntryIds
from ..brokers.keys import instances_on_server, is_channel
from ..brokers.payload import PayloadError, Value, codec_of
from ..brokers.template import bare_text
from ..brokers.wire import RealId
from ..proxy.decode import CutOffError, reply_of
from .turns import ScheduledTurn

__all__ = ["AnswerComparer"]

NOTHING = ("none", "[]")
"""Answers of the model that say that there is nothing."""

BEGIN = RealId((0, 0))
"""The id before the first one."""


class AnswerComparer:
    """Compares the answers of one run; it learns on the way which ids the entries have that the
    model numbers."""

    def __init__(self, spec: Spec) -> None:
        self._commands: dict[tuple[str, str], tuple[Resource, Command]] = {}
        self._ids: dict[str, EntryIds] = {}
        self._known: dict[str, dict[int, RealId]] = {}
        for store, resource, number in instances_on_server(spec):
            if resource.stored.ids:
                self._ids[store] = _RealIds(resource.stored.ids)
            for name, command in resource.commands[number].items():
                self._commands[store, name] = (resource, command)

    def differs(
        self, turn: ScheduledTurn, raw: bytes, keys: Mapping[str, str], *, whole: bool
    ) -> str:
        """The model's answer, where the server gave another one; "" where it is the same, or where
        nobody can tell. `keys`: of the session, by store. `whole`: the answer is a list with one of
        each command, as EXEC gives it."""
        try:
            reply = reply_of(raw)
        except CutOffError:
            return ""
        if turn.fails:
            return "" if reply is None else "(nil)"
        if not whole:
            return self._of_call(turn.calls[0], reply, keys) if len(turn.calls) == 1 else ""
        if not isinstance(reply, list):
            return "an answer to each of its commands"
        if len(reply) != len(turn.calls):
            return ""  # others are in it, of which the spec does not speak
        pairs = zip(turn.calls, reply, strict=True)
        return next(filter(None, (self._of_call(c, r, keys) for c, r in pairs)), "")

    def _of_call(self, call: CallRecord, reply: Reply, keys: Mapping[str, str]) -> str:
        resource, command = self._commands[call.resource, call.command]
        if not call.answer and call.result is None:
            return ""  # the step fails in it, and the model has no answer
        refused = error_in(call.answer)
        if isinstance(reply, Refusal):
            alike = bool(refused) and bool(refusal_like([refused], reply.text))
            return "" if alike else (call.answer or "no error")
        if refused:
            return call.answer
        if isinstance(command.result, UnitType):
            return ""  # OK, how many there were, or of SUBSCRIBE what is listened to now
        field = call.arguments.get("field")
        codec = codec_of(resource)
        codec = codec if field is None else codec.for_field(bare_text(field))
        names = [keys[each] for each in (call.resource, *self._others(call)) if each in keys]
        try:
            found = answer_of(command, reply, codec, self._ids.get(call.resource), None, names)
        except PayloadError:
            # What it is, the model cannot say: but not nothing.
            return call.answer if call.answer in NOTHING and reply not in (None, []) else ""
        known = found is None or self._is(call.resource, found, call.result)
        known = known or _heard_by_others(resource, found, call.result)
        return "" if known else (call.answer or "no answer")

    def _is(self, store: str, ours: Value, wanted: object) -> bool:
        """Whether a value is the model's, whose number of an entry has one id."""
        match ours, wanted:
            case RealId(), int():
                return self._is_id_of(store, ours, wanted)
            case list() | tuple(), list() | tuple():
                pairs = zip(ours, wanted, strict=False)
                return len(ours) == len(wanted) and all(self._is(store, *each) for each in pairs)
            case dict(), dict():
                return ours.keys() == wanted.keys() and all(
                    self._is(store, ours[name], wanted[name]) for name in ours
                )
        return bool(ours == wanted)

    def _is_id_of(self, store: str, real: RealId, number: int) -> bool:
        """Whether an id can be that of an entry: ids grow with the numbers."""
        if number <= 0 or real == BEGIN:
            return number <= 0 and real == BEGIN
        known = self._known.setdefault(store, {})
        fits = all((n < number, n == number) == (r < real, r == real) for n, r in known.items())
        if fits:
            known[number] = real
        return fits

    @staticmethod
    def _others(call: CallRecord) -> Sequence[str]:
        return [str(each) for each in call.arguments.values() if isinstance(each, str)]


class _RealIds(EntryIds):
    """Ids as they are: what numbers the model gives them, nobody knows who has not seen all
    entries."""

    def learn(self, real: str) -> RealId:  # type: ignore[override]
        moment, _, place = real.partition("-")
        return RealId((int(moment), int(place or 0)))


def _heard_by_others(resource: Resource, found: Value, wanted: object) -> bool:
    """Whether more have heard a message than the model has: somebody else listens, too."""
    if not (is_channel(resource) and isinstance(found, int) and isinstance(wanted, int)):
        return False
    return found > wanted
