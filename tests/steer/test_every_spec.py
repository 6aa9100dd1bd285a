"""Any spec of ours can be what is steered: its own processes, through its own schedules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.live.brokers.server import Server

from tests.fuzz.repair import load_text, repaired
from tests.fuzz.steered import random_steered
from tests.steer.every_spec import CarriedOut, LeftOutError, Subject

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "specs", ROOT / "docs", ROOT / "tests" / "live" / "specs", ROOT / "tests/steer")
SCHEDULES = 3
A_FAULT = "what violates it is a fault, which no proxy brings about"
IN_VAIN = "is known by its answer alone to have to wait"
IN_ORDER = "asks with what its own commands have answered"
NOT_THERE = "nothing in this run goes over Redis: there is nothing to steer"
LEFT_OUT = {
    "cache-refill-version": IN_ORDER,
    "disconnects": A_FAULT,
    "failover": A_FAULT,
    "failover-lock": A_FAULT,
    "first": A_FAULT,
    "gateway-failover": A_FAULT,
    "invite-crash": A_FAULT,
    "invite-database": NOT_THERE,
    "late-ack": A_FAULT,
    "late-ack-generation": IN_VAIN,
    "lease": A_FAULT,
    "lease-lock": A_FAULT,
    "lease-lock-check": A_FAULT,
    "order-timeout": A_FAULT,
    "orders_in_order": IN_ORDER,
    "outbox-gap-wait": A_FAULT,
    "poll": IN_VAIN,
    "reconnect": A_FAULT,
    "refused": IN_VAIN,
    "renewed": A_FAULT,
    "resources": IN_VAIN,
    "stream-group": A_FAULT,
    "stream-group-pending": IN_VAIN,
    "worker-crash": A_FAULT,
    "worker-crash-handover": A_FAULT,
    "worker-crash-idempotent": IN_ORDER,
}
"""Specs with something on Redis whose processes are none to be steered, and why."""
LEAVES = {
    "cache-refill": "what the reader finds in the database, Redis does not see",
    "cache-refill-delete-after": "the same",
    "queue-of-jobs": "whether a worker crashes is its own choice",
}
"""Specs that leave something to their processes on which depends how a run goes on."""
TORN = ("resume-request", "resume-request-listen-first", "outbox-gap", "outbox-gap-one-step")
"""Specs with a step that asks Redis, and reads in one what others write in memory: it is torn where
that comes in between, which it may or may not."""
DIFFERS = {"miscounting": "its kind answers otherwise than Redis, on purpose"}
FEW = (
    "connection", "everything", "fix-both-unacknowledged", "fix-stream", "fix-stream-dollar",
    "lock-bell", "optimistic-watch", "sent", "lost-wakeup",
)  # fmt: skip
"""Specs with which something was once wrong, or which have what no other has."""


def on_redis() -> Iterator[Path]:
    """The specs of this repository that speak of Redis."""
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.yaml")):
            text = path.read_text(encoding="utf-8")
            if "node_modules" not in path.parts and ("redis." in text or "extends:" in text):
                yield path


SPECS = {path.stem if path.stem not in ("legacy", "mended") or path.parent.name == "specs"
         else f"{path.parent.name}-{path.stem}": path for path in on_redis()}  # fmt: skip


def runs_of(name: str, server: Server) -> list[CarriedOut]:
    return list(Subject(load(SPECS[name], {}), server).carried_out(SCHEDULES))


@pytest.mark.parametrize("name", FEW)
def test_a_specs_own_processes_carry_its_schedules_out(name: str, any_server: Server) -> None:
    found = runs_of(name, any_server)
    assert found
    for each in found:
        assert each.wrong == ""
        assert each.run.departure is None


@pytest.mark.thorough
@pytest.mark.parametrize("name", SPECS)
def test_every_spec_is_carried_out_or_it_is_said_why_not(name: str, any_server: Server) -> None:
    try:
        found = runs_of(name, any_server)
    except SpecError:
        assert name in ("topic-kind", "wrong") or name.endswith("-kind")
        return
    except LeftOutError as error:
        left_out = str(error)
    else:
        left_out = ""
    if left_out and name in TORN:
        return
    if left_out or name in LEFT_OUT:
        assert LEFT_OUT.get(name, "nothing of it is on Redis") in left_out
        return
    wrong = [each.wrong for each in found if each.wrong]
    assert bool(wrong) == (name in DIFFERS), wrong
    if name not in LEAVES:
        assert all(each.run.departure is None for each in found)


UNREAD = """\
model: unread
resources:
  c: {kind: "redis.pubsub[1..2]", key: "c:{session}"}
processes:
  reader:
    vars: {heard: "list[1..2]"}
    run: |
      listen: c.subscribe()
      again: c.subscribe()
      while True:
          hear: heard.append(c.get_message())
  quitter:
    run: |
      come: c.subscribe()
      leave: c.unsubscribe()
  writer:
    run: |
      first: c.publish(1)
      second: c.publish(2)
properties:
  ends: {possible: len(reader.heard) == 2}
"""


def test_an_answer_does_not_wait_for_a_message_that_is_read_later_or_never(
    any_server: Server,
) -> None:
    found = list(Subject(load_text(UNREAD), any_server).carried_out(8))
    assert [each.wrong for each in found if each.wrong] == []
    assert all(each.run.departure is None for each in found)


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 7, 8, 10])
def test_random_specs_are_carried_out(seed: int, any_server: Server) -> None:
    text = repaired(random_steered(seed))
    assert text is not None
    try:
        found = list(Subject(load_text(text), any_server, 1.0).carried_out(1))
    except LeftOutError:
        return
    assert [each.wrong for each in found if each.wrong] == []
