"""What a proxy before the servers sees of a step, for tests: read off what the step tells."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from pathlib import Path

from model_check.explore.search import SearchOptions
from model_check.explore.space import Space
from model_check.language import load
from model_check.live.steer.complete_runs import Visible
from model_check.verify.checking import check_spec

SPECS = Path(__file__).parent.parent.parent / "specs"


def explored(path: Path) -> Space:
    """A spec's space, in which nothing is forgotten."""
    return check_spec(load(path, {}), options=SearchOptions(forget_from=None))[0]


def commands_of(space: Space, kinds: Collection[str] = ("redis",)) -> Visible:
    """Commands to resources of these packages, with what is sent and not what is answered."""
    resources = {
        each.name: each.kind.partition(".")[0].partition("[")[0]
        for each in space.machine.spec.resources
    }

    def visible(source: int, target: int, step: int) -> Hashable | None:
        out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
        space.program.told[space.machine.steps[step].instance](source, out)
        notes = next(n for t, s, n in out if (t, s) == (target, step))
        known = space.machine.calls
        calls = [(known[n % len(known)], values) for n, values in notes if n < 2 * len(known)]
        return (
            tuple(
                (call.resource, call.command, values[: len(call.parameters)])
                for call, values in calls
                if resources[call.resource.partition("[")[0]] in kinds
            )
            or None
        )

    return visible


def labels_of(space: Space, *labels: str) -> Visible:
    """The steps with these labels; without any, all steps."""

    def visible(_source: int, _target: int, step: int) -> Hashable | None:
        label = space.machine.steps[step].label
        return label if not labels or label in labels else None

    return visible
