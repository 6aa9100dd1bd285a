"""From what a spec says may go wrong to when and what goes wrong in a free run, by chance.

How often each thing happens is drawn within its budget, and behind how many steps of the run,
among as many as a short one has; a run that has come to rest before that is not disturbed any
more. A process is never stopped in the middle of a step, nor a connection cut under one: in the
model, steps are whole.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass

from ...language.keys import DISCONNECTS
from ...language.tree.spec import CRASHES, Resource, Spec
from ..brokers.contract import RefusedError
from ..brokers.keys import instances_of
from ..errors import LiveError
from .field import AtRandom, goes_wrong
from .free import FreeRun
from .session import Session

__all__ = ["Budget", "Field", "Mishaps", "budgets"]

MOST = 2
"""How often something happens in one run that may happen as often as it can."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What may go wrong: the label of a step of the model, and to whom it may happen, by name."""

    events: tuple[tuple[str, str], ...]
    most: int


def budgets(spec: Spec) -> list[Budget]:
    """All that may go wrong in a spec. Raises LiveError for what cannot happen in a free run."""
    for server in spec.servers:
        if server.most != 0:
            raise LiveError(
                f"{server.at}: a failover can be replayed, not drawn in a free run: which writes"
                " the replica lacks, only a trace says"
            )
    found = []
    for process in spec.processes:
        if process.crashes is not None:
            names = [process.instance_name(number) for number in range(process.count)]
            found.append(_budget([(each, CRASHES) for each in names], process.crashes.most))
    for resource in spec.resources:
        names = instances_of(resource)
        kinds = {f.command.name: f.most for faults in resource.faults for f in faults}
        for label, most in kinds.items():
            found.append(_budget(list(_events(resource, label)), most))
        if resource.disconnects is not None:
            ends = [
                (name, DISCONNECTS if resource.ends else f"{DISCONNECTS}[{user}]")
                for name, users in zip(names, resource.users, strict=True)
                for user in users
            ]
            found.append(_budget(list(dict.fromkeys(ends)), resource.disconnects.most))
    return [each for each in found if each.most and each.events]


def _events(resource: Resource, label: str) -> Iterator[tuple[str, str]]:
    """The instances of a resource, and the clients of each, that something may happen to."""
    for number, name in enumerate(instances_of(resource)):
        clients = resource.clients[number].members
        for fault in resource.faults[number]:
            if fault.command.name == label:
                whom = (None,) if fault.whom is None else fault.whom
                yield from ((name, label if n is None else f"{label}[{clients[n]}]") for n in whom)


def _budget(events: Sequence[tuple[str, str]], most: int | None) -> Budget:
    return Budget(tuple(events), MOST if most is None else most)


@dataclass(frozen=True, slots=True)
class Field:
    """What may go wrong in each run of a recording, and what it is drawn from."""

    may: Sequence[Budget]
    chance: random.Random


class Mishaps:
    """What goes wrong in one run. `happened`: how often what did, by event."""

    def __init__(self, field: Field, run: FreeRun, real: Session) -> None:
        self.happened: Counter[str] = Counter()
        self._run = run
        self._real = real
        self._chance = field.chance
        self._wanted = AtRandom(field.chance)
        self._may = field.may
        self._acting = asyncio.Lock()

    async def during(self, run: Coroutine[object, object, bool], steps: int) -> bool:
        """What a run answers in which things go wrong among its first `steps` steps."""
        happening = asyncio.create_task(self._happen(steps))
        try:
            return await run
        finally:
            # Nothing is left half done: whoever asks a server then would find answers to another.
            try:
                await self._acting.acquire()
            finally:
                happening.cancel()
            (failure,) = await asyncio.gather(happening, return_exceptions=True)
            if isinstance(failure, Exception):
                raise failure

    async def _happen(self, steps: int) -> None:
        drawn = [
            (self._chance.randint(0, steps), *self._chance.choice(each.events))
            for each in self._may
            for _ in range(self._chance.randint(0, each.most))
        ]
        for behind, name, label in sorted(drawn):
            await self._run.after(behind)
            if await self._happens(name, label):
                self.happened[f"{name}.{label}"] += 1

    async def _happens(self, name: str, label: str) -> bool:
        """Whether it could happen now: a key may not be there, a process may have ended."""
        crashes = label == CRASHES
        async with self._run.disturbed() as goes_on, self._acting:
            if not goes_on:
                return False
            if crashes:
                return await self._run.crash(name)
            try:
                await goes_wrong(self._real, name, label, self._wanted)
            except RefusedError:
                return False
            return True
