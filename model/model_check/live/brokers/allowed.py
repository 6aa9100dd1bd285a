"""The commands that may be sent to a server for a spec, and where their keys stand in them.

A kind's `wire` is text that anybody may have written, and the server may be one with other
people's data. So what is sent is one of the commands listed here, or nothing: they do
something with the keys or the channel that they name, and with nothing else, whatever their
other words are. Left out are those that do more (CONFIG, REPLICAOF, EVAL, FLUSHALL), those that
name more keys in their options (SORT, GEORADIUS), those that take bytes of the server's own
form (RESTORE), and those that make a server fill its memory by one word (SETRANGE, SETBIT,
SRANDMEMBER).

Where the keys are is what `COMMAND INFO` of a server tells
(https://redis.io/docs/latest/commands/command-info/); tests hold the list against that. All of
them are in Redis 6.2 and later, those of shard channels (SPUBLISH) in 7.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = [
    "CHANNELS",
    "COMMANDS",
    "ForbiddenError",
    "Keys",
    "access_rules",
    "key_places",
    "name_of",
]


@dataclass(frozen=True, slots=True)
class Keys:
    """Which words of a command are its keys: the place of the first one (the name of the command
    is word 0, which stands here where there are none) and of the last one, negative where that
    counts from the end. What is published to, or listened to, is a channel; it counts as a key
    here. `streams`: they are the first half of what follows the word STREAMS. `patterns`: each is a
    pattern that takes channels."""

    first: int
    last: int
    streams: bool = False
    patterns: bool = False


_LISTED = {
    Keys(1, 1): """
        GET SET SETNX SETEX PSETEX GETSET GETDEL GETEX GETRANGE STRLEN APPEND
        INCR INCRBY INCRBYFLOAT DECR DECRBY TYPE EXPIRE PEXPIRE PERSIST TTL PTTL
        RPUSH RPUSHX LPUSH LPUSHX LRANGE LLEN LPOP RPOP LTRIM LREM LINDEX LSET LINSERT LPOS
        HGET HSET HMSET HSETNX HDEL HINCRBY HINCRBYFLOAT HGETALL HMGET HKEYS HVALS HLEN HEXISTS
        HSTRLEN
        SADD SREM SMEMBERS SISMEMBER SMISMEMBER SCARD SPOP
        ZADD ZREM ZSCORE ZMSCORE ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZCARD ZCOUNT
        ZINCRBY ZRANK ZREVRANK ZPOPMIN ZPOPMAX ZREMRANGEBYSCORE ZREMRANGEBYRANK
        XADD XRANGE XREVRANGE XLEN XTRIM XDEL XACK XPENDING XCLAIM XAUTOCLAIM
        PUBLISH SPUBLISH
    """,
    Keys(1, 2): "LMOVE BLMOVE RPOPLPUSH BRPOPLPUSH",
    Keys(1, -1): "DEL UNLINK EXISTS TOUCH WATCH SUBSCRIBE UNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE",
    Keys(1, -1, patterns=True): "PSUBSCRIBE PUNSUBSCRIBE",
    Keys(1, -2): "BLPOP BRPOP BZPOPMIN BZPOPMAX",
    Keys(0, 0, streams=True): "XREAD XREADGROUP",
    Keys(0, 0): "UNWATCH",
}
_CONTAINED = {
    Keys(2, 2): "XGROUP|CREATE XGROUP|SETID XGROUP|DESTROY XGROUP|CREATECONSUMER XGROUP|DELCONSUMER"
}
COMMANDS: Mapping[str, Keys] = {
    name: keys for keys, names in (_LISTED | _CONTAINED).items() for name in names.split()
}
"""By name, as a server calls them: `XGROUP|CREATE` is what is sent as XGROUP CREATE."""
CHANNELS = frozenset(
    {
        "PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE",
        "SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE",
    }
)  # fmt: skip
"""Those that speak of channels, which are no keys."""
_CONTAINERS = frozenset(name.partition("|")[0] for name in COMMANDS if "|" in name)
_OPTIONS = {"COUNT": 1, "BLOCK": 1, "NOACK": 0, "GROUP": 2}
"""The options of XREAD and XREADGROUP, with how many words each takes."""
_STREAMS = "STREAMS"

_HOUSEKEEPING = (
    "ping", "info", "multi", "exec", "discard", "exists", "del", "pexpire",
    "client|id", "client|list", "client|unblock", "pubsub|numsub",
)  # fmt: skip
"""What a run asks a server beside the commands of the spec: who it is, whether it holds a
command back (or that it does so no longer) or has seen the end of a connection, and that the keys
of the session are new and removed at the end."""


class ForbiddenError(Exception):
    """Words that are not sent to a server. `word`: the place of the one that is wrong; the text
    says what is wrong with it, `hint` what would be right."""

    def __init__(self, word: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.word = word
        self.hint = hint


def name_of(words: Sequence[str]) -> str:
    """The name of the command that words are, as `COMMANDS` has it. Raises ForbiddenError for
    any that is not listed there. Upper and lower case mean the same, as for a server."""
    named = [word.upper() if word.isascii() else word for word in words[:2]]
    name = "|".join(named) if named[0] in _CONTAINERS else named[0]
    if name in COMMANDS:
        return name
    shown = name.replace("|", " ")
    raise ForbiddenError(
        0,
        f"{shown} is not sent to a server",
        "only commands that touch nothing but their own key are: docs/kinds.md has the list",
    )


def key_places(words: Sequence[str]) -> range:
    """The places of the keys in the words of a command, at least one if it has keys. Raises
    ForbiddenError for a command that is not listed, and for words of which nobody can tell what is
    a key."""
    keys = COMMANDS[name_of(words)]
    if keys == Keys(0, 0):
        return range(0)
    if keys.streams:
        first = _streams(words) + 1
        found = range(first, first + (len(words) - first) // 2)
        if len(words) - first != 2 * len(found):
            raise ForbiddenError(first - 1, "STREAMS is followed by keys, and as many ids", "")
    else:
        last = keys.last if keys.last >= 0 else len(words) + keys.last
        found = range(keys.first, last + 1)
    if not found or found[-1] >= len(words):
        raise ForbiddenError(0, "a key is missing", "")
    return found


def _streams(words: Sequence[str]) -> int:
    """The place of the word STREAMS. Values that stand before it must not be taken for it, so
    every option that does is known."""
    at = 1
    while at < len(words) and words[at].upper() != _STREAMS:
        taken = _OPTIONS.get(words[at].upper())
        if taken is None:
            raise ForbiddenError(
                at, f"{words[at]} is no option", f"{', '.join(_OPTIONS)}, then {_STREAMS}"
            )
        at += 1 + taken
    if at >= len(words):
        raise ForbiddenError(0, f"{_STREAMS} is missing", f"{words[0]} ... {_STREAMS} {{key}} 0")
    return at


def access_rules() -> list[str]:
    """The rules of a user of a server that may do this much and no more, in the words of ACL
    (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/)."""
    # A rule that names a command of a later version keeps a server from starting; all of them that
    # it has are in this category (https://redis.io/docs/latest/commands/acl-cat/).
    told = (name.lower() for name in COMMANDS if name not in CHANNELS)
    names = dict.fromkeys([*_HOUSEKEEPING, *told])
    return ["~*", "&*", "-@all", "+@pubsub", *(f"+{name}" for name in names)]
