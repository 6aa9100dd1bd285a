"""Press Ctrl-C at random moments of every command, for a bounded time.

    python -m tests.fuzz.interrupts [--seconds 60 | --each 200] [--first SEED] [--only WORD]

Each command runs once whole, so that it is known how long it takes and what is true. Then it is
interrupted at moments all over that time. What must hold each time: it ends within a second (of a
machine that has nothing else to do) with exit code 3, or with its own code where all was said
already; it claims nothing that the whole run does not; it says nothing of Python's insides; and
the folder that it writes into has no half of a file. Ends after so many seconds, or once each
command was interrupted so often. Prints what was wrong with its seed; exit code 1 if anything
was.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from .claims import unsupported

__all__ = ["COMMANDS", "Whole", "interrupted", "main", "run_whole", "write_inputs"]

SPECS = "specs"
WITHIN = 1.0
"""Seconds from Ctrl-C to the end."""
NOISE = 0.5
"""... and to what a noisy machine takes to end a process and to tell us."""
LONGEST = 12.0
"""Seconds of a command in which it is interrupted; what takes longer is interrupted before."""
PATIENCE = 60.0
"""Seconds after which nobody waits any longer for what a whole run says."""
INSIDES = ("Traceback", "Exception ignored", "KeyboardInterrupt", "StopNow")

SLOW = """
model: slow
vars: {n: 0..9}
processes:
  p:
    vars: {a: 0..99, b: 0..99, c: 0..99, d: 0..99, e: 0..99}
    run: |
      first: n += 1
      then:
          a = choose(range(100))
          b = choose(range(100))
          c = choose(range(100))
          d = choose(range(100))
          e = choose(range(100))
          n += 1
properties:
  never_nine: {never: n == 9}
"""
"""A step that has more to choose from than can be looked at."""

SHOP = """
model: shop
vars: {paid: 0..2, sent: 0..2, told: bool}
processes:
  clerk:
    count: 2
    crashes: 1
    restarts: false
    vars: {seen: 0..2}
    run: |
      look: seen = paid
      pay: paid = seen + 1
      either:
          send: sent += 1
      or:
          skip: pass
  owner:
    run: |
      ask: told = sent > 0
properties:
  both: {finally: paid == 2}
  all_sent: {finally: sent == 2}
  in_time: {eventually: told}
  never_more: {always: paid <= 2}
  once: {ltl: "F G known"}
define:
  known: told or sent == 0
"""
"""Several properties, each with several reasons; a repair for some of them."""

LOG = "".join(
    f'1700000000.{i:06d} [0 127.0.0.1:5000{i % 2}] "PUBLISH" "chat:live" "{i}"\n' for i in range(9)
)

FAULTS = f"{SPECS}/faults"
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "check": (
        (f"{SPECS}/legacy.yaml",), (f"{SPECS}/peterson.yaml",), (f"{FAULTS}/retry-timeout.yaml",),
        (f"{FAULTS}/lease-lock.yaml",), (f"{FAULTS}/failover-lock.yaml",),
    ),
    "reason": (
        (f"{FAULTS}/worker-crash-handover.yaml", "--no-draw"),
        (f"{FAULTS}/reconnect.yaml", "--no-draw"), (f"{FAULTS}/gateway-failover.yaml", "--no-draw"),
        (f"{FAULTS}/outbox-gap.yaml", "--no-draw"), (f"{FAULTS}/cache-refill.yaml", "--no-draw"),
        ("{inputs}/shop.yaml", "--no-draw"), (f"{SPECS}/legacy-cumulative.yaml", "--no-draw"),
    ),
    "json": ((f"{SPECS}/deadlock.yaml", "--json"),),
    "repair": (
        ("repair", f"{SPECS}/legacy.yaml"), ("repair", f"{FAULTS}/lost-wakeup.yaml"),
        ("repair", f"{FAULTS}/lease-lock.yaml"), ("repair", f"{FAULTS}/worker-crash.yaml"),
        ("repair", f"{FAULTS}/cache-refill.yaml", "--more"),
        ("repair", "{inputs}/shop.yaml", "--more"),
    ),
    "rests-on": (
        ("rests-on", f"{SPECS}/fix-both.yaml"), ("rests-on", f"{SPECS}/fix-stream.yaml"),
        ("rests-on", f"{FAULTS}/worker-crash-idempotent.yaml"),
        ("rests-on", f"{FAULTS}/lease-lock-fencing.yaml"),
        ("rests-on", f"{FAULTS}/outbox-gap-one-step.yaml"),
    ),
    "likelihood": (
        ("likelihood", f"{SPECS}/legacy.yaml", "--sweep", "gateway.subscribe=1ms..50ms"),
        ("likelihood", f"{SPECS}/legacy.yaml", "--simulate", "--precision", "0.05%"),
    ),
    "compare": (("compare", f"{SPECS}/legacy.yaml", f"{SPECS}/fix-both.yaml"),),
    "monitor": (("monitor", f"{SPECS}/legacy.yaml", "{inputs}/chat.log"),),
    "replay": (("replay", f"{SPECS}/legacy.yaml", "--repeat", "20"),),
    "record": (("record", f"{SPECS}/legacy.yaml", "--connections", "20"),),
    "folder": ((SPECS,), (FAULTS,), ("{inputs}/mixed",)),
    "large": ((f"{SPECS}/legacy-two-nodes.yaml", "--set", "TOTAL=12"),),
    "kept": (
        (f"{SPECS}/legacy-two-nodes.yaml", "--set", "TOTAL=12", "--checkpoint", "{out}/kept"),
        (f"{SPECS}/legacy-reconnect.yaml", "--checkpoint", "{out}/kept", "--every", "10ms"),
    ),
    "disk": ((f"{SPECS}/legacy-two-nodes.yaml", "--set", "TOTAL=12", "--disk", "{out}/disk"),),
    "simulate": (
        (f"{SPECS}/legacy.yaml", "--simulate=20000"), (f"{SPECS}/peterson.yaml", "--simulate=3s"),
    ),
    "step": (("{inputs}/slow.yaml",),),
    "bounded": (
        (f"{SPECS}/fix-both.yaml", "--check", "bounded"),
        (f"{FAULTS}/outbox-gap.yaml", "--check", "bounded"),
    ),
    "all": ((f"{SPECS}/legacy-reconnect.yaml", "--all-traces", "--graph", "--format", "svg,png"),),
}  # fmt: skip
"""Each command in forms that have something to do."""
EARLIEST = 0.05
"""Seconds before which Python itself may lose a signal, in an import of its own beginning: then
the command does not know of it, and does all of its work."""
WRITING = frozenset(COMMANDS) - {"monitor", "replay", "record"}


@dataclass(frozen=True)
class Whole:
    """A command that was not interrupted: its code, the seconds it took, and what it printed.
    `code` None: it did not end while we waited, so nobody knows."""

    words: tuple[str, ...]
    code: int | None
    seconds: float
    printed: str


def write_inputs(folder: Path) -> None:
    """Write the files that the commands read beside the specs of the repository."""
    (folder / "slow.yaml").write_text(SLOW, encoding="utf-8")
    (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")
    (folder / "chat.log").write_text(LOG, encoding="utf-8")
    mixed = folder / "mixed"
    mixed.mkdir(exist_ok=True)
    (mixed / "shop.yaml").write_text(SHOP, encoding="utf-8")
    for name in ("worker-crash", "late-ack", "retry-timeout"):
        shutil.copy(Path(FAULTS) / f"{name}.yaml", mixed)


def run_whole(name: str, form: Sequence[str], inputs: Path) -> Whole:
    """Run a form of a command to its end, or as long as it is worth waiting."""
    words = tuple(each.replace("{inputs}", str(inputs)) for each in form)
    with tempfile.TemporaryDirectory() as out:
        started = time.monotonic()
        with _started(name, words, Path(out)) as process:
            try:
                printed, _ = process.communicate(timeout=PATIENCE)
                code: int | None = process.returncode
            except subprocess.TimeoutExpired:
                process.kill()
                printed, code = "", None
        seconds = time.monotonic() - started
    return Whole(words, code, seconds, printed)


def _started(name: str, words: tuple[str, ...], out: Path) -> subprocess.Popen[str]:
    options = ("--out", str(out)) if name in WRITING else ()
    words = tuple(each.replace("{out}", str(out)) for each in words)
    return subprocess.Popen(
        [sys.executable, "-m", "model_check", *words, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "2000"},
    )


def interrupted(name: str, whole: Whole, moment: float) -> list[str]:
    """What is wrong with how a command ends that is interrupted after so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        with _started(name, whole.words, out) as process:
            time.sleep(moment)
            pressed = time.monotonic()
            process.send_signal(signal.SIGINT)
            try:
                printed, told = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                return ["it does not end"]
            took = time.monotonic() - pressed
        if _before_it_began(process.returncode, printed, told):
            return []
        if moment < EARLIEST and process.returncode == whole.code:
            return []
        problems = [f"half a file: {each}" for each in _halves(out)]
    allowed = WITHIN * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)) + NOISE
    if took > allowed:
        problems.append(f"it took {took:.2f} s to end ({allowed:.2f} s are allowed)")
    if process.returncode not in ((0, 1, 3) if whole.code is None else (3, whole.code)):
        problems.append(f"exit code {process.returncode}: {told[-500:]}")
    problems += [f"{each} on stderr: {told[-1500:]}" for each in INSIDES if each in told]
    if whole.code is not None:
        claims = unsupported(whole.printed, printed)
        problems += [f"a claim: {each}" for each in claims]
    return problems


def _before_it_began(code: int, printed: str, told: str) -> bool:
    """Whether Python itself was interrupted, before it came to more of ours than what it begins
    with."""
    ours = [line for line in told.splitlines() if "model_check" in line]
    begins = ("__main__.py", "runpy", "model_check/__init__.py")
    started = any(not any(each in line for each in begins) for line in ours)
    return code in (-signal.SIGINT, 1, 130) and not printed and not started


def _halves(out: Path) -> list[str]:
    """The files that are there in part, or for a while only."""
    found = []
    for path in sorted(each for each in out.rglob("*") if each.is_file()):
        text = path.read_text(encoding="utf-8", errors="replace").rstrip()
        whole = not path.name.startswith(".")
        if path.suffix == ".json":
            try:
                json.loads(text)
            except ValueError:
                whole = False
        elif path.suffix in (".svg", ".html", ".graphml"):
            whole = whole and text.endswith(("</svg>", "</html>", "</graphml>"))
        if not whole:
            found.append(path.name)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.interrupts", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--each", type=int, help="so often a command; without it, time is the end")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", action="append", choices=COMMANDS, help="this command")
    asked = parser.parse_args()
    names = asked.only or list(COMMANDS)
    if shutil.which("redis-server") is None and shutil.which("valkey-server") is None:
        names = [each for each in names if each not in ("replay", "record")]
    end = time.monotonic() + asked.seconds
    counts: Counter[str] = Counter()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        write_inputs(Path(folder))
        wholes: dict[tuple[str, ...], Whole] = {}
        for seed in count(asked.first):
            name = names[seed % len(names)]
            done = counts[name] >= asked.each if asked.each else time.monotonic() > end
            if done:
                break
            draw = random.Random(seed)
            form = draw.choice(COMMANDS[name])
            if form not in wholes:
                wholes[form] = run_whole(name, form, Path(folder))
            whole = wholes[form]
            moment = draw.uniform(0, min(LONGEST, whole.seconds))
            counts[name] += 1
            problems = interrupted(name, whole, moment)
            if problems:
                wrong += 1
                print(
                    f"--- seed {seed}: {' '.join(form)} after {moment:.3f} s", *problems, sep="\n"
                )
                sys.stdout.flush()
    told = ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
    print(f"interrupted: {told}; {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
