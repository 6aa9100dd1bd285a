"""The figures that the chart and the table of the documentation are made of, as JSON."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from .families import FAMILIES
from .processes import finished
from .rows import ROOT, Engine, Row

__all__ = ["FILE", "Figures", "keep", "read", "written"]

FILE = ROOT / "docs" / "speed.json"
CPUS = Path("/proc/cpuinfo")
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured, and with what: names and versions."""

    measured_with: dict[str, str]
    rows: list[Row]


def keep(rows: Sequence[Row]) -> None:
    """Write rows that were measured here to the file. What it holds of other families stays,
    unless it was measured with something else."""
    tools = _tools()
    measured = {row.family for row in rows}
    kept: list[Row] = []
    if FILE.exists():
        before = read(FILE.read_text(encoding="utf-8"))
        if before.measured_with == tools:
            kept = [row for row in before.rows if row.family not in measured]
    order = [family.name for family in FAMILIES]
    every = sorted([*kept, *rows], key=lambda row: (order.index(row.family), row.states))
    FILE.write_text(written(Figures(tools, every)), encoding="utf-8")


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


def _tools() -> dict[str, str]:
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
