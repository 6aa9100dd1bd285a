"""What a user wrote, with the place where it stands: an expression, a name."""

from __future__ import annotations

import ast

from ..records import dataclass, field
from ..source.diagnostics import Position, Source

__all__ = ["Expression", "Name"]


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed Python expression with positions in the file; `text` as the user wrote it."""

    node: ast.expr
    source: Source = field(repr=False)
    text: str

    @property
    def at(self) -> Position:
        return self.position_of(self.node)

    def position_of(self, node: ast.expr | ast.comprehension | ast.keyword) -> Position:
        """Where `node` (a part of this expression) stands in the file."""
        inner = node.target if isinstance(node, ast.comprehension) else node
        return Position(self.source, inner.lineno, inner.col_offset + 1)


@dataclass(frozen=True, slots=True)
class Name:
    """A name the user gave to something, and where."""

    text: str
    at: Position
