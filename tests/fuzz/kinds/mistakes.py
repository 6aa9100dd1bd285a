"""Mistakes put into the kinds, to see that the comparison finds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from model_check.language import draft
from model_check.language.source.diagnostics import Source
from model_check.language.source.reader import MappingNode
from model_check.language.syntax import document
from model_check.language.syntax.kindfile import KINDS, bases_in, builtin_kinds, load_kinds
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


_WAKING = """\
        entries.append(value)
        touch
        notify "xadd"
        return newest
      afterwards: |
        for client in Client:
            after = waiting[client]
            if after is not None and len(entries) > 0 and newest > after:
                served[client] = [entry(i) for i in range(upto(after), {})]
"""
_WITHOUT_END = '      wire: "XREAD [COUNT {count}] [BLOCK 0]'

MISTAKES = tuple(
    Mistake(*each)
    for each in (
        (
            "INCR of a name is refused with HINCRBY's words", "redis.string",
            'refuse "ERR value is not an integer or out of range"\n'
            "        number = 1 if",
            'refuse "ERR hash value is not an integer"\n        number = 1 if',
        ),
        (
            "HINCRBY refuses what is no name", "redis.hash",
            "if fields[field] in enum:", "if fields[field] not in enum:",
        ),
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
            "        to.items = moved + to.items if dest == LEFT else to.items + moved\n"
            "        if len",
            "        to.items = to.items + moved if dest == LEFT else moved + to.items\n"
            "        if len",
        ),
        (
            "RPOPLPUSH loses what it moves", "redis.list",
            "        items = items[:-1]\n        to.items = moved + to.items\n",
            "        items = items[:-1]\n        to.items = to.items\n",
        ),
        (
            "BLMOVE leaves the item there as well", "redis.list",
            "        items = items[1:] if src == LEFT else items[:-1]\n"
            "        to.items = moved + to.items if dest == LEFT else to.items + moved\n"
            "        touch\n        if dest == LEFT:\n            notify to \"lpush\"\n"
            "        else:\n            notify to \"rpush\"\n        if src == LEFT:\n"
            "            notify \"lpop\"\n        else:\n            notify \"rpop\"\n"
            "        if not exists:\n            notify \"del\"\n        return moved[0]\n"
            "      wire",
            "        items = items if src == LEFT else items[:-1]\n"
            "        to.items = moved + to.items if dest == LEFT else to.items + moved\n"
            "        touch\n        if dest == LEFT:\n            notify to \"lpush\"\n"
            "        else:\n            notify to \"rpush\"\n        if src == LEFT:\n"
            "            notify \"lpop\"\n        else:\n            notify \"rpop\"\n"
            "        if not exists:\n            notify \"del\"\n        return moved[0]\n"
            "      wire",
        ),
        (
            "BLMOVE with a limit takes at the wrong end", "redis.list",
            "        items = items[1:] if src == LEFT else items[:-1]\n"
            "        to.items = moved + to.items if dest == LEFT else to.items + moved\n"
            "        touch\n        if dest == LEFT:\n            notify to \"lpush\"\n"
            "        else:\n            notify to \"rpush\"\n        if src == LEFT:\n"
            "            notify \"lpop\"\n        else:\n            notify \"rpop\"\n"
            "        if not exists:\n            notify \"del\"\n        return moved[0]\n"
            "      gives_up",
            "        items = items[:-1] if src == LEFT else items[1:]\n"
            "        to.items = moved + to.items if dest == LEFT else to.items + moved\n"
            "        touch\n        if dest == LEFT:\n            notify to \"lpush\"\n"
            "        else:\n            notify to \"rpush\"\n        if src == LEFT:\n"
            "            notify \"lpop\"\n        else:\n            notify \"rpop\"\n"
            "        if not exists:\n            notify \"del\"\n        return moved[0]\n"
            "      gives_up",
        ),
        (
            "BLPOP of several lists takes from the last one that has an item", "redis.list",
            "            if len(taken) == 0 and len(each.items) > 0:\n"
            "                key = place\n"
            "                taken = each.items[:1]\n"
            "                each.items = each.items[1:]\n"
            "                touch\n"
            "                notify each \"lpop\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, value: taken[0]}\n"
            "      wire: BLPOP",
            "            if len(each.items) > 0:\n"
            "                key = place\n"
            "                taken = each.items[:1]\n"
            "                each.items = each.items[1:]\n"
            "                touch\n"
            "                notify each \"lpop\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, value: taken[0]}\n"
            "      wire: BLPOP",
        ),
        (
            "BLPOP of several lists with a limit answers the wrong key", "redis.list",
            "                key = place\n"
            "                taken = each.items[:1]\n"
            "                each.items = each.items[1:]\n"
            "                touch\n"
            "                notify each \"lpop\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, value: taken[0]}\n"
            "      gives_up",
            "                key = place - 1\n"
            "                taken = each.items[:1]\n"
            "                each.items = each.items[1:]\n"
            "                touch\n"
            "                notify each \"lpop\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, value: taken[0]}\n"
            "      gives_up",
        ),
        (
            "BRPOP of several lists takes the first", "redis.list",
            "                key = place\n"
            "                taken = each.items[max(0, len(each.items) - 1):]\n"
            "                each.items = each.items[:-1]\n"
            "                touch\n"
            "                notify each \"rpop\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, value: taken[0]}\n"
            "      wire: BRPOP",
            "                key = place\n"
            "                taken = each.items[:1]\n"
            "                each.items = each.items[1:]\n"
            "                touch\n"
            "                notify each \"rpop\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, value: taken[0]}\n"
            "      wire: BRPOP",
        ),
        (
            "BRPOP of several lists with a limit leaves the item there", "redis.list",
            "                key = place\n"
            "                taken = each.items[max(0, len(each.items) - 1):]\n"
            "                each.items = each.items[:-1]\n"
            "                touch\n"
            "                notify each \"rpop\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, value: taken[0]}\n"
            "      gives_up",
            "                key = place\n"
            "                taken = each.items[max(0, len(each.items) - 1):]\n"
            "                each.items = each.items[0:]\n"
            "                touch\n"
            "                notify each \"rpop\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, value: taken[0]}\n"
            "      gives_up",
        ),
        (
            "BZPOPMIN of several sets takes from the last one that has a member", "redis.sortedset",
            "            if len(taken) == 0 and len(each.items) > 0:\n"
            "                key = place\n"
            "                taken = each.items[:1]\n"
            "                each.items = each.items[1:]\n"
            "                touch\n"
            "                notify each \"zpopmin\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, member: taken[0].member, score: taken[0].score}\n"
            "      wire: BZPOPMIN",
            "            if len(each.items) > 0:\n"
            "                key = place\n"
            "                taken = each.items[:1]\n"
            "                each.items = each.items[1:]\n"
            "                touch\n"
            "                notify each \"zpopmin\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, member: taken[0].member, score: taken[0].score}\n"
            "      wire: BZPOPMIN",
        ),
        (
            "BZPOPMIN of several sets with a limit takes the highest", "redis.sortedset",
            "                key = place\n"
            "                taken = each.items[:1]\n"
            "                each.items = each.items[1:]\n"
            "                touch\n"
            "                notify each \"zpopmin\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, member: taken[0].member, score: taken[0].score}\n"
            "      gives_up",
            "                key = place\n"
            "                taken = each.items[max(0, len(each.items) - 1):]\n"
            "                each.items = each.items[:-1]\n"
            "                touch\n"
            "                notify each \"zpopmin\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, member: taken[0].member, score: taken[0].score}\n"
            "      gives_up",
        ),
        (
            "BZPOPMAX of several sets leaves the member there", "redis.sortedset",
            "                key = place\n"
            "                taken = each.items[max(0, len(each.items) - 1):]\n"
            "                each.items = each.items[:-1]\n"
            "                touch\n"
            "                notify each \"zpopmax\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, member: taken[0].member, score: taken[0].score}\n"
            "      wire: BZPOPMAX",
            "                key = place\n"
            "                taken = each.items[max(0, len(each.items) - 1):]\n"
            "                each.items = each.items[0:]\n"
            "                touch\n"
            "                notify each \"zpopmax\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, member: taken[0].member, score: taken[0].score}\n"
            "      wire: BZPOPMAX",
        ),
        (
            "BZPOPMAX of several sets with a limit takes the lowest", "redis.sortedset",
            "                key = place\n"
            "                taken = each.items[max(0, len(each.items) - 1):]\n"
            "                each.items = each.items[:-1]\n"
            "                touch\n"
            "                notify each \"zpopmax\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, member: taken[0].member, score: taken[0].score}\n"
            "      gives_up",
            "                key = place\n"
            "                taken = each.items[:1]\n"
            "                each.items = each.items[1:]\n"
            "                touch\n"
            "                notify each \"zpopmax\"\n"
            "                if len(each.items) == 0:\n"
            "                    notify each \"del\"\n"
            "        return {key: key, member: taken[0].member, score: taken[0].score}\n"
            "      gives_up",
        ),
        (
            "DEL answers two", "redis.list",
            "deleted = 1 if exists else 0", "deleted = 2 if exists else 0",
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
            "for i in range(upto(after), stop)]\n" + _WITHOUT_END,
            "for i in range(max(0, upto(after) - 1), stop)]\n" + _WITHOUT_END,
        ),
        (
            "XREAD answers from an empty stream", "redis.stream",
            '"}\n      run: |\n        await len(entries) > upto(after)',
            '"}\n      run: |\n        await newest > after',
        ),
        (
            "COUNT says how many are left out", "redis.stream",
            "for i in range(upto(after), stop)]\n      gives_up",
            "for i in range(stop, len(entries))]\n      gives_up",
        ),
        (
            "XREAD with a limit repeats the last entry", "redis.stream",
            "range(upto(after), stop)]\n      gives_up",
            "range(max(0, upto(after) - 1), stop)]\n      gives_up",
        ),
        (
            "$ is the entry before the last", "redis.stream",
            '"}\n      issue: waiting[caller] = newest',
            '"}\n      issue: waiting[caller] = max(0, newest - 1)',
        ),
        (
            "a reader that has given up is served", "redis.stream",
            "await len(served[caller]) == 0\n        waiting[caller] = None\n        return []",
            "await len(served[caller]) == 0\n        return []",
        ),
        (
            "XTRIM drops the newest", "redis.stream",
            "maxlen)\n        behind = number(dropped) - 1 if dropped < len(entries) else newest\n"
            "        entries = entries[dropped:]\n        trimmed = behind\n        if",
            "maxlen)\n        behind = number(dropped) - 1 if dropped < len(entries) else newest\n"
            "        entries = entries[: len(entries) - dropped]\n"
            "        trimmed = behind\n        if",
        ),
        (
            "XTRIM starts ids again", "redis.stream",
            "trimmed = behind\n        if dropped > 0:\n            touch\n"
            "            notify \"xtrim\"\n        return dropped\n"
            "      wire: XTRIM {key} MAXLEN {",
            "trimmed += 0\n        if dropped > 0:\n            touch\n"
            "            notify \"xtrim\"\n        return dropped\n"
            "      wire: XTRIM {key} MAXLEN {",
        ),
        (
            "XRANGE leaves the last one out", "redis.stream",
            "upto(first - 1), upto(last))]", "upto(first - 1), upto(last - 1))]",
        ),
        ("XDEL makes no hole", "redis.stream",
            "            else:\n                holes = sorted(inner + [id])",
            "            else:\n                holes = inner",
        ),
        (
            "a group with $ begins at the first entry", "redis.stream",
            "groups[group] = newest if id is None else max(0, min(id, newest))\n        if not",
            "groups[group] = 0 if id is None else max(0, min(id, newest))\n        if not",
        ),
        (
            "a second group of one name is a new one", "redis.stream",
            "if groups[group] is not None:\n            refuse", "if False:\n            refuse",
        ),
        (
            "XREADGROUP delivers to everybody", "redis.stream",
            "deliveries: 1} for each in found]\n        groups[group] = found[-1].id\n"
            "        return found\n      wire",
            "deliveries: 1} for each in found]\n        groups[group] = groups[group] + 0\n"
            "        return found\n      wire",
        ),
        (
            "XREADGROUP with a limit forgets what is pending", "redis.stream",
            "deliveries: 1} for each in found]\n        groups[group] = found[-1].id\n"
            "        return found\n      gives_up",
            "deliveries: 1} for each in []]\n        groups[group] = found[-1].id\n"
            "        return found\n      gives_up",
        ),
        (
            "NOACK with a limit delivers to everybody", "redis.stream",
            "start + count)\n        found = [entry(i) for i in range(start, stop)]\n"
            "        groups[group] = found[-1].id\n        return found\n      gives_up",
            "start + count)\n        found = [entry(i) for i in range(start, stop)]\n"
            "        groups[group] = groups[group] + 0\n        return found\n      gives_up",
        ),
        (
            "XREAD that does not wait repeats the last entry", "redis.stream",
            "for i in range(upto(after), stop)]\n"
            '      wire: "XREAD [COUNT {count}] STREAMS {key} {after}',
            "for i in range(max(0, upto(after) - 1), stop)]\n"
            '      wire: "XREAD [COUNT {count}] STREAMS {key} {after}',
        ),
        (
            "$ finds the last entry without waiting", "redis.stream",
            "range(upto(newest), len(entries))", "range(upto(newest - 1), len(entries))",
        ),
        (
            "NOACK is pending", "redis.stream",
            "groups[group] = found[-1].id\n        return found\n"
            '      wire: "XREADGROUP GROUP {group} {consumer} [COUNT {count}] [BLOCK 0] [NOACK]',
            "groups[group] = found[-1].id\n        pending[group] = pending[group] + "
            "[{id: each.id, consumer: consumer, deliveries: 1} for each in found]\n"
            "        return found\n"
            '      wire: "XREADGROUP GROUP {group} {consumer} [COUNT {count}] [BLOCK 0] [NOACK]',
        ),
        (
            "a consumer reads what is pending for others", "redis.stream",
            "if old.consumer == consumer and old.id > id]", "if old.id > id]",
        ),
        (
            "reading it again is no delivery", "redis.stream",
            "others + again\n", "others + [old for old in pending[group]"
            " if any(old.id == each.id for each in again)]\n",
        ),
        (
            "XACK answers 1 to all", "redis.stream",
            "if each.id != id]\n        return before - len(pending[group])",
            "if each.id != id]\n        return 1",
        ),
        (
            "XCLAIM takes what was acknowledged", "redis.stream",
            "claimed = known and is_there(id) and idle", "claimed = is_there(id) and idle",
        ),
        (
            "XAUTOCLAIM begins behind the id", "redis.stream",
            "if each.id >= id]", "if each.id > id]",
        ),
        (
            "XAUTOCLAIM leaves what was deleted pending", "redis.stream",
            "if not any(old.id == n for n in deleted) and not", "if not",
        ),
        (
            "SETNX overwrites", "redis.string",
            "if absent:\n            value = new\n            touch\n            notify \"set\"\n"
            "        return absent",
            "if True:\n            value = new\n            touch\n            notify \"set\"\n"
            "        return absent",
        ),
        (
            "SET with NX overwrites", "redis.string",
            "absent = value is None\n"
            "        if absent:\n"
            "            value = new\n"
            "            touch\n"
            "            lease = 1000",
            "absent = value is None\n"
            "        if True:\n"
            "            value = new\n"
            "            touch\n"
            "            lease = 1000",
        ),
        (
            "SET with XX sets what is missing", "redis.string",
            "        if present:\n"
            "            value = new\n"
            "            touch\n"
            "            lease = 1000",
            "        if True:\n"
            "            value = new\n"
            "            touch\n"
            "            lease = 1000",
        ),
        (
            "SET with GET answers the new value", "redis.string",
            "before = value\n"
            "        value = new\n"
            "        touch\n"
            "        lease = 1000",
            "value = new\n"
            "        before = value\n"
            "        touch\n"
            "        lease = 1000",
        ),
        (
            "SET with NX and GET overwrites", "redis.string",
            "        if value is None:\n"
            "            value = new\n"
            "            touch\n"
            "            lease = 1000",
            "        if True:\n"
            "            value = new\n"
            "            touch\n"
            "            lease = 1000",
        ),
        (
            "SET with XX and GET sets what is missing", "redis.string",
            "        if value is not None:\n"
            "            value = new\n"
            "            touch\n"
            "            lease = 1000",
            "        if True:\n"
            "            value = new\n"
            "            touch\n"
            "            lease = 1000",
        ),
        (
            "INCR begins at 0", "redis.string",
            "number = 1 if value is None", "number = 0 if value is None",
        ),
        (
            "nothing ever expires", "redis.string",
            "if exists and (lease is not None or not leases):\n            touch\n"
            "            notify \"expired\"\n            erase\n      wire: ({key} expires)",
            "pass\n      wire: ({key} expires)",
        ),
        (
            "SET keeps the time to live", "redis.string",
            "run: |\n        value = new\n        touch\n        lease = 1000 * ex if ex is not"
            " None else px if px is not None else lease if keepttl else None\n"
            "        notify \"set\"\n        if ex is not None or px is not None:\n"
            "            notify \"expire\"\n      wire",
            "run: |\n        value = new\n        touch\n        lease = 1000 * ex if ex is not"
            " None else px if px is not None else lease\n      wire",
        ),
        (
            "KEEPTTL keeps nothing", "redis.string",
            "touch\n            lease = 1000 * ex if ex is not None else px if px is not None"
            " else lease if keepttl else None\n            notify \"set\"\n            if ex is"
            " not None or px is not None:\n                notify \"expire\"\n"
            "        return present\n",
            "touch\n            lease = 1000 * ex if ex is not None else px\n"
            "        return present\n",
        ),
        (
            "the time to live outlives the key", "redis.list",
            "if not exists:\n        lease = None", "if not exists:\n        lease = lease",
        ),
        (
            "PERSIST takes nothing away", "redis.hash",
            "if had_one == 1:\n            touch\n            notify \"persist\"\n"
            "            lease = None",
            "if had_one == 1:\n            touch",
        ),
        (
            "EXPIRE 0 leaves the key", "redis.list",
            "if seconds <= 0:", "if seconds < 0:",
        ),
        (
            "TTL rounds down", "redis.hash", "(lease + 500) // 1000", "lease // 1000",
        ),
        (
            "GETDEL leaves the value", "redis.string",
            "notify \"del\"\n        erase\n        return before",
            "notify \"del\"\n        return before",
        ),
        (
            "GETEX without a limit makes the key permanent", "redis.string",
            "if value is not None and (ex is not None or px is not None):",
            "if value is not None:",
        ),
        (
            "DECRBY adds", "redis.string", "else value - decrement", "else value + decrement",
        ),
        (
            "an emptied stream is gone", "redis.stream",
            "exists: newest > gone or made", "exists: len(entries) > 0",
        ),
        (
            "LPOP of nothing touches", "redis.list",
            "if len(items) > 0:\n            touch\n            notify \"lpop\"\n"
            "            if len(items) == 1:\n                notify \"del\"\n"
            "        items = items[1:]",
            "touch\n        items = items[1:]",
        ),
        (
            "EXPIRE touches nothing", "redis.list",
            "touch\n            lease = 1000 * seconds", "lease = 1000 * seconds",
        ),
        (
            "what expires touches nothing", "redis.hash",
            "if exists and (lease is not None or not leases):\n            touch\n"
            "            notify \"expired\"\n            erase\n      wire: ({key} expires)",
            "if lease is not None:\n            erase\n      wire: ({key} expires)",
        ),
        (
            "UNWATCH is forgotten", "redis.string", "run: unwatch", "run: pass",
        ),
        (
            "XADD touches nothing", "redis.stream",
            "entries.append(value)\n        touch", "entries.append(value)",
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
            "notify \"hdel\"\n        fields[field] = None", "notify \"hdel\"",
        ),
        (
            "HSETNX overwrites", "redis.hash",
            "if absent:\n            fields[field] = value\n            touch\n"
            "            notify \"hset\"",
            "fields[field] = value",
        ),
        (
            "HLEN counts all fields there can be", "redis.hash",
            "run: return count(fields[field] is not None for field in F)",
            "run: return count(True for field in F)",
        ),
        (
            "HGETALL leaves a value out", "redis.hash",
            "run: return fields\n",
            "run: |\n        found = fields\n        for field in F:\n"
            "            if fields[field] == 1:\n                found[field] = None\n"
            "        return found\n",
        ),
        (
            "SADD always adds", "redis.set",
            "added = 0 if member in members else 1", "added = 1",
        ),
        (
            "SREM removes nothing", "redis.set",
            "members.discard(member)", "members.add(member)",
        ),
        (
            "members of one score stand in no order", "redis.sortedset",
            "its < score or (its == score and by_text(T)[one] < by_text(T)[member])",
            "its <= score",
        ),
        (
            "ZADD counts what was there", "redis.sortedset",
            "new = 1 if len(scores(member)) == 0 else 0\n        items = added(member, score)",
            "new = 1\n        items = added(member, score)",
        ),
        (
            "ZADD with NX overwrites", "redis.sortedset",
            "if new == 1:\n            items = added(member, score)\n            touch\n"
            "            notify \"zadd\"",
            "items = added(member, score)",
        ),
        (
            "ZADD with GT takes an equal score for a change", "redis.sortedset",
            "changed = 0 if any(each >= score for each in scores(member)) else 1",
            "changed = 0 if any(each > score for each in scores(member)) else 1",
        ),
        (
            "ZADD of several with XX and CH counts what is new", "redis.sortedset",
            "return changed if ch else", "return changed if ch and not xx else",
        ),
        (
            "ZADD of several with LT forgets it", "redis.sortedset",
            "not (lt and any(each <= score", "not (lt and any(each < score - 3",
        ),
        (
            "ZADD with INCR answers what was there", "redis.sortedset",
            "        return now if given else None\n"
            '      wire: "ZADD {key} [{nx:NX}|{gt:GT}|{lt:LT}] [{xx:XX}] [INCR] {score}',
            "        return now if given else now - score\n"
            '      wire: "ZADD {key} [{nx:NX}|{gt:GT}|{lt:LT}] [{xx:XX}] [INCR] {score}',
        ),
        (
            "ZADD of one with INCR begins at nothing", "redis.sortedset",
            "now = mapping[0].score + sum(scores(member))", "now = mapping[0].score",
        ),
        (
            "ZRANGE BYSCORE REV with a LIMIT counts from the lowest", "redis.sortedset",
            "[each.member for each in downward(high, low)][offset:offset + num]",
            "[each.member for each in between(low, high)][offset:offset + num]",
        ),
        (
            "ZREM tells everybody that it was theirs", "redis.sortedset",
            "return before - len(items)\n      removes: true\n      wire: ZREM {key} {member}",
            "return 1\n      removes: true\n      wire: ZREM {key} {member}",
        ),
        (
            "the highest score is left out", "redis.sortedset",
            "(high is None or score <= high)", "(high is None or score < high)",
        ),
        (
            "LIMIT counts from the beginning", "redis.sortedset",
            "found = [each.member for each in items if inside(each.score, low, high)]\n"
            "        return found[start:start + num]",
            "found = [each.member for each in items if inside(each.score, low, high)]\n"
            "        return found[start:num]",
        ),
        (
            "ZINCRBY sets the score", "redis.sortedset",
            "score = increment + sum(scores(member))", "score = increment",
        ),
        (
            "ZPOPMIN takes the highest", "redis.sortedset",
            "lowest = items[0] if len(items) > 0 else None\n        if len(items) > 0:\n"
            "            touch\n            notify \"zpopmin\"\n            if len(items) == 1:\n"
            "                notify \"del\"\n        items = items[1:]",
            "lowest = items[-1] if len(items) > 0 else None\n        if len(items) > 0:\n"
            "            touch\n            notify \"zpopmin\"\n            if len(items) == 1:\n"
            "                notify \"del\"\n        items = items[:-1]",
        ),
        (
            "BZPOPMIN leaves the member there", "redis.sortedset",
            "await len(items) > 0\n        lowest = items[0]\n        items = items[1:]\n"
            "        touch\n        notify \"zpopmin\"\n"
            "        if not exists:\n            notify \"del\"\n        return lowest\n      wire",
            "await len(items) > 0\n        lowest = items[0]\n        items = items[0:]\n"
            "        touch\n        notify \"zpopmin\"\n"
            "        if not exists:\n            notify \"del\"\n        return lowest\n      wire",
        ),
        (
            "BZPOPMIN with a limit takes the highest", "redis.sortedset",
            "lowest = items[0]\n        items = items[1:]\n        touch\n"
            "        notify \"zpopmin\"\n        if not exists:\n            notify \"del\"\n"
            "        return lowest\n      gives_up",
            "lowest = items[-1]\n        items = items[:-1]\n        touch\n"
            "        notify \"zpopmin\"\n        if not exists:\n            notify \"del\"\n"
            "        return lowest\n      gives_up",
        ),
        (
            "BZPOPMAX with a limit takes the lowest", "redis.sortedset",
            "highest = items[-1]\n        items = items[:-1]\n        touch\n"
            "        notify \"zpopmax\"\n        if not exists:\n            notify \"del\"\n"
            "        return highest\n      gives_up",
            "highest = items[0]\n        items = items[1:]\n        touch\n"
            "        notify \"zpopmax\"\n        if not exists:\n            notify \"del\"\n"
            "        return highest\n      gives_up",
        ),
        (
            "ZRANGEBYSCORE with scores takes all", "redis.sortedset",
            "run: return [each for each in items if inside(each.score, low, high)]",
            "run: return [each for each in items]",
        ),
        (
            "ZREVRANGEBYSCORE with scores leaves the lowest out", "redis.sortedset",
            "return [found[-i] for i in range(1, len(found) + 1)]\n"
            "      wire: \"ZREVRANGEBYSCORE {key} {high?+inf|inf} {low?-inf} WITH",
            "return [found[-i] for i in range(1, len(found))]\n"
            "      wire: \"ZREVRANGEBYSCORE {key} {high?+inf|inf} {low?-inf} WITH",
        ),
        (
            "SADD of several counts all", "redis.set",
            "return len(members) - before\n", "return len(values)\n",
        ),
        (
            "SREM of several removes the first alone", "redis.set",
            "            members.discard(value)", "            members.discard(values[0])",
        ),
        (
            "SMISMEMBER tells the opposite", "redis.set",
            "[1 if value in members else 0", "[0 if value in members else 1",
        ),
        (
            "ZREM of several removes what all of them are", "redis.sortedset",
            "not any(value == each.member for value in values)",
            "not all(value == each.member for value in values)",
        ),
        (
            "HSET of several has one value for all", "redis.hash",
            "            fields[each.field] = each.value\n        touch\n        notify \"hset\"\n"
            "        return",
            "            fields[each.field] = mapping[-1].value\n        touch\n"
            "        notify \"hset\"\n        return",
        ),
        (
            "HMSET keeps what was there", "redis.hash",
            "            fields[each.field] = each.value\n        touch\n        notify \"hset\"\n"
            "      wire",
            "            if fields[each.field] is None:\n"
            "                fields[each.field] = each.value\n        touch\n"
            "        notify \"hset\"\n      wire",
        ),
        (
            "HMGET answers the first field alone", "redis.hash",
            "[fields[name] for name in names]", "[fields[names[0]] for name in names]",
        ),
        (
            "HDEL of several deletes the first alone", "redis.hash",
            "            fields[name] = None", "            fields[names[0]] = None",
        ),
        (
            "XACK of several acknowledges the last alone", "redis.stream",
            "not any(each.id == id for id in ids)]", "each.id != ids[-1]]",
        ),
        (
            "XDEL of several counts all", "redis.stream",
            "return before - len(entries)\n      wire: XDEL",
            "return len(ids)\n      wire: XDEL",
        ),
        (
            "MAXLEN ~ keeps one too many", "redis.stream",
            "dropped = len(entries) - left\n        behind = number(dropped) - 1 if dropped <"
            " len(entries) else newest\n        entries = entries[dropped:]\n"
            "        trimmed = behind\n        touch",
            "dropped = len(entries) - left\n        behind = number(dropped) - 1 if dropped <"
            " len(entries) else newest\n        entries = entries[max(0, dropped - 1):]\n"
            "        trimmed = behind\n        touch",
        ),
        (
            "XADD with MAXLEN keeps the oldest", "redis.stream",
            "maxlen)\n        behind = number(dropped) - 1 if dropped < len(entries) else newest\n"
            "        entries = entries[dropped:]\n        trimmed = behind\n        touch",
            "maxlen)\n        behind = number(dropped) - 1 if dropped < len(entries) else newest\n"
            "        entries = entries[:maxlen]\n        trimmed = behind\n        touch",
        ),
        (
            "XTRIM with ~ answers how many are left", "redis.stream",
            "return dropped\n      wire: XTRIM {key} MAXLEN ~",
            "return left\n      wire: XTRIM {key} MAXLEN ~",
        ),
        (
            "a transaction wakes with its first entry alone", "MULTI",
            _WAKING.format("len(entries)"), _WAKING.format("upto(after) + 1"),
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
            "an SREM of nothing is told", "keyspace",
            "touch\n            notify \"srem\"\n        members",
            "touch\n        notify \"srem\"\n        members",
        ),
        (
            "a DEL of nothing is told", "keyspace",
            "touch\n            notify \"del\"\n            erase\n        return deleted",
            "touch\n            erase\n        notify \"del\"\n        return deleted",
        ),
        (
            "a SETEX is told without its time to live", "keyspace",
            "lease = 1000 * seconds\n        notify \"set\"\n        notify \"expire\"",
            "lease = 1000 * seconds\n        notify \"set\"",
        ),
        (
            "what expires is told as deleted", "keyspace",
            "if exists and (lease is not None or not leases):\n            touch\n"
            "            notify \"expired\"",
            "if exists and (lease is not None or not leases):\n            touch\n"
            "            notify \"del\"",
        ),
        (
            "what has no time to live expires", "redis.string",
            "if exists and (lease is not None or not leases):", "if exists:",
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
    bases: dict[str, MappingNode] = {}
    # What others extend comes first.
    for file in sorted(KINDS.rglob("*.yaml"), key=lambda each: ".base." not in each.name):
        text = file.read_text(encoding="utf-8")
        if mistake.old in text and _is_about(mistake, text):
            planted_in.append(file.name)
            assert text.count(mistake.old) == 1, f"{mistake.name}: {mistake.old} stands twice"
            text = text.replace(mistake.old, mistake.new)
        source = Source(file.name, text)
        bases |= bases_in(source)
        found |= load_kinds(source, bases)
    assert len(planted_in) == 1, f"{mistake.name}: {mistake.old} stands in {planted_in}"
    return found


def _is_about(mistake: Mistake, text: str) -> bool:
    """Whether a file is the one of the kind that a mistake is in, where its subject is a kind."""
    of_all = "\n  abstract: true\n" in text
    known = mistake.subject in builtin_kinds()
    return not known or of_all or f"\n{mistake.subject}:" in f"\n{text}"
