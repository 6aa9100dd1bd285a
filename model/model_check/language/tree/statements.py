"""Typed statements: those inside a step and in the commands of kinds, and, between the steps of
a process, its control."""

from __future__ import annotations

from ..records import dataclass
from ..source.diagnostics import Position
from .expressions import Broken, CommandCall, Expr

__all__ = [
    "Assign", "Await", "Background", "Both", "Branch", "Break", "Continue", "Control", "Either",
    "Evaluate", "For", "ForEach", "If", "Notify", "Pass", "Refuse", "Return", "Step",
    "StepStatement", "Switch", "Try", "Watching", "While",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assign:
    """`target` is a SharedVar, OwnVar, KindVar or Temporary, or an Index or Field of a target; in
    `initially` also an OtherVar.

    `shown.append(x)` is `shown = shown + [x]` here, `s.add(x)` is `s = s | {x}`, and so on:
    there is one way to change a variable. A value that its target's type does not hold is a
    run-time error.
    """

    target: Expr
    value: Expr
    at: Position


@dataclass(frozen=True, slots=True)
class Evaluate:
    value: Expr
    at: Position


@dataclass(frozen=True, slots=True)
class Await:
    """`text` is the condition as the user wrote it."""

    condition: Expr
    at: Position
    text: str = ""


@dataclass(frozen=True, slots=True)
class Pass:
    at: Position


@dataclass(frozen=True, slots=True)
class If:
    """Branches in order, the first true one runs; then `orelse`."""

    branches: tuple[tuple[Expr, tuple[StepStatement, ...]], ...]
    orelse: tuple[StepStatement, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class ForEach:
    """A loop inside one step, over the value `source` has when it starts. No `await`, no
    `choose`, no command call inside, and no break or continue. Over a `Domain` it may hold
    anything: it is unrolled."""

    binder: str
    source: Expr
    body: tuple[StepStatement, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Branch:
    """`either:` in `initially`: any of the branches. There, everything may hold a choice but a
    loop whose items are not known before."""

    branches: tuple[tuple[StepStatement, ...], ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Return:
    """The last statement of a command's `run`, if it answers anything."""

    value: Expr
    at: Position


@dataclass(frozen=True, slots=True)
class Refuse:
    """The command that is carried out is refused with this error. Nothing that its resource holds
    was changed before; what stands behind it is not done."""

    error: str
    at: Position


@dataclass(frozen=True, slots=True)
class Watching:
    """In a command of a kind. "touch": the transactions of all who watch its resource will fail, or
    of those who watch the one that `of` names; "watch": the caller's will where that is touched
    from now on; "unwatch": the caller watches nothing any more."""

    word: str
    at: Position
    of: str | None = None
    """A parameter that is another resource; "" for its own alone; None for all."""


@dataclass(frozen=True, slots=True)
class Notify:
    """In a command of a kind: an event of its key, by the server's own word; or (`of`) of that of
    another resource that the command is given. Who listens to such events is told."""

    event: str
    of: str
    at: Position


StepStatement = (
    Assign | Evaluate | Await | Pass | If | ForEach | Branch | Refuse | Watching | Notify | Return
)


# --- control: what a process does between its steps -----------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One atomic step. `indices` are the variables of the `for` loops around it, outermost
    first: with their values they name an event (`ai_service.save[7]`). `issue` is the call
    that is sent first and answered later (at most one a step): the machine splits such a step in
    two, sending and answer. `joined` are the labels inside a `with atomic:`. `holds`: nothing else
    goes over its connection until it is answered; `at_once`: it is answered in the step that
    sends it, where that is possible. `gives_up`: what it calls first waits for a limited time, so
    it has another way to go. `watches`: the resources that are named where the step is a
    transaction that fails if what its process watches was touched."""

    label: str
    body: tuple[StepStatement, ...]
    indices: tuple[str, ...]
    issue: CommandCall | None
    joined: tuple[str, ...]
    at: Position
    holds: bool = False
    at_once: bool = False
    gives_up: bool = False
    watches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class For:
    """A loop over steps: `variable` (an OwnVar of the process) takes each item of the
    value that `source` has when the loop is entered; the source reads constants and the
    process's own variables only. After the loop the variable is out of scope."""

    variable: str
    source: Expr
    body: tuple[Control, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class While:
    """`condition` is None for `while True`. With a `label` the test is a step of its own
    and may read anything; without, it reads the process's own variables only."""

    condition: Expr | None
    body: tuple[Control, ...]
    label: str | None
    indices: tuple[str, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Switch:
    """`if/elif/else` over steps; `label` as for While (one test step for all branches)."""

    branches: tuple[tuple[Expr, tuple[Control, ...]], ...]
    orelse: tuple[Control, ...]
    label: str | None
    indices: tuple[str, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Either:
    """A free choice, made when the first step of a branch fires. Every branch has a step
    before its end (the checker sees to it). `timeout`: the last branch begins with a step, and is
    what is done when the others have waited too long."""

    branches: tuple[tuple[Control, ...], ...]
    at: Position
    timeout: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """Branches that run beside each other, each of which has a step before its end. What follows
    begins when all are done. No `break` or `continue` in one leads out of it."""

    branches: tuple[tuple[Control, ...], ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Background:
    """A block that runs beside all that follows; in no loop."""

    body: tuple[Control, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Try:
    """A step in `body` that raises what stands in `handlers` (see `keys.CAUGHT`) leads to the
    handler of that. Loops in the body that it leaves are forgotten."""

    body: tuple[Control, ...]
    handlers: tuple[tuple[str, tuple[Control, ...]], ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Break:
    at: Position


@dataclass(frozen=True, slots=True)
class Continue:
    at: Position


Control = Step | For | While | Switch | Either | Both | Background | Try | Break | Continue | Broken
