"""Traces carried out on real servers: they lose what the model says, every time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from live_runs import HOLDING, LOSING, SPECS, commands_seen, explored, replayed
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.replaying import replay_schedules, run_live

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", LOSING)
def test_a_losing_spec_loses_chunk_7_on_a_real_server_every_time(name: str, server: Server) -> None:
    found = replayed(SPECS / f"{name}.yaml", server, "no_loss", times=4)
    assert found.disagreement is None
    assert (found.times, found.same) == (4, 4)
    (screen,) = found.screens
    assert screen.shown == (1, 2, 3, 4, 5, 6, 8, 9, 10)
    assert screen.stored == tuple(range(1, 11))
    assert screen.missing == (7,)
    assert [line.ticked for line in screen.checklist] == [True] * 6
    assert found.first.watch == {"missing": frozenset({7})}
    assert server.client().keys("*") == []


@pytest.mark.parametrize("name", HOLDING)
def test_complete_schedules_of_a_fix_lose_nothing(name: str, server: Server) -> None:
    space, _ = explored(SPECS / f"{name}.yaml")
    found = run_live(replay_schedules(space, server, number=25, patience=5.0))
    assert found.disagreement is None
    assert (found.done, found.losing, found.violated) == (25, 0, {"no_loss": 0})
    assert server.client().keys("*") == []


def test_every_transition_of_a_model_is_carried_out_for_real(any_server: Server) -> None:
    space, _ = explored(SPECS / "fix-stream.yaml")
    found = run_live(replay_schedules(space, any_server, number=None, patience=5.0))
    assert found.disagreement is None
    assert found.taken == found.transitions == space.transitions == 279
    assert found.losing == 0


def test_some_schedules_of_legacy_lose_and_what_is_measured_is_what_the_model_says(
    any_server: Server,
) -> None:
    space, _ = explored(SPECS / "legacy.yaml")
    found = run_live(replay_schedules(space, any_server, number=60, patience=5.0))
    assert found.disagreement is None
    assert found.losing == found.violated["no_loss"]
    assert 0 < found.losing < 60
    assert set(found.lost) <= {"7", "8", "9", "10"}
    assert not found.surprising


@pytest.mark.parametrize(
    "name", ["legacy-cumulative", "legacy-two-nodes", "legacy-reconnect", "deadlock"]
)
def test_every_other_trace_of_the_specs_happens_for_real(name: str, any_server: Server) -> None:
    found = replayed(SPECS / f"{name}.yaml", any_server)
    assert found.disagreement is None
    assert found.first.trace.steps
    assert [s.event for s in found.first.steps] == [s.event for s in found.first.trace.steps]


def test_what_the_server_is_sent_are_the_steps_in_their_order(any_server: Server) -> None:
    with commands_seen(any_server) as seen:
        replayed(SPECS / "legacy.yaml", any_server, "no_loss")
    session = next(m[1] for c in seen if (m := re.search("chat:stream:([0-9a-f]+)", c)))
    written = [c.replace(session, "S") for c in seen]
    steps = [
        c for c in written if c.split()[0] in ("PUBLISH", "RPUSH", "LRANGE", "SUBSCRIBE", "DEL")
    ]

    def chunk(number: int) -> str:
        complete = "true" if number == 10 else "false"
        return f'{{"content": "chunk{number}", "is_complete": {complete}}}'

    live = [
        f"{command} {number and chunk(number)}"
        for number in (8, 9, 10)
        for command in ("PUBLISH chat:stream:S", "RPUSH chat:history:S")
    ]
    assert steps == [
        *(f"RPUSH chat:history:S {chunk(number)}" for number in range(1, 7)),
        f"PUBLISH chat:stream:S {chunk(7)}",
        "LRANGE chat:history:S 0 -1",
        "SUBSCRIBE chat:stream:S",
        f"RPUSH chat:history:S {chunk(7)}",
        *live,
        "LRANGE chat:history:S 0 -1",  # what is stored at the end, as a person would ask for it
        "LRANGE chat:history:S 0 -1",  # and to be compared
        "DEL chat:history:S",
    ]


def test_an_atomic_step_is_one_transaction(any_server: Server) -> None:
    space, _ = explored(SPECS / "fix-atomic.yaml")
    with commands_seen(any_server) as seen:
        run_live(replay_schedules(space, any_server, number=1, patience=5.0))
    words = [c.split()[0] for c in seen]
    begins = [i for i, word in enumerate(words) if word == "MULTI"]
    assert len(begins) == 4
    assert all(words[i : i + 4] == ["MULTI", "PUBLISH", "RPUSH", "EXEC"] for i in begins)


def test_each_run_has_a_session_of_its_own_and_touches_nothing_else(lonely_server: Server) -> None:
    client = lonely_server.client()
    client.set("chat:history:mine", "keep")
    client.rpush("chat:history:", "keep")
    with commands_seen(lonely_server) as seen:
        replayed(SPECS / "legacy.yaml", lonely_server, "no_loss", times=3)
    sessions = {m[1] for c in seen if (m := re.search("LRANGE chat:history:([0-9a-f]+)", c))}
    assert len(sessions) == 3
    assert sorted(client.keys("*")) == ["chat:history:", "chat:history:mine"]
    assert client.get("chat:history:mine") == "keep"


def test_a_mistake_in_a_kind_is_a_disagreement_at_its_step(
    any_server: Server,
) -> None:
    found = replayed(HERE / "specs" / "miscounting.yaml", any_server)
    assert str(found.disagreement) == (
        "the model and the server disagree at step 2 (writer.push[2]):"
        " RPUSH log 2 -> 2, the model has 3"
    )
    assert any_server.client().keys("*") == []


def test_a_kind_of_a_users_own_is_carried_out_by_its_wire(
    any_server: Server,
) -> None:
    with commands_seen(any_server) as seen:
        found = replayed(HERE / "specs" / "members.yaml", any_server)
    assert found.disagreement is None
    assert found.first.variables == {"writer.added": 1, "writer.size": 2, "writer.there": True}
    assert [c.split()[0] for c in seen if c[0] == "S"] == [
        "SADD", "SADD", "SADD", "SCARD", "SISMEMBER",
    ]  # fmt: skip


def test_every_kind_and_its_commands_answer_as_the_model_says(
    server: Server,
) -> None:
    found = replayed(HERE / "specs" / "everything.yaml", server)
    assert found.disagreement is None
    assert len(found.first.steps) == 49
    assert server.client().keys("*") == []


def test_a_kind_without_a_counterpart_is_refused(any_server: Server) -> None:
    space, _ = explored(SPECS.parent / "docs" / "examples" / "topic.yaml")
    with pytest.raises(LiveError, match=r"^orders is a log\.topic, which has no counterpart here"):
        run_live(replay_schedules(space, any_server, number=1, patience=5.0))


def test_a_run_time_error_happens_to_the_real_process_as_well(
    tmp_path: Path, any_server: Server
) -> None:
    path = tmp_path / "error.yaml"
    path.write_text(
        "model: error\n"
        "resources:\n  n: {kind: 'redis.string[int]', initially: 3}\n"
        "processes:\n"
        "  p:\n"
        "    vars: {x: int}\n"
        "    run: |\n"
        "      read: x = n.get() - 3\n"
        "      divide: x = n.get() // x\n"
        "properties:\n  no_error: {expect: violated}\n",
        encoding="utf-8",
    )
    found = replayed(path, any_server)
    assert found.disagreement is None
    assert found.first.trace.end == "error"


SET_KIND = """\
redis.members:
  parameters: [T]
  joins: redis
  options:
    initially: set[T] = {}
  state:
    members: set[T] = initially
  stored:
    state: members
    write: SADD {key} {value}
    read: SMEMBERS {key}
    bare: true
  commands:
    sadd:
      parameters: {member: T}
      run: |
        added = 0 if member in members else 1
        members.add(member)
        return added
      wire: SADD {key} {member}
      answer: "{result}"
"""
SET_SPEC = """\
model: seats
kinds: set.yaml
resources:
  taken: {kind: "redis.members[1..5]", initially: "{2, 4}"}
processes:
  guest:
    vars: {new: int}
    run: |
      again: taken.sadd(4)
      sit: new = taken.sadd(5)
properties:
  never_over: {finally: not done(guest), expect: violated}
"""


def test_a_redis_kind_of_the_users_own_needs_nothing_but_its_yaml(
    tmp_path: Path, server: Server
) -> None:
    (tmp_path / "set.yaml").write_text(SET_KIND, encoding="utf-8")
    path = tmp_path / "seats.yaml"
    path.write_text(SET_SPEC, encoding="utf-8")
    run = replayed(path, server).first
    assert run.disagreement is None
    assert run.stored == {"taken": frozenset({2, 4, 5})}
    assert run.variables["guest.new"] == 1
