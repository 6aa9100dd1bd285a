"""LLVM text compiled for this processor, or taken as it was compiled before.

What is loaded is an object file in either case: what a compiler of this text would write. It is
kept in the cache of the user under all that it is made of, the text itself among it; so a text
that was compiled once is not even parsed.
"""

from __future__ import annotations

import ctypes
import functools
import json
import struct
import time
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from ...cache import user_cache
from .multiword_text import linked
from .writing import WIDTHS

__all__ = ["QUICK", "THOROUGH", "Code", "Effort"]

WAY = 1
"""To be counted up when text is compiled in another way than before. What a version of the package
changes otherwise, it changes in the text."""
SECONDS = struct.Struct("<d")
"""What an object file has in front of it in the cache: how long it took to compile."""
PACKING = 1
"""Fast, and as good as any for a few kilobytes."""


class Effort(NamedTuple):
    """How well code is optimized: the level of LLVM's code generator, and passes before it."""

    level: int
    passes: tuple[str, ...]


QUICK = Effort(0, ("always_inliner", "global_dead_code_eliminate", "sroa", "simplify_cfg"))
"""Takes half the time, for code that takes a fifth more."""
THOROUGH = Effort(1, (*QUICK.passes, "instruction_combine", "simplify_cfg"))
"""All that pays: the whole -O2 takes four times as long for the same speed."""
NEEDED = "\n".join(
    [
        *(f"declare i{w} @llvm.ctpop.i{w}(i{w})" for w in WIDTHS),
        *(f"declare i{w} @llvm.cttz.i{w}(i{w}, i1)" for w in WIDTHS),
        "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
        "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)",
    ]
)
"""What every module may call."""


class Code:
    """Modules of LLVM text, compiled and linked with each other. `seconds`: the CPU time that
    compiling takes, which is none now where the code was kept.

    Raises ImportError where llvmlite is not installed.
    """

    def __init__(self, effort: Effort, *parts: str) -> None:
        import llvmlite.binding as llvm

        self.effort = effort
        self.seconds = 0.0
        # Everything comes as object files; an engine wants a module as well.
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _host(effort.level))
        self.add(*parts)

    def add(self, *parts: str) -> None:
        """Compile one more module."""
        import llvmlite.binding as llvm

        made = _made(self.effort, _whole(parts))
        self._engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(made.content))
        self._engine.finalize_object()
        self.seconds += made.seconds

    def address(self, name: str) -> int:
        """Where a function is."""
        return int(self._engine.get_function_address(name))

    def function(self, name: str, arguments: int) -> Callable[..., int]:
        """A function, to be called from Python; other threads run meanwhile."""
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arguments)
        found: Callable[..., int] = kind(self.address(name))
        return found

    @staticmethod
    def is_kept(effort: Effort, *parts: str) -> bool:
        """Whether this needs no compiler."""
        return _kept(_made_of(effort, _whole(parts))) is not None


def _whole(parts: tuple[str, ...]) -> str:
    """The text of a module, with all that it calls."""
    return linked("\n\n".join((NEEDED, *parts)))


class _Object(NamedTuple):
    """The content of an object file, and the CPU time that compiling it took."""

    content: bytes
    seconds: float


def _made(effort: Effort, text: str) -> _Object:
    made_of = _made_of(effort, text)
    kept = _kept(made_of)
    if kept is not None:
        return kept
    begun = time.thread_time()
    content = _compiled(effort, text)
    made = _Object(content, time.thread_time() - begun)
    packed = zlib.compress(content, PACKING)
    user_cache().put(made_of, SECONDS.pack(made.seconds) + packed)
    return made


def _kept(made_of: bytes) -> _Object | None:
    data = user_cache().get(made_of)
    if data is None:
        return None
    (seconds,) = SECONDS.unpack_from(data)
    return _Object(zlib.decompress(data[SECONDS.size :]), seconds)


def _made_of(effort: Effort, text: str) -> bytes:
    """All that decides what an object file holds."""
    told = [WAY, _compiler(), _processor(), effort, text]
    return json.dumps(told).encode("ascii")


@functools.cache
def _compiler() -> tuple[object, ...]:
    import llvmlite
    import llvmlite.binding as llvm

    return llvmlite.__version__, llvm.llvm_version_info, llvm.get_default_triple()


@functools.cache
def _processor() -> tuple[str, str]:
    """Its name and its features."""
    import llvmlite.binding as llvm

    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def _host(level: int) -> Any:
    """What makes code for this processor. Each is given away to the engine that uses it."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name, features = _processor()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=name, features=features, opt=level)


def _compiled(effort: Effort, text: str) -> bytes:
    import llvmlite.binding as llvm

    host = _host(effort.level)
    module = llvm.parse_assembly(text)
    module.triple = host.triple
    module.data_layout = str(host.target_data)
    builder = llvm.create_pass_builder(host, llvm.create_pipeline_tuning_options())
    passes = llvm.create_new_module_pass_manager()
    for each in effort.passes:
        getattr(passes, f"add_{each}_pass")()
    passes.run(module, builder)
    content: bytes = host.emit_object(module)
    return content
