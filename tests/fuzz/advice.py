"""What `repair` and `rests-on` say of small specs, by exploring everything that can be made.

Every set of changes, and every order, every way to split that data flow allows and every set of
commands that are only sent, is explored by itself with the plain search: no trace is run on another
program, no solver is asked.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, combinations, permutations, product
from math import prod
from pathlib import Path

from model_check import repair
from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions
from model_check.language.draft import Draft
from model_check.language.rearrange import Arrangement
from model_check.language.source.diagnostics import SpecError
from model_check.language.syntax.nodes import Relaxed
from model_check.repairs.assumptions import search_rests
from model_check.repairs.changes import Plan, blocks_of, plan_of, with_blocks
from model_check.repairs.field_facts import acknowledged_in
from model_check.repairs.search import RepairSearch
from model_check.results.check import Verdict
from model_check.results.repair import Repairs, Rest, Rests, StepBlock
from model_check.verify.checking import check_spec

from .compare import SkippedError, differences, skip_stopped
from .repair import OWN_KIND

__all__ = ["misadvised", "misrepaired"]

MOST_STATES = 3_000
MOST_CHANGES = 6
MOST_PROGRAMS = 40
"""Orders and splits that are explored of one spec."""

Verdicts = Mapping[str, Verdict]
Set = frozenset[int]


def misadvised(text: str, counts: Counter[str] | None = None) -> list[str]:
    """What `repair` and `rests-on` say of a spec's text, and is not so.

    counts: is told what was judged. Raises SkippedError where there is too much to explore, or
    the text is no spec.
    """
    counts = Counter() if counts is None else counts
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.yaml"
        path.write_text(text, encoding="utf-8")
        (Path(folder) / "own.yaml").write_text(OWN_KIND, encoding="utf-8")
        try:
            draft = Draft.read(path)
            plan = plan_of(draft)
        except SpecError as error:
            raise SkippedError(str(error)) from error
        return _misrepaired(plan, counts) + _miswritten(path, counts) + _misrelied(draft, counts)


def misrepaired(text: str, counts: Counter[str] | None = None) -> list[str]:
    """The same of `repair` alone."""
    counts = Counter() if counts is None else counts
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.yaml"
        path.write_text(text, encoding="utf-8")
        (Path(folder) / "own.yaml").write_text(OWN_KIND, encoding="utf-8")
        try:
            plan = plan_of(Draft.read(path))
        except SpecError as error:
            raise SkippedError(str(error)) from error
        return _misrepaired(plan, counts) + _miswritten(path, counts)


def _miswritten(path: Path, counts: Counter[str]) -> list[str]:
    """What is wrong with the files of repairs: each is read again as a spec, and explored by an
    interpreter that shares no code with the tool."""
    found = []
    told = repair(path).write(path.parent)
    for file in told.found.files:
        spec = Draft.read(file, allow_outside=True).spec()
        try:
            found += [f"written: {each}" for each in differences(spec)]
        except SkippedError:
            continue
        counts["read again"] += 1
        verdicts = {each.name: each.verdict for each in check_spec(spec)[1].results}
        found += [
            f"written: {name} is {verdicts[name]} after {Path(file).name}"
            for name in told.found.wanted
            if verdicts[name] != "holds"
        ]
    return found


def _explored(draft: Draft | None) -> Verdicts | None:
    """The verdicts of a variant; None if it is no spec."""
    if draft is None:
        return None
    try:
        spec = draft.spec()
        space, judgement = check_spec(
            spec,
            Limits(max_states=MOST_STATES),
            options=SearchOptions(engine="python", forget_from=None),
        )
    except SpecError:
        return None
    skip_stopped(space.stopped)
    return {each.name: each.verdict for each in judgement.results}


def _sets(size: int) -> Iterator[Set]:
    """All sets of numbers below `size`, smallest first."""
    every = (combinations(range(size), number) for number in range(size + 1))
    return map(frozenset, chain.from_iterable(every))


# --- repairs -------------------------------------------------------------------------------------


class _Variants:
    """Every set of changes of a plan that makes a spec: its verdicts, and its text."""

    def __init__(self, plan: Plan) -> None:
        if len(plan.changes) > MOST_CHANGES:
            raise SkippedError(f"{len(plan.changes)} changes")
        self.plan = plan
        self.verdicts: dict[Set, Verdicts] = {}
        self.texts: dict[Set, tuple[str, ...]] = {}
        conflicts = [frozenset(pair) for pair in plan.conflicts()]
        known: dict[tuple[str, ...], Verdicts | None] = {}
        for each in _sets(len(plan.changes)):
            if any(pair <= each for pair in conflicts):
                continue
            draft = self._draft(each)
            if draft is None:
                continue
            text = self._text(each, draft)
            if text not in known:
                known[text] = _explored(draft)
            verdicts = known[text]
            if verdicts is not None:
                self.verdicts[each], self.texts[each] = verdicts, text

    def _draft(self, chosen: Set) -> Draft | None:
        try:
            return self.plan.variant(chosen)
        except SpecError:
            return None

    def _text(self, chosen: Set, draft: Draft) -> tuple[str, ...]:
        runs = (draft.run_of(process.name) for process in self.plan.spec.processes)
        names = [each.name for each in self.plan.alternatives(chosen)]
        said = (repr(entry) for i in sorted(chosen) for entry in self.plan.changes[i].entries)
        return (*("" if run is None else run.text for run in runs), *names, *said)

    def repairs(self, wanted: tuple[str, ...]) -> list[Set]:
        """The sets after which all that is wanted holds and of which no part is one of them."""
        good = [
            each
            for each, verdicts in self.verdicts.items()
            if all(verdicts[name] == "holds" for name in wanted)
        ]
        return [each for each in good if not any(part < each for part in good)]

    def unknown(self, wanted: tuple[str, ...]) -> set[Set]:
        """The sets of which it cannot be known."""
        return {
            each
            for each, verdicts in self.verdicts.items()
            if {verdicts[name] for name in wanted} <= {"holds", "undetermined"}
            and any(verdicts[name] == "undetermined" for name in wanted)
        }


def _misrepaired(plan: Plan, counts: Counter[str]) -> list[str]:
    variants = _Variants(plan)
    itself = variants.verdicts[frozenset()]
    names = [each.name for each in plan.spec.properties]
    first = tuple(name for name in names if name.startswith("wanted"))
    built_in = [name for name in names if name not in first and itself[name] != "violated"]
    found: list[str] = []
    for asked, minimal in (((), True), (first, False)):
        wanted = tuple(name for name in names if not asked or name in asked or name in built_in)
        told = RepairSearch(plan, asked, minimal, Limits(), "python", None).run()
        found += _wrong_repairs(variants, told, wanted, counts)
    return found


def _wrong_repairs(
    variants: _Variants, told: Repairs, wanted: tuple[str, ...], counts: Counter[str]
) -> list[str]:
    itself = variants.verdicts[frozenset()]
    changes = variants.plan.changes
    sets = [frozenset(map(changes.index, each.changes)) for each in told.repairs]
    good, unknown = variants.repairs(wanted), variants.unknown(wanted)
    weights = {each: sum(changes[i].weight for i in each) for each in good}
    least = min(weights.values(), default=0)
    expected = good if told.minimal else [each for each in good if weights[each] == least]
    expected = [each for each in expected if each]
    broken = tuple(name for name in wanted if itself[name] == "violated")
    found = []
    if (told.wanted, told.broken) != (wanted, broken):
        found.append(f"wanted: {told.wanted} {told.broken}, not {wanted} {broken}")
    if told.stopped:
        found.append(f"stopped: {told.stopped}")
    if not told.complete and not unknown:
        found.append("complete: all can be decided, and it is not called complete")
    if told.complete:
        counts["complete"] += 1
        counts["repaired"] += bool(sets)
        counts["of several changes"] += any(len(each) > 1 for each in sets)
        texts = sorted(variants.texts[each] for each in sets)
        right = sorted({variants.texts[each] for each in expected})
        if texts != right:
            found.append(f"repairs: {_all(sets)}, not {_all(expected)}")
        if told.holds_already != (frozenset() in good):
            found.append(f"nothing to repair: {told.holds_already}")
    if told.best is not None:
        best = frozenset(map(changes.index, told.best.changes))
        verdicts = variants.verdicts[best]
        violated = tuple(name for name in wanted if verdicts[name] == "violated")
        if told.best.violated != violated:
            found.append(f"best: {told.best.violated} of {sorted(best)}, not {violated}")
    wrong = [each for each in sets if each not in good]
    if wrong:
        found.append(f"no repair: {_all(wrong)}, of {_all(good)}")
    lighter = [each for each in good if weights[each] < told.size and each and each not in sets]
    same = {variants.texts[each] for each in sets}
    if not told.complete and any(variants.texts[each] not in same for each in lighter):
        found.append(f"size: none lighter than {told.size} but {_all(sets)}, not {_all(lighter)}")
    return found


def _all(sets: list[Set]) -> str:
    return " ".join(str(sorted(each)) for each in sorted(sets, key=sorted)) or "none"


# --- what a property rests on --------------------------------------------------------------------


def _misrelied(draft: Draft, counts: Counter[str]) -> list[str]:
    spec = draft.spec()
    blocks = blocks_of(draft, spec)
    ways = [list(_arrangements(block)) for block in blocks]
    waited = {str(each): each.at for each in acknowledged_in(spec) if each.at is not None}
    if prod(map(len, ways)) << len(waited) > MOST_PROGRAMS:
        raise SkippedError("many orders")
    programs: dict[frozenset[str], Verdicts | None] = {}
    for choice in product(*ways):
        broken: frozenset[str] = frozenset().union(*(each for each, _ in choice))
        arranged = {block: each for block, (_, each) in zip(blocks, choice, strict=True)}
        ordered = with_blocks(draft, arranged)
        for numbers in _sets(len(waited)):
            sent = frozenset(each for i, each in enumerate(waited) if i in numbers)
            relaxed = Relaxed(frozenset(waited[each] for each in sent), frozenset())
            programs[broken | sent] = _explored(replace(ordered, relaxed=relaxed))
    told = search_rests(draft)
    facts = frozenset().union(*programs)
    found = [] if told.facts else [f"facts: none, not {sorted(facts)}"] * bool(facts)
    for rest in told.rests:
        found += _wrong_rest(told, rest, programs, counts)
    return found


def _arrangements(block: StepBlock) -> Iterator[tuple[frozenset[str], Arrangement]]:
    """Every order of a block that data flow allows, with every way to split what is joined, and
    what each of them breaks, in words."""
    labels, process = block.labels, block.process
    pairs = list(combinations(range(len(labels)), 2))
    joined = [i for i, unit in enumerate(block.segment.units) if len(unit.inner) > 1]
    for order in permutations(range(len(labels))):
        turned = {(a, b) for a, b in pairs if order.index(a) > order.index(b)}
        if turned & block.bound:
            continue
        for split in chain.from_iterable(combinations(joined, n) for n in range(len(joined) + 1)):
            broken = {f"{process}.{labels[a]} precedes {labels[b]}" for a, b in turned}
            for unit in (block.segment.units[i].inner for i in split):
                broken.add(f"{process}.{', '.join(unit[:-1])} and {unit[-1]} are one step")
            groups = tuple((place,) for place in order)
            yield frozenset(broken), Arrangement(groups, frozenset(split))


def _wrong_rest(
    told: Rests,
    rest: Rest,
    programs: Mapping[frozenset[str], Verdicts | None],
    counts: Counter[str],
) -> list[str]:
    verdicts = {broken: each[rest.name] for broken, each in programs.items() if each is not None}
    itself = verdicts[frozenset()]
    if rest.verdict != itself:
        return [f"rests: {rest.name} is {rest.verdict}, not {itself}"]
    if itself != "holds":
        return [f"rests: {rest.name} rests on something"] * bool(rest.needs or rest.proved)
    violating = [broken for broken, each in verdicts.items() if each == "violated"]
    unknown = [broken for broken, each in verdicts.items() if each == "undetermined"]
    needs = frozenset(str(need.fact) for need in rest.needs)
    sets = [needs, *(frozenset(map(str, each)) for each in rest.others)]
    found = []
    for need in rest.needs:
        broken = frozenset(map(str, need.broken))
        if broken not in violating or broken & needs != {str(need.fact)}:
            found.append(f"need: {rest.name} with {sorted(broken)}")
    if not rest.proved:
        surely = [next(iter(each)) for each in violating if len(each) == 1]
        if not unknown or not needs <= set(surely):
            found.append(f"unproved: {rest.name} needs {sorted(needs)}: {told.stopped}")
        return found
    counts["rests"] += 1
    counts["rests on something"] += bool(needs)
    counts["or else"] += len(sets) > 1
    facts = sorted(frozenset().union(*verdicts))
    for size in range(len(facts) + 1):
        enough = [
            frozenset(kept)
            for kept in combinations(facts, size)
            if all(broken & set(kept) for broken in violating)
        ]
        if enough:
            break
    if set(sets) != set(enough) or len(sets) != len(enough):
        found.append(f"rests: {rest.name} on {_words(sets)}, not {_words(enough)}")
    if any(not broken & each for broken in unknown for each in sets):
        found.append(f"rests: {rest.name} on {_words(sets)}, and {_words(unknown)} is not known")
    return found


def _words(sets: list[frozenset[str]]) -> str:
    return " or ".join(sorted(str(sorted(each)) for each in sets))
