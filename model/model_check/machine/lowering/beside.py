"""What happens beside the steps of the processes: what may go wrong, and what was sent arrives.

Most specs have nothing of it, and never load this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..core import Action, Instance, Step
from ..ir import Statement
from .arrivals import Arrivals
from .connections import declare_broken
from .control_flow import Stop
from .faults import Faults
from .ir_writer import IRWriter
from .raising import Raising
from .scope import LoweringScope, World
from .under_way import declare_connections

__all__ = ["Beside"]


class Beside:
    """Puts its instances and steps behind those that there are (`step_of`: the numbers of these).
    `finish` writes what commands do when a step is done, `guard` what every step needs."""

    def __init__(
        self,
        world: World,
        instances: list[Instance],
        steps: list[Step],
        step_of: Mapping[tuple[int, Stop], int],
        finish: Callable[[LoweringScope], None],
        guard: Callable[[IRWriter], None],
    ) -> None:
        world.connections = declare_connections(world.spec, world.storage)
        declare_broken(world)
        self._arrivals = Arrivals(world, instances, steps, finish, guard)
        self._faults = Faults(world, instances, steps, guard)
        self._faults.declare()
        self._raising = Raising(world, step_of) if world.spec.raises else None

    @property
    def at_stops(self) -> tuple[Callable[[Instance, IRWriter, Stop], None], ...]:
        """What else can happen where a step waits, beside the step."""
        return () if self._raising is None else (self._raising.stop,)

    def arrivals(self) -> Iterator[Action]:
        """What was sent and can take effect: it keeps timeouts waiting that come last."""
        return self._arrivals.actions()

    def actions(self, ordinary: Sequence[Action]) -> list[Action]:
        """All that can happen; `ordinary` actions are those of the processes."""
        return self._faults.actions([*ordinary, *self.arrivals()])

    def begun(self, initial: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """What makes the first states, with what stands beside them."""
        return self._faults.begun(initial)
