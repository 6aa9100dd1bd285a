"""Bugs that everybody knows, and what repairs them: as written to disk, and nothing smaller."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from model_check import repair
from model_check.language.draft import Draft
from model_check.repairs.changes import Plan, plan_of
from model_check.verify.checking import check_spec
from repair_specs import all_candidates, holds
from thorough import mostly

BUGS = Path(__file__).parent / "bugs"

REPAIRED = {
    "ack-before-parts": ["consumer: acknowledge after handle, not before"],
    "balance-and-fee": [
        "teller: watch balance before read; write only if nobody has touched it since, else all "
        "anew (WATCH)"
    ],
    "cache-aside": ["one lock around page: look to fill; around admin: update to forget"],
    "consumer-with-pending": ["janitor: look and remove in one step (a script)"],
    "document-update": ["editor: read and save in one atomic step"],
    "done-then-subscribe": ["asker: subscribe before look, out of the if"],
    "due-jobs": [
        "poller: look and remove in one step (a script)",
        "poller: what follows remove only if that took something away",
    ],
    "export-lease": [
        "fencing: lease_tokens.incr() numbers who takes lease; node: write_head and write_body "
        "only with the highest number so far"
    ],
    "export-lock": [
        "fencing: lock_tokens.incr() numbers who takes lock; node: write_head and write_body only "
        "with the highest number so far"
    ],
    "group-after-crash": [
        "worker: after a crash, first what was not acknowledged, then read "
        "(orders.xreadgroup(workers, self, count=1, id=0))"
    ],
    "idempotency-key": ["handler: look and note in one step (SETNX)"],
    "late-ack": ["consumer: acknowledge only if owner.get() == self (a script compares)"],
    "lease-lock": [
        "teller: read and write in one atomic step",
        "teller: read, write and free in one atomic step",
    ],
    "list-then-watch": ["controller: watch before list_all"],
    "lost-wakeup": ["receiver: listen before look, out of the if"],
    "one-seat": ["guest: look and take in one step (HSETNX)"],
    "one-ticket": ["client: look and take in one step (a script)"],
    "pop-and-mail": [
        "worker: acknowledge mail after send, not by take (LMOVE to outbox_at_worker, put back "
        "after a crash)"
    ],
    "pop-then-crash": ["worker: take and note in one step (BLMOVE)"],
    "retained-after-live": [
        "one lock around subscription: look to send_retained; around publication: keep to send_live"
    ],
    "transfer": [
        "transfer: read_savings, read_checking, write_savings and write_checking in one atomic step"
    ],
    "unsubscribe-overtakes": ["mount: subscribe before show"],
}
"""The smallest repairs, each of one change."""


def test_every_bug_is_here() -> None:
    specs = [path.stem for path in BUGS.glob("*.yaml") if not path.stem.endswith("-kind")]
    assert sorted(specs) == sorted(REPAIRED)


def smallest(plan: Plan, wanted: tuple[str, ...]) -> list[list[str]]:
    """The repairs that weigh least, by exploring every set of changes that weighs no more."""
    found: list[list[str]] = []
    least = None
    for candidate in sorted(
        all_candidates(plan), key=lambda each: (plan.weight(each), sorted(each))
    ):
        weight = plan.weight(candidate)
        if least is not None and weight > least:
            break
        if holds(plan, candidate, wanted):
            least = weight
            found.append([str(plan.changes[i]) for i in sorted(candidate)])
    return found


@pytest.mark.parametrize(
    "name", mostly(REPAIRED, [*list(REPAIRED)[1::3], "group-after-crash", "due-jobs"].__contains__)
)
def test_a_bug_is_repaired_by_the_smallest_change_and_holds_as_it_is_written(
    name: str, tmp_path: Path
) -> None:
    spec = tmp_path / f"{name}.yaml"
    for each in (*BUGS.glob("*-kind.yaml"), BUGS / spec.name):
        shutil.copy(each, tmp_path)
    found = repair(spec).write(tmp_path)
    assert found.complete
    told = [[str(each) for each in each.changes] for each in found.repairs]
    assert told == [[change] for change in REPAIRED[name]]
    # Nobody believes the search: every set that weighs no more is explored by itself.
    assert smallest(plan_of(Draft.read(spec)), found.found.wanted) == told
    for file in found.found.files:
        again = Draft.read(file, allow_outside=True).spec()
        _, judgement = check_spec(again)
        verdicts = {each.name: each.verdict for each in judgement.results}
        assert all(verdicts[each] == "holds" for each in found.found.wanted)
        assert verdicts == {each.name: each.expect for each in again.properties}


def test_two_fields_of_a_hash_are_not_one_command(tmp_path: Path) -> None:
    text = (BUGS / "one-seat.yaml").read_text(encoding="utf-8")
    other = text.replace("take: seats.hset(1, self)", "take: seats.hset(2, self)")
    assert other != text
    spec = tmp_path / "two-seats.yaml"
    spec.write_text(other, encoding="utf-8")
    changes = [str(each) for each in plan_of(Draft.read(spec)).changes]
    assert "guest: look and take in one step (a script)" in changes
    assert not any("HSETNX" in each for each in changes)
