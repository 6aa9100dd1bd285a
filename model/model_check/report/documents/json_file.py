"""JSON from a file that anybody may have written: read within bounds, and part by part.

A document is looked at through `Json`, which knows where in it each part stands, and says so
where a part is not what it must be: `$.steps[3].event: this must be text, it is true`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...language.records import dataclass, field
from ...language.source.opening import UnreadableError, read_regular

__all__ = ["Json", "JsonError", "read_json"]

LARGEST = 64 << 20
"""Bytes; traces of many thousand steps have a few megabytes."""
MOST_VALUES = 4_000_000
"""Values in a document: each takes some 100 bytes of memory."""
DEEPEST = 100
"""Lists and objects within each other; what a check writes has some ten."""
SHOWN = 40
"""Characters of a wrong value that a message shows."""


class JsonError(Exception):
    """A file holds no JSON, or not what it must hold; the text says where and what."""


@dataclass(frozen=True, slots=True)
class Json:
    """A part of a document. `place` as in JSONPath: `$.states[3]["#meta"]`."""

    value: Any = field(repr=False)
    place: str = "$"

    def wrong(self, expected: str) -> JsonError:
        """What to raise where this part is not what was expected (`text`, `a list`)."""
        told = json.dumps(self.value)
        told = told if len(told) <= SHOWN else told[: SHOWN - 3] + "..."
        return JsonError(f"{self.place}: this must be {expected}, it is {told}")

    def get(self, name: str) -> Json:
        """What an object has under a name."""
        mapping = self._mapping()
        if name not in mapping:
            raise JsonError(f"{self._below(name)} is missing")
        return Json(mapping[name], self._below(name))

    def has(self, name: str) -> bool:
        """Whether an object has something under a name."""
        return name in self._mapping()

    def entries(self) -> Iterator[tuple[str, Json]]:
        """What an object has, by name."""
        return ((name, Json(each, self._below(name))) for name, each in self._mapping().items())

    def items(self) -> list[Json]:
        """What a list has."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [Json(each, f"{self.place}[{n}]") for n, each in enumerate(self.value)]

    def text(self) -> str:
        """A text."""
        if not isinstance(self.value, str):
            raise self.wrong("text")
        return self.value

    def whole(self, most: int) -> int:
        """A whole number from 0 to `most`."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.wrong("a whole number")
        if not 0 <= self.value <= most:
            raise self.wrong(f"from 0 to {most}")
        return self.value

    def plain(self) -> object:
        """A value as a spec's values are written: with no fraction anywhere."""
        left = [self]
        while left:
            part = left.pop()
            if isinstance(part.value, float):
                raise part.wrong("a value of a spec")
            if isinstance(part.value, list):
                left += part.items()
            elif isinstance(part.value, dict):
                left += (each for _, each in part.entries())
        return self.value

    def _mapping(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return self.value

    def _below(self, name: str) -> str:
        step = f".{name}" if name.isidentifier() else f"[{json.dumps(name[:SHOWN])}]"
        return self.place + step


def read_json(path: Path, *, links: bool = True) -> Json:
    """The document in a regular file. `links`: the path may end in a symbolic link. Raises
    JsonError for what is none, is too long, or is nested deeper than `DEEPEST`."""
    try:
        data = read_regular(path, LARGEST, links=links)
    except UnreadableError as error:
        raise JsonError(str(error)) from None
    if sum(data.count(each) for each in (b",", b"[", b"{")) > MOST_VALUES:
        raise JsonError(f"there are more than {MOST_VALUES:,} values in it")
    try:
        found = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise JsonError(f"this is nested deeper than {DEEPEST} levels") from None
    except ValueError as error:
        raise JsonError(f"this is no JSON: {error}") from None
    if _is_deep(found):
        raise JsonError(f"this is nested deeper than {DEEPEST} levels")
    return Json(found)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no value")


def _is_deep(document: object) -> bool:
    level = [document]
    for _ in range(DEEPEST):
        level = [
            part
            for each in level
            if isinstance(each, (list, dict))
            for part in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True
