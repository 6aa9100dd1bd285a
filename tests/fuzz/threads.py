"""Threads of a process: the branches of its `both`s and its `background`s, by number.

A thread stands among the places of a state while it is under way. Who it is: its process
instance, and the number of its block in the text.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from model_check.language.tree import statements as stmts
from model_check.language.tree.spec import Spec

__all__ = ["Threads", "Who"]

Who = tuple[str, int] | tuple[str, int, int]
"""A process instance, or a thread of it."""
_Node = stmts.Both | stmts.Background
_Blocks = tuple[tuple[stmts.Control, ...], ...]


class Threads:
    """All threads of a spec's processes."""

    def __init__(self, spec: Spec) -> None:
        self._numbers: dict[int, list[int]] = {}
        self._above: dict[int, tuple[_Node, int | None]] = {}
        for process in spec.processes:
            self._find(process.run, None)

    def _find(self, block: tuple[stmts.Control, ...], above: int | None) -> None:
        for node in block:
            if not isinstance(node, stmts.Both | stmts.Background):
                for inner in _inside(node):
                    self._find(inner, above)
                continue
            numbers = self._numbers[id(node)] = []
            for inner in _blocks(node):
                number = len(self._above)
                numbers.append(number)
                self._above[number] = (node, above)
                self._find(inner, number)

    def of(self, node: _Node, who: Who) -> Iterator[tuple[Who, tuple[stmts.Control, ...]]]:
        """The threads that begin at a place, each with what it does."""
        for number, block in zip(self._numbers[id(node)], _blocks(node), strict=True):
            yield (who[0], who[1], number), block

    def waiting(self, ended: Who, places: Container[Who]) -> Who | None:
        """Who goes on now that a thread has ended and stands nowhere any more, if somebody does."""
        node, above = self._above[ended[-1]]  # type: ignore[index]
        beside = [who for who, _ in self.of(node, ended)]
        if isinstance(node, stmts.Background) or any(each in places for each in beside):
            return None
        return ended[:2] if above is None else (ended[0], ended[1], above)

    def whole(self, who: Who, run: tuple[stmts.Control, ...]) -> Iterator[Who]:
        """A process instance with this program, and all of its threads."""
        yield who
        yield from self._below(who, run)

    def _below(self, who: Who, block: tuple[stmts.Control, ...]) -> Iterator[Who]:
        for node in block:
            inner = _inside(node)
            if isinstance(node, stmts.Both | stmts.Background):
                yield from (thread for thread, _ in self.of(node, who))
                inner = _blocks(node)
            for each in inner:
                yield from self._below(who, each)


def _blocks(node: _Node) -> _Blocks:
    return node.branches if isinstance(node, stmts.Both) else (node.body,)


def _inside(node: stmts.Control) -> _Blocks:
    match node:
        case stmts.For(body=body) | stmts.While(body=body):
            return (body,)
        case stmts.Switch(branches, orelse):
            return (*(body for _, body in branches), orelse)
        case stmts.Either(branches):
            return branches
        case stmts.Try(body, handlers):
            return (body, *(handler for _, handler in handlers))
    return ()
