"""A command that waits at a server holds up all that others send over its connection.

Redis answers what comes over one connection in its order, so nothing behind a blocked command is
carried out before that is answered: https://redis.io/docs/latest/develop/use/pipelining/,
https://redis.io/docs/latest/commands/blpop/.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.compare import differences
from fuzz.repair import load_text
from fuzz.server_specs import SERVER_SPECS
from model_check.explore.search import explore
from model_check.language import Spec, SpecError, load
from model_check.machine.lowering import calls, spec
from model_check.verify.checking import check_spec
from model_check.verify.coverage import coverage_of

TWO = """\
resources:
  log: {{kind: "redis.{kind}[1..2]"}}
  noted: {{kind: "redis.string[1..2]"}}
processes:
  a:
    {mine}
    run: |
      take: _got = {command}
  b:
    {theirs}
    run: |
      note: noted.set(1)
      put: log.{put}(1)
"""
WAITING = [("list", "log.blpop()"), ("stream", "log.xread(0)"), ("stream", 'log.xread("$")')]


def two(kind: str, command: str, mine: str = "main", theirs: str = "main") -> str:
    put = "rpush" if kind == "list" else "xadd"
    named = [f"connection: {each}" if each else "about: its own" for each in (mine, theirs)]
    return TWO.format(kind=kind, command=command, mine=named[0], theirs=named[1], put=put)


def written(folder: Path, text: str) -> Spec:
    path = folder / "spec.yaml"
    path.write_text(f"model: shared\n{text}")
    return load(path)


def verdicts(folder: Path, text: str) -> dict[str, str]:
    _, judged = check_spec(written(folder, text))
    return {each.name: each.verdict for each in judged.results}


@pytest.mark.parametrize(("kind", "command"), WAITING)
def test_who_would_end_the_waiting_cannot_send_over_the_same_connection(
    tmp_path: Path, kind: str, command: str
) -> None:
    assert verdicts(tmp_path, two(kind, command))["no_deadlock"] == "violated"
    others = {"list": "holds", "stream": "holds" if "0" in command else "violated"}
    # XREAD with `$` can also come too late.
    assert verdicts(tmp_path, two(kind, command, theirs="other"))["no_deadlock"] == others[kind]


def test_a_command_that_is_answered_at_once_holds_up_nothing(tmp_path: Path) -> None:
    apart = two("list", "log.blpop()", mine="", theirs="").replace('"}', '", initially: [1]}', 1)
    spaces = [
        explore(written(tmp_path, each))
        for each in (apart, apart.replace("about: its own", "connection: main"))
    ]
    for space in spaces:
        # Two steps of one and one of the other, in any order.
        assert (len(space.states), space.transitions) == (6, 7)
    found = coverage_of(spaces[1])
    assert found is not None
    assert found.untaken == ()  # `take_send` is nothing that somebody wrote


def test_nothing_is_split_where_nobody_else_sends(tmp_path: Path) -> None:
    labels = {
        name: {each.label for each in explore(written(tmp_path, text)).machine.steps}
        for name, text in {
            "shared": two("list", "log.blpop()"),
            "alone": two("list", "log.blpop()", theirs="other"),
        }.items()
    }
    assert labels["shared"] - labels["alone"] == {"take_send"}


BOTH = """\
resources:
  log: {{kind: "redis.list[1..2]"}}
processes:
  a:
    {connection}
    vars: {{got: 0..2}}
    run: |
      both:
          take: got = log.blpop()
      and:
          put: log.rpush(2)
"""


@pytest.mark.parametrize(
    ("connection", "verdict"), [("about: a pool", "holds"), ("connection: one", "violated")]
)
def test_branches_wait_for_each_other_on_a_connection_that_has_a_name(
    tmp_path: Path, connection: str, verdict: str
) -> None:
    assert verdicts(tmp_path, BOTH.format(connection=connection))["no_deadlock"] == verdict


SENT = """\
resources:
  log: {kind: "redis.list[1..2]"}
  mark: {kind: "redis.string[1..2]"}
  news: {kind: "redis.pubsub[1..2]"}
processes:
  a:
    connection: main
    run: |
      take: log.blpop()
  b:
    connection: main
    run: |
      join: news.subscribe()
      hear: news.get_message()
      tell: mark.set(1, wait=False)
  c:
    run: |
      await_it: await at(a, take) and not at(a, take_send)
      say: news.publish(1)
properties:
  other_connections_go_on: {possible: "done(b) and not done(a)"}
  not_behind_it: {never: "mark.value == 1 and not done(a)"}
"""


def test_what_is_sent_behind_it_arrives_when_it_is_answered(tmp_path: Path) -> None:
    found = verdicts(tmp_path, SENT)
    assert found["other_connections_go_on"] == "holds"
    assert found["not_behind_it"] == "holds"


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("either:\n          take: log.blpop()\n      or timeout:\n          late: pass",
         "log.blpop holds up the connection, over which others send: who has waited too long "
         "cannot take it back"),
        ("look: if log.blpop() == 1:\n          take: pass",
         "blpop waits for its answer: a condition cannot"),
        ("take:\n          log.llen()\n          log.blpop()",
         "blpop is sent before all else: it comes first in its step"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_first_is_refused_at_its_place(
    tmp_path: Path, run: str, message: str
) -> None:
    text = (
        'resources:\n  log: {kind: "redis.list[1..2]"}\nprocesses:\n'
        f"  a:\n    connection: main\n    run: |\n      {run}\n"
        "  b: {connection: main, run: 'put: log.rpush(1)'}\n"
    )
    with pytest.raises(SpecError) as error:
        written(tmp_path, text)
    (mistake,) = error.value.diagnostics
    assert mistake.message == message
    assert "blpop" in mistake.position.source.line(mistake.position.line)
    # With a connection of its own it is a step like others.
    written(tmp_path, text.replace("b: {connection: main", "b: {connection: two"))


def holds_up_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(calls, "hold_off", lambda *_: None)


def is_never_answered_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(spec._Lowering, "_unanswered", lambda *_: None)


@pytest.mark.parametrize("planted", [holds_up_nothing, is_never_answered_at_once])
def test_the_interpreter_sees_a_planted_mistake(
    planted: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch)  # type: ignore[operator]
    assert differences(load_text(SERVER_SPECS["held up"]))


def test_a_deadlock_says_who_holds_the_connection(tmp_path: Path) -> None:
    _, judged = check_spec(written(tmp_path, two("list", "log.blpop()")))
    trace = next(each.trace for each in judged.results if each.name == "no_deadlock")
    assert trace is not None
    a, b = trace.waits
    assert (a.instance, a.givers) == ("a", ("b.put",))
    assert (b.instance, b.text) == ("b", "nothing waits on the connection of main")
    assert b.givers == ("a.take",)
    assert set(trace.cycle) == {"a", "b"}
