"""Searches on a real Ray, against one search alone: array by array the same.

    uv run python -m tests.cluster [--specs 300] [--kills 20] [--strikes 8] [--seconds 400]

Ray is started once, on this machine. Every spec of specs/ is explored by 1, 2 and 4 actors, random
specs by one of these numbers each, and while a chat of two million states is explored, the process
of an actor is killed (SIGKILL) at random moments. Before that, Ctrl-C is pressed while Ray starts:
the command ends within seconds, says what it knows, and leaves no process and no folder. What there
was no time for is said.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from model_check.explore.cluster import on_ray
from model_check.explore.cluster.fleet import NoMorePartsError
from model_check.explore.cluster.on_ray import AUTO, RayCluster, RayFleet
from model_check.explore.search import SearchOptions, explore
from model_check.language import load

from tests.fuzz.compare import SkippedError
from tests.fuzz.parts import parts_differences, spaces_differ
from tests.fuzz.repair import load_text, repaired
from tests.fuzz.specs import random_spec

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").glob("*.yaml"))
CHAT = ROOT / "tests" / "benchmarks" / "pubsub.yaml"
SIZES = (1, 2, 4)
FIRST_SEED = 20_000
EVERY = 0.3
"""Seconds between two times that parts keep what they found, while some are killed."""
LONGEST_START = 8.0
"""Seconds in which Ctrl-C is pressed, from when the command is begun ..."""
LONGEST_END = 75.0
"""... and in which all must be over."""


class Clock:
    """When the time is over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_over(self) -> bool:
        return time.monotonic() > self._end


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--specs", type=int, default=300, help="random specs")
    parser.add_argument("--kills", type=int, default=20, help="actors that are killed")
    parser.add_argument("--strikes", type=int, default=8, help="times that Ctrl-C is pressed")
    parser.add_argument("--seconds", type=float, default=400.0, help="for all of it")
    chosen = parser.parse_args()
    clock = Clock(chosen.seconds)
    struck = [*_struck(chosen.strikes, clock)]
    with RayCluster(AUTO, max(SIZES)) as ray:
        ray.fleet().close()  # it is there, and so are the places for others
        wrong = [
            *struck,
            *_no_place(),
            *_named(clock),
            *_killed(chosen.kills, clock),
            *_random(chosen.specs, clock),
        ]
    for each in wrong:
        print(f"FAILED {each}", file=sys.stderr)
    return 1 if wrong else 0


def _named(clock: Clock) -> Iterator[str]:
    done = 0
    for size in SIZES:
        with RayCluster(AUTO, size) as cluster:
            for path in SPECS:
                if clock.is_over():
                    break
                yield from (
                    f"{path.name}, {size} actors: {each}"
                    for each in parts_differences(load(path), [cluster])
                )
                done += 1
    print(f"{done} of {len(SPECS) * len(SIZES)} searches of specs/", flush=True)


def _random(count: int, clock: Clock) -> Iterator[str]:
    done = seed = 0
    for turn, size in enumerate(SIZES):
        wanted = count * (turn + 1) // len(SIZES)
        with RayCluster(AUTO, size) as cluster:
            while done < wanted and not clock.is_over():
                seed += 1
                text = repaired(random_spec(FIRST_SEED + seed))
                if text is None:
                    continue
                try:
                    found = parts_differences(load_text(text), [cluster], forget=bool(seed % 2))
                except SkippedError:
                    continue
                yield from (f"seed {FIRST_SEED + seed}, {size} actors: {each}" for each in found)
                done += 1
    print(f"{done} of {count} random specs", flush=True)


def _killed(count: int, clock: Clock) -> Iterator[str]:
    spec = load(CHAT, {"CHUNKS": "4"})
    alone = explore(spec, options=SearchOptions(engine="native", forget_from=None))
    source = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        took = 0.0
        killed = 0
        for turn in range(count + 1):
            if clock.is_over():
                break
            with RayCluster(AUTO, 2, Path(folder) / str(turn), EVERY) as cluster:
                fleet = cluster.fleet()
                killer = _Killer(fleet, source.uniform(0.0, took), source.randrange(2))
                if turn:  # the first one tells how long it takes
                    killer.start()
                begun = time.monotonic()
                space = explore(spec, options=_by(cluster))
                took = took or time.monotonic() - begun
                if turn:
                    killer.join()
                    killed += killer.has_killed
                yield from (
                    f"killed after {killer.delay:.2f} s: {each}"
                    for each in spaces_differ(alone, space)
                )
    print(
        f"{killed} of {count} times an actor was killed ({len(alone.states):,} states)", flush=True
    )


def _struck(count: int, clock: Clock) -> Iterator[str]:
    """Ctrl-C while a Ray starts, and while its actors do."""
    words = [
        sys.executable, "-m", "model_check", ROOT / "specs" / "legacy-two-nodes.yaml",
        "--set", "TOTAL=14", "--engine", "native", "--cluster", "auto", "--no-draw", "--no-reason",
    ]  # fmt: skip
    source = random.Random(2)
    done = 0
    for _ in range(count):
        if clock.is_over():
            break
        delay = source.uniform(0.5, LONGEST_START)
        with tempfile.TemporaryDirectory() as folder:
            own = Path(folder) / "own"
            own.mkdir()
            process = subprocess.Popen(
                [*words, "--out", folder], env={**os.environ, "TMPDIR": str(own)},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=LONGEST_END)
            done += 1
            when = f"Ctrl-C after {delay:.2f} s"
            knows_nothing = err.splitlines()[-1:] == ["interrupted: nothing can be said"]
            if process.returncode != 3 or not (knows_nothing or "was stopped: interr" in out):
                yield f"{when}: exit code {process.returncode}: {err}"
            if "Traceback" in err:
                yield f"{when}: {err}"
            yield from (f"{when}: {each} is left" for each in _left(own))
    print(f"{done} of {count} times Ctrl-C was pressed while Ray started", flush=True)


def _left(own: Path) -> list[str]:
    """What is there still that was begun in a temporary folder, or named by its processes."""
    end = time.monotonic() + LONGEST_END
    found = [""]
    while found and time.monotonic() < end:
        time.sleep(0.2)
        listed = subprocess.run(["ps", "axww", "-o", "args="], capture_output=True, text=True)
        found = [line for line in listed.stdout.splitlines() if str(own) in line]
        found += [str(each) for each in own.iterdir()]
    return found


def _no_place() -> Iterator[str]:
    """An actor is lost whose core somebody else takes."""
    import ray

    before = on_ray.PATIENCE
    cores = int(ray.cluster_resources()["CPU"])
    try:
        with RayCluster(AUTO, cores) as cluster:
            fleet = cluster.fleet()
            on_ray.PATIENCE = 3.0
            taker = ray.remote(num_cpus=1)(_Taker).remote()
            os.kill(fleet.processes()[0], signal.SIGKILL)
            ray.get(taker.is_there.remote())
            try:
                fleet.replace([0])
                yield "an actor got a place where there was none"
            except NoMorePartsError as error:
                print(error, flush=True)
            ray.kill(taker)
    finally:
        on_ray.PATIENCE = before


class _Taker:
    """Somebody else's actor."""

    def is_there(self) -> bool:
        return True


def _by(cluster: RayCluster) -> SearchOptions:
    return SearchOptions(engine="native", forget_from=None, cluster=cluster)


class _Killer(threading.Thread):
    """Kills the process of an actor, after so many seconds."""

    def __init__(self, fleet: RayFleet, delay: float, index: int) -> None:
        super().__init__()
        self.delay = delay
        self.has_killed = False
        self._process = fleet.processes()[index]

    def run(self) -> None:
        time.sleep(self.delay)
        try:
            os.kill(self._process, signal.SIGKILL)
            self.has_killed = True
        except ProcessLookupError:
            pass


if __name__ == "__main__":
    sys.exit(main())
