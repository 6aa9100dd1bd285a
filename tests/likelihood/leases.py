"""Which commands give a key a time to live, by what goes over the wire and what is answered, as the
command pages of Redis say it: a meaning of its own, beside that of the kinds.

https://redis.io/docs/latest/commands/set/, .../expire/, .../getex/
"""

from __future__ import annotations

from collections.abc import Iterable

from model_check.results.trace import CallRecord

__all__ = ["given_time"]


def given_time(calls: Iterable[CallRecord]) -> frozenset[str]:
    """The resources whose keys are given a time to live by some commands, be it the same again."""
    return frozenset(each.resource for each in calls if _gives(each.wire.split(), each.answer))


def _gives(words: list[str], answer: str) -> bool:
    command, options = words[0], {each for each in words[1:] if each.isupper()}
    nothing = answer in ("(nil)", "nil")
    match command:
        case "SETEX" | "PSETEX":
            return True
        case "EXPIRE" | "PEXPIRE":
            return answer == "1" and int(words[2]) > 0
        case "GETEX":
            return not nothing and bool(options & {"EX", "PX"})
        case "SET" if options & {"EX", "PX"}:
            if {"NX", "GET"} <= options:
                return nothing
            return ("GET" in options and "XX" not in options) or not nothing
    return False
