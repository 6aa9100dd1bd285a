"""Whose turn it is in a free run: many steps beside each other, or one alone.

A step of the model is whole. One that asks a server a single thing is so by itself; one that
asks several, or asks with what others may change meanwhile, is whole because nobody else of the
session does anything until it is done, as behind a lock, or in a script at the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

__all__ = ["Turn", "Turns"]


class Turns:
    """The turns of one run. Whoever wants to be alone comes before those who do not."""

    def __init__(self) -> None:
        self._beside = 0
        self._wanted = 0
        self._alone = False
        self._change = asyncio.Event()

    @asynccontextmanager
    async def turn(self, *, alone: bool) -> AsyncIterator[Turn]:
        """A turn, when it comes."""
        turn = Turn(self)
        await turn.begin(alone=alone)
        try:
            yield turn
        finally:
            turn.end()

    async def enter(self, *, alone: bool) -> None:
        """Wait until one may act."""
        if not alone:
            await self._until(lambda: not self._alone and not self._wanted)
            self._beside += 1
            return
        self._wanted += 1
        try:
            await self._until(lambda: not self._alone and not self._beside)
        finally:
            self._wanted -= 1
            self._tell()
        self._alone = True

    def leave(self, *, alone: bool) -> None:
        """Let others act."""
        if alone:
            self._alone = False
        else:
            self._beside -= 1
        self._tell()

    async def _until(self, free: Callable[[], bool]) -> None:
        while not free():
            await self._change.wait()

    def _tell(self) -> None:
        self._change.set()
        self._change = asyncio.Event()


class Turn:
    """One process's turn, which it may leave and begin again in the midst of its step: while a
    server keeps it waiting, or before it does what nobody else may see half done."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._held = False
        self.alone = False

    async def begin(self, *, alone: bool) -> None:
        """Wait for it."""
        await self._turns.enter(alone=alone)
        self._held, self.alone = True, alone

    def end(self) -> None:
        """Leave it, if it is not left yet."""
        if self._held:
            self._held = False
            self._turns.leave(alone=self.alone)

    @asynccontextmanager
    async def left(self) -> AsyncIterator[None]:
        """While others may act; whoever is cancelled meanwhile does not come back."""
        alone = self.alone
        self.end()
        try:
            yield
        except asyncio.CancelledError:
            raise
        except BaseException:
            await self.begin(alone=alone)
            raise
        await self.begin(alone=alone)

    async def be_alone(self) -> None:
        """Go on when nobody else is in the midst of a step."""
        if not self.alone:
            self.end()
            await self.begin(alone=True)
