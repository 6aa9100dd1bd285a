"""What a subscriber is sent: messages, and confirmations of what it listens to
(https://redis.io/docs/latest/develop/pubsub/#wire-protocol-format)."""

from __future__ import annotations

from .values import items, text

__all__ = ["LISTENING", "Heard", "Message", "confirmed", "message_in"]

Message = tuple[str, bytes, bytes, bytes]
"""Kind, pattern, channel and payload."""

LISTENING = frozenset(
    {b"SUBSCRIBE", b"UNSUBSCRIBE", b"PSUBSCRIBE", b"PUNSUBSCRIBE", b"SSUBSCRIBE", b"SUNSUBSCRIBE"}
)
"""Commands that are answered with a confirmation for each channel."""
_CONFIRMED = {each.lower(): each for each in LISTENING}


def message_in(raw: bytes) -> Message | None:
    """The message that a value is; None where it is none whose payload is a string."""
    said = [text(each) for each in items(raw)]
    if any(each is None for each in said):
        return None
    match said:
        case [b"message" | b"smessage" as kind, bytes(channel), bytes(payload)]:
            return kind.decode(), b"", channel, payload
        case [b"pmessage", bytes(pattern), bytes(channel), bytes(payload)]:
            return "pmessage", pattern, channel, payload
    return None


def confirmed(raw: bytes) -> tuple[bytes, bytes | None] | None:
    """The command that a value confirms, and the channel; None where it is no confirmation."""
    said = [text(each) for each in items(raw)]
    if len(said) != 3 or said[0] not in _CONFIRMED or said[2] is None or not said[2].isdigit():
        return None
    return _CONFIRMED[said[0]], said[1]


class Heard:
    """What a connection listens to, as the server has confirmed it."""

    def __init__(self) -> None:
        channels, patterns, shards = set[bytes](), set[bytes](), set[bytes]()
        self._names = {
            b"SUBSCRIBE": channels,
            b"UNSUBSCRIBE": channels,
            b"PSUBSCRIBE": patterns,
            b"PUNSUBSCRIBE": patterns,
            b"SSUBSCRIBE": shards,
            b"SUNSUBSCRIBE": shards,
        }

    def __bool__(self) -> bool:
        return any(self._names.values())

    def confirm(self, command: bytes, channel: bytes | None) -> None:
        """Take a confirmation."""
        names = self._names[command]
        if channel is None:
            return
        if b"UNSUB" in command:
            names.discard(channel)
        else:
            names.add(channel)

    def answers(self, command: bytes, number: int) -> int:
        """How many confirmations a command with so many channels gets now."""
        return number or max(1, len(self._names[command]))

    def clear(self) -> None:
        """The connection listens to nothing."""
        for names in self._names.values():
            names.clear()
