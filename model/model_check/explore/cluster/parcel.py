"""Packed numbers that go from one part of a search to another, without a copy where that can be."""

from __future__ import annotations

import ctypes
import pickle
from typing import Any

__all__ = ["Parcel"]

Bytes = bytes | bytearray | memoryview


class _Buffer(ctypes.Structure):
    """`Py_buffer` (https://docs.python.org/3/c-api/buffer.html)."""

    _fields_ = (
        ("buf", ctypes.c_void_p), ("obj", ctypes.c_void_p), ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t), ("readonly", ctypes.c_int), ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p), ("shape", ctypes.c_void_p), ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p), ("internal", ctypes.c_void_p),
    )  # fmt: skip


_GET_BUFFER = ctypes.pythonapi.PyObject_GetBuffer
_GET_BUFFER.argtypes = (ctypes.py_object, ctypes.POINTER(_Buffer), ctypes.c_int)
_RELEASE_BUFFER = ctypes.pythonapi.PyBuffer_Release
_RELEASE_BUFFER.argtypes = (ctypes.POINTER(_Buffer),)


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
        if not len(self):
            return 0
        if not self.view.readonly:
            return ctypes.addressof(ctypes.c_char.from_buffer(self.view))
        # ctypes has no address of what may not be written, but for what Python's C API tells.
        found = _Buffer()
        _GET_BUFFER(self.view, ctypes.byref(found), 0)
        address = found.buf
        _RELEASE_BUFFER(ctypes.byref(found))
        return int(address)
