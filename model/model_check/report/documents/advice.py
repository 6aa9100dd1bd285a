"""From a search for repairs, or for what properties rest on, to a JSON document: `repairs.json`,
`rests-on.json`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from operator import attrgetter, itemgetter
from typing import get_args

from ...results.repair import Attempt, ChangeKind, Repair, Repairs
from ..words.repair_diff import repair_diff
from .check import EXIT_CODE, TRACE
from .faults import FAULTS
from .json_forms import (
    COUNT,
    SECONDS,
    TEXT,
    TEXTS,
    TRUTH,
    VALUES,
    VERDICT,
    JsonDocument,
    JsonKey,
    JsonObject,
    by_name,
    list_of,
    one_of,
    optional,
)

__all__ = ["REPAIRS", "RESTS"]


def _repairs(found: Repairs) -> list[tuple[Repair, tuple[str, ...], str | None]]:
    """Each repair with its diff, and with its file, if one was written."""
    return [
        (each, repair_diff(found.spec, each, found.draft), file)
        for each, file in zip_longest(found.repairs, found.files)
    ]


def _texts(holder: Repair | Attempt) -> list[str]:
    return [each.text for each in holder.changes]


_HEAD: Mapping[str, JsonKey] = {
    "model": (TEXT, "The name of the model.", attrgetter("spec.name")),
    "path": (TEXT, "The path of the spec, as it was given."),
    "command": (TEXT, "The command line that does the same again."),
    "constants": (VALUES, "The constants with their values.", attrgetter("spec.constants")),
    "faults": FAULTS,
    "exit_code": (EXIT_CODE, "What the command ends with."),
    "complete": (TRUTH, "Whether the search came to its end: what it tells is then all there is."),
}  # fmt: skip
_STOPPED = (TEXT, "Why the search ended early, in words; empty if it did not.")
_STATES = (COUNT, "States of all that was explored.")
_SECONDS = (SECONDS, "How long it took.")

CHANGE = JsonObject("change", "One change.", {
    "kind": (one_of(*get_args(ChangeKind)), "What is changed: see docs/repair.md."),
    "process": (TEXT, "The process it changes; empty for an alternative, and for what changes more"
        " than the program of one."),
    "text": (TEXT, "The change in words."),
    "weight": (COUNT, "How much of a change it is: a smallest set has the least sum."),
})  # fmt: skip

REPAIR = JsonObject("repair", "A set of changes after which all that is wanted holds.", {
    "changes": (TEXTS, "The changes in words.", lambda row: _texts(row[0])),
    "verdicts": (by_name(VERDICT), "The verdict of every property then."),
    "states": (COUNT, "States that were explored to show it."),
    "diff": (TEXTS, "The lines of a unified diff of the files in which the programs stand.",
        itemgetter(1)),
    "file": (optional(TEXT), "The spec that was written: a file beside this one; null if none was.",
        itemgetter(2)),
}, part=itemgetter(0))  # fmt: skip

ATTEMPT = JsonObject("attempt",
    "A set of changes after which something wanted does not hold.", {
    "changes": (TEXTS, "The changes in words; none: the spec as it is.", _texts),
    "violated": (TEXTS, "What is violated then."),
    "trace": (optional(TRACE), "A trace that violates the first of them, a shortest one where a"
        " state by itself does; null where no run can show it: what should be possible is not."),
})  # fmt: skip

REPAIRS = JsonDocument("model-check/repair/1", "The repairs of a spec", (
    JsonObject("repairs", "What `model-check repair` found: `repairs.json` and `--json`. Within"
        " version 1 keys are only added.", {
        **_HEAD,
        "wanted": (TEXTS, "The properties that must hold."),
        "broken": (TEXTS, "Those of them that are violated in the spec as it is."),
        "changes": (list_of(CHANGE), "All changes that can be made."),
        "minimal": (TRUTH, "Whether larger repairs were asked for, of which no part is one."),
        "at_least": (COUNT, "No set of changes that weigh less is a repair, but for those under"
            " `repairs`, what contains one of them, and those undecided.", attrgetter("size")),
        "repairs": (list_of(REPAIR), "The repairs, the smallest first.", _repairs),
        "best": (optional(ATTEMPT), "Without a repair, the set of changes that violates least."),
        "explored": (COUNT, "Sets of changes that were explored."),
        "replayed": (COUNT, "Sets of changes on which a known trace was run again and violates."),
        "undecided": (COUNT, "Sets of changes that a limit kept from being decided."),
        "stopped": _STOPPED,
        "states": _STATES,
        "seconds": _SECONDS,
    }),
))  # fmt: skip

FACT = JsonObject("fact", "Something about a program.", {
    "kind": (one_of("order", "atomic", "acknowledged", "kept"), "order: the first label's step"
        " precedes the second's. atomic: the steps are one. acknowledged: the step waits for the"
        " answer of its command. kept: a crash leaves the variable as it is."),
    "process": (TEXT, "The process."),
    "labels": (TEXTS, "Labels of its steps; kept: the name of the variable."),
    "text": (TEXT, "The fact in words.", str),
})  # fmt: skip

NEED = JsonObject("need", "A fact that is needed.", {
    "fact": (FACT, "The fact."),
    "broken": (list_of(FACT), "What is relaxed in the counterexample: this fact, and none of the"
        " others that are needed."),
    "trace": (optional(TRACE), "A trace that then violates the property, a shortest one where a"
        " state by itself does; null where no run can show it: what should be possible is not."),
})  # fmt: skip

REST = JsonObject("rest", "What one property rests on.", {
    "name": (TEXT, "The property."),
    "verdict": (VERDICT, "Its verdict in the spec as it is."),
    "proved": (TRUTH, "Whether it holds in every program that keeps what it needs."),
    "needs": (list_of(NEED), "A smallest set of facts that is enough."),
    "instead": (list_of(list_of(FACT)), "Other sets of as many facts that would do as well.",
        lambda rest: rest.others),
})  # fmt: skip

RESTS = JsonDocument("model-check/rests-on/1", "What the properties of a spec rest on", (
    JsonObject("rests_on", "What `model-check rests-on` found: `rests-on.json` and `--json`. Within"
        " version 1 keys are only added.", {
        **_HEAD,
        "facts": (list_of(FACT), "All that can be relaxed."),
        "properties": (list_of(REST), "What each property rests on.", attrgetter("rests")),
        "explored": (COUNT, "Programs that were explored."),
        "refused": (COUNT, "Programs that the checker does not take."),
        "stopped": _STOPPED,
        "states": _STATES,
        "seconds": _SECONDS,
    }),
))  # fmt: skip
