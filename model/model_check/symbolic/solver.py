"""Asking z3 so that the asker stays awake: a question ends at its deadline, and at Ctrl-C.

Nothing else in the tool talks to z3. It works in a thread of its own, with a context of its own,
where no signal is raised into its Python: ctypes makes errors of its own of that. The thread
that asks looks at the clock meanwhile, so a signal is heard at once, and interrupts z3 when it
has waited long enough. z3's own handler of Ctrl-C is left out: it would keep the signal from
Python. What z3 does not know is told as that (`Answer.UNKNOWN`, or DeadlineError where a choice
was asked for), never as "there is none".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import Any, Generic, TypeVar

from ..budget.deadline import Deadline, DeadlineError
from .answer import Answer

__all__ = ["Choices", "Clause", "is_satisfiable"]

A_LOOK = 0.05
"""Seconds between two looks at the clock."""
RLIMIT_A_UNIT = 4
"""What z3 counts of its own work (`rlimit count`, the same on every machine) for a unit of ours."""
CHARACTERS_A_UNIT = 10
"""The text of a question is made and read, too."""
MOST_RLIMIT = (1 << 32) - 1

# Measured on the chat protocols: two to four times as fast as z3's own choice.
TACTICS = ("simplify", "propagate-values", "solve-eqs", "bit-blast", "simplify", "smt")

_Found = TypeVar("_Found")

Clause = Sequence[int]
"""Literals of which at least one is true: `i` says that number i is chosen, `~i` that it is not."""


def is_satisfiable(script: str, deadline: Deadline) -> Answer:
    """Whether an SMT-LIB script has a model; unknown where z3 does not know by then, or with the
    work that is left."""
    effort = deadline.effort
    effort.spend(len(script) / CHARACTERS_A_UNIT)
    if deadline.is_over():
        return Answer.UNKNOWN
    limit = ceil(min(effort.left * RLIMIT_A_UNIT, MOST_RLIMIT))

    def work(z3: Any, context: Any) -> tuple[Answer, int]:
        solver = z3.Then(*TACTICS, ctx=context).solver()
        solver.set("ctrl_c", False)
        solver.set("rlimit", limit)
        solver.from_string(script)
        answer = _answer(z3, solver.check())
        counted = (n for what, n in solver.statistics() if what == "rlimit count")
        return answer, int(next(counted, 0))

    found = _Question(work).asked(deadline)
    if found is None:
        return Answer.UNKNOWN
    answer, spent = found
    effort.spend(spent / RLIMIT_A_UNIT)
    return answer


class Choices:
    """The sets of numbers below `size` that meet all that was demanded so far, smallest first.

    `weights`: what each number counts, 1 where they are not given. `features`: further numbers,
    from `size` on, each of which is in a set if one of the numbers that are given for it is;
    clauses can speak of them.
    """

    def __init__(
        self, size: int, weights: Sequence[int] = (), features: Sequence[Iterable[int]] = ()
    ) -> None:
        self._size = size
        self._weights = tuple(weights) or (1,) * size
        self._features = tuple(tuple(each) for each in features)
        self._least = 0
        """No set that is left weighs less ..."""
        self._light: Any = None
        """... and this says that a set weighs no more."""
        self._demanded: list[Sequence[Sequence[Clause]]] = []
        """Groups of clauses, of which all of one group are to be satisfied; z3 has not heard of
        these yet."""
        self._context: Any = None
        self._chosen: list[Any] = []
        self._solver: Any = None

    def demand(self, *clauses: Clause) -> None:
        """Only sets are left that satisfy all these clauses."""
        self._demanded.append([clauses])

    def demand_one(self, groups: Iterable[Iterable[Clause]]) -> None:
        """Only sets are left that satisfy all clauses of at least one of the groups."""
        self._demanded.append([list(group) for group in groups])

    def smallest(self, deadline: Deadline) -> frozenset[int] | None:
        """A smallest set that is left; None if there surely is none. Raises DeadlineError where
        z3 does not know by then."""
        deadline.look()

        def work(z3: Any, context: Any) -> tuple[Answer, frozenset[int]]:
            self._tell(z3, context)
            return self._lightest(z3, context)

        question = _Question(work, self._context)
        found = question.asked(deadline)
        self._context = question.context
        if found is None or found[0] is Answer.UNKNOWN:
            raise DeadlineError
        answer, chosen = found
        return chosen if answer is Answer.YES else None

    def _lightest(self, z3: Any, context: Any) -> tuple[Answer, frozenset[int]]:
        """A set that weighs as little as one can. What is demanded only grows, so what is left
        never weighs less than what was left before."""
        while True:
            if self._light is None:
                pairs = zip(self._chosen[: self._size], self._weights, strict=True)
                self._light = z3.Bool(f"weighs at most {self._least}", context)
                bound = z3.PbLe([*pairs], self._least) if self._size else self._light
                self._solver.add(z3.Implies(self._light, bound))
            answer = _answer(z3, self._solver.check(self._light))
            if answer is Answer.YES:
                model = self._solver.model()
                numbers = range(self._size)
                chosen = (i for i in numbers if z3.is_true(model[self._chosen[i]]))
                return answer, frozenset(chosen)
            if answer is Answer.UNKNOWN or self._least >= sum(self._weights):
                return answer, frozenset()
            if len(self._solver.unsat_core()) == 0:
                return answer, frozenset()  # it was not for the weight
            self._least, self._light = self._least + 1, None

    def _tell(self, z3: Any, context: Any) -> None:
        """Tell z3 what was demanded since it was asked last."""
        if self._solver is None:
            numbers = range(self._size + len(self._features))
            self._chosen = [z3.Bool(f"chosen {i}", context) for i in numbers]
            solver = z3.SolverFor("QF_FD", ctx=context)
            solver.set("ctrl_c", False)
            for each, group in zip(self._chosen[self._size :], self._features, strict=True):
                some = [self._chosen[i] for i in group]
                solver.add(each == z3.Or([*some, z3.BoolVal(False, context)]))
            self._solver = solver
        yes, no = z3.BoolVal(True, context), z3.BoolVal(False, context)
        while self._demanded:
            groups = [
                z3.And([*(self._clause(z3, clause, no) for clause in group), yes])
                for group in self._demanded[0]
            ]
            self._solver.add(z3.Or([*groups, no]))
            # After it was told: twice is no harm, and not at all would be one.
            del self._demanded[0]

    def _clause(self, z3: Any, clause: Clause, no: Any) -> Any:
        literals = [self._chosen[i] if i >= 0 else z3.Not(self._chosen[~i]) for i in clause]
        return z3.Or([*literals, no])


def _answer(z3: Any, found: Any) -> Answer:
    """What z3 said: anything but a clear yes or no is unknown."""
    if found == z3.sat:
        return Answer.YES
    return Answer.NO if found == z3.unsat else Answer.UNKNOWN


class _Question(threading.Thread, Generic[_Found]):
    """Work with z3, in a context of its own or one that it had before."""

    def __init__(self, work: Callable[[Any, Any], _Found], context: Any = None) -> None:
        super().__init__(name="z3", daemon=True)
        self.context = context
        self._work = work
        self._found: _Found | None = None
        self._failure: BaseException | None = None
        self._stopped = False

    def asked(self, deadline: Deadline) -> _Found | None:
        """What the work finds out; None where z3 was stopped, for it took too long."""
        self.start()
        try:
            while self.is_alive():
                self.join(A_LOOK)
                if self.is_alive() and deadline.is_over():
                    self._stop_z3()
        finally:
            while self.is_alive():
                self._stop_z3()
                self.join(A_LOOK)
        if self._failure is not None:
            raise self._failure
        return self._found

    def run(self) -> None:
        """Ask; nothing is found where z3 was stopped."""
        import z3

        try:
            if self.context is None:
                self.context = z3.Context()
            self._found = self._work(z3, self.context)
        except Exception as failure:
            # Being stopped while it reads is told as an exception.
            if not (self._stopped and isinstance(failure, z3.Z3Exception)):
                self._failure = failure

    def _stop_z3(self) -> None:
        self._stopped = True
        if self.context is not None:
            self.context.interrupt()
