"""What the checker warns of: steps that no server does at once, and calls that act on nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load

SPEC = """\
types:
  Both: 0..1
resources:
  jobs: {kind: "redis.list[0..3]", key: jobs}
  more: {kind: "redis.list[0..3]", key: more}
  feed: {kind: "redis.pubsub[0..3]", key: jobs}
  log: {kind: "redis.stream[0..3]"}
  line: {kind: "websocket[0..3]"}
  desk: {kind: "queue[0..3]"}
  shelf: {kind: "queue[0..3]", key: jobs}
  bell: {kind: my.bell}
kinds: [kinds.yaml]
vars:
  x: int
  items: list[0..3]
processes:
  other:
    run: |
      join: feed.subscribe()
      hear: feed.get_message()
      answer: line.send(1)
  p:
    run: |
      join: feed.subscribe()
PROGRAM"""
KINDS = """\
my.bell:
  state: {rung: bool}
  commands:
    ring: {run: rung = True}
    hush: {run: rung = False}
"""


def warnings(folder: Path, program: str) -> list[str]:
    """The warnings of a program: line (of the program), column, and what is said."""
    (folder / "kinds.yaml").write_text(KINDS)
    path = folder / "spec.yaml"
    lines = "".join(f"      {line}\n" for line in program.split("\n"))
    path.write_text(SPEC.replace("PROGRAM", lines))
    first = SPEC[: SPEC.index("PROGRAM")].count("\n")
    return [
        f"{each.position.line - first}:{each.position.column - 6}: {each.message}"
        for each in load(path).warnings
        if not each.message.startswith("nobody reads")
    ]


AT_ONCE = [
    "a:\n    jobs.watch()\n    more.watch()",
    "a: jobs.rpush(1)",
    "a:\n    x = 2\n    jobs.rpush(1)\n    items = []",
    "a:\n    n = feed.publish(1)\n    jobs.rpush(1)\n    x = n",
    "a: with atomic:\n    b: jobs.rpush(1)\n    c: feed.publish(1)",
    "a: jobs.rpush(more.llen())",
    "a: line.send(feed.get_message())",
    "a: line.send_all(jobs.lrange(0, -1))",
    "a: line.send_all([entry.value for entry in log.xread(0)])",
    "a: shelf.put(desk.get())",
    "a: jobs.rpush(desk.get())",
    "a:\n    if x == 1:\n        jobs.rpush(1)\n    else:\n        line.send(1)",
    "a: if x == 1:\n    b: jobs.rpush(1)\n    c: line.send(1)",
    "a: if line.is_open():\n    jobs.rpush(1)",
    "a: if jobs.llen() == more.llen():\n    b: pass",
    "a:\n    for i in Both:\n        jobs.rpush(i)",
    "a: bell.ring()",
]


@pytest.mark.parametrize("program", AT_ONCE)
def test_nothing_is_said_of_a_step_that_can_be_done_at_once(tmp_path: Path, program: str) -> None:
    assert warnings(tmp_path, program) == []


@pytest.mark.parametrize(
    ("program", "warning"),
    [
        ("a:\n    line.send(1)\n    jobs.rpush(1)",
         "3:5: line.send() and jobs.rpush() go to two servers, websocket and redis"),
        ("a: with atomic:\n    b: feed.unsubscribe()\n    c: items = jobs.lrange(0, -1)",
         "3:16: feed.unsubscribe() cannot be joined with another command"),
        ("a: jobs.rpush(more.blpop())",
         "1:4: more.blpop() waits for the server, which joins nothing that waits"),
        ('a:\n    log.xread("$")\n    jobs.rpush(1)',
         "3:5: log.xread() waits for the server, which joins nothing that waits"),
        ("a:\n    bell.ring()\n    bell.hush()",
         "3:5: bell.ring() and bell.hush() are two, and my joins no commands"),
        ("a:\n    for i in Both:\n        line.send(i)",
         "3:9: line.send() and line.send() are two, and websocket joins no commands"),
        ("a:\n    if x == 1:\n        line.send(1)\n    jobs.rpush(1)",
         "4:5: line.send() and jobs.rpush() go to two servers, websocket and redis"),
        ("a: if line.send(jobs.llen()) == (jobs.rpush(1) > 0):\n    b: pass",
         "1:34: line.send() and jobs.rpush() go to two servers, websocket and redis"),
    ],
)  # fmt: skip
def test_a_step_that_nothing_does_at_once_is_warned_of_at_its_place(
    tmp_path: Path, program: str, warning: str
) -> None:
    before, _, told = warning.partition(": ")
    assert warnings(tmp_path, program) == [f"{before}: nothing does this step at once: {told}"]


def test_who_never_subscribed_can_neither_unsubscribe_nor_hear(tmp_path: Path) -> None:
    text = SPEC.replace(
        "PROGRAM", "      hear: feed.get_message()\n      leave: feed.unsubscribe()\n"
    )
    assert warnings(tmp_path, "hear: feed.get_message()\nleave: feed.unsubscribe()") == []
    alone = text.replace("  p:\n    run: |\n      join: feed.subscribe()\n", "  p:\n    run: |\n")
    (tmp_path / "spec.yaml").write_text(alone)
    _, *others = load(tmp_path / "spec.yaml").warnings
    assert [each.message for each in others] == [
        f"p calls feed.{command}() and never feed.subscribe(): "
        "there is nothing that it could act on"
        for command in ("get_message", "unsubscribe")
    ]


def test_an_alternative_is_warned_of_too(tmp_path: Path) -> None:
    assert warnings(tmp_path, "a: pass") == []
    path = tmp_path / "spec.yaml"
    path.write_text(
        path.read_text() + "alternatives:\n  at once:\n    processes:\n      p:\n        run: |\n"
        "          a:\n              line.send(1)\n              jobs.rpush(1)\n"
    )
    _, warning = load(path).warnings
    assert warning.sentence().startswith(f"{path}:33:15: warning: nothing does this step at once")


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("redis.list[0..3]", True),
        ("redis.string[0..3]", True),
        ("redis.pubsub[0..3]", False),
        ("queue[0..3]", False),
    ],
)
def test_one_key_of_a_server_is_one_store(tmp_path: Path, kind: str, refused: bool) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        'resources:\n  a: {kind: "redis.list[0..3]", key: "chat:{session}"}\n'
        f'  b: {{kind: "{kind}", key: "chat:{{session}}"}}\n'
        "processes:\n  p: {run: 'x: pass'}\n"
    )
    if not refused:
        load(path)
        return
    with pytest.raises(SpecError) as error:
        load(path)
    (mistake,) = error.value.diagnostics
    assert str(mistake.position) == f"{path}:3:3"
    assert mistake.message.startswith("b and a, in line 2, have the same key on redis")


def test_who_shares_the_connection_of_a_subscriber_hears_and_is_not_warned_of(
    tmp_path: Path,
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(
        'resources:\n  feed: {kind: "redis.pubsub[0..1]"}\nprocesses:\n'
        "  a: {connection: main, run: 'join: feed.subscribe()'}\n"
        "  b: {connection: main, run: 'hear: feed.get_message()'}\n"
    )
    assert not load(path).warnings
    path.write_text(path.read_text().replace("  b: {connection: main,", "  b: {connection: two,"))
    (warning,) = load(path).warnings
    assert warning.message.startswith("b calls feed.get_message() and never feed.subscribe()")
