"""The parts of a search as actors on Ray, on this machine or on many (https://docs.ray.io).

Ray carries, places and watches; what is searched and how is ours. What one part tells another goes
through Ray's object store and never through this process. An actor is never restarted by Ray: a
new one has to be told what it is to go on with.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...budget.memory import MEGABYTE
from ...errors import ModelCheckError
from ..cores import cores
from .actor import PartActor
from .address import ask_whether_ray, host_and_port
from .fleet import ClusterError, LostError, NoMorePartsError, Orders
from .temporary import TemporaryFolder

__all__ = ["AUTO", "MISSING", "RayCluster", "RayFleet"]

AUTO, LOCAL = "auto", "local"
"""Addresses by which no machine is named."""
MISSING = (
    "--cluster needs Ray, which is not installed: uv add 'model-check[cluster]'"
    " (or pip install 'model-check[cluster]')"
)
NAMESPACE = "model-check"
ADDRESS = "RAY_ADDRESS"
"""The environment variable by which Ray tells its jobs where it is."""
NO_STATISTICS = "RAY_USAGE_STATS_ENABLED"
STORE = 128 * MEGABYTE
"""Of a Ray that is started here: the object store, a part."""
EVERY = 60.0
"""Seconds between two times that parts keep what they found."""
PATIENCE = 60.0
"""Seconds until all actors must have been given a place ..."""
SIGN_OF_LIFE = 10.0
"""... and until one must have said that it is there, once another is known to be lost."""


class RayCluster:
    """Ray at an address, or (AUTO) where RAY_ADDRESS says, or else (LOCAL) one that is started here
    and stopped by `close`. `parts`: how many actors; None: one for each core that is free. Every so
    many seconds (`every`) they keep what they found: in the system's temporary folder where all are
    on this machine, else in the folder `shared`, if there is one that all see."""

    def __init__(
        self,
        address: str,
        parts: int | None = None,
        shared: Path | None = None,
        every: float = EVERY,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """`tell`: told in words what takes long. Raises ClusterError where Ray is not installed,
        and for what is no address."""
        if importlib.util.find_spec("ray") is None:
            raise ClusterError(MISSING)
        if address not in (AUTO, LOCAL):
            host_and_port(address, f"--cluster {address}")
        self.folder: Path | None = None
        self.note = ""
        """What the user should know of how it is searched."""
        self._shared = shared
        self.every = every
        self._address = address
        self._parts = parts
        self._cores = cores()
        self._tell = tell
        self._fleet: RayFleet | None = None
        self._is_ours = False
        self._is_starting = False
        """Whether a Ray is there by half: it ends with this process, and not before."""
        self._own_folder: TemporaryFolder | None = None

    def __enter__(self) -> RayCluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fleet(self) -> RayFleet:
        """The fleet; it is made when it is first asked for. Raises ClusterError."""
        if self._fleet is None:
            if self._tell is not None:
                self._tell("starting the parts of the search on Ray")
            self._connect()
            self._fleet = RayFleet(self._size())
            self._use_folder()
        return self._fleet

    def close(self) -> None:
        """End the actors, and the Ray that was started here."""
        if self._fleet is not None:
            self._fleet.close()
            self._fleet = None
        if self._is_ours:
            ray = _ray()
            ray.shutdown()
            self._is_ours = False
        if self._own_folder is not None:
            if self._is_starting:
                self._own_folder.leave()
            else:
                self._own_folder.close()
            self._own_folder = None
        elif self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = None

    def _connect(self) -> None:
        # Asked when it is loaded. It would copy the working directory to all machines.
        os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
        # What is lost is told by whoever looks at it, or mended: Ray would print it, too.
        os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".*")
        os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")
        ray = _ray()
        if ray.is_initialized():
            return  # somebody who calls this from Python has
        address, told = self._address, f"--cluster {self._address}"
        if address == AUTO:
            address = os.environ.get(ADDRESS, "") or LOCAL
            told = f"--cluster {AUTO}, and {ADDRESS} is {address}"
        if address not in (AUTO, LOCAL):
            ask_whether_ray(address, told)
        logging.getLogger("ray").setLevel(logging.CRITICAL)
        quiet = {
            "namespace": NAMESPACE, "log_to_driver": False, "logging_level": logging.CRITICAL,
            "configure_logging": False,
        }  # fmt: skip
        self._is_ours = True
        try:
            if address == LOCAL:
                self._start(quiet)
            else:
                ray.init(address=address, **quiet)
        except Exception as error:
            self._is_ours = False
            ray.shutdown()
            if address == LOCAL:
                told = "--cluster: no Ray could be started here"
            raise ClusterError(f"{told}: {_first_line(error)}") from error

    def _start(self, quiet: dict[str, Any]) -> None:
        """A Ray on this machine, which nobody else can speak to, and which leaves nothing."""
        ray = _ray()
        os.environ.setdefault(NO_STATISTICS, "0")
        parts = self._parts or self._cores
        self._is_starting = True
        ray.init(
            address=LOCAL, num_cpus=max(parts, self._cores), include_dashboard=False,
            object_store_memory=STORE * parts, _node_ip_address="127.0.0.1",
            _temp_dir=str(self._temporary_folder("ray")), **quiet,
        )  # fmt: skip
        self._is_starting = False

    def _temporary_folder(self, name: str) -> Path:
        """One that is there until all is over, in one that is the user's alone: Ray lets everybody
        write to its own."""
        if self._own_folder is None:
            self._own_folder = TemporaryFolder("model-check-")
        folder = self._own_folder.path / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _size(self) -> int:
        """How many actors there are to be."""
        ray = _ray()
        free = _free_cores()
        every = int(ray.cluster_resources().get("CPU", 0))
        parts = self._parts or free
        if not 1 <= parts <= every:
            why = f"it has {every} cores, of which {free} are free"
            raise ClusterError(f"--cluster: Ray has no place for {max(parts, 1)} actors: {why}")
        return parts

    def _use_folder(self) -> None:
        """Where all actors are on this machine, they have a folder of their own; a folder that was
        named must be seen by all."""
        assert self._fleet is not None
        if self._fleet.is_on_this_machine():
            self.folder = self._temporary_folder("parts")
        elif self._shared is not None and self._fleet.all_see(self._shared):
            self.folder = self._shared.resolve()
        else:
            where = "without --checkpoint" if self._shared is None else f"not in {self._shared}"
            why = "" if self._shared is None else ", which some machine of the cluster does not see"
            self.note = (
                f"the parts of the search kept nothing ({where}{why}): had a machine been lost, it"
                " would have begun again"
            )


class RayFleet:
    """Actors of our own, one CPU each, spread over the machines."""

    def __init__(self, size: int) -> None:
        """Raises ClusterError where they get no place."""
        ray = _ray()
        self.size = size
        self._orders: Orders | None = None
        self._kind: Any = ray.remote(num_cpus=1, max_restarts=0, scheduling_strategy="SPREAD")(
            PartActor
        )
        self._actors = [self._kind.remote(index, size) for index in range(size)]
        self._wait()

    def close(self) -> None:
        """End the actors."""
        ray = _ray()
        for each in self._actors:
            ray.kill(each)
        self._actors = []

    def _wait(self) -> None:
        """Until all actors are there. Raises ClusterError."""
        ray = _ray()
        signs = [each.where.remote() for each in self._actors]
        try:
            ray.get(signs, timeout=PATIENCE)
        except ray.exceptions.GetTimeoutError as error:
            why = f"{_free_cores()} cores are free, after {PATIENCE:g} s"
            raise ClusterError(
                f"--cluster: Ray gave {self.size} actors no place: {why}; ask for fewer with"
                " --workers"
            ) from error
        except ray.exceptions.RayError as error:
            raise ClusterError(f"--cluster: {_why_not(error)}") from error

    # --- as of a fleet ---------------------------------------------------------------------------

    def load(self, orders: Orders) -> None:
        self._orders = orders
        self.look([each.load.remote(orders) for each in self._actors])

    def ask(
        self, name: str, given: Sequence[Sequence[Any]], answers: int = 1
    ) -> list[tuple[Any, ...]]:
        found = []
        for actor, each in zip(self._actors, given, strict=True):
            tokens = actor.do.options(num_returns=answers).remote(name, answers, *each)
            found.append((tokens,) if answers == 1 else tuple(tokens))
        return found

    def look(self, tokens: Sequence[Any]) -> list[Any]:
        ray = _ray()
        try:
            found: list[Any] = ray.get(list(tokens))
            return found
        except ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, ModelCheckError):
                raise cause from error
            if isinstance(error, ray.exceptions.RayTaskError) and not isinstance(
                cause, ray.exceptions.RayError
            ):
                raise
            raise LostError(self._lost(), _first_line(error)) from error

    def share(self, value: Any) -> Any:
        ray = _ray()
        return ray.put(value)

    def replace(self, lost: Sequence[int]) -> None:
        ray = _ray()
        for index in lost:
            ray.kill(self._actors[index])
            self._actors[index] = self._kind.remote(index, self.size)
        signs = [self._actors[index].where.remote() for index in lost]
        found, _ = ray.wait(signs, num_returns=len(signs), timeout=PATIENCE)
        if len(found) < len(signs):
            why = f"{_free_cores()} cores are free, after {PATIENCE:g} s"
            raise NoMorePartsError(
                f"--cluster: actors lost: {len(lost)} of {self.size}, and Ray has no place for"
                f" others: {why}"
            )
        self.look([self._actors[index].load.remote(self._orders) for index in lost])

    def _lost(self) -> list[int]:
        """Which actors are there no more."""
        ray = _ray()
        signs = [each.where.remote() for each in self._actors]
        ready, _ = ray.wait(signs, num_returns=len(signs), timeout=SIGN_OF_LIFE)
        lost = []
        for index, sign in enumerate(signs):
            try:
                ray.get(sign, timeout=0 if sign in ready else 0.001)
            except ray.exceptions.RayError:
                lost.append(index)
        return lost

    def processes(self) -> list[int]:
        """The number of the process of each actor."""
        return self.look([each.process.remote() for each in self._actors])

    # --- where they are --------------------------------------------------------------------------

    def is_on_this_machine(self) -> bool:
        """Whether all actors share this process's machine."""
        ray = _ray()
        here = ray.get_runtime_context().get_node_id()
        return all(where == here for where in self.look([a.where.remote() for a in self._actors]))

    def all_see(self, folder: Path) -> bool:
        """Whether all actors see what is written to a folder here. Raises ClusterError where
        nothing can be."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, prefix="seen-by-all-") as token:
                return all(self.look([each.sees.remote(token.name) for each in self._actors]))
        except OSError as error:
            raise ClusterError(f"{folder}: {error.strerror}") from error


def _ray() -> Any:
    """Ray, loaded when it is needed: that takes a second."""
    import ray

    return ray


def _free_cores() -> int:
    return int(_ray().available_resources().get("CPU", 0))


def _why_not(error: BaseException) -> str:
    """Why an actor did not begin."""
    if "No module named 'model_check'" in str(error):
        return "model-check is not installed on the machines of the cluster (docs/cluster.md)"
    return _first_line(error)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
