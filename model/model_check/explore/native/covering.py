"""What happens in some states, as LLVM text: which steps are taken, and how conditions come out.

Nothing is written but flags. A step counts as taken also where it runs into an error.
"""

from __future__ import annotations

from ...machine.core import Machine
from ...machine.ir import Decision, Statement
from .bodies import FunctionWriter
from .module import successors_text

__all__ = ["CoveringWriter", "covering_text"]


class CoveringWriter(FunctionWriter):
    """Flags each step that is taken at `%taken`, by its number, and each condition that comes out
    in some way at `%outcomes`: twice its number, and one more where it is true. One flag behind
    all of them is set for what does not count."""

    name = "covering"
    outputs = ("taken", "outcomes")

    def statement(self, statement: Statement) -> None:
        """As the steps do, but for conditions."""
        if isinstance(statement, Decision):
            truth = self.compute(f"zext i1 {self.truth(statement.test)} to i64")
            number = self.compute(f"add i64 {truth}, {2 * statement.condition}")
            self._flag("outcomes", number, "eq", 2 * len(self.machine.conditions))
        else:
            super().statement(statement)

    def emit(self, step: int) -> None:
        """A step is taken, or fails; it is not where a guard was false."""
        self._flag("taken", str(step), "sge", len(self.machine.steps))

    def _flag(self, flags: str, number: str, wanted: str, other: int) -> None:
        """Set a flag if `halt` is as wanted (see `FunctionWriter`), beside 0."""
        if "halt" in self.slots:
            halt = self.load_register("halt")
            counts = self.compute(f"icmp {wanted} i64 {halt.text}, 0")
            number = self.compute(f"select i1 {counts}, i64 {number}, i64 {other}")
        place = self.compute(f"getelementptr i8, ptr %{flags}, i64 {number}")
        self.line(f"store i8 1, ptr {place}")


def covering_text(machine: Machine, size: int) -> str:
    """`@cover(states, from, to, taken, outcomes, unused)`: sets the flags of what happens in some
    states of `size` bytes."""
    return f"""{successors_text(machine, CoveringWriter)}

define i64 @cover(i64 %states, i64 %from, i64 %to, i64 %taken, i64 %outcomes, i64 %unused) {{
entry:
  br label %head
head:
  %i = phi i64 [%from, %entry], [%next, %do]
  %more = icmp slt i64 %i, %to
  br i1 %more, label %do, label %done
do:
  %offset = mul i64 %i, {size}
  %state = add i64 %states, %offset
  %n = call i64 @covering(i64 %state, i64 %taken, i64 %outcomes)
  %next = add i64 %i, 1
  br label %head
done:
  ret i64 0
}}
"""
