"""A trace in the Informal Trace Format, which other tools of the field read.

The format is Apalache's, also written by Quint
(https://apalache-mc.org/docs/adr/015adr-trace.html): an object with `vars` and `states`;
sets are `{"#set": [...]}`, dicts whose keys are no names are `{"#map": [[key, value], ...]}`,
integers that JSON readers may round are `{"#bigint": "..."}`, `None` is the variant
`{"tag": "None", "value": {"#tup": []}}`. What happened stands in each state's `#meta`.
In a run that never ends the states from `loop` on come again and again, to the last one, which is
as the one before `loop`, and so is followed by it. Where that is so but for variables that nobody
reads any more, there is no `loop`, since that would say more: `#meta` has it as `round-from`, with
the names of the variables, `varying`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...results.check import StateView, Trace, Value
from ...verify.show import sorted_items

__all__ = ["ROUND_FROM", "itf_document", "itf_text", "itf_value"]

LARGEST_JSON_INTEGER = 2**53 - 1
"""Above it readers with floating-point numbers round (RFC 7159, section 6)."""
ROUND_FROM = "round-from"
FORMAT_DESCRIPTION = "https://apalache-mc.org/docs/adr/015adr-trace.html"


def itf_text(trace: Trace, source: str, description: str) -> str:
    """The trace as the text of an `.itf.json` file, with a final newline."""
    document = itf_document(trace, source, description)
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def itf_document(trace: Trace, source: str, description: str) -> dict[str, Any]:
    """The trace as an ITF object; `source` is the spec's path, `description` a sentence."""
    names = list(trace.initial.variables)
    meta: dict[str, Any] = {
        "format": "ITF",
        "format-description": FORMAT_DESCRIPTION,
        "source": source,
        "description": description,
        "end": trace.end,
    }
    if trace.error:
        meta["error"] = trace.error
        meta["error-at"] = trace.error_at
    states = [_state(0, names, trace.initial, {})]
    for step in trace.steps:
        happened = {
            "event": step.event,
            "calls": [{"wire": c.wire, "answer": c.answer} for c in step.calls],
            "source": f"{step.source}:{step.line}",
        } | ({"fault": True} if step.fault else {})
        states.append(_state(step.number, names, step.state, happened))
    document: dict[str, Any] = {"#meta": meta, "vars": names, "states": states}
    if trace.loop_from is not None:
        if trace.varying:
            meta |= {ROUND_FROM: trace.loop_from + 1, "varying": list(trace.varying)}
        else:
            document["loop"] = trace.loop_from + 1
    return document


def _state(
    index: int, names: Sequence[str], state: StateView, happened: Mapping[str, Any]
) -> dict[str, Any]:
    meta = {"index": index, **happened, "locations": dict(state.locations)}
    return {"#meta": meta, **{name: itf_value(state.variables[name]) for name in names}}


def itf_value(value: Value) -> Any:
    """A value of a spec as an ITF expression."""
    if value is None:
        return {"tag": "None", "value": {"#tup": []}}
    if isinstance(value, Mapping):
        if all(isinstance(k, str) and not k.startswith("#") for k in value):
            return {str(k): itf_value(v) for k, v in value.items()}
        return {"#map": [[itf_value(k), itf_value(v)] for k, v in value.items()]}
    if isinstance(value, (frozenset, set)):
        return {"#set": [itf_value(item) for item in sorted_items(value)]}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [itf_value(item) for item in value]
    if isinstance(value, int) and abs(value) > LARGEST_JSON_INTEGER:
        return {"#bigint": str(value)}
    return value
