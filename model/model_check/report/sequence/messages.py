"""From a trace to the arrows of each step: what goes between the participants.

A command is an arrow, and so is an answer that brings data; what a server pushes arrives as an
arrow from it, what is sent on a connection goes straight to the other end, and what several
processes share is written by an arrow to where it is. A key stands there by the short name of its
resource.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal as OneOf

from ...language.records import dataclass, replace
from ...results.check import CallRecord, Trace, TraceStep
from ...verify.show import printable
from ..words.keys import Keys
from ..words.phrases import WAITED, ValueChange, call_text, is_refused, looked, reached_nobody
from ..words.values import fit_value
from .lifelines import HeldValue, Lifeline, Lifelines

__all__ = ["Arrows", "Message", "Sort", "arrows_of", "commands_of"]

Sort = OneOf["command", "reply", "push", "frame", "write", "wait", "cycle"]

WRITES_SHOWN = 3
"""Arrows of one step for what it writes."""
VALUE_WIDTH = 32
"""Columns of a value that is written."""


@dataclass(frozen=True, slots=True)
class Message:
    """An arrow. `text` is what stands at it; `answer` is told with it, "" where nothing is
    answered or the answer is an arrow of its own.

    "command": sent to a server; "reply": its answer with data; "push": what a server sent by
    itself; "frame": from process to process; "write": a shared variable has another value; "wait":
    at the end, the one waits for the other, and "cycle": so in a cycle of waiting. `lost`: it
    reached nobody. `told` is everything that it stands for, a line each. `read`: the property that
    is shown reads what is written. `refused`: the server answers an error.
    """

    source: Lifeline
    target: Lifeline
    text: str
    answer: str
    sort: Sort
    lost: bool
    told: tuple[str, ...]
    read: bool = False
    refused: bool = False

    @property
    def whole(self) -> str:
        """The text with the answer: `PUBLISH chat 7 → 1 receiver`."""
        return f"{self.text} → {self.answer}" if self.answer else self.text


@dataclass(frozen=True, slots=True)
class Arrows:
    """The arrows of one step, and its commands that go nowhere."""

    messages: tuple[Message, ...]
    asides: tuple[str, ...]


def commands_of(step: TraceStep, keys: Keys) -> list[str]:
    """What a step sent and was answered, and what it found, a line each, with the names that its
    arrows have."""
    return [*_waited(step), *(_told(call, keys) for call in step.calls), *looked(step)]


def _waited(step: TraceStep) -> list[str]:
    return [WAITED] if step.timeout else []


def _told(call: CallRecord, keys: Keys) -> str:
    return keys.told(keys.short(call_text(call), call.resource)).replace(" -> ", " → ")


def arrows_of(
    trace: Trace, lifelines: Lifelines, changes: Sequence[Sequence[ValueChange]]
) -> dict[int, Arrows]:
    """The arrows of every step, by its number; what goes wrong sends nothing. `changes`: what each
    step changed, by its number."""
    found = {}
    waiting: set[tuple[str, str, str]] = set()
    for step in trace.steps:
        messages: list[Message] = []
        asides = [*_waited(step), *looked(step)]
        for whole in step.calls if not step.fault else ():
            call, died = _without_crash(step, whole)
            asides += died
            asked = (step.instance, call.resource, call.wire)
            answers_now = asked in waiting and not call.sending
            if call.sending:
                waiting.add(asked)
            waiting -= {asked} if answers_now else set()
            if lifelines.sender(step) is None:
                asides.append(_told(call, lifelines.keys))
            elif call.resource in lifelines.links:
                _between(step, call, lifelines, messages, asides)
            else:
                messages += _on_server(step, call, lifelines, answers_now)
        if not step.fault and (actor := lifelines.sender(step)) is not None:
            held = (lifelines.held(each, step) for each in changes[step.number])
            messages += _writes(actor, [h for h in held if h and h.holder == lifelines.shared])
        found[step.number] = Arrows(tuple(messages), tuple(asides))
    return found


def _without_crash(step: TraceStep, call: CallRecord) -> tuple[CallRecord, list[str]]:
    """A command with its answer alone, and beside it that its process dies of that."""
    answer, _, crash = call.answer.partition(": ")
    if step.crashes and crash:
        return replace(call, answer=answer), [printable(crash)]
    return call, []


def _writes(actor: Lifeline, held: Sequence[HeldValue]) -> Iterator[Message]:
    """An arrow for each shared variable that has another value; what the property reads first."""
    written = sorted(held, key=lambda each: not each.read)
    shown = written if len(written) <= WRITES_SHOWN else written[: WRITES_SHOWN - 1]
    for each in shown:
        text = f"{each.name} = {fit_value(each.change.value, VALUE_WIDTH)}"
        yield Message(actor, each.holder, text, "", "write", False, (each.whole,), each.read)
    if rest := written[len(shown) :]:
        told = tuple(each.whole for each in rest)
        yield Message(actor, rest[0].holder, f"+{len(rest)} more", "", "write", False, told)


def _between(
    step: TraceStep,
    call: CallRecord,
    lifelines: Lifelines,
    messages: list[Message],
    asides: list[str],
) -> None:
    """A command on a connection: what is sent goes to the other end, what is read is here."""
    if not call.arguments and call.answer:
        asides.append(f"{printable(call.wire)} → {printable(call.answer)}")
        return
    actor = lifelines.processes[step.instance]
    lost = bool(call.arguments) and call.result is False
    # That a frame was sent is what the arrow says.
    answer = "" if call.result is True else printable(call.answer)
    target = lifelines.other_end(call.resource, step.instance)
    text = printable(call.wire)
    messages.append(Message(actor, target, text, answer, "frame", lost, (call_text(call),)))


def _on_server(
    step: TraceStep, call: CallRecord, lifelines: Lifelines, answers_now: bool
) -> Iterator[Message]:
    """A command to a server: an arrow there, and one back where it fetches something."""
    actor = lifelines.sender(step)
    assert actor is not None
    target, keys = lifelines.of_resource[call.resource], lifelines.keys
    wire = printable(keys.short(call.wire, call.resource))
    answer = printable(keys.told(call.answer))
    told = (keys.told(call_text(call)),)
    if wire.startswith("(") and answer:
        # In brackets is what a client library does: nothing is sent.
        text = f"{printable(call.resource)}: {answer}"
        yield Message(target, actor, text, "", "push", False, told)
    elif answers_now:
        refused = is_refused(call)
        yield Message(target, actor, answer, "", "reply", False, told, refused=refused)
    elif is_refused(call):
        yield Message(actor, target, wire, answer, "command", False, told, refused=True)
    elif _fetches(call):
        yield Message(actor, target, wire, "", "command", False, told)
        yield Message(target, actor, answer, "", "reply", False, told)
    else:
        lost = reached_nobody(call)
        text = wire + (" ..." if call.sending else "")
        yield Message(actor, target, text, answer, "command", lost, told)


def _fetches(call: CallRecord) -> bool:
    """Whether data comes back: an answer that is more than a number or a state of affairs, or
    any answer to a command that takes nothing along."""
    if call.result is None or isinstance(call.result, bool):
        return False
    return not call.arguments or not isinstance(call.result, int)
