"""Lines of others in a log: what changes nothing is passed over, and behind what may change what
the processes see, nothing is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from live_runs import SPECS
from model_check.api.real_runs import monitor
from model_check.live.brokers.server import Server
from model_check.live.monitor.foreign import HARMLESS, ONE_KEY
from model_check.results.monitor import MonitorResult, SessionVerdict

SERVICE, GATEWAY, LISTENER, OTHER = "a:1", "a:2", "a:3", "b:9"
LOSS = [
    (GATEWAY, "LRANGE", "chat:history:s", "0", "-1"),
    (SERVICE, "PUBLISH", "chat:stream:s", "7"),
    (LISTENER, "SUBSCRIBE", "chat:stream:s"),
    (SERVICE, "RPUSH", "chat:history:s", "7"),
    *(
        (SERVICE, name, key, str(chunk))
        for chunk in (8, 9, 10)
        for name, key in (("PUBLISH", "chat:stream:s"), ("RPUSH", "chat:history:s"))
    ),
]
"""Chunk 7 is lost: published before anybody listens, and saved after the history was read."""

Said = Sequence[str]


def logged(lines: Sequence[Said], *, seconds: int = 1, db: int = 0) -> list[bytes]:
    """Lines, so many seconds one after the other: each the connection, and words; a word may begin
    with `db=`."""
    out = []
    for number, (client, *words) in enumerate(lines):
        where = db
        if words[0].startswith("db="):
            where = int(words.pop(0)[3:])
        said = " ".join(f'"{word}"' for word in words)
        out.append(
            f"{1_700_000_000 + number * seconds}.000000 [{where} {client}] {said}\n".encode()
        )
    return out


def judged(lines: Sequence[Said], spec: str = "legacy", **more: object) -> MonitorResult:
    raw = logged(lines, seconds=int(str(more.pop("seconds", 1))))
    return monitor(SPECS / f"{spec}.yaml", [("log", raw)], reason=False, **more)  # type: ignore[arg-type]


def only(found: MonitorResult) -> SessionVerdict:
    (session,) = found.sessions
    return session


def with_line(line: Said, at: int = 3) -> list[Said]:
    return [*LOSS[:at], line, *LOSS[at:]]


def test_a_loss_is_one_where_nobody_else_speaks() -> None:
    assert judged(LOSS).standing == "violated"


DISTURBING = [
    (OTHER, "RENAME", "chat:history:s", "elsewhere"),
    (OTHER, "RENAME", "elsewhere", "chat:history:s"),
    (OTHER, "COPY", "elsewhere", "chat:history:s"),
    (OTHER, "SORT", "elsewhere", "STORE", "chat:history:s"),
    (OTHER, "LPOP", "chat:history:s"),
    (OTHER, "LMOVE", "elsewhere", "chat:history:s", "LEFT", "LEFT"),
    (OTHER, "SSUBSCRIBE", "chat:stream:s"),
    (OTHER, "PSUBSCRIBE", "chat:*"),
    (OTHER, "SPUBLISH", "chat:stream:s", "7"),
    (LISTENER, "UNSUBSCRIBE", "chat:stream:s"),
    (LISTENER, "UNSUBSCRIBE"),
    (LISTENER, "RESET"),
    (SERVICE, "DEL", "chat:history:s"),
    (OTHER, "SWAPDB", "0", "1"),
    (OTHER, "EXPIRE", "chat:history:s", "0"),
    (OTHER, "PEXPIRE", "chat:history:s", "10"),
    (OTHER, "EXPIREAT", "chat:history:s", "1700000004"),
    (OTHER, "A_COMMAND_OF_TOMORROW", "x", "chat:history:s"),
    (OTHER, "PFADD", "chat:history:s", "x"),
]


@pytest.mark.parametrize("line", DISTURBING, ids=lambda line: " ".join(line[1:3]))
def test_nobody_is_accused_behind_a_line_that_may_have_changed_something(line: Said) -> None:
    lines = with_line(line, 5)
    found = judged(lines)
    assert found.standing == "undetermined"
    note = only(found).note
    assert "line" in note or "log:" in note
    assert line[1] in note or "line 6 gave to its key" in note
    assert judged(lines, ignored=[line[1]]).standing == "violated"


QUIET = [
    (OTHER, "TTL", "chat:history:s"),
    (OTHER, "LLEN", "chat:history:s"),
    (OTHER, "OBJECT", "ENCODING", "chat:history:s"),
    (OTHER, "SCAN", "0", "MATCH", "chat:history:s"),
    (OTHER, "PUBSUB", "NUMSUB", "chat:stream:s"),
    (OTHER, "EXPIRE", "chat:history:s", "3600"),
    (OTHER, "PERSIST", "chat:history:s"),
    (OTHER, "SET", "elsewhere", "chat:history:s"),
    (OTHER, "LPUSH", "elsewhere", "chat:history:s"),
    (OTHER, "PUBLISH", "elsewhere", "chat:stream:s"),
    (OTHER, "PSUBSCRIBE", "chat:other:*"),
    (OTHER, "UNSUBSCRIBE"),
    (OTHER, "EVALSHA", "0" * 40, "1", "chat:history:s", "x"),
    (OTHER, "CLIENT", "SETINFO", "lib-name", "redis-py"),
    (SERVICE, "HELLO", "3"),
    (SERVICE, "CONFIG", "GET", "maxmemory"),
]


@pytest.mark.parametrize("line", QUIET, ids=lambda line: " ".join(line[1:3]))
def test_a_line_that_changes_nothing_changes_no_verdict(line: Said) -> None:
    assert judged(with_line(line)).standing == "violated"


def test_a_time_that_is_given_again_and_again_is_not_over() -> None:
    lines = [each for line in LOSS for each in (line, (OTHER, "EXPIRE", "chat:history:s", "5"))]
    assert judged(lines).standing == "violated"
    assert judged(lines, seconds=6).standing == "undetermined"


def test_a_time_that_may_not_have_been_taken_may_be_over() -> None:
    first = (OTHER, "EXPIRE", "chat:history:s", "4")
    again = (OTHER, "EXPIRE", "chat:history:s", "3600", "NX")
    assert judged(with_line(again, 5)).standing == "violated"
    lines = with_line(first, 4)
    assert judged([*lines[:5], again, *lines[5:]]).standing == "undetermined"


def test_who_clears_away_at_the_end_disturbs_nothing() -> None:
    lines = [*LOSS, (LISTENER, "UNSUBSCRIBE"), (SERVICE, "DEL", "chat:history:s")]
    assert judged(lines).standing == "violated"


def test_what_fills_a_list_that_no_process_writes_is_nobodys(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "model: filled\n"
        'resources:\n  box: {kind: "redis.list[1..3]", key: "box:{s}", initially: "[1, 2]",'
        ' payload: "{value}"}\n'
        "processes:\n  p:\n    vars: {got: int}\n    run: |\n      a: got = box.llen()\n"
        "properties:\n  two: {finally: p.got == 2}\n",
        encoding="utf-8",
    )
    lines = [("c:1", "RPUSH", "box:x", "1"), ("c:1", "RPUSH", "box:x", "2"),
             ("a:1", "LLEN", "box:x")]  # fmt: skip
    assert monitor(spec, [("log", logged(lines))], reason=False).standing == "holds"
    more = [*lines[:2], ("c:1", "RPUSH", "box:x", "3"), lines[2]]
    assert monitor(spec, [("log", logged(more))], reason=False).standing == "undetermined"


def test_a_channel_is_of_all_databases() -> None:
    """Whoever publishes from another one is heard all the same."""
    calm = [LOSS[0], LOSS[2], LOSS[1], *LOSS[3:]]
    apart = [
        (each[0], "db=1", *each[1:]) if each[1] == "PUBLISH" else each for each in calm
    ]  # fmt: skip
    found = judged(apart)
    assert (found.standing, len(found.sessions)) == ("holds", 1)


def test_of_two_sessions_that_hear_each_other_nothing_is_said() -> None:
    found = judged([*LOSS, *((each[0], "db=1", *each[1:]) for each in LOSS)])
    assert [each.standing for each in found.sessions] == ["undetermined", "undetermined"]
    assert "heard in all" in found.sessions[0].note


def test_what_was_violated_before_stays_violated(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "model: twice\n"
        'resources: {box: {kind: "redis.list[1..3]", key: "box:{s}"}}\n'
        "processes:\n  p:\n    run: |\n"
        "      a: box.rpush(1)\n      b: box.rpush(2)\n      c: box.rpush(3)\n"
        "properties:\n  few: {always: len(box.items) < 2}\n  end: {finally: len(box.items) == 0}\n",
        encoding="utf-8",
    )
    lines = [("a:1", "RPUSH", "box:x", "1"), ("a:1", "RPUSH", "box:x", "2"),
             ("b:1", "LPOP", "box:x"), ("a:1", "RPUSH", "box:x", "3")]  # fmt: skip
    session = only(monitor(spec, [("log", logged(lines))], reason=False))
    verdicts = {each.name: each.verdict for each in session.properties}
    assert (verdicts["few"], verdicts["end"]) == ("violated", "undetermined")
    assert "log:3, LPOP box:x" in session.note


def why(line: Said, spec: str = "legacy") -> str:
    mismatch = only(judged([line], spec)).mismatch
    assert mismatch is not None
    return " ".join(mismatch.why)


def test_a_line_that_does_not_fit_says_why() -> None:
    assert "'{\"seq\": {value}}'" in why((SERVICE, "PUBLISH", "chat:stream:s", '{\\"seq\\":7}'))
    assert "in one MULTI/EXEC, or one script" in why(LOSS[1], "fix-atomic")


def test_a_reason_is_true_of_the_line(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "model: hints\n"
        'resources:\n  box: {kind: "redis.list[1..3]", key: "box:{s}"}\n'
        '  out: {kind: "redis.list[1..3]", key: "out:{s}", payload: \'{"n": {value}}\'}\n'
        "processes:\n  p:\n    run: |\n      with atomic:\n"
        "          one: box.rpush(1)\n          two: out.rpush(2)\n",
        encoding="utf-8",
    )

    def told(*lines: Said) -> str:
        mismatch = only(monitor(spec, [("log", logged(lines))], reason=False)).mismatch
        assert mismatch is not None
        return " ".join(mismatch.why)

    one, two = ("c:1", "RPUSH", "box:x", "1"), ("c:1", "RPUSH", "out:x", '{\\"n\\": 2}')
    multi, ended = ("c:1", "MULTI"), ("c:1", "EXEC")
    assert "in another order" in told(multi, two, one, ended)
    assert "in one MULTI/EXEC, or one script" in told(one, two)
    digits = told(("c:1", "RPUSH", "box:x", "1" * 5000))
    assert "a number of 5,000 digits, is no 1..3" in digits
    assert "JSON" not in told(("c:1", "RPUSH", "out:x", "1" * 5000))
    assert '"2" is not an object' in told(("c:1", "RPUSH", "out:x", '\\"2\\"'))


def test_a_server_agrees_on_what_changes_nothing_and_where_a_key_stands(
    any_server: Server,
) -> None:
    told = any_server.client().execute_command("COMMAND")
    commands = told.values() if isinstance(told, dict) else told
    named = {each["name"].upper(): each for each in commands}
    for name in HARMLESS & named.keys():
        assert "write" not in named[name]["flags"], name
    for name in ONE_KEY & named.keys():
        first, last = named[name]["first_key_pos"], named[name]["last_key_pos"]
        assert (first, last) == (1, 1) or name == "PUBLISH", name
