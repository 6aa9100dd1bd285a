"""Specs for the tests of repairs: small random ones, and judging a set of changes by itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path

from model_check.explore.limits import Limits
from model_check.language.draft import Draft
from model_check.language.source.diagnostics import SpecError
from model_check.repairs.changes import Candidate, Plan
from model_check.repairs.search import RepairSearch
from model_check.results.check import Verdict
from model_check.results.repair import Repairs
from model_check.verify.checking import check_spec

Known = dict[Candidate, dict[str, Verdict] | None]
"""The verdicts of the sets of changes that were explored; None where they are no spec."""

SPECS = Path(__file__).parent.parent.parent / "specs"
FORMULAS = (
    "always: x <= y", "always: y <= x or done(p)", "finally: x == y", "never: x == 2 and y == 1",
    "finally: x + y > 2", "always: len(r.items) <= x + 1", "finally: not (x == 0 and y == 0)",
)  # fmt: skip


def written(folder: Path, text: str, name: str = "spec.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


IN_TIME = (
    "finally: x == y", "eventually: x == 2", "leads_to: {after: x == 1, comes: y == 2}",
    "leads_to: {after: y > 0, comes: x > 0}", "each_step: x >= old(x)", "possible: x == 2",
    "ltl: 'G F low -> F high'", "ltl: 'low U high'", "always: x <= 2", "eventually: done(p)",
)  # fmt: skip
"""Of all forms, over the definitions `low` and `high`."""


def random_spec(folder: Path, seed: int, formulas: Sequence[str] = FORMULAS) -> Path:
    """Two processes over two shared variables, a list and a string in Redis; some with loops,
    some with an alternative."""
    draw = random.Random(seed)
    lines = [
        "model: random", "vars: {x: 0..3, y: 0..3}", "resources:", "  r:",
        "    kind: redis.list[0..3]", "  s:", "    kind: redis.string[int]", "processes:",
    ]  # fmt: skip
    for process in ("p", "q"):
        lines += [f"  {process}:", "    vars: {m: 0..3, n: int}", "    run: |"]
        lines += [f"      {row}" for row in _program(draw)]
    if formulas is IN_TIME:
        # Somebody looks again and again for what may never come.
        lines += ["  z:", "    vars: {seen: 0..3}", "    run: |"]
        lines += [f"      while seen != {draw.randint(1, 2)}:", "          look: seen = y"]
        lines += ["define: {low: x < 2, high: y == 2}"]
    lines += ["properties:", f"  wanted: {{{draw.choice(formulas)}}}"]
    if draw.random() < 0.5:
        lines += [f"  also: {{{draw.choice(formulas)}}}"]
    if draw.random() < 0.4:
        lines += ["alternatives:", "  another q:", "    processes:", "      q:", "        run: |"]
        lines += [f"          {row}" for row in _program(draw)]
    return written(folder, "\n".join(lines) + "\n", f"random-{seed}.yaml")


def _program(draw: random.Random) -> list[str]:
    acts = [
        "x = 1", "y = 1", "x = y", "y = 2", "m = x", "y = m", "r.rpush(1)", "n = r.llen()",
        "s.incr()", "x = (x + 1) % 4", "await y > 0", "m = 2",
    ]  # fmt: skip
    rows = [f"{name}: {draw.choice(acts)}" for name in "abcd"[: draw.randint(2, 3)]]
    if draw.random() < 0.2:
        return ["for i in range(2):", *(f"    {row}" for row in rows)]
    return rows


def without(plan: Plan, kind: str) -> Plan:
    """A plan without the changes of one kind."""
    return replace(plan, changes=tuple(each for each in plan.changes if each.kind != kind))


def search_of(plan: Plan, *, minimal: bool = False) -> Repairs:
    """All smallest repairs among the changes of a plan."""
    return RepairSearch(plan, (), minimal, Limits(), "auto", None).run()


def holds(
    plan: Plan, candidate: Candidate, wanted: tuple[str, ...], known: Known | None = None
) -> bool | None:
    """Whether everything wanted holds after these changes, by exploring; None if they are no
    spec. Knows nothing of clauses and of other candidates. known: what was explored before."""
    known = {} if known is None else known
    if candidate not in known:
        known[candidate] = _explored(plan, candidate)
    verdicts = known[candidate]
    return None if verdicts is None else all(verdicts[name] == "holds" for name in wanted)


def _explored(plan: Plan, candidate: Candidate) -> dict[str, Verdict] | None:
    taken = {i for pair in plan.conflicts() for i in pair if set(pair) <= candidate}
    try:
        variant = None if taken else plan.variant(candidate)
        spec = None if variant is None else variant.spec()
    except SpecError:
        return None
    if spec is None:
        return None
    _, judgement = check_spec(spec)
    return {each.name: each.verdict for each in judgement.results}


def all_candidates(plan: Plan) -> list[Candidate]:
    """Every set of the changes, the smallest first."""
    numbers = range(len(plan.changes))
    sizes = (combinations(numbers, size) for size in range(len(plan.changes) + 1))
    return [frozenset(each) for each in chain.from_iterable(sizes)]


def minimal_repairs(
    plan: Plan, wanted: tuple[str, ...], known: Known | None = None
) -> list[Candidate]:
    """All sets that repair and of which no part does, by exhausting all sets; of two sets that
    make the same text, the first."""
    found: list[Candidate] = []
    texts = set()
    for candidate in all_candidates(plan):
        if any(part <= candidate for part in found):
            continue
        if not holds(plan, candidate, wanted, known):
            continue
        text = text_of(plan, candidate)
        if text not in texts:
            texts.add(text)
            found.append(candidate)
    return found


def text_of(plan: Plan, candidate: Candidate) -> tuple[str, ...]:
    """The program texts that changes make, the names of the alternatives among them, and what else
    they say."""
    draft = plan.variant(candidate)
    assert isinstance(draft, Draft)
    runs = (draft.run_of(process.name) for process in plan.spec.processes)
    names = [each.name for each in plan.alternatives(candidate)]
    said = (repr(entry) for i in sorted(candidate) for entry in plan.changes[i].entries)
    return (*("" if run is None else run.text for run in runs), *names, *said)
