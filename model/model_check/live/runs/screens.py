"""From the answers of a real run to what a user saw and what was stored.

The checklist is that of the bug this project was born from: what a reproduction of a lost
message must show, each line ticked from what the server answered, the frames that came and
what was read at the end. Nothing here asks the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...language.syntax.call_form import base_name
from ...language.tree.spec import Spec
from ...results.check import CallRecord, Value
from ...results.replay import CheckLine, RealStep, Screen
from ...verify.show import format_value, runs_of
from ..brokers.keys import instances_of
from ..brokers.registry import broker_of

__all__ = ["ranges_text", "screens_of"]

READINGS = frozenset({"lrange", "xrange", "xrange(-,+)", "xread"})
WAITED_FOR = frozenset({"get_message", "xread", "blpop", "brpop"})
PUBLISHINGS = frozenset({"publish", "xadd"})


@dataclass(frozen=True, slots=True)
class _Frame:
    value: Value
    live: bool
    """Sent in the step in which it was received, not from what was read."""


def screens_of(
    spec: Spec,
    steps: Sequence[RealStep],
    variables: Mapping[str, Value],
    stored: Mapping[str, Value],
    initial: Mapping[str, Value],
) -> tuple[Screen, ...]:
    """What each screen showed in the end, against what the server holds: for every process
    that receives frames and keeps a list, in a spec that stores a list or a stream."""
    store = next((name for name, value in stored.items() if isinstance(value, list)), None)
    if store is None:
        return ()
    kept = stored[store]
    assert isinstance(kept, list)
    before = initial[store]
    assert isinstance(before, list)
    found = []
    for display, shown in variables.items():
        instance = display.rpartition(".")[0]
        sockets = _sockets(steps, instance)
        if not sockets or not isinstance(shown, list) or not _is_last_hand(spec, sockets, instance):
            continue
        missing = tuple(each for each in kept if each not in shown)
        screen = Screen(display, tuple(shown), store, tuple(kept), missing, ())
        if missing:
            # A page that was loaded anew shows what came over its last connection.
            lines = _checklist(screen, steps, sockets[-1], before)
            screen = replace(screen, checklist=lines)
        found.append(screen)
    return tuple(found)


def _calls(steps: Sequence[RealStep]) -> list[tuple[RealStep, CallRecord]]:
    return [(step, call) for step in steps for call in step.calls if not call.sending]


def _sockets(steps: Sequence[RealStep], instance: str) -> list[str]:
    """The connections on which an instance received frames, in the order of use."""
    names = [
        call.resource
        for step, call in _calls(steps)
        if step.instance == instance and call.command == "recv"
    ]
    return list(dict.fromkeys(names))


def _is_last_hand(spec: Spec, sockets: Sequence[str], instance: str) -> bool:
    """Whether an instance is a screen: it talks to nobody but over these sockets."""
    for resource in spec.resources:
        for name, clients in zip(instances_of(resource), resource.clients, strict=True):
            if (
                instance in clients.members
                and not broker_of(resource).shows_frames
                and name not in sockets
            ):
                return False
    return True


def _frames(steps: Sequence[RealStep], socket: str, instance: str) -> list[_Frame]:
    """The frames that an instance received on a socket, with where they came from."""
    sent: list[_Frame] = []
    received = 0
    for step in steps:
        live = any(base_name(call.command) in WAITED_FOR for call in step.calls)
        for call in step.calls:
            if call.resource != socket:
                continue
            if call.command == "recv" and step.instance == instance:
                received += 1
            elif step.instance != instance and call.result is True:
                frames = call.arguments.get("frames", [call.arguments.get("frame")])
                assert isinstance(frames, list)
                sent += [_Frame(each, live) for each in frames]
    return sent[:received]


def _is_sending(call: CallRecord, socket: str) -> bool:
    return call.resource == socket and call.command in ("send", "send_all")


def _checklist(
    screen: Screen, steps: Sequence[RealStep], socket: str, before: Sequence[Value]
) -> tuple[CheckLine, ...]:
    """`before`: what the history held at first."""
    kept, shown, missing = screen.stored, screen.shown, screen.missing
    calls = _calls(steps)
    frames = _frames(steps, socket, screen.instance)
    # What was read by the process that sends to this screen.
    senders = {s.instance for s, c in calls if _is_sending(c, socket)} - {screen.instance}
    readings = [
        _values(c.result) for s, c in calls if s.instance in senders and c.command in READINGS
    ]
    published = {_key(_sent(c)): c for _, c in calls if base_name(c.command) in PUBLISHINGS}
    lost = ranges_text(missing)
    got = [each.value for each in frames]
    first = readings[0] if readings else []
    after = kept[max(kept.index(each) for each in missing) + 1 :]
    live = [each.value for each in frames if each.live]
    telling = [published[_key(m)] for m in missing if _key(m) in published]
    answers = "; ".join(f"{c.wire} -> {c.answer}" for c in telling)
    unseen = all(m not in reading for m in missing for reading in readings)
    to_nobody = all(base_name(c.command) == "xadd" or c.result == 0 for c in telling)
    return (
        CheckLine(
            f"from the history the client got {ranges_text(first)}",
            bool(first) and got[: len(first)] == first,
        ),
        CheckLine(
            f"{lost} was published inside the window: {answers or 'never'}, and no reading"
            " of the history held it",
            len(telling) == len(missing) and to_nobody and unseen,
        ),
        CheckLine(f"the client did not get {lost}", not any(m in got for m in missing)),
        CheckLine(
            f"it got {ranges_text(after)} live",
            bool(after) and all(each in live for each in after),
        ),
        CheckLine(
            f"the history holds {ranges_text(kept)} ({screen.store}, read at the end)",
            sorted(map(_key, kept)) == sorted({_key(each) for each in before} | set(published)),
        ),
        CheckLine(
            f"the display lacks {lost}: {screen.display} = {format_value(list(shown))}",
            not any(m in shown for m in missing)
            and all(each in shown or each in missing for each in kept),
        ),
    )


def _sent(call: CallRecord) -> Value:
    return next(iter(call.arguments.values()))


def _key(value: Value) -> str:
    return format_value(value).rjust(20)


def _values(result: Value) -> list[Value]:
    """The values in an answer: a list, or a list of entries."""
    items = result if isinstance(result, list) else []
    return [each["value"] if isinstance(each, dict) and "value" in each else each for each in items]


def ranges_text(values: Sequence[Value]) -> str:
    """Values in few words: `1-6`, `8-10`, `7, 9`, `none`."""
    if not values:
        return "none"
    return ", ".join(
        format_value(part[0])
        if len(part) == 1
        else ", ".join(map(format_value, part))
        if len(part) == 2
        else f"{format_value(part[0])}-{format_value(part[-1])}"
        for part in runs_of(values)
    )
