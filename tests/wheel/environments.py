"""Environments of their own, one for each Python, that hold the wheel and nothing of this one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["Environment", "WrongError", "build", "clean", "locked"]

ROOT = Path(__file__).parents[2]
PATIENCE = 300
"""Seconds for what comes over a network."""


class WrongError(Exception):
    """What is not as it should be; the text says what was done, and what came of it."""


class Environment:
    """A virtual environment of one Python. Raises WrongError where that Python is not to be had:
    not in the usual places, and not to be downloaded by uv."""

    def __init__(self, home: Path, version: str) -> None:
        self.home = home
        words = ["venv", "--quiet", "--no-project", "--python", version, str(home)]
        try:
            _uv(*words, paths=_pythons())
        except WrongError as error:
            told = "is not on this machine, and cannot be downloaded: install it"
            raise WrongError(f"Python {version} {told}\n{error}") from None

    @property
    def bin(self) -> Path:
        """Where its commands are."""
        return self.home / "bin"

    def install(self, wheel: Path, locked: Path, extras: str = "") -> None:
        """Install a wheel as pip would, with each dependency in its locked version."""
        command = ["pip", "install", "--quiet", "--python", str(self.home)]
        _uv(*command, "--constraint", str(locked), f"{wheel}{extras}")

    def packages(self) -> list[str]:
        """The names of the packages that are installed."""
        told = _uv("pip", "list", "--python", str(self.home), "--format", "json")
        return sorted(each["name"] for each in json.loads(told))

    def size(self) -> int:
        """The bytes of all files that were installed, without what Python made of them."""
        (site,) = self.home.glob("lib/python*/site-packages")
        kept = (path for path in site.rglob("*") if path.suffix != ".pyc" and not path.is_symlink())
        return sum(path.stat().st_size for path in kept if path.is_file())


def build(folder: Path) -> Path:
    """The wheel of this repository."""
    _uv("build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def locked(folder: Path) -> Path:
    """A file with the version of each dependency, also of the extras, in the lock."""
    path = folder / "locked.txt"
    options = [
        "--quiet",
        "--locked",
        "--no-dev",
        "--all-extras",
        "--no-emit-project",
        "--no-hashes",
    ]
    _uv("export", *options, "--project", str(ROOT), "--output-file", str(path))
    return path


def clean(*paths: Path) -> dict[str, str]:
    """The variables of a shell that knows nothing of the environment that this runs in; `paths`
    come first where a command is looked for."""
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    env = {key: value for key, value in os.environ.items() if key not in ours}
    own = os.environ.get("VIRTUAL_ENV", "")
    kept = [each for each in env["PATH"].split(os.pathsep) if not own or not each.startswith(own)]
    return env | {"PATH": os.pathsep.join([*map(str, paths), *kept]), "NO_COLOR": "1"}


def _pythons() -> Iterator[Path]:
    """Where pyenv keeps its versions: the command that it has for each stands on the path too, but
    is refused for all but the chosen one."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted((root / "versions").glob("3.*/bin"))


def _uv(*words: str, paths: Iterable[Path] = ()) -> str:
    """What uv prints. Raises WrongError with what it says is wrong."""
    command = ["uv", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=clean(*paths), capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip
    if done.returncode:
        raise WrongError(f"$ {' '.join(command)}\n{done.stderr.strip()}")
    return done.stdout
