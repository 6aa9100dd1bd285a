"""Forms of a command: commands of one name that are told apart by what a call gives.

A kind names a form by what it is called with: `set(nx)`, `xread($)`, `zrangebyscore(-inf,max)`. A
word in the brackets is a parameter of the command, where it has one of this name; a flag (a keyword
that is given as the constant True, and no parameter), where it is another word in small letters,
or as False, where the word says so (`approximate=False`);
else a text that the call gives. Up to the last text, they stand in the order in which a call gives
them; the other parameters follow as they are declared. `*values` is a parameter that takes all
arguments that are left, two or more of them, or a list behind a star; where it is another resource,
there is a form for each number of them. The form that a call means is the one that takes exactly
what the call gives.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from ..records import dataclass

__all__ = ["CallForm", "CallShape", "base_name", "flag_name", "form_of"]

FORMS = 1 << 10
"""Forms that are remembered: more than the kinds that come with the tool have together."""
_REST = re.compile(r"(?<=\*)\w+")
_OFF = "=False"
_FLAG = re.compile(rf"[a-z_][a-z0-9_]*(?:{_OFF})?")


def base_name(name: str) -> str:
    """What a spec calls: `xread` of the form `xread($)`."""
    return name.partition("(")[0]


def flag_name(flag: str) -> str:
    """The keyword of a flag, whether it is given as True or as False."""
    return flag.removesuffix(_OFF)


@dataclass(frozen=True, slots=True)
class CallShape:
    """What a call gives, before anything in it is checked. `texts`: of each argument that is not
    named, its text, None for one that is none; `keywords`: the others by name, with the constant
    that is given, None for what is no truth; `starred`: some are a list behind a star;
    `resources`: the places of arguments that are resources."""

    texts: tuple[str | None, ...]
    keywords: tuple[tuple[str, bool | None], ...]
    starred: bool = False
    resources: frozenset[int] = frozenset()

    @property
    def is_bare(self) -> bool:
        """Whether it gives nothing at all."""
        return not self.texts and not self.keywords


@dataclass(frozen=True, slots=True)
class CallForm:
    """How a command is called. `places`: what its arguments are if they are not named, in order: a
    parameter (None, its name), or a text that must be given (the text, ""). `needed`: the
    parameters that must be given. `rest`: the one that takes all arguments that are left; `others`:
    those that are other resources; `more`: what all of them are called."""

    name: str
    places: tuple[tuple[str | None, str], ...]
    flags: tuple[str, ...]
    needed: frozenset[str]
    rest: str = ""
    others: frozenset[str] = frozenset()
    more: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that a call gives."""
        return tuple(text for text, _ in self.places if text is not None)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters, in the order in which a call gives them without naming them."""
        return tuple(name for text, name in self.places if text is None)

    def takes(self, call: CallShape, flags: Collection[str] = ()) -> bool:
        """Whether it takes exactly what a call gives. `flags`: those of all forms of the name: one
        that is given as the other truth (mostly as False) is as if it were not given."""
        left = len(call.texts) - len(self.places)
        if self.rest:
            if left < 1 or (left == 1 and not call.starred):
                return False
        elif left > 0 or call.starred:
            return False
        given = []
        for at, ((text, name), word) in enumerate(zip(self.places, call.texts, strict=False)):
            if text is None and at in call.resources and name not in self.others:
                return False
            if text is None:
                given.append(name)
            elif word is None or word.casefold() != text.casefold():
                return False
        mine, known = _truths(self.flags), _truths(flags)
        raised = set()
        for name, value in call.keywords:
            if name in self.parameters:
                given.append(name)
            elif name in mine and value is mine[name]:
                raised.add(name)
            elif name not in known or value is not (not known[name]):
                return False
        return (
            all(text is None for text, _ in self.places[len(call.texts) :])
            and len(set(given)) == len(given)
            and raised == mine.keys()
            and self.needed <= set(given)
        )

    def written(self, parameters: Mapping[str, str] | None = None) -> str:
        """The call as it is written: `set(new, nx=True)`, `xread("$")`. `parameters`: how each is
        shown, where that is not its name alone; by their names, what is not needed is left out."""
        shown = parameters or (dict.fromkeys(self.others, f"*{self.more}") if self.more else {})
        given = [
            f'"{text}"' if text is not None else shown.get(name, name)
            for text, name in self.places
            if text is not None or parameters is not None or name in self.needed
        ]
        given += [f"*{shown.get(self.rest, self.rest)}"] if self.rest else []
        return f"{base_name(self.name)}({', '.join([*given, *_raised(self.flags)])})"


def _raised(flags: Sequence[str]) -> Iterator[str]:
    return (f"{name}={truth}" for name, truth in _truths(flags).items())


def _truths(flags: Iterable[str]) -> dict[str, bool]:
    """As what each flag is given."""
    return {flag_name(each): not each.endswith(_OFF) for each in flags}


@lru_cache(maxsize=FORMS)
def form_of(
    name: str,
    parameters: tuple[tuple[str, bool], ...],
    others: frozenset[str] = frozenset(),
    more: str = "",
) -> CallForm:
    """The form of a command. `parameters`: by name, whether it has a value if it is not given;
    `others`: those that are other resources, `more`: what all of them are called."""
    rest = _REST.findall(name)
    known = [each for each, _ in parameters if each not in rest]
    words = [each for each in name.partition("(")[2].removesuffix(")").split(",") if each]
    words = [each for each in words if not each.startswith("*")]
    flags = tuple(each for each in words if each not in known and _FLAG.fullmatch(each))
    texts = [each for each in words if each not in known and each not in flags]
    first = words[: words.index(texts[-1]) + 1] if texts else []
    places = [(each, "") if each in texts else (None, each) for each in first if each not in flags]
    places += [(None, each) for each in known if each not in first]
    needed = {each for each, given in parameters if not given or each in words} - {*rest}
    return CallForm(name, tuple(places), flags, frozenset(needed), "".join(rest), others, more)
