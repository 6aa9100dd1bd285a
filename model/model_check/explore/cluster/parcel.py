"""Packed numbers that go from one part of a search to another, without a copy where that can be."""

from __future__ import annotations

import ctypes
import pickle
from typing import Any

__all__ = ["Parcel"]

Bytes = bytes | bytearray | memoryview


class Parcel:
    """The first `size` bytes of a buffer. Pickled by protocol 5, its bytes travel beside the rest
    and are read where they arrive (PEP 574), which is how Ray's object store hands them over."""

    def __init__(self, data: Bytes, size: int | None = None) -> None:
        view = memoryview(data).cast("B")
        self.view = view if size is None else view[:size]

    def __len__(self) -> int:
        return len(self.view)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        if protocol >= 5:
            return Parcel, (pickle.PickleBuffer(self.view),)
        return Parcel, (bytes(self.view),)

    @property
    def address(self) -> int:
        """Where its bytes lie, as long as it lives; 0 where there are none. They are only to be
        read."""
        if self.view.readonly:
            # ctypes tells no address of what may not be written; copying is what it costs.
            self.view = memoryview(bytearray(self.view))
        return ctypes.addressof(ctypes.c_char.from_buffer(self.view)) if len(self) else 0
