"""What was asked of a server beside a run, in JSON."""

from __future__ import annotations

from .json_forms import TEXT, TEXTS, JsonObject

__all__ = ["INSPECTION"]

INSPECTION = JsonObject("inspection", "What was asked of the server beside the spec's commands.", {
    "moment": (TEXT, "When: `before` or `after` a command of a step, or at the `end` of the run."),
    "event": (TEXT, "The step; empty at the end."),
    "resource": (TEXT, "What it speaks of: `history`."),
    "command": (TEXT, "What was asked, as it can be typed into redis-cli."),
    "answer": (TEXTS, "The lines that redis-cli prints."),
})  # fmt: skip
