"""What may go wrong, in the machine and in an interpreter that shares no code with it.

Each planted mistake must be seen in one of some small specs. `python -m tests.fuzz --faults` goes
on with random ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fuzz.compare import SkippedError, differences
from fuzz.constructs import CONSTRUCTS, constructs_of
from fuzz.fault_specs import FAULT_SPECS
from fuzz.faulty import faulty, with_faults
from fuzz.race_specs import random_race
from fuzz.repair import load_text, repaired
from fuzz.run_specs import random_runs
from fuzz.server_specs import SERVER_SPECS
from fuzz.specs import beside_spec, random_spec
from model_check.explore.portable import PortableRun
from model_check.machine.core import Action, Instance, Machine, Step
from model_check.machine.fairness import Promise
from model_check.machine.ir import Let
from model_check.machine.ir_builder import ONE, ZERO
from model_check.machine.lowering import crash, faults, raising
from model_check.machine.lowering.arrivals import Arrivals
from model_check.machine.lowering.failover import Replica
from model_check.machine.lowering.faults import Faults
from model_check.machine.lowering.spec import _Lowering
from model_check.machine.lowering.under_way import Connection
from model_check.machine.names import field_local
from model_check.verify import fair_runs
from thorough import mostly

Patch = pytest.MonkeyPatch


ALL_SPECS = {**FAULT_SPECS, **SERVER_SPECS}


@pytest.mark.parametrize("name", ALL_SPECS)
def test_the_tool_and_the_interpreter_see_the_same_go_wrong(name: str) -> None:
    assert differences(load_text(ALL_SPECS[name])) == []


def test_they_see_the_same_in_random_specs_with_faults() -> None:
    compared = 0
    for seed in range(8):
        text = repaired(faulty(random_spec)(seed))
        if text is not None:
            try:
                assert differences(load_text(text), 200) == [], text
            except SkippedError:
                continue
            compared += 1
    assert compared >= 5


def test_faults_leave_the_rest_of_a_random_text_as_it_is() -> None:
    more = 0
    for seed in range(5):
        text = random_spec(seed)
        lines = with_faults(text, seed).splitlines()
        there = [each.strip() for each in lines]  # what is tried is indented
        # A call may be only sent, and a step may use a key instead of what it did.
        begun = [re.split("[:)]", each.strip())[0] for each in text.splitlines()]
        assert [each for each in begun if not any(x.startswith(each) for x in there)] == []
        more += len(lines) - len(text.splitlines())
    assert more > 3


@pytest.mark.thorough
@pytest.mark.parametrize(
    "made",
    mostly([random_spec, beside_spec, random_race, random_runs], lambda made: made is beside_spec),
)
def test_every_generator_makes_what_goes_wrong_in_the_field(made: Callable[[int], str]) -> None:
    seeds = 30 if made is random_spec else 16 if made is beside_spec else 70
    counts: Counter[str] = Counter()
    for seed in range(seeds):
        text = repaired(faulty(made)(seed))
        if text is not None:
            counts.update(constructs_of(load_text(text)))
    # A queue is one of seven kinds in some, so that its faults are few.
    few = {"loses", "duplicates", "reorders"} if made in (random_spec, beside_spec) else set()
    if made is random_spec:
        few |= {"both", "background"}
    assert [each for each in CONSTRUCTS if not counts[each] and each not in few] == []


# --- planted mistakes ---------------------------------------------------------------------------


def a_crash_keeps_a_variable(patch: Patch) -> None:
    right = crash.own_starts
    patch.setattr(crash, "own_starts", lambda scope, variables: right(scope, variables[1:]))


def a_budget_is_one_too_small(patch: Patch) -> None:
    right = Faults._count

    def short(self: Faults, owner: str, what: str, most: int | None) -> Any:
        found = right(self, owner, what, most)
        return None if found is None else (found[0], found[1] - 1)

    patch.setattr(Faults, "_count", short)


def a_budget_has_no_end(patch: Patch) -> None:
    patch.setattr(Faults, "_count", lambda self, owner, what, most: None)


def a_fault_is_promised(patch: Patch) -> None:
    right = fair_runs.promises_of

    def more(machine: Machine) -> tuple[Promise, ...]:
        def faults(promise: Promise) -> frozenset[int]:
            whose = {machine.steps[each].instance for each in promise.steps}
            found = (each for each in machine.steps if each.fault and each.instance in whose)
            return frozenset(each.index for each in found)

        return tuple(replace(e, steps=e.steps | faults(e)) for e in right(machine))

    patch.setattr(fair_runs, "promises_of", more)


def an_end_is_forgotten_where_a_fault_can_happen(patch: Patch) -> None:
    patch.setattr(PortableRun, "_faults", lambda self, state: -1)


def who_has_ended_can_crash(patch: Patch) -> None:
    right = Faults._crashes

    def more(self: Faults, instance: Instance, step: Step, count: Any) -> Iterator[Action]:
        found = [*right(self, instance, step, count)]
        ended = [each.index for each in instance.locations if each.ended]
        yield from (*found, *(replace(found[0], location=each) for each in ended))

    patch.setattr(Faults, "_crashes", more)


def nobody_begins_anew(patch: Patch) -> None:
    patch.setattr(Faults, "_crashes", _with_restarts(Faults._crashes, restarts=False))


def all_begin_anew(patch: Patch) -> None:
    patch.setattr(Faults, "_crashes", _with_restarts(Faults._crashes, restarts=True))


def _with_restarts(right: Callable[..., Iterator[Action]], *, restarts: bool) -> Any:
    def turned(self: Faults, instance: Instance, step: Step, count: Any) -> Iterator[Action]:
        process = self.world.spec.process(instance.process)
        assert process.crashes is not None
        other = replace(process, crashes=replace(process.crashes, restarts=restarts))
        spec = self.world.spec
        others = tuple(other if each is process else each for each in spec.processes)
        self.world.spec = replace(spec, processes=others)
        try:
            yield from right(self, instance, step, count)
        finally:
            self.world.spec = spec

    return turned


def a_subscription_survives_a_crash(patch: Patch) -> None:
    def nothing(scope: Any, client: str, at: Any, rest: Callable[[], None], *_: Any) -> None:
        rest()

    patch.setattr(crash, "close_connections", nothing)


def a_timeout_comes_at_any_moment(patch: Patch) -> None:
    patch.setattr(_Lowering, "_quiet", lambda self, body, questions: None)


def a_broken_connection_goes_on(patch: Patch) -> None:
    right = faults.connection_breaks

    def unnoticed(scope: Any, of: Any, users: Any, at: Any, rest: Callable[[], None]) -> None:
        def mended() -> None:
            for user in users:
                broken = scope.world.broken[of[0].name, of[1]][user]
                scope.body.emit(Let(field_local(broken), ZERO))
            rest()

        right(scope, of, users, at, mended)

    patch.setattr(faults, "connection_breaks", unnoticed)


def what_is_done_in_vain_is_kept(patch: Patch) -> None:
    patch.setattr(raising, "renamed", lambda body, names: tuple(body))


def who_crashes_of_a_connection_breaks_it_again(patch: Patch) -> None:
    right = raising.dies
    patch.setattr(raising, "dies", lambda scope, rest, line: right(scope, rest))


def a_replica_lacks_nothing(patch: Patch) -> None:
    patch.setattr(Replica, "taking_over", lambda self, lag: iter(()))


def a_replica_lacks_one_write_more(patch: Patch) -> None:
    right = Replica.taking_over
    patch.setattr(Replica, "taking_over", lambda self, lag: right(self, min(lag + 1, self.lags())))


def a_key_that_has_run_out_comes_back(patch: Patch) -> None:
    patch.setattr(Replica, "_happened", lambda self, action, changed: action)


def a_failover_leaves_connections_as_they_are(patch: Patch) -> None:
    patch.setattr(faults, "server_goes", lambda scope, server, at, rest: rest())


def what_is_sent_is_overtaken(patch: Patch) -> None:
    patch.setattr(Connection, "is_idle", lambda self, body: ONE)


def what_is_sent_outlives_its_connection(patch: Patch) -> None:
    patch.setattr(Connection, "drop", lambda self, body, at: None)


def what_is_sent_need_not_arrive(patch: Patch) -> None:
    right = fair_runs.promises_of

    def fewer(machine: Machine) -> tuple[Promise, ...]:
        sent = {
            step.index for step in machine.steps
            if not machine.instances[step.instance].process and not step.fault
        }  # fmt: skip
        return tuple(each for each in right(machine) if not each.steps & sent)

    patch.setattr(fair_runs, "promises_of", fewer)


def the_last_sent_is_forgotten(patch: Patch) -> None:
    right = Connection.send

    def once(self: Connection, body: Any, call: Any, number: int, values: Any) -> None:
        body.require(body.name(self.is_idle(body)))
        right(self, body, call, number, values)

    patch.setattr(Connection, "send", once)


def last_timeouts_wait_for_nothing_that_was_sent(patch: Patch) -> None:
    right = Arrivals.actions
    asked: list[Arrivals] = []

    def second(self: Arrivals) -> Iterator[Action]:
        asked.append(self)
        if not (self.world.spec.timeouts == "last" and asked.count(self) == 1):
            yield from right(self)

    patch.setattr(Arrivals, "actions", second)


MISTAKES: dict[Callable[[Patch], None], str] = {
    a_crash_keeps_a_variable: "begun anew",
    a_budget_is_one_too_small: "begun anew",
    a_budget_has_no_end: "begun anew",
    a_fault_is_promised: "for ever",
    an_end_is_forgotten_where_a_fault_can_happen: "stays away",
    who_has_ended_can_crash: "begun anew",
    nobody_begins_anew: "begun anew",
    all_begin_anew: "stays away",
    a_subscription_survives_a_crash: "connections",
    a_timeout_comes_at_any_moment: "late",
    a_broken_connection_goes_on: "cut off",
    what_is_done_in_vain_is_kept: "cut off",
    who_crashes_of_a_connection_breaks_it_again: "a broken socket",
    a_replica_lacks_nothing: "takes over",
    a_replica_lacks_one_write_more: "takes over",
    a_key_that_has_run_out_comes_back: "takes over",
    a_failover_leaves_connections_as_they_are: "takes over",
    what_is_sent_is_overtaken: "held up",
    what_is_sent_outlives_its_connection: "held up",
    what_is_sent_need_not_arrive: "fails later",
    the_last_sent_is_forgotten: "in order",
    last_timeouts_wait_for_nothing_that_was_sent: "one at a time",
}
"""Each with the spec that shows it."""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each.__name__)
def test_a_planted_mistake_is_seen(mistake: Callable[[Patch], None], monkeypatch: Patch) -> None:
    text = ALL_SPECS[MISTAKES[mistake]]
    assert differences(load_text(text)) == []
    mistake(monkeypatch)
    assert differences(load_text(text)) != []
