"""Times that were measured, in the place of `from log`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import ModelCheckError
from ..language.records import dataclass, replace
from ..language.source.diagnostics import Diagnostic, SpecError, did_you_mean
from ..language.tree.timing import FromLog, StepTime

__all__ = ["MeasuredError", "MeasuredTimes", "with_measured"]


class MeasuredError(ModelCheckError):
    """A file holds no times that were measured; the text says where and what."""


@dataclass(frozen=True, slots=True)
class MeasuredTimes:
    """What was measured, from the file at `path`: nanoseconds, ascending, by the name of a step or
    a process, and since when: "begin", "step" (before) or "same" (step)."""

    path: str
    times: Mapping[tuple[str, str], tuple[int, ...]]


def with_measured(timing: Sequence[StepTime], measured: MeasuredTimes) -> tuple[StepTime, ...]:
    """The times of a spec, with what was measured where it says `from log`. A log does not say
    which instance is which, so each has the times of all.

    Raises SpecError, at each such entry of which nothing was measured.
    """
    found: list[StepTime] = []
    missing: list[Diagnostic] = []
    for each in timing:
        if not isinstance(each.time, FromLog):
            found.append(each)
            continue
        name = f"{each.process}.{each.label}" if each.label else each.process
        since = "begin" if not each.label else "same" if each.every else "step"
        times = measured.times.get((name, since), ())
        if times:
            found.append(replace(each, time=FromLog(times)))
        else:
            message = f"{measured.path} has no times of {_told(name, since)}"
            known = [n for (n, s), known in measured.times.items() if known and s == since]
            missing.append(Diagnostic(each.at, message, did_you_mean(name, known)))
    if missing:
        raise SpecError(missing)
    return tuple(found)


def _told(name: str, since: str) -> str:
    if since == "begin":
        return f"when {name} begins"
    return f"{name} since {'it came last' if since == 'same' else 'the step before'}"
