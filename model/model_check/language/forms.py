"""What each form of property means: what it asks, which answer breaks it, how it is told.

This stands below everything that judges: the search that looks for a first violation, the
verdicts, z3 and the runs of real systems all ask a form for its attributes, and none asks for its
name. A form is one entry of `FORMS`.
"""

from __future__ import annotations

from .records import dataclass

__all__ = ["BUILT_IN", "FORMS", "FORMULAS", "PLAIN", "Form"]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of property. Either a formula is asked of states, and `wrong_answer` breaks it, or
    the form is built in, and a deadlock or an error breaks it. `violation`: what happens where it
    is broken, in words; "" where the property's name tells it."""

    name: str
    wrong_answer: int = 0
    at_ends: bool = False
    """Whether the end of a run decides it, where nothing can happen any more."""
    on_deadlock: bool = False
    on_error: bool = False
    violation: str = ""

    @property
    def built_in(self) -> bool:
        """Whether it has no formula: every spec has it, unless it removes it with `null`."""
        return self.on_deadlock or self.on_error

    @property
    def asks_all(self) -> bool:
        """Whether its formula is asked of every state."""
        return not self.built_in and not self.at_ends

    @property
    def asks_ends(self) -> bool:
        """Whether its formula is asked of the ends of runs alone."""
        return not self.built_in and self.at_ends


PLAIN = Form("always")
"""The form of a property of which nothing else is known."""
FORMS = {
    form.name: form
    for form in (
        PLAIN,
        Form("never", wrong_answer=1),
        Form("finally", at_ends=True),
        Form("no_deadlock", at_ends=True, on_deadlock=True, violation="a deadlock"),
        Form("no_error", on_error=True, violation="a run-time error"),
    )
}
FORMULAS = tuple(form.name for form in FORMS.values() if not form.built_in)
BUILT_IN = tuple(form.name for form in FORMS.values() if form.built_in)
