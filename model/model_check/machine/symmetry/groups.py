"""Which numbers may be those of alike instances, by the sorts of a spec; and why others are not."""

from __future__ import annotations

from ...language.records import dataclass
from ...language.tree.spec import Spec
from .sorts import Sorts

__all__ = ["Group", "groups_of"]


@dataclass(frozen=True, slots=True)
class Group:
    """Processes and resources with a `count` whose numbers have one sort. `numbers`: those that may
    be alike; `why_not`: why they are not all of them, or none."""

    sort: int
    processes: tuple[str, ...]
    resources: tuple[str, ...]
    numbers: tuple[int, ...]
    why_not: str = ""


def groups_of(spec: Spec, sorts: Sorts) -> list[Group]:
    """The groups of a spec, in its order: those with fewer than two numbers that may be alike are
    there for what is said of them."""
    found = []
    several = {each.name: each.count for each in spec.processes if each.count > 1}
    for leaf, sort in sorts.all():
        processes = tuple(each for each in several if each in sort.processes)
        if not processes:
            continue
        counts = {each.name: each.count for each in spec.resources if each.name in sort.resources}
        resources = tuple(name for name, count in counts.items() if count is not None)
        numbers = range(max(several[each] for each in processes))
        whose = " and ".join(processes)
        if sort.marks:
            mark = min(sort.marks, key=lambda each: (each.at.source.path, each.at.line))
            why = f"a number of {whose} is {mark.text} ({mark.at})"
            found.append(Group(leaf, processes, resources, (), why))
            continue
        named = {number: at for number, at in sort.literals.items() if number in numbers}
        why = ""
        if named:
            number, at = min(named.items())
            why = f"{whose} number {number} is named ({at})"
        left = tuple(each for each in numbers if each not in named)
        found.append(Group(leaf, processes, resources, left, why))
    order = [each.name for each in spec.processes]
    return sorted(found, key=lambda each: order.index(each.processes[0]))
