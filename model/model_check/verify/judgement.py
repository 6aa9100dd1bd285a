"""What judging a space gives: the results, and the states that they speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..language.records import dataclass
from ..language.tree.spec import Property
from ..results.check import PropertyResult, Verdict

if TYPE_CHECKING:
    from .fair_runs import LassoRun

__all__ = ["Judgement", "result_of"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The results in the order of the spec, and by property the numbers of the states that
    violate it, ascending; `chosen` is the one that the trace leads to, `paths` are the states
    on the way to it; where a run without an end violates it, that run is one of `lassos`.
    `endings` are the first states of the result's endings, in their order.
    `lost` are the states from which every continuation violates, by property (see `doomed`).
    `views` are the values of the spec's views in each state by number, as text. `stopped` says
    why the judging ended early ("": it did not): what was not judged by then is undetermined,
    and where endings were not compared by then there are none, nor views."""

    results: tuple[PropertyResult, ...]
    violating: dict[str, Sequence[int]]
    chosen: dict[str, int]
    paths: dict[str, tuple[int, ...]]
    lassos: dict[str, LassoRun]
    endings: dict[str, tuple[int, ...]]
    lost: Mapping[str, frozenset[int]]
    views: tuple[tuple[str, ...], ...] = ()
    stopped: str = ""

    def left_open(self, name: str) -> str:
        """What keeps a property from being judged although everything was explored, in words;
        of run-time errors that is a limit which another one meets."""
        own = next(each for each in self.results if each.name == name)
        limits = (each.limit for each in self.results if each.limit)
        return own.note or own.limit or self.stopped or next(limits, "")


def result_of(each: Property, verdict: Verdict, limit: str = "") -> PropertyResult:
    """A verdict without a violation to show."""
    return PropertyResult(
        name=each.name,
        form=each.form,
        about=each.about,
        text=each.text,
        verdict=verdict,
        expected=each.expect,
        violating_states=0,
        trace=None,
        endings=(),
        chosen=None,
        reason=None,
        limit=limit,
        source=each.at.source.path,
        line=each.at.line,
    )
