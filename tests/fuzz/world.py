"""What a step reads and changes: one state, who evaluates in it, and what may come of that.

What may come instead of a value: the step waits, fails, meets a broken connection, or has a choice
that nobody has made yet.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from model_check.language.tree import expressions as exprs
from model_check.language.tree.spec import Command, Resource, Spec

from .under_way import UnderWay
from .values import Value

__all__ = [
    "BlockedError", "BranchingError", "ChangedError", "DisconnectedError", "FailedError", "Frame",
    "Line", "RefusedError", "TooLargeError", "UnsoundError", "World",
]  # fmt: skip

Line = tuple[str, int, str]
"""A connection: to which instance of a resource, and whose."""


class BlockedError(Exception):
    """The step cannot fire: an `await` is false, or there is nothing to choose."""


class TooLargeError(Exception):
    """There are more states, or longer lists, than the caller wants to see."""


class FailedError(Exception):
    """A run-time error of the model."""


class DisconnectedError(Exception):
    """A command whose connection is broken: of a resource, its instance and its client."""

    def __init__(self, line: Line) -> None:
        super().__init__(line)
        self.line = line


class RefusedError(Exception):
    """A command that its server refuses, with this error."""


class ChangedError(Exception):
    """A transaction that fails: what its client watches was touched."""


class BranchingError(Exception):
    """A choice that nobody has made yet."""

    def __init__(self, options: list[Value]) -> None:
        super().__init__(options)
        self.options = options


class UnsoundError(AssertionError):
    """The checker gave an expression a type that does not hold its value."""


@dataclass
class World:
    """One state while a step changes it. Dictionaries by name; `own` by (process, number)."""

    spec: Spec
    shared: dict[str, Value]
    own: dict[tuple[str, int], dict[str, Value]]
    stored: dict[tuple[str, int], dict[str, Value]]
    labels: Callable[[tuple[str, int]], frozenset[str]] = lambda _: frozenset()
    ended: frozenset[tuple[str, int]] = frozenset()
    watching: frozenset[Line] = frozenset()
    """Who watches which instance of a resource."""
    touched: frozenset[tuple[str, str]] = frozenset()
    """The clients, each with a server, that watched something which was touched."""
    cut: frozenset[Line] = frozenset()
    """The connections that are broken, and whose clients have not met that."""
    under_way: UnderWay = field(default_factory=dict)
    """What was sent and has not arrived."""
    held_up: dict[Any, tuple[Any, tuple[str, int] | None]] = field(default_factory=dict)
    """By who waits for an answer there: the connection over which nothing else goes meanwhile, and
    the instance of a resource for which alone it is, if it is."""
    lagging: dict[str, tuple[dict[Any, Value], ...]] = field(default_factory=dict)
    """Of each server that may fail over, its data before each of the last writes, latest first."""

    def forget(self, *, client: str | None = None, server: str | None = None) -> None:
        """End all watching, of one client or at one server."""

        def stays(whose: str, where: str) -> bool:
            return client not in (None, whose) or server not in (None, where)

        self.watching = frozenset(
            line for line in self.watching
            if stays(line[2], self.spec.resource(line[0]).server)
        )  # fmt: skip
        self.touched = frozenset(each for each in self.touched if stays(*each))

    def touch(self, name: str, number: int) -> None:
        """Let all know who watch an instance of a resource."""
        server = self.spec.resource(name).server
        for who in {who for each, n, who in self.watching if (each, n) == (name, number)}:
            self.forget(client=who, server=server)
            self.touched |= {(who, server)}

    def copy(self) -> World:
        """One to be changed."""
        world = copy(self)
        world.shared = dict(world.shared)
        world.own = {who: dict(values) for who, values in world.own.items()}
        world.stored = {who: dict(values) for who, values in world.stored.items()}
        return world


@dataclass
class Frame:
    """Who evaluates: the process instance, its loops' variables, the temporaries, and in a
    command the resource that it is one of. `choices` are those made so far."""

    world: World
    process: str = ""
    number: int = 0
    loops: dict[str, Value] = field(default_factory=dict)
    temporaries: dict[str, Value] = field(default_factory=dict)
    resource: tuple[str, int] | None = None
    label: str = ""
    """Of the step, where one is done."""
    choices: list[Value] = field(default_factory=list)
    sent: tuple[Value, ...] | None = None
    """What the call was sent with whose answer is `awaited`."""
    awaited: exprs.CommandCall | None = None
    done: list[tuple[Resource, int, Command]] = field(default_factory=list)
    """The commands that were called."""
    others: dict[str, tuple[str, int]] = field(default_factory=dict)
    """In a command, the other resources that it was given."""
    gives_up: bool = False
    """Whether what is waited for has taken too long."""
    before: World | None = None
    """Where a step is spoken of: the state before it."""
