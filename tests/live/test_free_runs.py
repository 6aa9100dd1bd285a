"""Every free run is a run of the model: no step of it is torn, none is taken that has to wait."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from live_runs import SPECS, explored
from model_check.explore.space import Space
from model_check.live.brokers.contract import Surroundings
from model_check.live.brokers.server import Server
from model_check.live.brokers.sockets import Hub
from model_check.live.errors import LiveError
from model_check.live.runs import free
from model_check.live.runs.free import FreeRun
from model_check.live.runs.mishaps import Field, Mishaps, budgets
from model_check.live.runs.open_system import OpenSystem, open_system
from model_check.live.runs.places import Pace
from model_check.live.runs.replaying import run_live
from model_check.live.runs.session import session
from model_check.live.runs.wholeness import Needs
from model_check.verify.trace import Tracer
from runs_of_model import RunsOfModel, Taken

EXAMPLES = SPECS.parent / "docs" / "examples"
FAULTS = SPECS / "faults"
LONGEST = 20.0
"""Seconds that a run of a spec that ends has."""


@dataclass(frozen=True)
class Found:
    """What some runs did: the steps that the model could not take, and all that were taken."""

    wrong: list[tuple[int, str]]
    taken: set[str]
    happened: set[str]
    ends: list[dict[str, object]]


def noted(run: FreeRun) -> dict[int, tuple[int, int]]:
    """By the place of each step of a run that goes on, who takes it, and how many were over when it
    began."""
    began: dict[int, tuple[int, int]] = {}
    whole = run._stepping._whole

    async def take(step: Any) -> bool:
        before = len(run.course.steps)
        done = await whole(step)
        if done:
            began[len(run.course.steps) - 1] = (step.place.instance, before)
        return done

    run._stepping._whole = take  # type: ignore[method-assign]
    return began


def taken_by(run: FreeRun, began: Mapping[int, tuple[int, int]]) -> list[Taken]:
    """The steps of a run that is over."""
    system, found = run.course.system, []
    for number, (step, state) in enumerate(
        zip(run.course.steps, run.course.states[1:], strict=True)
    ):
        label = step.event.removeprefix(f"{step.instance}.").partition("[")[0]
        thread, begun = began.get(number, (-1, number))  # a crash is no step of a process
        held = {
            name: value
            for name, value in system.variables(state).items()
            if name.startswith(f"{step.instance}.")
        }
        found.append(Taken(thread, f"{step.instance}.{label}", begun, held))
    return found


async def run_freely(space: Space, server: Server, times: int, *, faults: bool) -> Found:
    """Runs of a space as fast as they go, one after the other."""
    chance = random.Random(space.machine.spec.name)
    spec, tracer, model = space.machine.spec, Tracer(space), RunsOfModel(space)
    system = open_system(spec, space.layout)
    found = Found([], set(), set(), [])
    field = Field(budgets(spec) if faults else [], chance)
    async with Hub(5.0) as hub:
        for _ in range(times):
            view = tracer.view(space.states[chance.randrange(space.initial)]).variables
            around = Surroundings(server, hub, 5.0)
            pace = Pace(0.001, 0.0, 0.001, delay=chance.uniform(0, 0.002), pause=0.001)
            async with session(spec, around, view, system.clients()) as real:
                run = FreeRun(system, real, system.initial_state(view), pace, chance)
                began = noted(run)
                mishaps = Mishaps(field, run, real)
                rests = await mishaps.during(run.run(LONGEST), space.depth // 3)
                assert rests, [step.event for step in run.course.steps[-5:]]
            steps = taken_by(run, began)
            place, wrong = model.fits(view, steps, rests=rests)
            if wrong:
                found.wrong.append((place, wrong))
            found.taken.update(each.name for each in steps)
            found.happened.update(mishaps.happened)
            found.ends.append(dict(system.variables(run.course.state)))
    return found


def free_runs(path: Path, server: Server, times: int, *, faults: bool = False) -> Found:
    """Free runs of a spec."""
    space, _ = explored(path)
    return run_live(run_freely(space, server, times, faults=faults))


@pytest.mark.parametrize("name", ["both", "background", "sent", "steps", "resources", "timeout"])
def test_a_free_run_of_an_example_is_a_run_of_its_model(name: str, any_server: Server) -> None:
    assert free_runs(EXAMPLES / f"{name}.yaml", any_server, 3).wrong == []


@pytest.mark.parametrize(
    "name",
    [
        "cache-refill-version", "gateway-failover", "late-ack-generation", "order-timeout-look",
        "reconnect-both",
        "retry-timeout-id", "worker-crash-handover", "worker-crash",
    ],
)  # fmt: skip
def test_a_free_run_with_faults_is_a_run_of_its_model(name: str, any_server: Server) -> None:
    assert free_runs(FAULTS / f"{name}.yaml", any_server, 3, faults=True).wrong == []


def written(folder: Path, text: str) -> Path:
    """A spec's file."""
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


ADDS = """\
model: adds
resources:
  number: {kind: "redis.string[0..9]"}
processes:
  adder:
    count: 3
    vars: {seen: 0..9}
    run: |
      for turn in range(3):
          add:
              old = number.get()
              seen = 1 if old is None else old + 1
              number.set(seen)
properties:
  ends: {possible: all(done(a) for a in adder)}
"""


def test_a_look_and_what_is_done_by_it_are_one_step(tmp_path: Path, any_server: Server) -> None:
    found = free_runs(written(tmp_path, ADDS), any_server, 4)
    assert found.wrong == []
    assert all(9 in end.values() for end in found.ends)


def test_the_judge_sees_a_torn_step(
    tmp_path: Path, any_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hasty(system: OpenSystem, workers: object) -> list[Needs]:
        return [Needs(in_order=True) for _ in system.machine.steps]

    monkeypatch.setattr(free, "needs_of", hasty)
    assert free_runs(written(tmp_path, ADDS), any_server, 4).wrong != []


BESIDE = """\
model: beside
resources:
  news: {kind: "redis.pubsub[0..1]", disconnects: 1}
  log: {kind: "redis.list[0..1]"}
processes:
  reader:
    crashes: 1
    vars: {heard: "list[0..1]", n: 0..9}
    run: |
      both:
          listen: news.subscribe()
          hear: heard.append(news.get_message())
      and:
          count: n = log.llen()
          again: n = n + log.llen()
      after: log.rpush(0)
  writer:
    run: |
      put: log.rpush(1)
      say: news.publish(1)
      say_more: news.publish(0)
properties:
  ends: {possible: done(reader)}
"""


def test_branches_that_run_beside_each_other_die_together(
    tmp_path: Path, any_server: Server
) -> None:
    found = free_runs(written(tmp_path, BESIDE), any_server, 12, faults=True)
    assert found.wrong == []
    assert {"reader.hear", "reader.again", "reader.crashes"} <= found.taken
    assert "news.disconnects[reader]" in found.happened


LOOKS = """\
model: looks
resources:
  socket: {kind: "websocket[1..9]"}
  jobs: {kind: "queue[1..9]", bound: 1}
vars: {turn: 0..2}
processes:
  client:
    run: |
      send: socket.send(7)
      send_more: socket.send(8)
      let: turn = 1
  server:
    vars: {got: "list[1..9]"}
    run: |
      either:
          eight:
              await socket.recv() == 8
              got.append(8)
      or:
          seven:
              await turn == 1
              frame = socket.recv()
              await frame == 7
              got.append(frame)
      pass_on: jobs.put(socket.recv())
      pass_on_more: jobs.put(9)
  taker:
    vars: {got: "list[1..9]"}
    run: |
      take:
          first = jobs.get()
          got.append(first)
          jobs.put(first)
      while True:
          take_more: got.append(jobs.get())
properties:
  ends: {finally: "server.got == [7] and taker.got == [8, 8, 9] or taker.got == [8, 9, 8]"}
"""


def test_what_turns_out_to_have_to_wait_is_as_if_not_begun(
    tmp_path: Path, any_server: Server
) -> None:
    found = free_runs(written(tmp_path, LOOKS), any_server, 6)
    assert found.wrong == []
    assert "server.eight" not in found.taken


def test_what_cannot_be_taken_back_is_refused(tmp_path: Path, any_server: Server) -> None:
    text = ADDS.replace("number.set(seen)", "await not number.setnx(7)")
    with pytest.raises(LiveError, match=r"adder\[\d\]\.add has done something by the time"):
        free_runs(written(tmp_path, text), any_server, 1)


LAST = """\
model: last
timeouts: last
vars: {slow: "bool = True"}
resources:
  question: {kind: "queue[0..1]", loses: 1}
  answer: {kind: "redis.list[0..1]"}
processes:
  client:
    vars: {sure: bool, gave_up: bool}
    run: |
      ask: question.put(1)
      rest: pass
      rest_more: pass
      let: slow = False
      either:
          hear:
              await answer.llen() > 0
              sure = answer.lpop() == 1
      or timeout:
          give_up: gave_up = True
  server:
    run: |
      while True:
          serve:
              await not slow
              got = question.get()
              answer.rpush(got)
properties:
  one_of_both: {finally: client.sure != client.gave_up}
"""


@pytest.mark.parametrize("faults", [False, True])
def test_a_timeout_that_comes_last_comes_only_where_nothing_else_can_happen(
    tmp_path: Path, any_server: Server, faults: bool
) -> None:
    found = free_runs(written(tmp_path, LAST), any_server, 12, faults=faults)
    assert found.wrong == []
    assert ("client.give_up" in found.taken) == ("question.loses" in found.happened) == faults
