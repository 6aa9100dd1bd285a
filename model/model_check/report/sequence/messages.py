"""From a trace to the arrows of each step: what goes between the participants.

A command is an arrow, and so is an answer that brings data; what a server pushes arrives as an
arrow from it, and what is sent on a connection goes straight to the other end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal as OneOf

from ...language.records import dataclass
from ...results.check import CallRecord, Trace, TraceStep
from ...verify.show import printable
from ..words.phrases import WAITED, call_text, looked, reached_nobody
from .lifelines import Lifeline, Lifelines

__all__ = ["Arrows", "Message", "arrows_of"]


@dataclass(frozen=True, slots=True)
class Message:
    """An arrow. `text` is what stands at it; `answer` is told with it, "" where nothing is
    answered or the answer is an arrow of its own.

    "command": sent to a server; "reply": its answer with data; "push": what a server sent by
    itself; "frame": from process to process. `lost`: it reached nobody. `told` is everything
    that it stands for, a line each.
    """

    source: Lifeline
    target: Lifeline
    text: str
    answer: str
    sort: OneOf["command", "reply", "push", "frame"]
    lost: bool
    told: tuple[str, ...]

    @property
    def whole(self) -> str:
        """The text with the answer: `PUBLISH chat 7 → 1 receiver`."""
        return f"{self.text} → {self.answer}" if self.answer else self.text


@dataclass(frozen=True, slots=True)
class Arrows:
    """The arrows of one step, and its commands that go nowhere."""

    messages: tuple[Message, ...]
    asides: tuple[str, ...]


def arrows_of(trace: Trace, lifelines: Lifelines) -> dict[int, Arrows]:
    """The arrows of every step, by its number; what goes wrong sends nothing."""
    found = {}
    waiting: set[tuple[str, str, str]] = set()
    for step in trace.steps:
        messages: list[Message] = []
        asides = [*([WAITED] if step.timeout else []), *looked(step)]
        for call in step.calls if not step.fault else ():
            asked = (step.instance, call.resource, call.wire)
            answers_now = asked in waiting and not call.sending
            if call.sending:
                waiting.add(asked)
            waiting -= {asked} if answers_now else set()
            if lifelines.sender(step) is None:
                asides.append(call_text(call).replace(" -> ", " → "))
            elif call.resource in lifelines.links:
                _between(step, call, lifelines, messages, asides)
            else:
                messages += _on_server(step, call, lifelines, answers_now)
        found[step.number] = Arrows(tuple(messages), tuple(asides))
    return found


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
    target = lifelines.of_resource[call.resource]
    wire, answer = printable(call.wire), printable(call.answer)
    told = (call_text(call),)
    if wire.startswith("(") and answer:
        # In brackets is what a client library does: nothing is sent.
        text = f"{printable(lifelines.key(call.resource))}: {answer}"
        yield Message(target, actor, text, "", "push", False, told)
    elif answers_now:
        yield Message(target, actor, answer, "", "reply", False, told)
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
