"""What came of a steered run, in words: each sentence says what was measured, and no more.

`violated in this run` is not `can be violated`, and `not violated in this run` is not `holds`: a
run is one of many. Only the search speaks of all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ...results.check import Value
from ...results.steer import Departure, Outcome, SteeredCommand, SteeredRun, SteerResult
from ...verify.show import printable
from .columns import counted
from .keys import Keys
from .values import name_of_bindings

__all__ = [
    "answered_text", "carried_text", "command_ended", "departure_text", "first_to_tell",
    "left_text", "lost_text", "meaning", "never_text", "orders_text", "outcome_text", "outcomes_of",
    "sent_text", "through_text", "turn_text", "verdict_text",
]  # fmt: skip


def _word(command: str) -> str:
    """`SUBSCRIBE` of `"SUBSCRIBE" "chat:stream:1"`."""
    return command.split(" ", 1)[0].strip('"').upper()


def departure_text(found: Departure) -> str:
    """What was sent instead of a turn: `gateway sent SUBSCRIBE before LRANGE`; where nothing was,
    what did not come."""
    turn = found.turn
    who = printable(turn.instance)
    instead = printable(found.instead.removeprefix(f"{turn.instance}: "))
    wanted = printable(" and ".join(_word(each) for each in turn.sends))
    wanted += " as one" * (len(turn.sends) > 1)
    if turn.receives:
        missed = f"the message of {printable(turn.event)}"
        never = f"{missed} never came"
        return f"{who} sent {_word(instead)} before {missed} came" if instead else never
    if not wanted or found.cause == "answered":
        return f"{wanted or 'a command'} of {who} went through and was not answered"
    if not instead:
        return f"{who} did not send {wanted}"
    if _word(instead) != wanted:
        return f"{who} sent {_word(instead)} before {wanted}"
    return f"{who} sent {instead} instead of {printable(turn.sends[0])}"


def left_text(found: Departure) -> str:
    """How and where a schedule was left, as a headline."""
    at, told = f"at step {found.turn.step:,}", departure_text(found)
    if found.cause == "interrupted":
        return f"interrupted {at}: by then, {told}"
    if found.cause == "over":
        return f"your services had ended {at}: {told}"
    if found.cause == "answered":
        return f"the schedule stopped {at}: {told}"
    if found.cause == "queued":
        return (
            f"these services cannot keep to the schedule {at}: {told} by then, and may have to"
            " wait: a command of another process stands before it on the same connection, on"
            " which commands keep their order"
        )
    if found.cause == "silence":
        sent = f"; {printable(found.unknown[0])} came, which the spec has not" \
            if found.unknown else ""  # fmt: skip
        return f"the schedule came no further {at}: {told}{sent}"
    return f"your system does something else {at}: {told}"


def never_text(found: SteerResult, left: Departure) -> str:
    """That no command came at all, as a headline."""
    when = "before your services had ended" if left.cause == "over" else f"in {left.waited:.1f} s"
    return f"no command of {printable(found.model)} came {when}"


def turn_text(run: SteeredRun, left: Departure) -> str:
    """What was to come: `turn 3 of 12, gateway.read_history: LRANGE chat:history:1 0 -1`."""
    turn = left.turn
    what = " and, as one with it, ".join(turn.sends)
    told = printable("a message for it" if turn.receives else what)
    place = f"turn {turn.number:,} of {len(run.turns):,}, {printable(turn.event)}: {told}"
    return f"what was to come: {place}; waited {left.waited:.1f} s for it"


def through_text(found: SteerResult) -> str:
    """`through a proxy at 127.0.0.1:6380`."""
    host, _, port = printable(found.listen).rpartition(":")
    return f"through a proxy on {host}" if port == "0" else f"through a proxy at {host}:{port}"


def carried_text(run: SteeredRun) -> str:
    """How far a run kept to its schedule."""
    whole = counted(len(run.turns), "turn")
    if run.done == len(run.turns):
        order = "in another order that comes to the same" if run.reordered else "in their order"
        return f"the schedule was carried out: all of its {whole}, {order}"
    return f"{run.done:,} of the {whole} of the schedule were carried out"


def verdict_text(run: SteeredRun, name: str) -> str:
    """What a run says of a property."""
    told = {
        "violated": f"{name} is violated in this run",
        "holds": f"{name} is not violated in this run",
        "undetermined": f"whether this run violates {name} is not known",
    }
    return printable(told[run.verdict(name)])


def lost_text(run: SteeredRun, name: str) -> str:
    """The watched definitions at the end of a run, where it violates a property: `missing = {7}`;
    "" where they are not certain."""
    found = [each for each in run.session.properties if each.name == name] if run.session else []
    endings: list[Mapping[str, Value]] = [values for each in found for values in each.endings]
    certain = len(endings) == 1 and run.verdict(name) == "violated"
    return name_of_bindings(endings[0]) if certain else ""


def answered_text(run: SteeredRun) -> str:
    """That answers were others than the model's; "" where none was."""
    many = len(run.differing)
    told = f"{counted(many, 'answer')} {'is' if many == 1 else 'are'} not the model's"
    return told if many else ""


def sent_text(found: SteerResult, command: SteeredCommand) -> str:
    """A command as it really went, in few words: keys by the names of their resources, and text
    without the marks that a log has for quotes in it."""
    whole = printable(" | ".join(command.commands))
    plain = Keys(found.resources).of_sent(whole).replace('\\"', '"')
    return re.sub(r'"([{\[].*[}\]])"', r"\1", plain)


def command_ended(run: SteeredRun) -> str:
    """How the services' command ended; "" where there was none."""
    if run.status is None:
        return "the command was still running, and was ended" if run.ended else ""
    how = f"by signal {-run.status}" if run.status < 0 else f"with exit status {run.status}"
    return f"the command ended {how}"


def outcome_text(found: SteerResult, run: SteeredRun) -> str:
    """What came of a run of many, in a line; runs of which the same is said are counted
    together."""
    return "; ".join(part for part in _outcome_parts(found, run) if part)


def outcomes_of(found: SteerResult) -> Mapping[str, Sequence[SteeredRun]]:
    """The runs by what is said of them: what is not as it should be first, then what came most
    often."""
    kinds: dict[str, list[SteeredRun]] = {}
    for run in found.runs:
        kinds.setdefault(outcome_text(found, run), []).append(run)
    ranks: tuple[Outcome, ...] = (
        "otherwise", "departed", "never came", "undetermined", "not possible", "as said",
    )  # fmt: skip
    return dict(
        sorted(
            kinds.items(), key=lambda kind: (ranks.index(found.outcome(kind[1][0])), -len(kind[1]))
        )
    )


def first_to_tell(found: SteerResult) -> tuple[SteeredRun | None, str]:
    """Of many runs the one that is told wholly, and which it is: the first that is not as the model
    says, else the first that violates something; None: there is neither."""
    for run in found.runs:
        if found.outcome(run) not in ("as said", "not possible"):
            return run, "the first that did not end as the model says"
    for run in found.runs:
        violated = [name for name in found.expected if run.verdict(name) == "violated"]
        if violated:
            return run, f"the first that violates {printable(', '.join(violated))}"
    return None, ""


def _outcome_parts(found: SteerResult, run: SteeredRun) -> Iterator[str]:
    outcome = found.outcome(run)
    if outcome == "never came":
        yield "no command of the spec came"
    elif run.departure is not None:
        left = run.departure
        how = {
            "interrupted": "was interrupted",
            "queued": "not possible over these connections",
        }.get(left.cause, "left the schedule")
        yield f"{how} at {printable(left.turn.event)}: {departure_text(left)}"
    else:
        yield "carried out" if run.done == len(run.turns) else "not carried out to its end"
    yield from _verdict_parts(found, run)
    yield answered_text(run)
    ended = command_ended(run)
    if run.failed_alone and outcome != "never came" and run.departure is None:
        ended += ", though nothing that the model speaks of is violated"
    yield ended


def _verdict_parts(found: SteerResult, run: SteeredRun) -> Iterator[str]:
    """What the run says of the properties."""
    if run.session is None:
        return
    if run.session.mismatch is not None:
        yield f"what the services did is no behaviour of {printable(found.model)}"
        return
    otherwise = found.otherwise(run)
    for name in found.expected:
        lost = lost_text(run, name)
        ending = f" ({lost})" if lost else ""
        against = ", other than the model says" * (name in otherwise)
        if run.verdict(name) == "violated":
            yield f"{printable(name)} is violated{ending}{against}"
        elif run.verdict(name) == "undetermined" and found.said(run)[name] != "undetermined":
            yield f"not known of {printable(name)}"
        elif against:
            yield f"{printable(name)} is not violated{against}"
    if not any(run.verdict(name) != "holds" for name in found.expected):
        yield "nothing is violated"


_ENDED: Mapping[Outcome, str] = {
    "as said": "and ended as the model says",
    "otherwise": "and ended otherwise than the model says",
    "undetermined": "and how it ended the log leaves open",
}


def meaning(found: SteerResult, run: SteeredRun) -> Iterator[str]:
    """What came of a run and what that means, a paragraph each."""
    outcome = found.outcome(run)
    if outcome == "never came":
        yield "so nothing is known of these services: do they use the server that they were given,"\
            " and the keys of the spec?"  # fmt: skip
        return
    if run.departure is not None and run.departure.cause == "interrupted":
        yield "then everything that was held was let go; how it would have gone on is not known"
        return
    if run.departure is not None:
        on = "" if run.departure.cause == "over" else ", and the services ran on freely"
        yield f"then everything that was held was let go{on}"
        yield _departed_meaning(found, run)
        return
    yield f"{carried_text(run)}, {_ENDED[outcome]}"
    if run.fails:
        yield (
            f"the model's run ends there, in an error: {printable(run.trace.error)}. What services"
            " do then, the spec does not say"
        )


def _departed_meaning(found: SteerResult, run: SteeredRun) -> str:
    model = printable(found.model)
    if run.session is None:
        return "of what they did no line is of the spec"
    if run.session.mismatch is not None:
        return (
            f"what they did is no behaviour of {model}: the services do something that the spec"
            " has not. If they were mended, that is to be expected: steer them through schedules of"
            " the spec of the mended system, and hold this log against it (model-check monitor)"
        )
    if run.differing:
        return (
            "what the server answered is not what the model says, so what they violate is not known"
        )
    violated = [each.name for each in run.session.properties if each.verdict == "violated"]
    if violated:
        return (
            f"what they did is another run of {model}, and it violates"
            f" {printable(', '.join(violated))} all the same"
        )
    if run.session.standing == "undetermined":
        return f"what they did may be another run of {model}; what it violates is not known"
    if run.departure is not None and run.departure.cause == "over":
        return f"what they did is another run of {model}, in which nothing is violated"
    return (
        f"what they did is another run of {model}, in which nothing is violated: this order could"
        f" not be forced on them within {run.departure.waited if run.departure else 0:.1f} s"
    )


def orders_text(found: SteerResult) -> Iterator[str]:
    """How many orders there are, and how many of them were carried out; "" of a trace."""
    if not found.schedules:
        return
    done = sum(run.departure is None and run.done == len(run.turns) for run in found.runs)
    if found.orders is None:
        yield "how many orders of the commands the model allows was not counted: --explore does"
        return
    of = "1 order" if found.orders == 1 else f"{found.orders:,} orders"
    told = f"the model allows {of} of the commands that the proxy sees, independent ones in one"
    if len(found.runs) < found.orders:
        yield f"{told}: {len(found.runs):,} were tried, --explore tries all"
    elif done == len(found.runs):
        yield f"{told}: every one was carried out"
    else:
        yield f"{told}: every one was tried, {done:,} could be carried out"
