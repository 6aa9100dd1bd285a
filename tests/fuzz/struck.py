"""A command that is struck in its middle: by Ctrl-C, a limit, or a z3 that does not know.

In: the words of a command, and a strike that says where: at the so-manieth call of a function of
ours, or question to z3. Out: what the command printed, and its exit code. Nothing here looks at a
clock, so the same strike does the same each time. What is printed is judged in `claims`.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import model_check
from model_check.budget import spending
from model_check.budget.spending import INTERRUPTED, Budget, StopNow
from model_check.cli import main as command
from model_check.symbolic import solver

__all__ = ["KINDS", "Ended", "Strike", "struck", "unstruck"]

OURS = str(Path(model_check.__file__).parent)
TIME = "the time limit of 5 s was reached"
MEMORY = "the memory limit of 400 MB was reached"
KINDS = ("asked", "time", "memory", "raised", "raised twice", "unknown", "little work")
"""How a command can be struck: a limit that is asked for from then on, in three words; StopNow,
once and again; z3 that knows nothing from then on; less work for reasons."""


@dataclass(frozen=True)
class Strike:
    """`kind`, at call or question number `at`; the second one `gap` calls after the first was
    caught. Of `little work`, `at` is in thousandths of what may be done."""

    kind: str = ""
    at: int = 0
    gap: int = 0


@dataclass(frozen=True)
class Ended:
    """A command that ended: `calls` of functions of ours, and `questions` to z3."""

    code: int
    printed: str
    told: str
    calls: int
    questions: int


@dataclass
class _Run:
    strike: Strike
    calls: int = 0
    questions: int = 0
    wanted: int = 0
    """The call at which StopNow is raised next; 0: none is."""
    budget: Budget | None = None
    why: str = ""
    raised: list[str] = field(default_factory=list)

    def hook(self, frame: FrameType, event: str, arg: object) -> None:
        if event != "call" or not frame.f_code.co_filename.startswith(OURS):
            return
        self.calls += 1
        if self.calls == self.strike.at and self.strike.kind in WHYS:
            self.why = WHYS[self.strike.kind]
        if self.wanted and self.calls >= self.wanted and self.may_raise(frame):
            self.wanted = 0
            raise _Struck(self, INTERRUPTED)

    def may_raise(self, frame: FrameType) -> bool:
        """Whether a signal would be heard here, and where."""
        budget = self.budget
        if budget is None or not budget.is_guarding or budget._held:
            return False
        if spending._TELLING or spending._TOLD or frame.f_code.co_name == "<genexpr>":
            return False  # what is raised where a generator is closed, nobody can hear
        return not spending._is_foreign(frame) and frame.f_code.co_filename != spending.__file__

    def caught(self) -> None:
        """Whoever catches StopNow asks why, and is struck once more."""
        if self.strike.kind == "raised twice" and len(self.raised) == 1:
            self.wanted = self.calls + max(1, self.strike.gap)
        sys.setprofile(self.hook)

    def asked(self, original: Callable[..., Any], question: Any, deadline: Any) -> Any:
        self.questions += 1
        if self.strike.kind == "unknown" and self.questions >= self.strike.at:
            return None
        return original(question, deadline)


class _Struck(StopNow):
    def __init__(self, run: _Run, why: str) -> None:
        self._run, self._why = run, why
        run.raised.append(why)
        super().__init__(why)

    @property
    def why(self) -> str:  # type: ignore[override]
        self._run.caught()
        return self._why

    @why.setter
    def why(self, why: str) -> None:
        self._why = why


WHYS = {
    "asked": INTERRUPTED, "time": TIME, "memory": MEMORY, "raised": INTERRUPTED,
    "raised twice": INTERRUPTED,
}  # fmt: skip


def struck(words: tuple[object, ...], strike: Strike) -> Ended:
    """Run a command in this process, and strike it."""
    run = _Run(strike)
    if strike.kind.startswith("raised"):
        run.wanted = strike.at
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    code: object = 0
    with _patched(run, words), redirect_stdout(out), redirect_stderr(err):
        sys.setprofile(run.hook)
        try:
            command.main()
        except SystemExit as end:
            code = end.code
        finally:
            sys.setprofile(None)
    texts = []
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
        texts.append(stream.read())
    assert isinstance(code, int), f"ended with {code!r}"
    return Ended(code, texts[0], texts[1], run.calls, run.questions)


def unstruck(words: tuple[object, ...]) -> Ended:
    """The same command, run to its end."""
    return struck(words, Strike())


@contextmanager
def _patched(run: _Run, words: tuple[object, ...]) -> Iterator[None]:
    class Kept(Budget):
        """The command's own budget, which we strike."""

        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            run.budget = self
            self._interrupted = lambda: run.why or False

    ask = solver._Question.asked
    share = run.strike.at / 1000 if run.strike.kind == "little work" else 1.0

    def asked(question: Any, deadline: Any) -> Any:
        return run.asked(ask, question, deadline)

    from model_check.api import explaining

    with (
        patch("sys.argv", ["model-check", *map(str, words)]),
        patch.dict("os.environ", {"COLUMNS": "2000"}),
        patch.object(command, "Budget", Kept),
        patch.object(solver._Question, "asked", asked),
        patch.object(explaining, "REASON_TIMEOUT", explaining.REASON_TIMEOUT * share),
    ):
        yield
