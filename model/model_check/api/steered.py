"""Services of a user's own test under a schedule of a spec, as a context: `steered()`."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..budget.spending import never
from .live_options import SteerOptions
from .options import chosen
from .steer_task import steer_task

if TYPE_CHECKING:
    from ..results.steer import SteeredRun, SteerResult

__all__ = ["SteeredUrl", "steered"]


class SteeredUrl(str):
    """The URL for the services of a test; when the block has ended, `run` is what was measured."""

    __slots__ = ("run",)
    run: SteeredRun


class steered:  # noqa: N801
    """Services of a test under a schedule of a spec, as a context: `async with steered(path,
    "no_loss") as redis_url:`, or `with`. What it gives is the URL where the services are to
    connect, which has the measured `run` when the block has ended.

    path, constants, options: as for `steer`; violating: the property whose trace it is (the first
    violated one). measured: is told what was measured, when the block has ended. The proxy has a
    thread of its own, so that a test may block its own loop.

    Raises what `steer` raises.
    """

    def __init__(
        self,
        path: Path | str,
        violating: str = "",
        constants: Mapping[str, int | bool | str] | None = None,
        options: SteerOptions | None = None,
        *,
        measured: Callable[[SteerResult], None] | None = None,
        **changes: Any,
    ) -> None:
        self._path = path
        self._measured = measured
        self._asked = chosen(SteerOptions, options, constants, {**changes, "violating": violating})
        self._over = threading.Event()
        self._ready = threading.Event()
        self._url: SteeredUrl | None = None
        self._error: BaseException | None = None
        self._found: SteerResult | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> SteeredUrl:
        self._thread.start()
        self._ready.wait()
        if self._url is None:
            self._thread.join()
            assert self._error is not None
            raise self._error
        return self._url

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._found is not None and self._measured is not None:
            self._measured(self._found)
        if self._error is not None and error is None:
            raise self._error

    async def __aenter__(self) -> SteeredUrl:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)

    def _work(self) -> None:
        try:
            with steer_task(self._path, self._asked, None, None, never) as task:
                trace = next(task.traces)
                run = task.steerer.run(trace, over=self._over.is_set, ready=self._go)
                started = time.monotonic()
                found = asyncio.run(run)
                seconds = time.monotonic() - started
                self._found = task.result(self._asked, [found], "", seconds)
            assert self._url is not None
            self._url.run = found
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()

    def _go(self, url: str) -> None:
        self._url = SteeredUrl(url)
        self._ready.set()
