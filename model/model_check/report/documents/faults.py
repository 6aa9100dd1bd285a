"""What may go wrong, as every JSON document of a spec tells it."""

from __future__ import annotations

from .json_forms import COUNT, NAME, TRUTH, JsonObject, list_of, optional

__all__ = ["FAULTS"]

BUDGET = JsonObject("fault_budget", "What may go wrong, and how often.", {
    "of": (NAME, "The process, resource or server with which it goes wrong.",
        lambda budget: budget.owner),
    "fault": (NAME, "The key that says so: `crashes`, `loses`."),
    "most": (optional(COUNT), "How often in one run, all instances together; null: as often as it"
        " can."),
    "loses_last": (COUNT, "Of a server that fails over: how many of its last writes may be gone."),
})  # fmt: skip

_FAULTS = JsonObject("faults", "What may go wrong, and whether it did.", {
    "left_out": (TRUTH, "True: all of it was left out (`--no-faults`), and nothing went wrong."),
    "budgets": (list_of(BUDGET), "All that the spec says may go wrong: of its processes, its"
        " resources, its servers."),
})  # fmt: skip

FAULTS = (_FAULTS, "What may go wrong in the runs that all of this is about.")
"""The key `faults`."""
