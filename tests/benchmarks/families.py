"""What is measured: protocols, each as a spec and as Promela, in several sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FAMILIES", "HERE", "REDUCED", "Family", "Instance"]

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Instance:
    """One size of a family: its constants, and a bound of the length of SPIN's longest path
    (its search is depth-first and wants to know before it begins). `large`: every engine
    searches as seldom as possible, and two workers not at all."""

    constants: Mapping[str, int]
    longest: int
    large: bool = False

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in self.constants.items())


@dataclass(frozen=True, slots=True)
class Family:
    """A protocol that scales: `NAME.yaml` and `NAME.pml` in this folder. The `quick` sizes
    take seconds; the chart shows the largest of `full`."""

    name: str
    quick: tuple[Instance, ...]
    full: tuple[Instance, ...]

    @property
    def spec(self) -> Path:
        return HERE / f"{self.name}.yaml"

    @property
    def promela(self) -> Path:
        return HERE / f"{self.name}.pml"


def _pubsub(chunks: int, gateways: int, reconnects: int, *, large: bool = False) -> Instance:
    constants = {"CHUNKS": chunks, "GATEWAYS": gateways, "RECONNECTS": reconnects}
    return Instance(constants, 10_000, large)


def _peterson(workers: int, longest: int, *, large: bool = False) -> Instance:
    return Instance({"WORKERS": workers}, longest, large)


def _commit(managers: int) -> Instance:
    return Instance({"RMS": managers}, 10_000)


FAMILIES = (
    Family(
        "pubsub",
        quick=(_pubsub(2, 2, 1), _pubsub(3, 2, 1)),
        full=(
            _pubsub(3, 2, 1), _pubsub(3, 2, 2), _pubsub(2, 3, 1), _pubsub(4, 2, 2, large=True),
            _pubsub(4, 2, 3, large=True),
        ),
    ),
    Family(
        "peterson-n",
        quick=(_peterson(3, 10_000), _peterson(4, 50_000)),
        full=(_peterson(4, 50_000), _peterson(5, 1_500_000, large=True)),
    ),
    Family(
        "two-phase-commit",
        quick=(_commit(5), _commit(6)),
        full=(_commit(6), _commit(7), _commit(8)),
    ),
)  # fmt: skip


def _sized(longest: int = 10_000, *, large: bool = False, **constants: int) -> Instance:
    return Instance(constants, longest, large)


REDUCED = (
    Family(
        "pubsub-lost",
        quick=(_pubsub(2, 2, 1),),
        full=(_pubsub(3, 2, 1), _pubsub(2, 3, 1), _pubsub(4, 2, 2, large=True)),
    ),
    Family(
        "reconnecting-clients",
        quick=(_sized(CHUNKS=2, CLIENTS=2, BREAKS=1),),
        full=(_sized(CHUNKS=3, CLIENTS=3, BREAKS=1), _sized(CHUNKS=3, CLIENTS=3, BREAKS=2)),
    ),
    Family(
        "work-queue",
        quick=(_sized(WORKERS=3, JOBS=3),),
        full=(_sized(WORKERS=6, JOBS=4), _sized(WORKERS=6, JOBS=6)),
    ),
    Family(
        "lock-clients",
        quick=(_sized(CLIENTS=4, TURNS=1),),
        full=(_sized(CLIENTS=6, TURNS=2), _sized(CLIENTS=7, TURNS=2)),
    ),
    Family(
        "two-phase-commit",
        quick=(_commit(4),),
        full=(_commit(6), _commit(8)),
    ),
    Family(
        "peterson-once",
        quick=(_peterson(3, 10_000),),
        full=(_peterson(4, 50_000), _peterson(5, 1_500_000)),
    ),
    Family("peterson-n", quick=(_peterson(3, 10_000),), full=(_peterson(4, 50_000),)),
)  # fmt: skip
"""What reductions are measured with: the whole spaces are SPIN's, too."""
