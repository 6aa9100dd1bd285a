"""Asking z3 so that the asker stays awake: a question ends at its patience, and at Ctrl-C.

z3 works in a thread of its own, with a context of its own. The thread that asks looks at
the clock meanwhile, so a signal is heard at once, and interrupts z3 when it has waited long
enough. z3's own handler of Ctrl-C is left out: it would keep the signal from Python.
"""

from __future__ import annotations

import threading

from .patience import Patience

__all__ = ["is_satisfiable"]

A_LOOK = 0.05
"""Seconds between two looks at the clock."""

# Measured on the chat protocols: two to four times as fast as z3's own choice.
TACTICS = ("simplify", "propagate-values", "solve-eqs", "bit-blast", "simplify", "smt")


def is_satisfiable(script: str, patience: Patience) -> bool | None:
    """Whether an SMT-LIB script has a model; None if z3 does not know by then."""
    if patience.is_over():
        return None
    question = _Question(script)
    question.start()
    try:
        while question.is_alive():
            question.join(A_LOOK)
            if question.is_alive() and patience.is_over():
                question.stop()
    finally:
        while question.is_alive():
            question.stop()
            question.join(A_LOOK)
    if question.failure is not None:
        raise question.failure
    return question.answer


class _Question(threading.Thread):
    def __init__(self, script: str) -> None:
        super().__init__(name="z3", daemon=True)
        import z3

        self.script = script
        self.answer: bool | None = None
        self.failure: BaseException | None = None
        self._stopped = False
        self._context = z3.Context()

    def run(self) -> None:
        """Ask; `answer` is None where z3 was stopped."""
        import z3

        try:
            solver = z3.Then(*TACTICS, ctx=self._context).solver()
            solver.set("ctrl_c", False)
            solver.from_string(self.script)
            found = solver.check()
            if found != z3.unknown:
                self.answer = bool(found == z3.sat)
        except z3.Z3Exception as failure:
            # Being stopped while it reads is told as an exception.
            if not self._stopped:
                self.failure = failure

    def stop(self) -> None:
        """Interrupt z3, wherever it is."""
        self._stopped = True
        self._context.interrupt()
