"""The keys of resources in pictures: short names where a command is told, and the pattern once.

`PUBLISH chat:stream:{session} 7` is `PUBLISH stream 7` at an arrow; that `stream` is
`chat:stream:<session>` stands at the head of its server. What a pattern leaves open is written as
`<session>`: braces would look as if something had not been filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...language.syntax.key_text import KEY_PLACE
from ...results.check import ResourceView
from ...verify.show import printable

__all__ = ["Keys", "with_places"]


def with_places(key: str) -> str:
    """A key with what it leaves open in angle brackets: `chat:stream:<session>`."""
    return KEY_PLACE.sub(r"<\1>", key)


class Keys:
    """The keys of the resources of a spec."""

    def __init__(self, views: Iterable[ResourceView]) -> None:
        self._keys = {view.name: view.key for view in views if view.key}
        self._written = {key: _written(key) for key in sorted({*self._keys.values()}, key=_size)}

    def short(self, text: str, resource: str) -> str:
        """A command of a resource, which stands there by its own name instead of by its key. A
        key that has the name of a channel in one of its places stands there as `told` has it."""
        key = self._keys.get(resource, resource)
        if key == resource:
            return text
        # The key itself comes first, in words of its own; what is sent may look the same.
        named, found = re.subn(_word(key), lambda _: resource, text, count=1)
        return named if found else self._written[key].sub(_with_places, text, count=1)

    def all_short(self, text: str, resource: str) -> tuple[str, list[str]]:
        """A command of a resource in which those that it is given (`BLPOP urgent normal 0`) stand
        by their names as well, and whose names these are."""
        text, told = self.short(text, resource), [resource]
        keys = [*self._keys.values()]
        for name, key in self._keys.items():
            if name != resource and keys.count(key) == 1 and re.search(_word(key), text):
                text = self.short(text, name)
                told.append(name)
        return text, told

    def shorter(self, text: str) -> str:
        """A command of no known resource in which each key stands by the name of its resource."""
        named = [*self._keys.values()]
        for name, key in self._keys.items():
            text = self.short(text, name) if named.count(key) == 1 else text
        return self.told(text)

    def told(self, text: str) -> str:
        """A text that names keys, each with its places as `with_places` writes them."""
        for key in self._written.values():
            text = key.sub(_with_places, text)
        return text

    def of_sent(self, text: str) -> str:
        """A command as it really went, in which each word that is a key of one resource alone
        stands by the name of that."""
        return " ".join(self._named(word) for word in text.split(" "))

    def _named(self, word: str) -> str:
        names = [n for n, key in self._keys.items() if self._written[key].fullmatch(word)]
        return names[0] if len(names) == 1 else word

    def patterns(self, resources: Iterable[str]) -> tuple[str, ...]:
        """The keys of some resources that are not their names: `stream = chat:stream:<session>`;
        instances with the same key are told as one."""
        found: dict[str, list[str]] = {}
        for name in resources:
            if self._keys.get(name, name) != name:
                found.setdefault(self._keys[name], []).append(name)
        return tuple(
            f"{printable(_together(names))} = {printable(with_places(key))}"
            for key, names in found.items()
        )


def _size(key: str) -> int:
    """Longer keys come first: one may begin as another does."""
    return -len(key)


def _word(key: str) -> str:
    """A key in words of its own."""
    return rf"(?<![^\s(]){re.escape(key)}(?![^\s:)])"


def _written(key: str) -> re.Pattern[str]:
    """A key as it stands in a command: where the pattern has `{channel}`, there may be its name."""
    literal = [re.escape(part) for part in KEY_PLACE.split(key)[::2]]
    places = [rf"(?:\{{{name}\}}|[^\s{{}}]+?)" for name in KEY_PLACE.findall(key)]
    return re.compile("".join(a + b for a, b in zip(literal, [*places, ""], strict=True)))


def _with_places(key: re.Match[str]) -> str:
    return with_places(key[0])


def _together(names: list[str]) -> str:
    """`room[0]`, or `room` of `room[0]` and `room[1]`; else all of them."""
    heads = dict.fromkeys(name.partition("[")[0] for name in names)
    return ", ".join(heads if len(names) > 1 else names)
