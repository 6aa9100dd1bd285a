"""Mutated specs, traces, logs and results through every command, for a bounded time.

    python -m tests.fuzz.mutations [--seconds 60] [--cases N] [--first SEED]

A case is made from its seed: a file of the repository is changed at a few places, and a command
reads it, with a small limit of time and memory. It must end with one of its exit codes, without
a traceback, within its limit and two seconds (of a machine that has nothing else to do), and
within its memory and a tenth. Commands run in this process, a batch of them in a fork, so that a
crash of the whole process is found too. Prints what was wrong with its seed; exit code 1 if
anything was.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import random
import select
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from model_check.budget.memory import memory_in_use
from model_check.cli.main import main as model_check

__all__ = ["Case", "Corpus", "made", "main", "mutated_json", "mutated_text", "wrong_with"]

BATCH = 200
"""Cases of one fork."""
TIMEOUT = 1.0
MEMORY = 200 << 20
"""What a command may take beside what this process holds already."""
GRACE = 2.0
STUCK = 60.0
"""Seconds without a sign of life after which a batch is given up."""
SMALL = 60_000
"""Bytes of a log or a trace that is worth mutating."""
ODD = (
    "0", "-1", "10**9", "99999999999999999999", "None", "True", "''", "[]", "{}", "\x00", "\ud800",
    "é", "&a", "*a", "!!x", "|", "choose", "range(1000000)", "list[list[int]]", "self",
)  # fmt: skip
ANYTHING: tuple[Any, ...] = (
    None, True, -1, 10**30, 1.5, "", "x", [], {}, [[]], {"a": 1}, "\ud800",
)  # fmt: skip


@dataclass(frozen=True)
class Corpus:
    """What is mutated: texts by kind, and where the originals are."""

    specs: tuple[Path, ...]
    logs: tuple[Path, ...]
    traces: tuple[Path, ...]
    results: tuple[Path, ...]


@dataclass(frozen=True)
class Case:
    """A command's words; `limit` says that it has limits to keep."""

    seed: int
    words: tuple[str, ...]
    limited: bool


def corpus(folder: Path) -> Corpus:
    """The files of the repository, and what one check writes into a folder."""
    specs = (
        *sorted(Path("specs").glob("*.yaml")),
        *sorted(Path("tests/live/specs").glob("*.yaml")),
        *(Path(f"docs/examples/{name}.yaml") for name in ("define", "initially", "within")),
    )
    logs = sorted(Path("tests/live/logs").glob("*.log"))
    for name in ("legacy", "deadlock"):
        _run((f"specs/{name}.yaml", "--no-draw", "--no-reason", "--out", str(folder)))
    traces = sorted(folder.rglob("*.itf.json"))
    results = sorted(folder.rglob("result.json"))
    return Corpus(
        tuple(specs),
        tuple(each for each in logs if each.stat().st_size < SMALL),
        tuple(traces),
        tuple(results),
    )


# --- mutating -----------------------------------------------------------------------------------


def mutated_text(text: str, random: random.Random) -> str:
    """A text with some lines or words changed."""
    lines = text.splitlines(keepends=True) or [""]
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        place = random.randrange(len(lines))
        other = random.randrange(len(lines))
        match random.randrange(8):
            case 0:
                del lines[place]
            case 1:
                lines.insert(other, lines[place])
            case 2:
                lines[place], lines[other] = lines[other], lines[place]
            case 3:
                lines[place] = " " * random.randrange(9) + lines[place].lstrip()
            case _:
                lines[place] = _with_another_word(lines[place], lines[other], random)
        lines = lines or [""]
    return "".join(lines)


def _with_another_word(line: str, other: str, random: random.Random) -> str:
    words = _words(line)
    place = random.randrange(len(words))
    words[place] = random.choice((random.choice(_words(other)), random.choice(ODD), ""))
    return "".join(words)


def _words(line: str) -> list[str]:
    """A line, cut before and behind each word."""
    found = [""]
    for c in line:
        alike = found[-1][-1:].isalnum() == c.isalnum()
        if alike and c.isalnum():
            found[-1] += c
        else:
            found.append(c)
    return found


def mutated_json(document: Any, random: random.Random) -> Any:
    """A document with one of its parts replaced, left out or doubled."""
    places = list(_places(document))
    if not places:
        return deepcopy(random.choice(ANYTHING))
    inside, key = random.choice(places)
    match random.randrange(4):
        case 0:
            del inside[key]
        case 1:
            other, name = random.choice(places)
            known = name in other or isinstance(other, list)
            # A copy: a part that is put into itself would be no document any more.
            inside[key] = deepcopy(other[name]) if known else None
        case _:
            inside[key] = deepcopy(random.choice(ANYTHING))
    return document


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(document, dict):
        keys: list[Any] = list(document)
    elif isinstance(document, list):
        keys = list(range(len(document)))
    else:
        return
    for key in keys:
        yield document, key
        yield from _places(document[key])


# --- cases --------------------------------------------------------------------------------------


def made(seed: int, files: Corpus, folder: Path) -> Case:
    """The case of a seed; writes its files into a folder."""
    chance = random.Random(seed)
    spec = chance.choice(files.specs)
    out = folder / "out"
    limits = (
        "--timeout",
        f"{TIMEOUT:g}",
        "--max-memory",
        str(_limit() >> 20),
        "--max-states",
        "20000",
    )
    kinds: tuple[tuple[int, Callable[[], tuple[tuple[str, ...], bool]]], ...] = (
        (40, lambda: ((_spec(spec, folder, chance), "--no-draw", "--no-reason", *limits), True)),
        (10, lambda: ((_spec(spec, folder, chance), *limits), True)),
        (8, lambda: (("repair", _spec(spec, folder, chance), *limits), True)),
        (8, lambda: (("rests-on", _spec(spec, folder, chance), *limits), True)),
        (8, lambda: (("compare", _spec(spec, folder, chance), str(spec), *limits), True)),
        (12, lambda: (("compare", *_trace(files, folder, chance), *limits), True)),
        (12, lambda: (("monitor", *_logged(files, folder, chance)), False)),
        (6, lambda: (_with_result(files, out, chance, limits), True)),
        (1, lambda: (("replay", *_trace(files, folder, chance)[1:]), False)),
    )  # fmt: skip
    words, limited = chance.choices([each for _, each in kinds], [n for n, _ in kinds])[0]()
    if words[0] not in ("monitor", "replay"):
        words = (*words, "--out", str(out))
    return Case(seed, words, limited)


def _limit() -> int:
    return (memory_in_use() or 0) + MEMORY


def _write(path: Path, text: str) -> str:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return str(path)


def _spec(spec: Path, folder: Path, chance: random.Random) -> str:
    text = mutated_text(spec.read_text(encoding="utf-8"), chance)
    for each in spec.parent.glob("*.yaml"):
        beside = folder / each.name
        if not beside.exists():
            shutil.copy(each, beside)
    return _write(folder / "mutated.yaml", text)


def _document(path: Path, chance: random.Random) -> str:
    document = json.loads(path.read_text(encoding="utf-8"))
    for _ in range(chance.choice((1, 1, 2, 4))):
        document = mutated_json(document, chance)
    text = json.dumps(document)
    return text if chance.random() < 0.9 else mutated_text(text, chance)


def _trace(files: Corpus, folder: Path, chance: random.Random) -> tuple[str, ...]:
    path = chance.choice((*files.traces, *files.results))
    spec = f"specs/{path.parent.name}.yaml"
    return spec, spec, "--trace", _write(folder / "trace.json", _document(path, chance))


def _logged(files: Corpus, folder: Path, chance: random.Random) -> tuple[str, ...]:
    path = chance.choice(files.logs)
    spec = next(each for each in files.specs if path.name.startswith(each.stem))
    log = _write(folder / "a.log", mutated_text(path.read_text(encoding="utf-8"), chance))
    return str(spec), log, "--max-states", "2000", "--max-lines", "500", "--no-reason"


def _with_result(
    files: Corpus, out: Path, chance: random.Random, limits: tuple[str, ...]
) -> tuple[str, ...]:
    path = chance.choice(files.results)
    place = out / path.parent.name
    place.mkdir(parents=True, exist_ok=True)
    _write(place / "result.json", _document(path, chance))
    return f"specs/{path.parent.name}.yaml", "--no-draw", "--no-reason", *limits


# --- running ------------------------------------------------------------------------------------


def _run(words: tuple[str, ...]) -> object:
    """The exit code of a command, in this process."""
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    argv = ["model-check", *words]
    with patch("sys.argv", argv), redirect_stdout(said), redirect_stderr(said):
        try:
            model_check()
        except SystemExit as end:
            return end.code
    return 0


def wrong_with(case: Case) -> list[str]:
    """What is wrong with how a command ends."""
    limit = _limit()
    _forget_the_peak()
    started = time.monotonic()
    try:
        code = _run(case.words)
    except BaseException:
        return [traceback.format_exc(limit=-4)]
    took, peak = time.monotonic() - started, _peak()
    problems = [] if code in (0, 1, 2, 3) else [f"exit code {code}"]
    slow = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    if case.limited and took > TIMEOUT + GRACE * slow:
        problems.append(f"it took {took:.1f} s, of {TIMEOUT:g}")
    if case.limited and peak > 1.1 * limit:
        problems.append(f"it took {peak >> 20} MB, of {limit >> 20}")
    return problems


def _forget_the_peak() -> None:
    # 5 resets the peak of resident memory: proc(5).
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(each for each in status.splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _batch(first: int, cases: int, files: Corpus, end: float, told: int) -> None:
    """In a fork: run cases, and tell of each its seed before, and what was wrong after it."""
    for seed in range(first, first + cases):
        if time.monotonic() > end:
            break
        os.write(told, f"{json.dumps([seed, None])}\n".encode())
        with tempfile.TemporaryDirectory() as folder:
            case = made(seed, files, Path(folder))
            problems = wrong_with(case)
            text = Path(case.words[1 if case.words[0].isalpha() else 0])
            if problems and text.is_file():
                problems.append(" ".join(case.words))
        os.write(told, f"{json.dumps([seed, problems])}\n".encode())


def _forked(first: int, cases: int, files: Corpus, end: float) -> Iterator[tuple[int, list[str]]]:
    """Run a batch in a fork; each seed that was run, with what was wrong."""
    hear, tell = os.pipe()
    child = os.fork()
    if not child:
        os.close(hear)
        try:
            _batch(first, cases, files, end, tell)
        finally:
            os._exit(0)
    os.close(tell)
    running: int | None = None
    text = b""
    while True:
        ready, _, _ = select.select([hear], [], [], STUCK)
        some = os.read(hear, 1 << 16) if ready else b""
        if not some:
            break
        *lines, text = (text + some).split(b"\n")
        for line in lines:
            seed, problems = json.loads(line)
            running = seed if problems is None else None
            if problems is not None:
                yield seed, problems
    os.close(hear)
    if running is not None:
        os.kill(child, 9)
        yield running, ["it does not end" if not ready else "the whole process ended"]
    os.waitpid(child, 0)


def _load() -> None:
    """Load what commands need late, so that each fork finds it."""
    for name in (
        "explain.reason", "repairs.search", "repairs.assumptions", "live.monitor.monitor",
        "live.runs.replaying", "report.pictures.check", "report.pictures.compare",
        "report.page.document", "explore.native.engine",
    ):  # fmt: skip
        importlib.import_module(f"model_check.{name}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.mutations", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cases", type=int, help="enough of them; without it, time is the bound")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    end = time.monotonic() + (asked.seconds if asked.cases is None else float("inf"))
    counts: Counter[str] = Counter()
    following = asked.first
    with tempfile.TemporaryDirectory() as folder:
        _load()
        files = corpus(Path(folder))
        while time.monotonic() < end:
            left = BATCH
            if asked.cases is not None:
                left = min(left, asked.first + asked.cases - following)
            if left <= 0:
                break
            for seed, problems in _forked(following, left, files, end):
                following = seed + 1
                counts["wrong" if problems else "right"] += 1
                if problems:
                    print(f"--- seed {seed}", *problems, sep="\n")
                    sys.stdout.flush()
    print(
        f"seeds {asked.first} to {following - 1}: {counts['right']} right, {counts['wrong']} wrong"
    )
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
