"""The first hour of a newcomer who has the wheel and nothing else, as the README tells it."""

from __future__ import annotations

import queue
import signal
import subprocess
import threading
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as Xml

from ..docs.pages import ROOT, python
from .environments import Environment, WrongError, clean

__all__ = ["Newcomer", "light", "with_extras"]

PATIENCE = 120
"""Seconds for one command, on a machine that does much else."""
VIOLATED = "charged_once is violated"
NEEDS = {"lsp": "lsp", "webhook --watch": "watch", "replay webhook": "live"}
"""Commands that need an extra."""


class Newcomer:
    """Somebody in an empty folder, with an environment."""

    def __init__(self, folder: Path, environment: Environment) -> None:
        folder.mkdir()
        self.folder = folder
        self.env = clean(environment.bin) | {"PYTHONDONTWRITEBYTECODE": ""}
        self.done = 0
        """Commands run so far."""

    def runs(self, command: str, code: int, *told: str, given: str | None = None) -> str:
        """What a command prints, which must end with this exit code, without a traceback, and tell
        all of `told`. `given`: its input. Raises WrongError."""
        self.done += 1
        end = subprocess.run(
            command, shell=True, cwd=self.folder, env=self.env, text=True, check=False,
            input=given or "", capture_output=True, timeout=PATIENCE,
        )  # fmt: skip
        said = end.stdout + end.stderr
        missing = [each for each in told if each not in said]
        if end.returncode != code or missing or "Traceback" in said:
            raise WrongError(
                f"$ {command}\n{said}\nended with {end.returncode}, and should with {code}"
                + "".join(f"\nnot told: {each}" for each in missing)
            )
        return end.stdout

    def has(self, *paths: str) -> None:
        """Raises WrongError unless all these files are there, and none is empty."""
        for path in paths:
            file = self.folder / path
            if not file.is_file() or not file.stat().st_size:
                raise WrongError(f"{path} was not written")


def light(he: Newcomer) -> None:
    """What there is without extras: from nothing to a mended spec, its test and a line in CI.
    Raises WrongError."""
    he.runs("model-check --help", 0, "Exit codes:")
    he.runs("model-check init webhook", 0, "written: specs/webhook.yaml tests/test_webhook.py")
    he.has("specs/webhook.yaml", "tests/test_webhook.py", "specs/model-check.schema.json")
    he.runs("model-check schema | diff - specs/model-check.schema.json", 0)
    he.runs("model-check webhook", 1, VIOLATED, "proved by z3 and search", "page: out/webhook/")
    he.has(*(f"out/webhook/{name}" for name in ("report.html", "charged_once.svg", "space.svg")))
    he.runs("pytest -p no:cacheprovider", 1, f"<Result of webhook: {VIOLATED}; 20 states>")
    he.runs("model-check rests-on webhook", 1, VIOLATED)
    _mended(he)
    he.runs("model-check explain never-taken", 0, "A step that no run takes.")
    he.runs("model-check kinds redis.stream", 0, "XADD")
    he.runs("model-check completion bash", 0, "_MODEL_CHECK_COMPLETE")
    he.runs("model-check webhok", 2, "did you mean webhook?")
    for command, extra in {
        "lsp": "lsp",
        "webhook --watch": "watch",
        "replay webhook": "live",
    }.items():
        he.runs(f"model-check {command}", 2, f"pip install 'model-check[{extra}]'")
    _api(he)


def _mended(he: Newcomer) -> None:
    """The repair is written into the spec, and all is green."""
    he.runs("model-check repair webhook | git apply -p0", 0)
    he.runs("model-check webhook", 0, "as expected: charged_once holds")
    he.runs("pytest -p no:cacheprovider", 0, "4 passed")
    he.runs("model-check specs/ --report junit --report sarif --report markdown", 0)
    he.has("out/results.sarif", "out/summary.md")
    suite = Xml.parse(he.folder / "out/junit.xml").getroot()
    if (suite.get("tests"), suite.get("failures")) != ("3", "0"):
        raise WrongError(f"out/junit.xml tells of {suite.attrib}")


def _api(he: Newcomer) -> None:
    """The Python of the README runs, and is typed."""
    seed = (ROOT / "specs/legacy.yaml").read_text(encoding="utf-8")
    (he.folder / "specs/legacy.yaml").write_text(seed, encoding="utf-8")
    he.runs("python -", 0, given=python("README.md"))
    he.runs("python -c 'import model_check as m; print(m.__file__)'", 0, "site-packages")
    listed = "from importlib.resources import files; print(files('model_check')/'py.typed')"
    he.runs(f'test -f "$(python -c "{listed}")"', 0)


def with_extras(he: Newcomer) -> None:
    """What the extras bring: a check at each save, an editor's server, a real Redis. Raises
    WrongError."""
    he.runs("model-check init lock", 0)
    he.runs("model-check replay lock", 0)
    _watched(he)


def _watched(he: Newcomer) -> None:
    """One round of `--watch`: a save is checked, and Ctrl-C ends it."""
    he.done += 1
    path = he.folder / "specs/webhook.yaml"
    text = path.read_text(encoding="utf-8")
    with subprocess.Popen(
        ["model-check", "webhook", "--watch"], cwd=he.folder, env=he.env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines = _lines(process.stdout)
        try:
            _until(lines, "as expected: charged_once holds")
            _until(lines, "watching specs/webhook.yaml")
            path.write_text(text.replace("charges == 1", "charges == 2"), encoding="utf-8")
            _until(lines, VIOLATED)
            _until(lines, "watching specs/webhook.yaml")
            process.send_signal(signal.SIGINT)
            if code := process.wait(PATIENCE):
                raise WrongError(f"--watch ended with {code} after Ctrl-C")
        finally:
            process.kill()


def _lines(stream: IO[str]) -> queue.Queue[str]:
    found: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: [found.put(line) for line in stream], daemon=True).start()
    return found


def _until(lines: queue.Queue[str], part: str) -> None:
    """Read up to a line with this in it. Raises WrongError where none comes."""
    read = ""
    while part not in read:
        try:
            read += lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise WrongError(f"$ model-check webhook --watch\n{read}\nnot told: {part}") from None
