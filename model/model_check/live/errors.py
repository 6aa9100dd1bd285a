"""What keeps the real thing from being asked: a message for a user, and nothing learned."""

from __future__ import annotations

from ..errors import ModelCheckError

__all__ = ["LiveError", "ServerError"]


class LiveError(ModelCheckError):
    """Steps cannot be carried out for real; the text says why and what to do."""


class ServerError(LiveError):
    """There is no server, or it does not do its part; the text says which and what to do."""
