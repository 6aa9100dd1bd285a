"""What a run shows of a property that asks it as a whole, in values that a person can read: when
its formulas are true, and who is passed over in a loop that is fair all the same."""

from __future__ import annotations

from typing import Literal as OneOf

from ..language.records import dataclass

__all__ = ["Moments", "PassedOver", "WhyPassedOver"]

WhyPassedOver = OneOf["ended", "waits", "at times", "unfair", "choice"]


@dataclass(frozen=True, slots=True)
class Moments:
    """A formula of a property and its truth in each state of the trace, the initial one first;
    None where it has no value. `name` is its part in the form (`after`), or in a formula of linear
    temporal logic; "" of the only one. `text` is what is written."""

    name: str
    text: str
    true: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A process instance in a loop that goes on for ever without it, or without a step of it.

    `place` is where it stands. `why` that is fair: it has "ended"; it "waits", and can take no
    step in any state of the loop; it can take one "at times", in the states after the steps `at`,
    and not in all of them; nothing is promised to it ("unfair"); or it takes steps, and of the
    ways that are open to it after the steps `at` never that by the step `place` ("choice").
    """

    instance: str
    place: str
    why: WhyPassedOver
    at: tuple[int, ...] = ()
