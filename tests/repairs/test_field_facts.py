"""Of whom nobody can tell whether its commands are waited for: of no one else is it said."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path

import pytest
from model_check.language.draft import Draft
from model_check.language.syntax.nodes import Relaxed
from model_check.repairs.field_facts import acknowledged_in, unnoticed_in
from model_check.verify.checking import check_spec
from repair_specs import written

SPEC = """\
model: m
types: {{N: 0..3}}
vars: {{x: N, y: N = 3, z: N = 3}}
resources:
  h: {{kind: "redis.list[N]"}}
  s: {{kind: "redis.string[N]"}}
  c: {{kind: "redis.pubsub[N]"}}
processes:
  p:
    run: |
{p}
  q:
    run: |
{q}
define: {{one: len(h.items) == 1}}
properties:
{asked}
"""


def draft_of(folder: Path, p: str, q: str, *asked: str) -> Draft:
    """A spec of two programs, and properties of which each is named by its form."""
    rows = {"p": p, "q": q}
    runs = {each: "\n".join(" " * 6 + row for row in rows[each].split("\n")) for each in rows}
    named = (f"  my_{each.partition(':')[0]}: {{{each}}}" for each in asked)
    return Draft.read(written(folder, SPEC.format(**runs, asked="\n".join(named))))


def verdicts(draft: Draft) -> dict[str, set[str]]:
    """By property, those of all programs that wait for some of the commands of `p`, and not for
    others."""
    places = [each.at for each in acknowledged_in(draft.spec()) if each.process == "p"]
    assert places
    sets = chain.from_iterable(combinations(places, n) for n in range(len(places) + 1))
    found: dict[str, set[str]] = {}
    for sent in sets:
        relaxed = Relaxed(frozenset(filter(None, sent)), frozenset())
        _, judgement = check_spec(replace(draft, relaxed=relaxed).spec())
        for each in judgement.results:
            found.setdefault(each.name, set()).add(each.verdict)
    return found


def unnoticed(draft: Draft) -> set[str]:
    """The properties that cannot tell whether the commands of `p` are waited for."""
    spec = draft.spec()
    return {each.name for each in spec.properties if "p" in unnoticed_in(spec, each)}


def test_who_only_sends_in_order_need_not_be_waited_for(tmp_path: Path) -> None:
    draft = draft_of(
        tmp_path,
        "for n in range(1, 3):\n    put: h.rpush(n)\n    say: s.set(n)",
        "look: y = h.llen()\ntake: z = h.lpop()",
        "always: z != 3 or s.value == len(h.items) or s.value + 1 == len(h.items)",
        "never: y == 1 and s.value == 2",
        "finally: s.value == 2 and (z > 0 or len(h.items) == 2)",
        "eventually: y > 0",
        "leads_to: {after: len(h.items) > 0, comes: s.value == 2}",
        "possible: y == 0 and z == 2",
    )
    found = verdicts(draft)
    assert len(found) == 8  # with the deadlock and the error
    assert unnoticed(draft) == set(found)
    assert {len(each) for each in found.values()} == {1}
    assert set.union(*found.values()) >= {"holds", "violated"}


APART = {
    "another step": (
        "put: h.rpush(1)\nset: x = 1", "wait: pass", "never: x == 1 and len(h.items) == 0",
    ),
    "another connection": (
        "hear: c.subscribe()\nput: h.rpush(1)", "wait: pass",
        "never: len(h.items) == 1 and len(c.subscribed) == 0",
    ),
    "another's value": (
        "put: h.rpush(1)\ncopy: h.rpush(x)", "set: x = 1\nlook: y = h.llen()",
        "never: y == 0 and 0 in h.items",
    ),
    "it is asked where the process stands": (
        "put: h.rpush(1)", "wait: pass", "never: done(p) and len(h.items) == 0",
    ),
    "another asks where it stands": (
        "put: h.rpush(1)", "wait: await done(p)\nlook: y = h.llen()", "never: y == 0",
    ),
    "each step is asked": (
        "put: h.rpush(1)", "put: h.rpush(1)", "each_step: h.items != old(h.items)",
    ),
    "the next state is asked": ("put: h.rpush(1)", "wait: await False", "ltl: 'X one'"),
}  # fmt: skip


@pytest.mark.parametrize("name", APART)
def test_whoever_is_noticed_is_waited_for(tmp_path: Path, name: str) -> None:
    p, q, asked = APART[name]
    draft = draft_of(tmp_path, p, q, asked)
    mine = f"my_{asked.partition(':')[0]}"
    assert verdicts(draft)[mine] == {"holds", "violated"}  # so it matters
    assert mine not in unnoticed(draft)


def test_a_resource_of_which_only_another_than_the_first_is_used_has_facts_too(
    tmp_path: Path,
) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "model: m\nresources:\n  inbox:\n    kind: redis.list[0..1]\n    key: inbox:{n}\n"
        "    count: 2\nprocesses:\n  p:\n    run: |\n      put: inbox[1].rpush(1)\n"
        "      take: inbox[1].lpop()\n"
        'properties:\n  empty: {finally: "len(inbox[1].items) == 0"}\n',
        encoding="utf-8",
    )
    found = acknowledged_in(Draft.read(path).spec())
    assert [each.at.line for each in found] == [10, 11]
