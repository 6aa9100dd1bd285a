"""From a step to what it does where a command in it raises `disconnected`, or `refused`.

It goes as far as to that command, on copies of all that it changes, so that nothing of it is done;
control goes to the handler, or of a broken connection the process crashes. It is an action beside
the one in which all connections hold and nothing is refused: both need what they say of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from ...language.keys import CHANGED, DISCONNECTED
from ..core import Instance
from ..effects import assigned
from ..ir import Emit, If, Let, Local, Require
from ..ir_builder import ZERO
from ..names import field_local, is_field
from ..rewrite import renamed, with_emits
from .calls import call
from .control_flow import Stop
from .crash import dies
from .holding import scope_at
from .ir_writer import Attempt, IRWriter
from .scope import LoweringScope, World
from .tasks import arrive
from .watching import execs, forget

__all__ = ["Raising"]

_REACHED = Emit(-2)
"""Stands where the step is at its end, until it is known what it has changed."""


class Raising:
    """Writes the steps of one machine. `numbers`: those of its steps."""

    def __init__(self, world: World, numbers: Mapping[tuple[int, Stop], int]) -> None:
        self.world = world
        self.numbers = numbers

    def stop(self, instance: Instance, body: IRWriter, stop: Stop) -> None:
        """Write what happens at a stop where a command raises; nothing can, where none may."""
        scope = scope_at(self.world, instance, body, stop)
        attempt = Attempt(body.fresh("v"), self._told(scope))
        with body.block() as tried:
            body.attempt = attempt
            _try(scope, stop)
            body.attempt = None
        if not attempt.hits:
            body.require(ZERO)
            return
        with body.block() as raised:
            body.emit(Require(Local(attempt.raised)))
            for what, hit in attempt.hits.items():
                with body.block() as met:
                    if isinstance(what, int):
                        body.emit(Let(field_local(what), ZERO))
                    if what == CHANGED:
                        self._ends(scope, stop)
                    self._catch(scope, instance, stop, what)
                body.emit(If(Local(hit), tuple(met)))
        for name in (attempt.raised, *attempt.hits.values()):
            body.emit(Let(name, ZERO))
        copies = {name: body.fresh("v") for name in sorted(filter(is_field, assigned(tried)))}
        for name, copy in copies.items():
            body.emit(Let(copy, Local(name)))
        for statement in with_emits(renamed(tried, copies), lambda reached: raised):
            body.emit(statement)

    def _ends(self, scope: LoweringScope, stop: Stop) -> None:
        """Write that a transaction that fails ends all watching."""
        assert stop.step is not None
        server = self.world.spec.resource(stop.step.watches[0]).server
        client = self.world.spec.process(scope.process).client_name(scope.number)
        forget(self.world, scope.body, client, server)

    def _told(self, scope: LoweringScope) -> str:
        """What a trace tells of a command whose connection is broken: a crash is no step of its own
        then."""
        if DISCONNECTED in scope.caught:
            return DISCONNECTED
        crashes = scope.world.spec.process(scope.process).crashes
        anew = " and restarts" * (crashes is not None and crashes.restarts)
        return f"{DISCONNECTED}: crashes{anew}"

    def _catch(self, scope: LoweringScope, instance: Instance, stop: Stop, what: int | str) -> None:
        """Write where control goes; `what` is raised: a word, or the field of what is broken."""
        word = DISCONNECTED if isinstance(what, int) else what
        handler = scope.flows[instance.task].handlers.get(stop, {}).get(word)
        done = partial(scope.body.emit, Emit(self.numbers[instance.index, stop]))
        if handler is None:
            (line,) = (line for line, of in self.world.broken.items() if what in of.values())
            dies(scope, done, line)
        else:
            arrive(scope, instance.task, handler)
            done()


def _try(scope: LoweringScope, stop: Stop) -> None:
    """Write what is done at a stop, without what follows it."""
    reached = partial(scope.body.emit, _REACHED)
    if stop.sending and stop.step is not None and stop.step.at_once:
        return  # where it is answered at once or raises, nothing is sent first
    if stop.gives_up:
        return  # what raises is not waited for
    execs(scope, stop)
    if stop.step is None:
        scope.scalar(stop.tests[0])  # no other test calls a command
        reached()
    elif stop.sending and stop.step.issue is not None:
        call(scope, stop.step.issue, sending=True)
        reached()
    else:
        scope.world.execute_then(scope, stop.step.body, reached)
