"""The log of a steered run, and what it shows of the scripts in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .conductor import Conductor
from .evidence import monitor_lines
from .passed import Passed
from .script_texts import ScriptTexts, commands_of, done_to_keys
from .scripts import ScriptWatch

__all__ = ["RunLog", "logged"]


@dataclass(frozen=True, slots=True)
class RunLog:
    """All that went through, in its order, as MONITOR shows it. `places`: the numbers of the lines
    of each thing that did, by its `id`."""

    lines: tuple[str, ...]
    places: Mapping[int, range]

    def without(self, left_out: Sequence[Passed]) -> RunLog:
        """The same without the lines of some things."""
        gone = {n for each in left_out for n in self.places.get(id(each), range(0))}
        kept = [n for n in range(1, len(self.lines) + 1) if n not in gone]
        number = {old: new for new, old in enumerate(kept, start=1)}
        places = {
            key: range(number[lines[0]], number[lines[-1]] + 1)
            for key, lines in self.places.items()
            if lines and lines[0] in number
        }
        return RunLog(tuple(self.lines[n - 1] for n in kept), places)


def logged(conductor: Conductor, scripts: ScriptWatch, texts: ScriptTexts) -> tuple[RunLog, bool]:
    """The log of a run, from which `texts` learns what scripts do; and whether a script went in a
    turn that is something else than what it did."""
    texts.grown = mistaken = False
    lines: list[str] = []
    places: dict[int, range] = {}
    for each in conductor.passed:
        if each.request is None or (each.turn is not None and each.turn.answers):
            continue
        heard = _Heard(conductor, each, scripts, texts)
        first = len(lines) + 1
        lines += monitor_lines(each.request, each.wall, heard.done_by)
        places[id(each)] = range(first, len(lines) + 1)
        mistaken = mistaken or heard.mistaken
    return RunLog(tuple(lines), places), mistaken


class _Heard:
    """Hears what the scripts of one request did."""

    def __init__(
        self, conductor: Conductor, passed: Passed, scripts: ScriptWatch, texts: ScriptTexts
    ) -> None:
        self._recogniser = conductor.recogniser
        self._passed = passed
        self._scripts = scripts
        self._texts = texts
        self._done: frozenset[bytes] = frozenset()

    def done_by(self, words: Sequence[str]) -> Sequence[Sequence[str]]:
        inner = self._scripts.done_by(words)
        did = done_to_keys(self._recogniser, self._passed.connection, inner)
        self._texts.learn([each.encode("utf-8", "surrogateescape") for each in words], did)
        self._done |= did
        return inner

    @property
    def mistaken(self) -> bool:
        turn, said = self._passed.turn, self._passed.said
        if turn is None or said is None or not said.script or self._scripts.refused:
            return False
        return not commands_of(turn) <= self._done
