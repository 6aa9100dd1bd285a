"""What is measured: three protocols, each as a spec and as Promela, in several sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FAMILIES", "HERE", "Family", "Instance"]

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
