"""What a line does that no process of the spec says: nothing, or what nobody knows.

A log has the lines of all who use a server. One that reads changes nothing. One that gives a key
its time ends it later, unless it is given more. All others may have changed what the processes see,
and behind them nothing is known of a session.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .log import LogLine

__all__ = ["HARMLESS", "LEASING", "ONE_KEY", "TIMING", "Lease", "disturbance", "lease_of"]

HARMLESS = frozenset(
    {
        "BITCOUNT", "BITFIELD_RO", "BITPOS", "DBSIZE", "DUMP", "EXISTS", "EXPIRETIME",
        "GEODIST", "GEOHASH", "GEOPOS", "GEORADIUSBYMEMBER_RO", "GEORADIUS_RO",
        "GEOSEARCH", "GET", "GETBIT", "GETRANGE", "HEXISTS", "HGET", "HGETALL", "HKEYS",
        "HLEN", "HMGET", "HRANDFIELD", "HSCAN", "HSTRLEN", "HVALS", "KEYS", "LCS",
        "LINDEX", "LLEN", "LOLWUT", "LPOS", "LRANGE", "MEMORY", "MGET", "OBJECT",
        "PEXPIRETIME", "PFCOUNT", "PTTL", "PUBSUB", "RANDOMKEY", "SCAN", "SCARD", "SDIFF",
        "SINTER", "SINTERCARD", "SISMEMBER", "SMEMBERS", "SMISMEMBER", "SORT_RO",
        "SRANDMEMBER", "SSCAN", "STRLEN", "SUBSTR", "SUNION", "TOUCH", "TTL", "TYPE",
        "UNWATCH", "WATCH", "XINFO", "XLEN", "XPENDING", "XRANGE", "XREAD", "XREVRANGE",
        "ZCARD", "ZCOUNT", "ZDIFF", "ZINTER", "ZINTERCARD", "ZLEXCOUNT", "ZMSCORE",
        "ZRANDMEMBER", "ZRANGE", "ZRANGEBYLEX", "ZRANGEBYSCORE", "ZRANK", "ZREVRANGE",
        "ZREVRANGEBYLEX", "ZREVRANGEBYSCORE", "ZREVRANK", "ZSCAN", "ZSCORE", "ZUNION",
    }
)  # fmt: skip
"""Commands that change nothing (https://redis.io/docs/latest/commands/command/, readonly). WATCH
has no effect but that EXEC may carry out nothing, and that a log shows."""
ONE_KEY = frozenset(
    {
        "APPEND", "BITFIELD", "DECR", "DECRBY", "GEOADD", "GETDEL", "GETEX", "GETSET",
        "HDEL", "HINCRBY", "HINCRBYFLOAT", "HMSET", "HSET", "HSETNX", "INCR", "INCRBY",
        "INCRBYFLOAT", "LINSERT", "LPOP", "LPUSH", "LPUSHX", "LREM", "LSET", "LTRIM",
        "MOVE", "PFADD", "PSETEX", "PUBLISH", "RESTORE", "RPOP", "RPUSH", "RPUSHX",
        "SADD", "SET", "SETBIT", "SETEX", "SETNX", "SETRANGE", "SPOP", "SPUBLISH", "SREM",
        "XACK", "XADD", "XAUTOCLAIM", "XCLAIM", "XDEL", "XSETID", "XTRIM", "ZADD",
        "ZINCRBY", "ZPOPMAX", "ZPOPMIN", "ZREM", "ZREMRANGEBYLEX", "ZREMRANGEBYRANK",
        "ZREMRANGEBYSCORE",
    }
)  # fmt: skip
"""Commands that change something, whose key (or channel) is the first word behind their name: what
comes behind it may look like a key, and is none."""
LEASING = frozenset({"EXPIRE", "EXPIREAT", "PERSIST", "PEXPIRE", "PEXPIREAT"})
"""Commands that say when a key's time is over. Where a spec says that a key `expires`, that may be
at any moment, whatever they say."""
TIMING = LEASING | {"GETEX", "GETSET", "PSETEX", "SET", "SETEX"}
"""The same, and those that give a key a value with a time, or take its time away."""
_OPTIONS = {"EXPIRE": "EX", "EXPIREAT": "EXAT", "PEXPIRE": "PX", "PEXPIREAT": "PXAT"}
_LENGTH = {"EX": 1_000_000, "EXAT": 1_000_000, "PX": 1_000, "PXAT": 1_000}
"""Microseconds of what the options of SET count, and the commands that count the same."""
_NUMBER = re.compile(r"-?[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Lease:
    """When the time of a key may be over, in microseconds, since a line that said so."""

    until: int
    line: int


def lease_of(line: LogLine, known: Lease | None) -> Lease | None:
    """What is known of a key's time behind a line that speaks of it, one of `TIMING`: the earliest
    moment at which it may be over; None: it has none."""
    name, words = line.words[0].upper(), [word.upper() for word in line.words]
    if name in ("SETEX", "PSETEX"):
        given = [("EX" if name == "SETEX" else "PX", words[2])] if len(words) > 2 else []
    elif name in LEASING:
        given = [(_OPTIONS[name], words[2])] if name in _OPTIONS and len(words) > 2 else []
    else:
        first = 2 if name == "GETEX" else 3
        pairs = zip(words[first:], words[first + 1 :], strict=False)
        given = [(option, number) for option, number in pairs if option in _LENGTH]
    if not given or not _NUMBER.fullmatch(given[0][1]):
        if name == "PERSIST" or "PERSIST" in words[2:]:
            return None
        kept = name != "SET" and name != "GETSET"
        # What is set only under a condition may be as it was.
        return known if kept or not {"KEEPTTL", "NX", "XX"}.isdisjoint(words[3:]) else None
    option, number = given[0]
    until = int(number) * _LENGTH[option]
    if not option.endswith("AT"):
        until += line.time
    found = Lease(until, line.number)
    conditional = not {"NX", "XX", "GT", "LT"}.isdisjoint(words[3:])
    return known if conditional and known is not None and known.until < until else found


def disturbance(name: str, words: Sequence[str], lease: Lease | None, time: int) -> str:
    """Why nothing is known behind a line that is no command that a process of the spec calls; or
    that comes when the time of its key may be over. "": it is known."""
    if lease is not None and time >= lease.until:
        return (
            f"comes when the time that line {lease.line} gave to its key may be over, which this"
            " spec does not know (expires)"
        )
    return (
        f"is no step of any process of this spec and may change what they see: what comes behind"
        f" it is not known; if it does not matter, --ignore {name}"
    )
