"""Changes of what the field may take: a command is waited for, a variable outlives a crash.

In: a program. Out: the changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..language.draft import Entry
from ..language.outline import Edit
from ..language.tree.walk import calls_of
from ..results.repair import SpecChange
from .program_view import ProgramView

__all__ = ["field_changes"]

_UNACKNOWLEDGED = re.compile(r",\s*wait\s*=\s*False\b|\bwait\s*=\s*False\s*,?\s*")


def field_changes(view: ProgramView) -> Iterator[SpecChange]:
    """Commands that are only sent, waited for; and what a crash takes, kept."""
    for block in view.blocks():
        for place in block:
            step = view.step(place)
            if step is None or all(call.wait for call in calls_of(step.body)):
                continue
            rows = tuple(_UNACKNOWLEDGED.sub("", row) for row in place.rows)
            text = f"{view.name}: {place.label} waits until it is acknowledged"
            edit = Edit(place.head, place.stop, rows)
            yield SpecChange("acknowledge", view.name, text, edits=((view.name, edit),))
    crashes = view.process.crashes
    if crashes is not None and crashes.most != 0:
        for variable in view.process.vars:
            if variable.name not in crashes.keeps:
                text = f"{view.name}: keeps {variable.name} over a crash"
                entry = Entry(("processes", view.name, "keeps"), variable.name, is_item=True)
                yield SpecChange("keep", view.name, text, entries=(entry,))
