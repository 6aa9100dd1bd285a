"""What an earlier run wrote into a model's folder, by its `result.json`: which files are its, and
whether they still tell what a new check found.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ...results.check import CheckReport
from .check import RESULT
from .json_file import Json, JsonError, read_json

__all__ = ["RESULT_NAME", "Earlier", "earlier_of"]

RESULT_NAME = "result.json"
_OUR_FILE = re.compile(r"[\w.-]{1,200}\.(json|dot|svg|png|pdf|mmd|graphml|html)")
_OF_THE_RUN = ("path", "command", "files", "notes")
"""What depends on how a check was called, and not on what it found."""
_LOOKED_FOR = ("reason", "no_return", "bounded", "without_faults")
"""What is found of a property only where it is asked for."""


class Earlier:
    """What an earlier run wrote: nothing, or the `files` that its document names."""

    def __init__(self, document: Json | None) -> None:
        self._document = document
        self.files = _files(document) if document is not None else set()

    def tells(self, report: CheckReport) -> bool:
        """Whether it found the same: the same verdicts, by the same traces, in a space of the
        same size. Then its pictures, and its reasons, are those of the report too."""
        if self._document is None:
            return False
        now: object = json.loads(RESULT.text(report))
        return bool(_found(self._document.value) == _found(now))


def earlier_of(folder: Path) -> Earlier:
    """What stands in a model's folder."""
    try:
        document = read_json(folder / RESULT_NAME, links=False)
        if document.get("schema").value != RESULT.version:
            return Earlier(None)
        return Earlier(document)
    except JsonError:
        return Earlier(None)  # what an earlier run wrote is not known: all of it stays


def _files(document: Json) -> set[str]:
    """The names of its files, of those that can be ours. Raises JsonError."""
    names = [each.text() for each in document.get("files").items()]
    return {name for name in names if _OUR_FILE.fullmatch(name)}


def _found(document: Any) -> Any:
    """A document without what is not found, but asked for, measured or written."""
    if not isinstance(document, dict):
        return document
    kept = {name: each for name, each in document.items() if name not in _OF_THE_RUN}
    for name, without in (("properties", _LOOKED_FOR), ("space", ("seconds",))):
        kept[name] = _without(kept.get(name), without)
    for each in kept["properties"] if isinstance(kept["properties"], list) else ():
        if isinstance(each, dict):
            each["endings"] = _without(each.get("endings"), ("trace",))
    return kept


def _without(part: Any, names: tuple[str, ...]) -> Any:
    """An object, or each object of a list, without what stands under some names."""
    if isinstance(part, list):
        return [_without(each, names) for each in part]
    if isinstance(part, dict):
        return {name: each for name, each in part.items() if name not in names}
    return part
