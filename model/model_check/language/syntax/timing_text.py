"""From the text under `timing:` to the names, times and chances that stand there."""

from __future__ import annotations

import re
from fractions import Fraction

from ..source.diagnostics import Diagnostics
from ..source.reader import Node, ScalarNode
from ..source.text import Text
from .fields import Fields
from .names import normal, shorten
from .timing import Amount, FormOfTime, StepTimeDoc, TimedName, TimeDoc
from .written import Name

__all__ = ["FORMS_OF_TIME", "UNITS", "parse_step", "parse_time", "read_timing"]

UNITS = {
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "min": 60_000_000_000,
    "h": 3_600_000_000_000,
}
"""Nanoseconds in a unit."""
FORMS_OF_TIME = "5ms, 1..3ms, exp 50ms, normal 50ms 5ms or from log"
"""What can be written for a time, to be shown."""
_LONGEST = 200
"""Characters: what looks for a time in a text looks again at each of its blanks."""
_MOST_DIGITS = 20
_MOST_DECIMALS = 4
"""Of a chance in percent: weights stay small numbers."""

_NAME = r"[^\W\d]\w*"
_STEP = re.compile(
    rf"(?P<owner>{_NAME})(?:\[(?P<number>0|[1-9][0-9]{{0,8}})\])?"
    rf"(?:\.(?P<label>{_NAME}(?:\+{_NAME})*)(?:\[(?P<part>[^\[\]]+(?:\[\d+\])?)\])?)?"
)


def read_timing(fields: Fields, errors: Diagnostics) -> tuple[StepTimeDoc, ...]:
    """The entries under `timing`, in the order of the file."""
    found = (_entry(key, value, errors) for key, value in fields.section("timing"))
    return tuple(each for each in found if each is not None)


def parse_step(text: Text, errors: Diagnostics) -> TimedName | None:
    """The name of a step, or of a process; None, and a message, where it is none."""
    match = _STEP.fullmatch(text.text)
    if match is None:
        hint = "gateway.subscribe, gateway[1].subscribe, or gateway: when it begins"
        errors.report(text.at(), f"this names no step: {shorten(text.text)}", hint)
        return None
    number, label = match["number"], match["label"]
    return TimedName(
        Name(normal(match["owner"]), text.at()),
        None if number is None else int(number),
        None if label is None else Name(normal(label), text.at(match.start("label"))),
        match["part"] or "",
        text.at(),
    )


def _entry(key: ScalarNode, value: Node, errors: Diagnostics) -> StepTimeDoc | None:
    name = parse_step(key.content, errors)
    if not isinstance(value, ScalarNode):
        errors.report(value.at, f"the time of {shorten(key.text)} must be text", FORMS_OF_TIME)
        return None
    text = value.content.part(0)
    if len(text.text) > _LONGEST:
        errors.report(text.at(), f"a time has at most {_LONGEST} characters", FORMS_OF_TIME)
        return None
    time: TimeDoc | None = None
    chance: Fraction | None = None
    for part in _parts(text):
        if part.text.endswith("%"):
            if chance is not None:
                errors.report(part.at(), "a chance stands here twice")
            chance = _chance(part, errors)
        else:
            if time is not None:
                errors.report(part.at(), "a time stands here twice", "a time, and a chance: 1s, 5%")
            time = parse_time(part, errors)
    if name is None:
        return None
    return StepTimeDoc(name, time, chance, text.text, text.at())


def _parts(text: Text) -> list[Text]:
    """What stands between commas."""
    found, start = [], 0
    for size in map(len, text.text.split(",")):
        found.append(text.part(start, start + size))
        start += size + 1
    return found


# --- times -----------------------------------------------------------------------------------

_AMOUNT = r"[-+]?[0-9]+(?:\.[0-9]+)?\s*[^\W\d_]*"
_TIMES: dict[FormOfTime, re.Pattern[str]] = {
    "log": re.compile(r"from\s+log"),
    "exp": re.compile(rf"exp\s+({_AMOUNT})"),
    "normal": re.compile(rf"normal\s+({_AMOUNT})\s+({_AMOUNT})"),
    "uniform": re.compile(rf"({_AMOUNT})\s*\.\.\s*({_AMOUNT})"),
    "fixed": re.compile(rf"({_AMOUNT})"),
}
_EVERY = re.compile(r"every(?:\s+|$)")


def parse_time(text: Text, errors: Diagnostics) -> TimeDoc | None:
    """A time: one of `FORMS_OF_TIME`, `every` before it or not. None, and a message, where it is
    none, or an amount in it has no unit."""
    every = _EVERY.match(text.text)
    time = text if every is None else text.part(every.end())
    for form, pattern in _TIMES.items():
        match = pattern.fullmatch(time.text)
        if match is None:
            continue
        written = [time.part(*match.span(n + 1)) for n in range(len(match.groups()))]
        # The unit of the higher end is that of the lower one, where that has none.
        shared = _unit(written[1].text) if form == "uniform" else ""
        found = [_amount(each, shared, errors) for each in written]
        amounts = tuple(each for each in found if each is not None)
        return TimeDoc(form, amounts, every is not None, text.at()) if all(found) else None
    what = shorten(time.text) if time.text else "nothing"
    errors.report(time.at(), f"this is no time: {what}", FORMS_OF_TIME)
    return None


def _unit(text: str) -> str:
    return text.lstrip("+-.0123456789 ")


def _amount(text: Text, shared: str, errors: Diagnostics) -> Amount | None:
    written = _unit(text.text)
    unit = written or shared
    number = text.text[: len(text.text) - len(written)].strip()
    units = ", ".join(UNITS)
    if not unit:
        errors.report(text.at(), f"a unit is missing: {number}", f"{number}ms: {units}")
    elif unit not in UNITS:
        at = text.at(len(text.text) - len(written))
        errors.report(at, f"no such unit: {shorten(unit)}", f"there is {units}")
    elif number.startswith("-"):
        errors.report(text.at(), f"a time is not negative: {shorten(text.text)}")
    elif len(number) > _MOST_DIGITS:
        errors.report(text.at(), f"a time has at most {_MOST_DIGITS} digits")
    else:
        exact = Fraction(number) * UNITS[unit]
        if exact.denominator == 1:
            return Amount(exact.numerator, text.at())
        message = f"a time is a whole number of nanoseconds, not {number}{unit}"
        errors.report(text.at(), message, "0.001us is one")
    return None


_CHANCE = re.compile(r"([-+]?[0-9]{1,20}(?:\.([0-9]+))?)\s*%")


def _chance(text: Text, errors: Diagnostics) -> Fraction | None:
    match = _CHANCE.fullmatch(text.text)
    if match is None:
        errors.report(text.at(), f"this is no chance: {shorten(text.text)}", "2% or 0.5%")
        return None
    if len(match[2] or "") > _MOST_DECIMALS:
        errors.report(text.at(), f"a chance has at most {_MOST_DECIMALS} decimals")
        return None
    chance = Fraction(match[1]) / 100
    if not 0 <= chance <= 1:
        errors.report(text.at(), f"a chance lies between 0% and 100%: {shorten(text.text)}")
        return None
    return chance
