"""What a command of a kind does. A spec calls few of them: each is read when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from ..records import dataclass
from .program_nodes import Statement

__all__ = ["CommandBody", "ReadBody"]


@dataclass(frozen=True, slots=True)
class CommandBody:
    """The programs of a command (see `CommandDoc`). `erases`: whether nothing may be left
    afterwards, by what its kind says of that."""

    issue: tuple[Statement, ...] = ()
    run: tuple[Statement, ...] = ()
    afterwards: tuple[Statement, ...] = ()
    gives_up: tuple[Statement, ...] = ()
    erases: bool = False


class ReadBody:
    """The same, read when it is first asked for. Raises SpecError then, where it has mistakes."""

    def __init__(self, read: Callable[[], CommandBody]) -> None:
        self._read = read

    @cached_property
    def told(self) -> CommandBody:
        return self._read()
