"""Verdicts on whole runs, beside those of SPIN on the same models in Promela.

    uv run python -m tests.twins [NAME ...]

Each spec here has a twin, `NAME.pml` (a spec `NAME-unfair.yaml` that of `NAME`), with one `ltl`
for each property. Where the processes of a spec are scheduled fairly, SPIN searches for acceptance
cycles with weak fairness (`pan -a -f`), which is of every process, as ours; what is strongly fair
stands in front of the twin's formulas. A run that ends repeats its last state there as well.
SPIN: G. J. Holzmann, The SPIN Model Checker, 2004. Needs `spin` and `gcc`; exit code 1 where a
verdict differs.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from model_check import check

__all__ = ["claims", "promela", "specs"]

HERE = Path(__file__).parent
UNFAIR = "-unfair"
OPTIONS = ("-O1", "-w", "-DNOREDUCE", "-DNFAIR=3")
_CLAIM = re.compile(r"^ltl (\w+)", re.MULTILINE)


def specs() -> list[Path]:
    """The specs that have a twin."""
    return sorted(HERE.glob("*.yaml"))


def promela(spec: Path) -> Path:
    """The twin of a spec."""
    return HERE / f"{spec.stem.removesuffix(UNFAIR)}.pml"


def claims(twin: Path) -> list[str]:
    """The properties of a twin."""
    return _CLAIM.findall(twin.read_text(encoding="utf-8"))


def by_spin(spec: Path) -> dict[str, str]:
    """SPIN's verdicts on the properties of a spec's twin. Raises CalledProcessError."""
    twin = promela(spec)
    fair = () if spec.stem.endswith(UNFAIR) else ("-f",)
    with tempfile.TemporaryDirectory() as folder:
        _run(["spin", "-a", str(twin)], folder)
        _run(["gcc", *OPTIONS, "-o", "pan", "pan.c"], folder)
        return {
            name: _verdict(_run(["./pan", "-a", *fair, "-m100000", "-N", name], folder))
            for name in claims(twin)
        }


def _run(command: list[str], folder: str) -> str:
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, timeout=300
    ).stdout


def _verdict(told: str) -> str:
    errors = re.search(r"errors: (\d+)", told)
    incomplete = "max search depth too small" in told or "Search not completed" in told
    if errors is None or (errors[1] == "0" and incomplete):
        raise RuntimeError(f"SPIN has no verdict:\n{told}")
    return "holds" if errors[1] == "0" else "violated"


def main(names: list[str]) -> int:
    if shutil.which("spin") is None or shutil.which("gcc") is None:
        print("spin and gcc are not here: nothing is compared")
        return 0
    compared = different = 0
    for path in specs():
        if names and path.stem not in names:
            continue
        ours = {each.name: each.verdict for each in check(path, reason=False)}
        for name, verdict in by_spin(path).items():
            compared += 1
            different += verdict != ours[name]
            if verdict != ours[name] or names:
                print(f"{path.stem}: {name}: {verdict} by SPIN, {ours[name]} by us")
    print(f"{compared} verdicts on {len(specs()) if not names else len(names)} specs compared "
          f"with SPIN's, {different} different")  # fmt: skip
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
