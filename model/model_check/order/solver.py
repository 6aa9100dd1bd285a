"""Asking z3 so that the asker stays awake: a question ends at its patience, and at Ctrl-C.

Nothing else in the tool talks to z3. It works in a thread of its own, with a context of its own.
The thread that asks looks at the clock meanwhile, so a signal is heard at once, and interrupts
z3 when it has waited long enough. z3's own handler of Ctrl-C is left out: it would keep the
signal from Python. What z3 does not know is told as that (`Answer.UNKNOWN`, or DeadlineError
where a choice was asked for), never as "there is none".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from .answer import Answer
from .patience import DeadlineError, Patience

__all__ = ["Choices", "Clause", "is_satisfiable"]

A_LOOK = 0.05
"""Seconds between two looks at the clock."""

# Measured on the chat protocols: two to four times as fast as z3's own choice.
TACTICS = ("simplify", "propagate-values", "solve-eqs", "bit-blast", "simplify", "smt")

_Found = TypeVar("_Found")

Clause = Sequence[int]
"""Literals of which at least one is true: `i` says that number i is chosen, `~i` that it is not."""


def is_satisfiable(script: str, patience: Patience) -> Answer:
    """Whether an SMT-LIB script has a model; unknown where z3 does not know by then."""
    if patience.is_over():
        return Answer.UNKNOWN
    import z3

    context = z3.Context()

    def work() -> Answer:
        solver = z3.Then(*TACTICS, ctx=context).solver()
        solver.set("ctrl_c", False)
        solver.from_string(script)
        return _answer(solver.check())

    answer = _asked(work, context, patience)
    return Answer.UNKNOWN if answer is None else answer


class Choices:
    """The sets of numbers below `size` that meet all that was demanded so far, smallest first."""

    def __init__(self, size: int) -> None:
        import z3

        self._z3 = z3
        self._context = z3.Context()
        self._chosen = [z3.Bool(f"chosen {i}", self._context) for i in range(size)]
        self._optimize = z3.Optimize(ctx=self._context)
        self._optimize.set("ctrl_c", False)
        if size:
            count = z3.Sum([z3.If(each, 1, 0) for each in self._chosen])
            self._optimize.minimize(count)

    def demand(self, *clauses: Clause) -> None:
        """Only sets are left that satisfy all these clauses."""
        for clause in clauses:
            self._optimize.add(self._clause(clause))

    def demand_one(self, groups: Iterable[Iterable[Clause]]) -> None:
        """Only sets are left that satisfy all clauses of at least one of the groups."""
        z3, context = self._z3, self._context
        conditions = [
            z3.And([*map(self._clause, group), z3.BoolVal(True, context)]) for group in groups
        ]
        self._optimize.add(z3.Or([*conditions, z3.BoolVal(False, context)]))

    def smallest(self, patience: Patience) -> frozenset[int] | None:
        """A smallest set that is left; None if there surely is none. Raises DeadlineError where
        z3 does not know by then."""
        patience.look()
        z3, optimize = self._z3, self._optimize

        def work() -> tuple[Answer, frozenset[int]]:
            answer = _answer(optimize.check())
            if answer is not Answer.YES:
                return answer, frozenset()
            model = optimize.model()
            chosen = (i for i, each in enumerate(self._chosen) if z3.is_true(model[each]))
            return answer, frozenset(chosen)

        found = _asked(work, self._context, patience)
        if found is None or found[0] is Answer.UNKNOWN:
            raise DeadlineError
        answer, chosen = found
        return chosen if answer is Answer.YES else None

    def _clause(self, clause: Clause) -> Any:
        literals = [self._chosen[i] if i >= 0 else self._z3.Not(self._chosen[~i]) for i in clause]
        return self._z3.Or([*literals, self._z3.BoolVal(False, self._context)])


def _answer(found: Any) -> Answer:
    """What z3 said: anything but a clear yes or no is unknown."""
    import z3

    if found == z3.sat:
        return Answer.YES
    return Answer.NO if found == z3.unsat else Answer.UNKNOWN


def _asked(work: Callable[[], _Found], context: Any, patience: Patience) -> _Found | None:
    """What `work` finds out with z3; None where z3 was stopped, for it took too long."""
    question = _Question(work, context)
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
    return question.found


class _Question(threading.Thread, Generic[_Found]):
    def __init__(self, work: Callable[[], _Found], context: Any) -> None:
        super().__init__(name="z3", daemon=True)
        self.found: _Found | None = None
        self.failure: BaseException | None = None
        self._work = work
        self._context = context
        self._stopped = False

    def run(self) -> None:
        """Ask; `found` stays None where z3 was stopped."""
        import z3

        try:
            self.found = self._work()
        except z3.Z3Exception as failure:
            # Being stopped while it reads is told as an exception.
            if not self._stopped:
                self.failure = failure

    def stop(self) -> None:
        """Interrupt z3, wherever it is."""
        self._stopped = True
        self._context.interrupt()
