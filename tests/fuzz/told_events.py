"""Which steps of the interpreter are the event that a told fact names.

In: an event as it is told: its name, between which steps of its process it comes ("after handle
and before ack", "while handle is next"), and what it leaves in some variables ("n = 2"). Out:
whether a step from one state to another is such an event, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from model_check.language.tree.spec import Spec

from .compare import SkippedError
from .control import Control
from .replay import shown
from .states import Actor, State
from .world import FailedError

__all__ = ["Matching", "Step", "Told", "counted", "owner_of", "written"]

NUMBER = re.compile(r"#(\d+)$")
_NAMED_VALUE = re.compile(r"(?:^| and )([A-Za-z_][\w.\[\]]*) = ")


class Told(NamedTuple):
    """An event as a fact tells it; without a name it is the beginning of a run."""

    name: str
    placed: str = ""
    leaves: str = ""

    @property
    def after(self) -> frozenset[str]:
        """The steps of which its process has taken one last; none: whichever it was."""
        if self.placed.startswith("while "):
            return frozenset()
        left, _, _ = self.placed.partition("before ")
        steps = left.removeprefix("after ").removesuffix(" and ")
        return frozenset(steps.split(" or ")) if steps else frozenset()

    @property
    def before(self) -> frozenset[str]:
        """The steps that can come next; none: there is none."""
        if self.placed.startswith("while "):
            right = self.placed.removeprefix("while ").removesuffix(" is next")
            return frozenset(right.split(" or "))
        _, _, right = self.placed.partition("before ")
        return frozenset(right.split(" or ")) if right else frozenset()


class Step(NamedTuple):
    """A step that can happen in a state: its name, the number of the state that it leads to (None:
    it fails), whose it is, and its label."""

    event: str
    target: int | None
    who: Actor
    label: str
    fault: bool


def owner_of(event: str) -> str:
    """Whose event it is."""
    return event.partition(".")[0]


def counted(event: Told | str) -> tuple[Told, int]:
    """The event without its number, and the how-manieth of these it is."""
    told = Told(event) if isinstance(event, str) else event
    number = NUMBER.search(told.name)
    return told._replace(name=NUMBER.sub("", told.name)), int(number[1]) if number else 1


class Matching:
    """Which steps of a spec are events as they are told."""

    def __init__(self, spec: Spec, control: Control) -> None:
        self.spec = spec
        self.control = control

    def is_begun(self, told: Told, state: State) -> bool:
        """Whether a run that begins so has an event that is told of the beginning."""
        return not told.name and self._leaves(told, state)

    def is_one(self, told: Told, step: Step, before: State, after: State, last: str) -> bool:
        """Whether a step is an event, `last` being the step that its process took before it."""
        if step.event != told.name:
            return False
        return self._stands(told, step, before, last) and self._leaves(told, after)

    def _stands(self, told: Told, step: Step, before: State, last: str) -> bool:
        if not told.placed:
            return True
        who = step.who
        if not isinstance(who, tuple) or any(w[:2] == who and w != who for w in before.places):
            raise SkippedError("a place in several threads")
        try:
            coming = self.control.labels(before, who)
        except FailedError:
            raise SkippedError("a place where control fails") from None
        if told.after and last not in told.after:
            return False
        return coming <= told.before if coming else not told.before

    def placed(self, event: str, before: State, last: str) -> Iterator[Told]:
        """What goes wrong with a process in a state, as it would be told with the steps around it;
        nothing where it is no process, or several threads of one."""
        for who in before.places:
            owner = self.spec.process(who[0]).instance_name(who[1])
            if owner != owner_of(event) or any(
                other[:2] == who[:2] and other != who for other in before.places
            ):
                continue
            coming = " or ".join(sorted(self.control.labels(before, who)))
            after = f"after {last}" if last else ""
            yield Told(event, " and ".join(filter(None, (after, coming and f"before {coming}"))))

    def _leaves(self, told: Told, after: State) -> bool:
        """Whether all values are those that are told; a process's own variable by its own name."""
        if not told.leaves:
            return True
        parts = _NAMED_VALUE.split(told.leaves)[1:]
        values = self.values(after)
        for name, value in zip(parts[::2], parts[1::2], strict=True):
            own = f"{owner_of(told.name)}.{name}"
            key = own if own in values else name
            if key not in values:
                raise SkippedError("a part of a value is told")
            if written(values[key]) != value:
                return False
        return True

    def values(self, state: State) -> dict[str, Any]:
        """What every variable is in a state, by its name."""
        spec, world = self.spec, state.world
        found = {each.name: shown(world.shared[each.name], each.type) for each in spec.vars}
        for who in world.own:
            process = spec.process(who[0])
            for each in process.vars:
                name = f"{process.instance_name(who[1])}.{each.name}"
                found[name] = shown(world.own[who][each.name], each.type)
        for resource in spec.resources:
            for number, variables in enumerate(resource.state):
                name, stored = resource.instance_name(number), world.stored[resource.name, number]
                for each in variables:
                    value = shown(stored[each.name], each.type)
                    found[f"{name}.{each.name}"] = value
                    if len(variables) == 1:
                        found[name] = value
        return found


def written(value: Any) -> str:
    """A value as people write it."""
    match value:
        case None:
            return "none"
        case list():
            return f"[{', '.join(map(written, value))}]"
        case frozenset():
            return f"{{{', '.join(map(written, sorted(value)))}}}"
        case dict():
            return f"{{{', '.join(f'{written(k)}: {written(v)}' for k, v in value.items())}}}"
    return str(value)
