"""The functions of the kernel, run by Python where there is no compiler: the same runs, slower."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ...explore.native.restricted import definitions
from ...explore.walks import draws
from . import kernel, times, trials, whole

__all__ = ["portable_function"]


def _load(address: int) -> int:
    return ctypes.c_int64.from_address(address).value


def _load32(address: int) -> int:
    return ctypes.c_uint32.from_address(address).value


def _store(address: int, value: int) -> int:
    ctypes.c_int64.from_address(address).value = value
    return 0


_WORDS: dict[str, Callable[..., int]] = {"load": _load, "load32": _load32, "store": _store}


_MODULES = (draws, times, kernel, whole, trials)


def portable_function(name: str) -> Callable[[int], int]:
    """A function of the kernel that takes an address."""
    named: dict[str, Any] = {}
    for module in _MODULES:
        named |= vars(module)
    named |= _WORDS
    for module in _MODULES:
        for each in definitions(module):
            code = getattr(module, each).__code__
            named[each] = FunctionType(code, named, each)
    found: Callable[[int], int] = named[name]
    return found
