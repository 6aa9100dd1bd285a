"""What a search is of: so that it is gone on with only where it would be the same one.

In: a spec, and how it is explored. Out: what can be compared with what another run kept, each part
by itself, so that a refusal names what differs, in the words of a command line.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...language.named_files import named_files
from ...language.records import dataclass
from ...language.source.reader import read_source
from ...language.tree.spec import Spec
from ...version import __version__

__all__ = ["Subject", "digest"]

WRONG_END = {"little": "the lowest byte of a number first", "big": "the highest byte first"}


def digest(text: str) -> str:
    """A text, told from every other one."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is explored, as JSON values: see `of`."""

    told: Mapping[str, Any]

    @classmethod
    def of(cls, spec: Spec, *, faults: bool, options: Mapping[str, Any]) -> Subject:
        """Of a spec that was just read; without `faults`, what may go wrong was left out.
        `options`: each other thing that changes what is explored, by its word on the command line.
        Raises SpecError where a file is not there any more."""
        files = dict.fromkeys((*map(Path, spec.sources), *named_files(Path(spec.path))))
        texts = ((path.name, digest(read_source(path).text)) for path in files if path.is_file())
        return cls({
            "model": spec.name,
            "version": __version__,
            "bytes": sys.byteorder,
            "files": [list(each) for each in texts],
            "constants": dict(spec.constants),
            "faults": faults,
            "options": dict(options),
        })  # fmt: skip

    def differences(self, kept: Mapping[str, Any]) -> tuple[str, ...]:
        """What is other than what was kept, in words."""
        return tuple(_differences(kept, self.told))


def _differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    if there["model"] != here["model"]:
        yield f"it is of the model {there['model']}, and this is {here['model']}"
        return
    yield from _of_files(there["files"], here["files"])
    yield from _of_values(there["constants"], here["constants"])
    if there["faults"] != here["faults"]:
        words = "without --no-faults", "with --no-faults"
        yield f"it was made {words[not there['faults']]}, and this is {words[not here['faults']]}"
    yield from _of_values(there["options"], here["options"])
    if there["version"] != here["version"]:
        yield f"it was made by model-check {there['version']}, and this is {here['version']}"
    if there["bytes"] != here["bytes"]:
        yield f"it was made where numbers have {WRONG_END[there['bytes']]}"


def _of_files(there: Sequence[Sequence[str]], here: Sequence[Sequence[str]]) -> Iterator[str]:
    if [name for name, _ in there] != [name for name, _ in here]:
        listed = ", ".join(name for name, _ in there)
        yield f"it was read from {listed}, and this from {', '.join(name for name, _ in here)}"
        return
    for (name, before), (_, now) in zip(there, here, strict=True):
        if before != now:
            yield f"{name} has changed"


def _of_values(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*there, *here)):
        if there.get(name) != here.get(name):
            yield f"{name} was {_shown(there.get(name))} and is {_shown(here.get(name))}"


def _shown(value: Any) -> str:
    return {None: "not there", True: "on", False: "off", "": "empty"}.get(value, str(value))
