"""Writes the reference in `docs/kinds.md` from the kinds themselves.

What stands between the two markers of the page is made here; the text around it is written
by hand. A test fails when the page is out of date.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_check.language.checker.notices import events_of
from model_check.language.syntax.kindfile import builtin_kinds
from model_check.language.syntax.nodes import CommandDoc, KindDoc
from model_check.language.syntax.payload import told_wire
from model_check.report.words.kinds import (
    about_text,
    call_text,
    joined_text,
    kind_title,
    parameter_text,
    prose,
    type_text,
    waits,
)

PAGE = Path(__file__).parent / "kinds.md"
# Of each kind: against what `python -m tests.fuzz.kinds` holds it, and what that leaves out.
HELD = {
    "redis.list": (
        "Redis and Valkey",
        "more than four keys in one `BLPOP`; who waits for several keys while a MULTI/EXEC, or a"
        " script, gives items to more than one of them: a server answers with the one that was"
        " given first, the model with the first in the order of the call",
    ),
    "redis.pubsub": (
        "Redis and Valkey",
        "how much a buffer holds (`overflows`: any message that was not read may be too much);"
        " shard channels of a cluster (held against one server, which has them too)",
    ),
    "redis.channels": (
        "Redis and Valkey",
        "a pattern that takes some of the channels; how much a buffer holds",
    ),
    "redis.stream": (
        "Redis and Valkey",
        "an `XREAD` after an entry that is not there yet, or an `XRANGE` from or to one that"
        " the same MULTI/EXEC adds (nobody knows what a server will call it); several streams in"
        " one `XREAD`; a MULTI/EXEC that adds entries and removes all of them, after"
        " which Redis 7.0 answers whoever waits with no entry, and Valkey, as the model, lets them"
        " wait on; who waits for a group while it gets an `XGROUP SETID`: the model serves them"
        " then, a server with the next `XADD`; `JUSTID`, `FORCE` and `IDLE`. How long an entry"
        " was idle, no model knows: with a `min_idle_time` above 0 it may be enough at any moment,"
        " and never; with 0 it always is. What shall happen in the end, ask with 0",
    ),
    "redis.string": (
        "Redis and Valkey",
        "the time until a key expires (`expire_now` is `PEXPIRE key 10` there); numbers of more"
        " than 64 bits",
    ),
    "redis.set": (
        "Redis and Valkey",
        "the order of members, in which a server may answer them: a set has none",
    ),
    "redis.sortedset": (
        "Redis and Valkey",
        "scores that are no integers, or infinite; bounds that are excluded (`(5` is 6 or 4); of"
        " several keys the same as of `redis.list`",
    ),
    "redis.hash": ("Redis and Valkey", "numbers of more than 64 bits"),
    "websocket": (
        "both ends of a real connection of the package websockets",
        "a frame that is under way while an end closes (the comparison waits until all have"
        " arrived)",
    ),
    "queue": (
        "`asyncio.Queue`",
        "who of several that wait comes first: here it may be any, there it is who came first",
    ),
}
BEGIN = "<!-- made by docs/make_kinds.py: begin -->\n"
END = "<!-- made by docs/make_kinds.py: end -->\n"


def reference() -> str:
    """The reference of all kinds that come with the tool."""
    return "\n".join(line for kind in builtin_kinds().values() for line in _kind(kind)) + "\n"


def refreshed(page: str) -> str:
    """The page with the reference as it is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{reference()}{END}{after}"


def _kind(kind: KindDoc) -> Iterator[str]:
    yield f"### `{kind_title(kind)}`"
    yield ""
    yield prose(kind.about) + (f" [Reference]({kind.reference})." if kind.reference else "")
    yield ""
    for name, type_, default in kind.options:
        yield f"- option `{parameter_text(name, type_, default)}`"
    if kind.state:
        state = ", ".join(f"`{var.name.text}: {type_text(var.type)}`" for var in kind.state)
        yield f"- content: {state}"
    if kind.joins:
        yield f"- joined by: `{kind.joins}`"
    if kind.options or kind.state or kind.joins:
        yield ""
    yield "| Command | What it does | On the wire | Answer | Waits | Joins |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for command in kind.written_commands:
        yield _row(command, kind)
    yield ""
    yield from _faults(kind)
    yield from _events(kind)
    thing, without = HELD[kind.name]
    ends = "" if kind.disconnected is None else ", and connections that end in between"
    held = "[Held against](#held-against-the-real-thing)"
    yield f"{held} {thing}: every command{ends}. Not: {without}."
    yield ""


def _events(kind: KindDoc) -> Iterator[str]:
    """What a server tells of its keys."""
    events = ", ".join(f"`{each}`" for each in events_of(kind))
    if events:
        yield f"[Told](#what-a-server-tells-of-its-keys) of a key: {events}."
        yield ""


def _faults(kind: KindDoc) -> Iterator[str]:
    """What may go wrong, by the keys that say how often."""
    told = [f"`{each.name.text}`: {prose(each.doc.about)}" for each in kind.faults]
    if kind.disconnected is not None:
        told.append("`disconnects`: A connection breaks.")
    if told:
        yield f"[May go wrong](language.md#faults): {' '.join(told)}"
        yield ""


def _row(command: CommandDoc, kind: KindDoc) -> str:
    call = f"`{call_text(command)}`"
    if command.reference:
        call = f"[{call}]({command.reference})"
    cells = (
        call,
        about_text(command),
        _code(told_wire(command.wire)),
        _code(command.answer),
        "yes" if waits(command) else "",
        joined_text(command, kind),
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def main() -> None:
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
