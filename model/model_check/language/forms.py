"""What each form of property means: what it asks, which answer breaks it, how it is told.

This stands below everything that judges: the search that looks for a first violation, the
verdicts, z3 and the runs of real systems all ask a form for its attributes, and none asks for its
name. A form is one entry of `FORMS`.
"""

from __future__ import annotations

from .records import dataclass

__all__ = ["BUILT_IN", "FORMS", "FORMULAS", "PLAIN", "SAYS_ITSELF", "Form"]

SAYS_ITSELF = "?"
"""Where a property says itself what must be true in time."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of property. It asks one formula of states, where `wrong_answer` breaks it; or one
    of steps (`of_steps`), which is false of a step that breaks it; or several of whole runs
    (`in_time`); or it is built in, and a deadlock or an error breaks it. `violation`: what
    happens where it is broken, in words; "" where the property's name tells it."""

    name: str
    wrong_answer: int = 0
    at_ends: bool = False
    """Whether the end of a run decides it, where nothing can happen any more."""
    on_deadlock: bool = False
    on_error: bool = False
    violation: str = ""
    parts: tuple[str, ...] = ()
    """The keys of its formulas, where there are several."""
    in_time: str = ""
    """What must be true of every fair run, in linear temporal logic over `parts`, or over `p`,
    its one formula; SAYS_ITSELF where the property does."""
    of_steps: bool = False
    """Whether its formula speaks of the states before and after a step."""
    somewhere: bool = False
    """Whether one state is enough: it is broken if no state gives another answer."""

    @property
    def built_in(self) -> bool:
        """Whether it has no formula: every spec has it, unless it removes it with `null`."""
        return self.on_deadlock or self.on_error

    @property
    def asks_states(self) -> bool:
        """Whether it has a formula that is asked of states one by one: of all, or of ends."""
        return self.asks_all or self.asks_ends or self.somewhere

    @property
    def asks_all(self) -> bool:
        """Whether its formula is asked of every state, and one can break it."""
        others = self.at_ends or self.in_time or self.of_steps or self.somewhere
        return not self.built_in and not others

    @property
    def asks_ends(self) -> bool:
        """Whether its formula is asked of the ends of runs; of runs without one it may ask
        more."""
        return not self.built_in and self.at_ends

    @property
    def asks_runs(self) -> bool:
        """Whether only a run as a whole can break it: no state by itself does."""
        return bool(self.in_time) and not self.at_ends


PLAIN = Form("always")
"""The form of a property of which nothing else is known."""
FORMS = {
    form.name: form
    for form in (
        PLAIN,
        Form("never", wrong_answer=1),
        Form("finally", at_ends=True, in_time="F G p"),
        Form("eventually", in_time="F p"),
        Form("leads_to", parts=("after", "comes"), in_time="G (after -> F comes)"),
        Form("each_step", of_steps=True),
        Form("possible", somewhere=True),
        Form("ltl", in_time=SAYS_ITSELF),
        Form("no_deadlock", at_ends=True, on_deadlock=True, violation="a deadlock"),
        Form("no_error", on_error=True, violation="a run-time error"),
    )
}
FORMULAS = tuple(form.name for form in FORMS.values() if not form.built_in)
BUILT_IN = tuple(form.name for form in FORMS.values() if form.built_in)
