"""How a server keeps what a resource holds, as its kind says."""

from __future__ import annotations

from ..records import dataclass, field
from ..source.text import Text

__all__ = ["ServerState"]


@dataclass(frozen=True, slots=True)
class ServerState:
    """How a server keeps a resource: which `state` that is ("": none that could be put there or
    read), the command that puts one value of it there, with {key}, {value} and, for a dict,
    {field}, and the one that reads all of it. `bare`: values stand there as they are, without
    JSON around them, for the server counts with them. `ids`: the parameters of commands that are
    ids of entries there, which the model numbers 1, 2, 3, ..."""

    state: str = ""
    write: Text | None = field(default=None, repr=False, compare=False)
    read: Text | None = field(default=None, repr=False, compare=False)
    bare: bool = False
    ids: tuple[str, ...] = ()

    @property
    def by_field(self) -> bool:
        """Whether each value there has a field of its own."""
        return self.write is not None and "{field}" in self.write.text.split()
