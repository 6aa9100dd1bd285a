"""Mistakes put into the kinds, to see that the comparison finds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from model_check.language import draft
from model_check.language.source.diagnostics import Source
from model_check.language.syntax import document
from model_check.language.syntax.kindfile import KINDS, builtin_kinds, load_kinds
from model_check.language.syntax.nodes import KindDoc

from . import subject

__all__ = ["MISTAKES", "Mistake", "planted"]


@dataclass(frozen=True)
class Mistake:
    """A text of a kind's file that is replaced. `name` says what is then wrong, `subject` what
    must be compared to see it."""

    name: str
    subject: str
    old: str
    new: str


_AFTER = "> after\n        first = max(0, after - trimmed)\n"
_BEFORE = "> after\n        first = max(0, after - trimmed - 1)\n"
_STOP = "        stop = len(entries) if count is None else min(len(entries), first + count)\n"
_FOUND = "        return [{id: trimmed + i + 1, value: entries[i]} for i in range(first, stop)]\n"
_WITHOUT_END = '      wire: "XREAD [COUNT {count}] [BLOCK 0]'

MISTAKES = tuple(
    Mistake(*each)
    for each in (
        ("LPUSH appends", "redis.list", "items = [value] + items", "items = items + [value]"),
        (
            "LRANGE leaves the last one out", "redis.list",
            "return items[first:after]", "return items[first:after][:-1]",
        ),
        (
            "LTRIM keeps the rest", "redis.list",
            "items = items[first:after]", "items = items[first:]",
        ),
        (
            "LREM does not count from the tail", "redis.list",
            "among = before >= removed if number >= 0 else after > removed",
            "among = before >= removed",
        ),
        (
            "LPOP takes the last", "redis.list",
            "first = items[0] if len(items) > 0 else None",
            "first = items[-1] if len(items) > 0 else None",
        ),
        (
            "BLPOP leaves the item there", "redis.list",
            "blpop/\n      run: |\n        await len(items) > 0\n        first = items[0]\n"
            "        items = items[1:]",
            "blpop/\n      run: |\n        await len(items) > 0\n        first = items[0]\n"
            "        items = items[0:]",
        ),
        (
            "BLPOP with a limit takes the last", "redis.list",
            "timeout: 1..2147483647}\n      run: |\n        await len(items) > 0\n"
            "        first = items[0]",
            "timeout: 1..2147483647}\n      run: |\n        await len(items) > 0\n"
            "        first = items[-1]",
        ),
        (
            "BRPOP takes the first", "redis.list",
            "brpop/\n      run: |\n        await len(items) > 0\n        last = items[-1]",
            "brpop/\n      run: |\n        await len(items) > 0\n        last = items[0]",
        ),
        (
            "LSET is refused behind the end alone", "redis.list",
            "elif place < 0 or place >= len(items):", "elif place > len(items):",
        ),
        (
            "LSET says of a missing key that the index is wrong", "redis.list",
            'refuse "ERR no such key"', 'refuse "ERR index out of range"',
        ),
        (
            "RPUSH of several pushes the first alone", "redis.list",
            "items.extend(values)", "items.append(values[0])",
        ),
        (
            "LPUSH of several keeps their order", "redis.list",
            "items = [values[len(values) - 1 - i] for i in range(len(values))] + items",
            "items = values + items",
        ),
        (
            "LPOP with a count leaves what it takes", "redis.list",
            "taken = items[:count]\n        items = items[count:]",
            "taken = items[:count]\n        items = items[0:]",
        ),
        (
            "RPOP with a count keeps the order", "redis.list",
            "taken = [items[len(items) - 1 - i] for i in range(len(items) - stay)]",
            "taken = items[stay:]",
        ),
        (
            "LINSERT inserts on the other side", "redis.list",
            "after = place if where == BEFORE else place + 1",
            "after = place + 1 if where == BEFORE else place",
        ),
        (
            "LPOS counts from 1", "redis.list",
            "return place if place < len(items)", "return place + 1 if place < len(items)",
        ),
        (
            "LMOVE puts it at the other end", "redis.list",
            "to.items = moved + to.items if dest == LEFT else to.items + moved\n"
            "        return moved[0] if",
            "to.items = to.items + moved if dest == LEFT else moved + to.items\n"
            "        return moved[0] if",
        ),
        (
            "RPOPLPUSH loses what it moves", "redis.list",
            "        items = items[:-1]\n        to.items = moved + to.items\n",
            "        items = items[:-1]\n        to.items = to.items\n",
        ),
        (
            "BLMOVE leaves the item there as well", "redis.list",
            "items = items[1:] if src == LEFT else items[:-1]\n"
            "        to.items = moved + to.items if dest == LEFT else to.items + moved\n"
            "        return moved[0]\n      wire",
            "items = items if src == LEFT else items[:-1]\n"
            "        to.items = moved + to.items if dest == LEFT else to.items + moved\n"
            "        return moved[0]\n      wire",
        ),
        (
            "BLMOVE with a limit takes at the wrong end", "redis.list",
            "items = items[1:] if src == LEFT else items[:-1]\n"
            "        to.items = moved + to.items if dest == LEFT else to.items + moved\n"
            "        return moved[0]\n      gives_up",
            "items = items[:-1] if src == LEFT else items[1:]\n"
            "        to.items = moved + to.items if dest == LEFT else to.items + moved\n"
            "        return moved[0]\n      gives_up",
        ),
        (
            "DEL answers the length", "redis.list",
            "deleted = 1 if len(items) > 0 else 0", "deleted = len(items)",
        ),
        (
            "PUBLISH counts one too few", "redis.pubsub",
            "return len(subscribed)", "return max(0, len(subscribed) - 1)",
        ),
        (
            "UNSUBSCRIBE empties the buffer", "redis.pubsub",
            "run: subscribed.discard(caller)",
            "run: |\n        subscribed.discard(caller)\n        inbox[caller].clear()",
        ),
        (
            "SUBSCRIBE is forgotten", "redis.pubsub",
            "run: subscribed.add(caller)", "run: subscribed.discard(caller)",
        ),
        (
            "a message comes once to who listens twice", "redis.pubsub",
            "            if client in patterns:", "            elif client in patterns:",
        ),
        (
            "who listens by a pattern is not counted", "redis.pubsub",
            "return len(subscribed) + len(patterns)", "return len(subscribed)",
        ),
        (
            "SPUBLISH reaches the channel", "redis.pubsub",
            "if client in sharded:", "if client in sharded or client in subscribed:",
        ),
        (
            "PUBLISH reaches the shard channel", "redis.pubsub",
            "if client in subscribed:", "if client in subscribed or client in sharded:",
        ),
        (
            "a pattern outlives its connection", "redis.pubsub",
            "    patterns.discard(caller)\n    sharded", "    sharded",
        ),
        (
            "UNSUBSCRIBE ends all", "redis.channels",
            "run: subscribed[caller].discard(channel)", "run: subscribed[caller].clear()",
        ),
        (
            "PUNSUBSCRIBE ends the channels too", "redis.channels",
            "run: patterns.discard(caller)",
            "run: |\n        patterns.discard(caller)\n        subscribed[caller].clear()",
        ),
        (
            "a channel has the messages of all", "redis.channels",
            "if channel in subscribed[client]:", "if len(subscribed[client]) > 0:",
        ),
        (
            "the newest of a channel comes first", "redis.channels",
            "found = inbox[caller][0]\n        inbox[caller] = inbox[caller][1:]",
            "found = inbox[caller][-1]\n        inbox[caller] = inbox[caller][:-1]",
        ),
        (
            "one channel has its messages twice", "redis.channels",
            "receivers += 1\n            if client in patterns:",
            "receivers += 1\n            if client in patterns or channel in subscribed[client]:",
        ),
        (
            "a pattern is counted for each channel", "redis.channels",
            "receivers = len(patterns)",
            "receivers = len(patterns) * len({c for c in C})",
        ),
        (
            "channels outlive their connection", "redis.channels",
            "disconnected: |\n    subscribed[caller].clear()\n", "disconnected: |\n",
        ),
        (
            "XREAD repeats the last entry", "redis.stream",
            _AFTER + _STOP + _FOUND + _WITHOUT_END, _BEFORE + _STOP + _FOUND + _WITHOUT_END,
        ),
        (
            "XREAD answers from an empty stream", "redis.stream",
            '"}\n      run: |\n        await len(entries) > 0 and trimmed + len(entries) > after',
            '"}\n      run: |\n        await trimmed + len(entries) > after',
        ),
        (
            "COUNT says how many are left out", "redis.stream",
            "first + count)\n" + _FOUND + _WITHOUT_END,
            "first + count)\n" + _FOUND.replace("range(first, stop)", "range(stop, len(entries))")
            + _WITHOUT_END,
        ),
        (
            "XREAD with a limit repeats the last entry", "redis.stream",
            _AFTER + _STOP + _FOUND + "      gives_up",
            _BEFORE + _STOP + _FOUND + "      gives_up",
        ),
        (
            "$ is the entry before the last", "redis.stream",
            '"}\n      issue: waiting[caller] = trimmed + len(entries)',
            '"}\n      issue: waiting[caller] = max(0, trimmed + len(entries) - 1)',
        ),
        (
            "a reader that has given up is served", "redis.stream",
            "await len(served[caller]) == 0\n        waiting[caller] = None\n        return []",
            "await len(served[caller]) == 0\n        return []",
        ),
        (
            "XTRIM drops the newest", "redis.stream",
            "entries = entries[dropped:]", "entries = entries[: len(entries) - dropped]",
        ),
        ("XTRIM starts ids again", "redis.stream", "trimmed += dropped", "trimmed += 0"),
        (
            "XRANGE leaves the last one out", "redis.stream",
            "stop = min(len(entries), last - trimmed)",
            "stop = min(len(entries), last - trimmed - 1)",
        ),
        (
            "SETNX overwrites", "redis.string",
            "if absent:\n            value = new\n        return absent\n      wire: SETNX",
            "value = new\n        return absent\n      wire: SETNX",
        ),
        (
            "SET with NX overwrites", "redis.string",
            "absent = value is None\n        if absent:\n            value = new\n"
            "        return absent\n      wire: \"SET",
            "absent = value is None\n        value = new\n        return absent\n      wire: \"SET",
        ),
        (
            "SET with XX sets what is missing", "redis.string",
            "if present:\n            value = new", "value = new",
        ),
        (
            "SET with GET answers the new value", "redis.string",
            "before = value\n        value = new\n        return before",
            "value = new\n        before = value\n        return before",
        ),
        (
            "SET with NX and GET overwrites", "redis.string",
            "if value is None:\n            value = new\n        return before",
            "value = new\n        return before",
        ),
        (
            "SET with XX and GET sets what is missing", "redis.string",
            "if value is not None:\n            value = new\n        return before",
            "value = new\n        return before",
        ),
        (
            "INCR begins at 0", "redis.string",
            "number = 1 if value is None", "number = 0 if value is None",
        ),
        (
            "nothing ever expires", "redis.string",
            "run: value = None\n      wire: ({key} expires)",
            "run: pass\n      wire: ({key} expires)",
        ),
        (
            "HSET always adds", "redis.hash",
            "added = 1 if fields[field] is None else 0", "added = 1",
        ),
        (
            "HINCRBY needs a field", "redis.hash",
            "number = increment if fields[field] is None",
            "number = 0 if fields[field] is None",
        ),
        (
            "HDEL deletes nothing", "redis.hash",
            "deleted = 0 if fields[field] is None else 1\n        fields[field] = None",
            "deleted = 0 if fields[field] is None else 1\n        fields[field] = fields[field]",
        ),
        (
            "a transaction wakes with its first entry alone", "MULTI",
            "range(max(0, after - trimmed), len(entries))",
            "range(max(0, after - trimmed), max(0, after - trimmed) + 1)",
        ),
        (
            "what was in transit is lost in a close", "websocket",
            "closed = True\n        inbox[caller].clear()",
            "closed = True\n        for client in Client:\n            inbox[client].clear()",
        ),
        (
            "a closed end sends", "websocket",
            "inbox[client].append(frame)\n        return not closed",
            "inbox[client].append(frame)\n        return True",
        ),
        (
            "a subscription outlives its connection", "redis.pubsub",
            "disconnected: |\n    subscribed.discard(caller)\n", "disconnected: |\n",
        ),
        (
            "a buffer outlives its connection", "redis.pubsub",
            "sharded.discard(caller)\n    inbox[caller].clear()", "sharded.discard(caller)",
        ),
        (
            "a reader that waits outlives its connection", "redis.stream",
            "disconnected: |\n    waiting[caller] = None\n", "disconnected: |\n",
        ),
        (
            "a socket that broke can still send", "websocket",
            "arrived // most]\n    closed = True", "arrived // most]\n    closed = False",
        ),
        (
            "a new socket has old frames", "websocket",
            "for client in Client:\n                inbox[client].clear()",
            "for client in Client:\n                inbox[client].extend([])",
        ),
        (
            "the newest is taken", "queue",
            "await len(items) > 0\n        item = items[0]\n        items = items[1:]",
            "await len(items) > 0\n        item = items[-1]\n        items = items[:-1]",
        ),
        (
            "one too many fits in", "queue",
            "len(items) < bound", "len(items) <= bound",
        ),
    )
)  # fmt: skip


@contextmanager
def planted(mistake: Mistake) -> Iterator[None]:
    """The kinds with a mistake in them, for all that is loaded inside."""
    wrong = _kinds_with(mistake)
    with (
        patch.object(draft, "builtin_kinds", lambda: wrong),
        patch.object(document, "builtin_kinds", lambda: wrong),
        patch.object(subject, "builtin_kinds", lambda: wrong),
    ):
        yield


def _kinds_with(mistake: Mistake) -> Mapping[str, KindDoc]:
    found: dict[str, KindDoc] = {}
    planted_in = []
    for file in sorted(KINDS.rglob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        if mistake.old in text and _is_about(mistake, text):
            planted_in.append(file.name)
            assert text.count(mistake.old) == 1, f"{mistake.name}: {mistake.old} stands twice"
            text = text.replace(mistake.old, mistake.new)
        found |= load_kinds(Source(file.name, text))
    assert len(planted_in) == 1, f"{mistake.name}: {mistake.old} stands in {planted_in}"
    return found


def _is_about(mistake: Mistake, text: str) -> bool:
    """Whether a file is the one of the kind that a mistake is in, where its subject is a kind."""
    return mistake.subject not in builtin_kinds() or f"\n{mistake.subject}:" in f"\n{text}"
