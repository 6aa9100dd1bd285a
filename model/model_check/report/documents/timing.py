"""How long steps took, as a JSON document: `--timing FILE` of `model-check monitor` and `record`.

It is written for `from log` in a spec's `timing:`, and read back for that. A file that anybody may
have written is looked at before anything of it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...language.tree.timing import MOST_TIME
from ...likelihood.measured import MeasuredError, MeasuredTimes
from ...results.step_times import StepTimes
from .json_file import Json, JsonError, read_json
from .json_forms import (
    ANY_NUMBER,
    COUNT,
    NAME,
    TEXTS,
    TRUTH,
    JsonDocument,
    JsonKind,
    JsonObject,
    by_name,
    list_of,
    one_of,
    optional,
)

__all__ = ["TIMED", "read_times"]

MOST_TIMES = 10_000
"""Times of one step that are written: evenly chosen in their order, where there are more."""
_MOST_STEPS = 10_000
_SINCE = ("begin", "step", "same")
_MICROSECOND = 1_000
_QUANTILES = (0, 5, 25, 50, 75, 95, 99, 100)


def _kept(times: Sequence[int]) -> list[int]:
    """So many of ascending times that they can be written: all, or those in the middle of as many
    equal parts."""
    count = len(times)
    if count <= MOST_TIMES:
        return list(times)
    return [times[(2 * n + 1) * count // (2 * MOST_TIMES)] for n in range(MOST_TIMES)]


def _quantiles(found: StepTimes) -> dict[str, int]:
    """By nearest rank: the lowest time that so many percent of them are not above."""
    count = len(found.times)
    if not count:
        return {}
    return {f"{p}%": found.times[max(0, -(-p * count // 100) - 1)] for p in _QUANTILES}


_TIMES = list_of(COUNT)

STEP = JsonObject("step_times", "How long a step took, in microseconds.", {
    "step": (NAME, "Its name, `gateway.subscribe`; or that of its process, for when that begins."),
    "since": (one_of(*_SINCE), "From when the time counts. step: from the step before of the same"
        " process that a log shows; same: from when the same step came last; begin: from the first"
        " step of the session to the first one of the process (`record`: from when all processes"
        " were connected)."),
    "waits": (TRUTH, "Whether the step may have to wait, and what it waited is in its times."),
    "count": (COUNT, "How many times there are.", lambda found: len(found.times)),
    "left_out": (COUNT, "How many were not taken: the behaviours that a session fits disagree, the"
        " clock went backwards, or it took longer than a time in a spec may be."),
    "mean_us": (optional(ANY_NUMBER), "Their mean; null where there are none.",
        lambda found: sum(found.times) / len(found.times) if found.times else None),
    "quantiles_us": (by_name(COUNT), "The lowest time that so many percent are not above.",
        _quantiles),
    "times_us": (JsonKind(_TIMES.schema, _kept), f"The times, ascending; of more than"
        f" {MOST_TIMES:,} those in the middle of so many equal parts.", lambda found: found.times),
})  # fmt: skip

TIMED = JsonDocument("model-check/timing/1", "How long the steps of a model took in logs", (
    JsonObject("timed", "What `model-check monitor --timing FILE` and `record --timing FILE`"
        " write. Within version 1 keys are only added.", {
        "model": (NAME, "The name of the model."),
        "logs": (TEXTS, "The logs; of `record`, the server."),
        "sessions": (COUNT, "The sessions from which times were taken: they fit the model."),
        "steps": (list_of(STEP), "The times, in the order of the spec."),
    }),
), ascii=True)  # fmt: skip


def read_times(path: Path) -> MeasuredTimes:
    """The times in a file that `model-check monitor --timing` wrote. Raises MeasuredError where it
    is none, with the place in the document."""
    try:
        document = read_json(path)
        version = document.get("schema")
        if version.text() != TIMED.version:
            raise version.wrong(f'"{TIMED.version}"')
        found: dict[tuple[str, str], tuple[int, ...]] = {}
        steps = document.get("steps")
        items = steps.items()
        if len(items) > _MOST_STEPS:
            raise JsonError(f"{steps.place}: there are more than {_MOST_STEPS:,} of them")
        for each in items:
            key = (each.get("step").text(), _since(each.get("since")))
            if key in found:
                raise each.get("step").wrong("a step that does not stand here before")
            found[key] = _times(each.get("times_us"))
    except JsonError as error:
        raise MeasuredError(f"{path}: {error}") from None
    return MeasuredTimes(str(path), found)


def _since(place: Json) -> str:
    if place.text() not in _SINCE:
        raise place.wrong(f"one of {', '.join(_SINCE)}")
    return place.text()


def _times(place: Json) -> tuple[int, ...]:
    items = place.items()
    if len(items) > MOST_TIMES:
        raise JsonError(f"{place.place}: there are more than {MOST_TIMES:,} of them")
    most = MOST_TIME // _MICROSECOND
    return tuple(sorted(each.whole(most) * _MICROSECOND for each in items))
