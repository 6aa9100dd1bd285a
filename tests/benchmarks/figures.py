"""The figures that the chart and the table of the documentation are made of, as JSON."""

from __future__ import annotations

import json
import os
import platform
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from .families import FAMILIES, Family, Instance
from .processes import finished
from .rows import ROOT, Engine, Row

__all__ = ["FILE", "Figures", "is_kept", "keep", "read", "tools", "written"]

FILE = ROOT / "docs" / "speed.json"
CPUS = Path("/proc/cpuinfo")
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured, and with what: names and versions."""

    measured_with: dict[str, str]
    rows: list[Row]


def kept() -> list[Row]:
    """The rows that the file holds, if they were measured with what is here."""
    if not FILE.exists():
        return []
    figures = read(FILE.read_text(encoding="utf-8"))
    return figures.rows if figures.measured_with == tools() else []


def keep(row: Row) -> None:
    """Write one row to the file, beside those that it holds."""
    others = [each for each in kept() if not _same_space(each, row)]
    order = [family.name for family in FAMILIES]
    every = sorted([*others, row], key=lambda row: (order.index(row.family), row.states))
    FILE.write_text(written(Figures(tools(), every)), encoding="utf-8")


def is_kept(family: Family, instance: Instance) -> bool:
    """Whether the file holds a row of this instance already."""
    return any(row.family == family.name and row.constants == instance.constants for row in kept())


def _same_space(one: Row, other: Row) -> bool:
    return (one.family, one.constants) == (other.family, other.constants)


def written(figures: Figures) -> str:
    """The figures as JSON; times have four digits, which is more than they are worth."""
    document = asdict(figures)
    for row in document["rows"]:
        for engine in row["engines"]:
            for name, value in engine.items():
                if isinstance(value, float):
                    engine[name] = float(f"{value:.{DIGITS}g}")
    return json.dumps(document, indent=1) + "\n"


def read(text: str) -> Figures:
    """Figures that were written."""
    document = json.loads(text)
    rows = []
    for row in document["rows"]:
        engines = [Engine(**engine) for engine in row.pop("engines")]
        rows.append(Row(**row, engines=engines))
    return Figures(document["measured_with"], rows)


def tools() -> dict[str, str]:
    """Names and versions of what is measured with."""
    tools = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        "llvmlite": version("llvmlite"),
    }
    for name, option in (("spin", "-V"), ("gcc", "--version")):
        if shutil.which(name):
            tools[name] = finished([name, option], ROOT).printed.splitlines()[0]
    return tools


def _processor() -> str:
    """What the processor calls itself (Linux), or its architecture."""
    try:
        lines = CPUS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()
