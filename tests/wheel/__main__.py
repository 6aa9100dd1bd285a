"""The wheel on every Python that it is for, in an empty folder, with nothing of this repository:

python -m tests.wheel [3.12 ...]

It is built once, and installed with its locked dependencies. A newcomer's first hour goes as the
README tells it, and what is installed without extras is as light as it was. It needs uv, which
finds each Python or downloads it; exits with 1 where something is not as it should be, or where a
Python is not to be had.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from ..editors.editor_client import editor
from .environments import Environment, WrongError, build, locked
from .first_hour import Newcomer, light, with_extras

PYTHONS = ("3.11", "3.12", "3.13")
MOST_PACKAGES = 18
"""With model-check itself; 17 are installed today."""
MOST_BYTES = 285_000_000
"""265 MB are installed today, most of it LLVM and z3."""
EXTRAS = "[live,lsp,watch]"


def tried(version: str, wheel: Path, versions: Path, folder: Path) -> str:
    """What was measured with one Python. Raises WrongError."""
    began = time.monotonic()
    environment = Environment(folder / f"python-{version}", version)
    environment.install(wheel, versions)
    packages, size = environment.packages(), environment.size()
    if len(packages) > MOST_PACKAGES or size > MOST_BYTES:
        told = f"{len(packages)} packages and {size:,} bytes are installed: {', '.join(packages)}"
        raise WrongError(f"{told}\nat most {MOST_PACKAGES} and {MOST_BYTES:,} should be")
    he = Newcomer(folder / f"hour-{version}", environment)
    light(he)
    environment.install(wheel, versions, EXTRAS)
    with_extras(he)
    asyncio.run(_served(he, environment))
    return (
        f"{len(packages)} packages, {size / 1e6:.0f} MB; {he.done} commands as they should be;"
        f" {time.monotonic() - began:.0f} s"
    )


async def _served(he: Newcomer, environment: Environment) -> None:
    """An editor starts the server, and is told of a mistake."""
    he.done += 1
    async with editor([str(environment.bin / "model-check"), "lsp"], he.folder) as it:
        path = he.folder / "specs" / "lock.yaml"
        text = path.read_text(encoding="utf-8")
        for written, wanted in {text: 0, text.replace("lock.get", "lock.gett"): 1}.items():
            if len(told := await it.write(path, written)) != wanted:
                raise WrongError(f"an editor is told {[each.message for each in told]}")


def main(versions: list[str]) -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        wheel, pinned = build(folder), locked(folder)
        for version in versions or PYTHONS:
            try:
                print(f"Python {version}: {tried(version, wheel, pinned, folder)}", flush=True)
            except WrongError as error:
                wrong += 1
                print(f"Python {version}: not as it should be\n{error}", flush=True)
    print(f"the wheel was tried with {len(versions or PYTHONS)} Pythons: {wrong} went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
