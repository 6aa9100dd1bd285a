"""Steered runs written by hand: what the conductor would measure, without any service.

The services are those of `specs/legacy.yaml`, in a session `s1`; a command takes 0.4 ms, and who
comes too early is held.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from model_check import monitor
from model_check.results.check import Trace
from model_check.results.monitor import SessionVerdict
from model_check.results.replay import CheckLine, Screen
from model_check.results.steer import Departure, SteeredCommand, SteeredRun, SteerResult, Turn
from report_samples import RESOURCES, legacy_trace

__all__ = [
    "carried_out", "departed", "judged", "line_of", "never_came", "of_schedules", "of_trace",
    "turns_of",
]  # fmt: skip

SPEC = "specs/legacy.yaml"
CONNECTIONS = {"ai_service": 1, "gateway": 2, "gateway's subscriber": 3}
BEGAN = 1_795_633_057_000_000
"""Microseconds: when the run began."""


def turns_of(trace: Trace) -> tuple[Turn, ...]:
    """The steps that Redis sees."""
    found: list[Turn] = []
    for step in trace.steps:
        calls = [call for call in step.calls if call.resource != "socket"]
        if calls:
            receives = calls[0].wire.startswith("message ")
            sends = () if receives else tuple(call.wire for call in calls)
            found.append(
                Turn(len(found) + 1, step.number, step.instance, step.event, sends, receives)
            )
    return tuple(found)


def words_of(wire: str) -> tuple[str, ...]:
    """A command of the spec as the services send it."""
    name, key, *rest = wire.replace("{session}", "s1").split()
    if name in ("PUBLISH", "RPUSH"):
        number = int(rest[0])
        chunk = {"content": f"chunk{number}", "is_complete": number == 10}
        rest = [json.dumps(chunk)]
    return (name, key, *rest)


def line_of(words: Sequence[str], milliseconds: float, connection: int) -> str:
    """A line of MONITOR."""
    quoted = " ".join(f'"{word.replace(chr(34), chr(92) + chr(34))}"' for word in words)
    micro = BEGAN + round(milliseconds * 1000)
    at = f"{micro // 1_000_000}.{micro % 1_000_000:06d}"
    return f"{at} [0 127.0.0.1:{40000 + connection}] {quoted}"


def _command(number: int, turn: Turn, answer: str, *, held: float) -> SteeredCommand:
    subscriber = turn.receives or turn.sends[0].startswith("SUBSCRIBE")
    connection = CONNECTIONS["gateway's subscriber" if subscriber else turn.instance]
    went = 20.0 + 1.5 * number
    said = "message chat:stream:s1" if turn.receives else " ".join(words_of(turn.sends[0]))
    return SteeredCommand(
        number=number,
        commands=(said,),
        connection=connection,
        address=f"127.0.0.1:{40000 + connection}",
        turn=turn.number,
        instance=turn.instance,
        answer=answer,
        differs="",
        came=went - held,
        went=went,
        answered=None if turn.receives else went + 0.4,
        delivered=turn.receives,
    )


def _commands(trace: Trace, turns: Sequence[Turn]) -> tuple[SteeredCommand, ...]:
    found = []
    for number, turn in enumerate(turns, start=1):
        call = trace.steps[turn.step - 1].calls[0]
        integer = turn.sends[:1] and turn.sends[0].split()[0] in ("PUBLISH", "RPUSH")
        answer = f"(integer) {call.result}" if integer else call.answer
        held = 12.25 if turn.event in ("gateway.subscribe", "ai_service.save[7]") else 0.04
        found.append(_command(number, turn, answer, held=held))
    return tuple(found)


def _with_lines(
    commands: Sequence[SteeredCommand], turns: Sequence[Turn]
) -> tuple[tuple[SteeredCommand, ...], tuple[str, ...]]:
    """The commands with the numbers of their lines, and all lines."""
    lines = [
        line_of(words_of(f"RPUSH chat:history:s1 {n}"), n, CONNECTIONS["ai_service"])
        for n in range(1, 7)
    ]
    found = []
    for each in commands:
        if not each.delivered and each.turn is not None:
            wire = turns[each.turn - 1].sends[0]
            lines.append(line_of(words_of(wire), each.went, each.connection))
            each = replace(each, lines=(len(lines),))
        found.append(each)
    return tuple(found), tuple(lines)


@cache
def judged(lines: tuple[str, ...], spec: str = SPEC) -> SessionVerdict:
    """What `model-check monitor` says of lines."""
    return monitor(spec, [("log", [f"{line}\n".encode() for line in lines])]).sessions[0]


def carried_out(number: int = 1) -> SteeredRun:
    """The services of `legacy` under the trace that loses 7."""
    trace = legacy_trace()
    turns = turns_of(trace)
    commands, lines = _with_lines(_commands(trace, turns), turns)
    shown = (1, 2, 3, 4, 5, 6, 8, 9, 10)
    screen = Screen(
        "client.shown", shown, "history", tuple(range(1, 11)), (7,),
        (
            CheckLine("7 was published inside the window: PUBLISH chat:stream:{session} 7 -> 0"
                      " receivers, and no reading of the history held it", ticked=True),
            CheckLine("the display lacks 7: client.shown = [1, 2, 3, 4, 5, 6, 8, 9, 10]",
                      ticked=True),
        ),
    )  # fmt: skip
    return SteeredRun(
        number=number, trace=trace, turns=turns, done=len(turns), commands=commands, departure=None,
        session=judged(lines), screens=(screen,), lines=lines, status=None, ended=True,
        seconds=1.25,
    )  # fmt: skip


def departed(number: int = 1) -> SteeredRun:
    """Services of which the gateway subscribes before it reads, under the same trace."""
    trace = legacy_trace()
    turns = turns_of(trace)
    by_event = {turn.event: turn for turn in turns}
    order = ["gateway.subscribe", "ai_service.publish[7]", "gateway.read_history"]
    order += ["ai_service.save[7]"]
    order += [f"ai_service.{what}[{n}]" for n in (8, 9, 10) for what in ("publish", "save")]
    commands = []
    for place, event in enumerate(order, start=1):
        turn = by_event[event]
        integer = {"publish": "(integer) 1", "save": f"(integer) {place // 2 + 5}"}
        answer = integer.get(event.split(".")[1][:-3].removesuffix("["), "")
        each = _command(place, turn, answer, held=18.5 if place < 3 else 0.04)
        went = each.went + 5000
        came = each.came if place < 3 else went - 0.04
        commands.append(replace(each, turn=None, came=came, went=went, answered=went + 0.4))
    told = [by_event[event] for event in order]
    as_turns = [replace(c, turn=t.number) for c, t in zip(commands, told, strict=True)]
    _, lines = _with_lines(as_turns, turns)
    wanted = by_event["gateway.read_history"]
    left = Departure(
        turn=wanted,
        held=("gateway: SUBSCRIBE chat:stream:s1", "ai_service: PUBLISH chat:stream:s1 chunk7"),
        instead="gateway: SUBSCRIBE chat:stream:s1",
        unknown=(),
        waited=5.0,
        cause="else",
    )
    return SteeredRun(
        number=number, trace=trace, turns=turns, done=0, commands=tuple(commands), departure=left,
        session=judged(lines), screens=(), lines=lines, status=0, ended=False, seconds=6.5,
    )  # fmt: skip


def never_came(number: int = 1) -> SteeredRun:
    """A command that does not start."""
    trace = legacy_trace()
    turns = turns_of(trace)
    left = Departure(turns[0], (), "", (), 5.0, "over")
    return SteeredRun(
        number=number, trace=trace, turns=turns, done=0, commands=(), departure=left, session=None,
        screens=(), lines=(), status=127, ended=False, seconds=5.1,
    )  # fmt: skip


def of_trace(run: SteeredRun) -> SteerResult:
    """One run under the trace of no_loss."""
    return SteerResult(
        model="legacy", server="Redis 7.0.15", own=True, listen="127.0.0.1:6380",
        property="no_loss", asked=1, orders=None, runs=(run,),
        expected={"no_loss": ("violated",)}, stopped="", seconds=run.seconds,
        promised=(), resources=RESOURCES, formulas={"no_loss": "len(missing) == 0"},
    )  # fmt: skip


def of_schedules(runs: Sequence[SteeredRun], orders: int | None) -> SteerResult:
    """Runs under schedules in none of which the model loses anything."""
    return SteerResult(
        model="fix-both", server="Redis 7.0.15", own=True, listen="127.0.0.1:6380",
        property="", asked=len(runs), orders=orders, runs=tuple(runs),
        expected={"no_loss": ("holds",) * len(runs)}, stopped="",
        seconds=sum(run.seconds for run in runs), schedules=True, promised=("no_loss",),
        resources=RESOURCES,
    )  # fmt: skip
