"""Names that become names of files: of a model its folder in `out/`, of a property its pictures.

What is allowed works on every file system, so that a spec that one machine can write another
can too: on macOS and Windows `A` and `a` are one file, on Windows `con` is a device and a dot
at the end is lost, and nowhere has a name more than 255 bytes, with what is put behind it.
"""

from __future__ import annotations

from .names import shorten

__all__ = ["MAX_BYTES", "cut", "same_file", "why_no_folder", "why_no_stem"]

MAX_BYTES = 100
"""Of a name in UTF-8: two of them stand in the name of a comparison's picture."""

_KEPT = frozenset({"report", "result", "space", "repairs"})
"""What a run writes beside the files of properties."""

_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)


def why_no_folder(model: str) -> tuple[str, str]:
    """Why a model's name cannot be that of a folder, and what could; "" where it can."""
    hint = f"letters, digits, _ - ., at most {MAX_BYTES} bytes in UTF-8, no dot or - first"
    letters = all(c.isalnum() or c in "_-." for c in model)
    if not model or not letters or model[0] in ".-" or _is_long(model):
        return f"{shorten(model) or 'nothing'} cannot name a model", hint
    if model.endswith("."):
        return f"{shorten(model)} cannot name a model", "no dot at the end"
    if model.split(".")[0].casefold() in _DEVICES:
        return f"{model} cannot name a model", "Windows has a device of this name"
    return "", ""


def why_no_stem(name: str) -> tuple[str, str]:
    """Why a property's name cannot be that of files, and what could; "" where it can."""
    if not name.isidentifier():
        return f"{shorten(name) or 'nothing'} cannot name a property", "letters, digits and _"
    if _is_long(name):
        hint = f"at most {MAX_BYTES} bytes in UTF-8"
        return f"{shorten(name)} cannot name a property: files are called so", hint
    if same_file(name) in _KEPT:
        hint = "a file of every run is called so: give it another name"
        return f"{name} cannot name a property", hint
    if same_file(name) in _DEVICES:
        return f"{name} cannot name a property", "Windows has a device of this name"
    return "", ""


def same_file(name: str) -> str:
    """What two names have in common that are one file on some system."""
    return name.casefold()


def cut(name: str, end: str) -> str:
    """A name with another end, no longer than a name may be."""
    kept = name.encode("utf-8")[: MAX_BYTES - len(end.encode("utf-8"))]
    return kept.decode("utf-8", "ignore") + end


def _is_long(name: str) -> bool:
    return len(name.encode("utf-8", "surrogatepass")) > MAX_BYTES
