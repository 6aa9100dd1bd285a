"""How what a command takes off a resource is kept elsewhere until the work on it is done."""

from __future__ import annotations

from ..records import dataclass

__all__ = ["ITEM", "Handover"]

ITEM = "{item}"
"""Where, in a call, what was taken stands."""


@dataclass(frozen=True, slots=True)
class Handover:
    """Commands of the kind that make a reliable queue of it, whose consumer may crash. `keep` is
    called with what was taken, on a second resource of the kind, by the one command that both are
    (see `moves`); `done` is the call that removes it there when the work is done. What is left
    there is taken by `back`, and goes by `give` to where it was: one command as well.
    https://redis.io/docs/latest/commands/lmove/#pattern-reliable-queue"""

    keep: str
    done: str
    back: str
    give: str

    def commands(self) -> tuple[str, ...]:
        """The names of all of them."""
        return self.keep, self.done.partition("(")[0], self.back, self.give
