"""Records that are made late do what `dataclasses` makes of the same class."""

from __future__ import annotations

import copy
import dataclasses
import functools
import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from model_check.language.records import dataclass, field, replace
from model_check.language.tree import expressions, spec, statements
from model_check.machine import core, ir

standard = dataclasses.dataclass


@dataclass(frozen=True, slots=True)
class Late:
    """A record."""

    name: str
    place: int = field(repr=False, compare=False)
    items: tuple[int, ...] = ()
    chosen: bool = field(default=False, compare=False)


@standard(frozen=True, slots=True)
class Early:
    """The same, made by `dataclasses`."""

    name: str
    place: int = field(repr=False, compare=False)
    items: tuple[int, ...] = ()
    chosen: bool = field(default=False, compare=False)


OPTIONS = [{"frozen": True}, {"frozen": True, "eq": False}, {}, {"eq": False}]


def shaped(decorate: Any, **options: bool) -> Any:
    """A class without slots, with a default that is made, a value that is kept, and a method."""

    @decorate(**options)
    class Shape:
        """A shape."""

        name: str
        items: list[int] = field(default_factory=list)
        size: int = field(default=3, compare=False)
        about: str = field(default="", repr=False)

        @functools.cached_property
        def total(self) -> int:
            return sum(self.items)

        def __repr__(self) -> str:
            return f"<{self.name}>"

    return Shape


def outcome(ask: Any) -> object:
    """What comes of a question: its answer, or the kind of its error."""
    try:
        return ask()
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_classes_without_slots_do_what_those_of_dataclasses_do(options: dict[str, bool]) -> None:
    late, early = shaped(dataclass, **options), shaped(standard, **options)
    assert late.__init__ is not early.__init__
    questions = [
        lambda kind: kind("a").items,
        lambda kind: kind("a").items is kind("a").items,
        lambda kind: kind("a", [1], 5, "b") == kind("a", [1], 6, "b"),
        lambda kind: kind("a", [1]) == kind("a", [2]),
        lambda kind: kind("a") == "a",
        lambda kind: hash(kind("a")) is None,
        lambda kind: hash(kind("a", ())) == hash(kind("a", (), 4)),
        lambda kind: repr(kind("a")),
        lambda kind: kind("a", [1, 2]).total,
        lambda kind: setattr(kind("a"), "name", "b"),
        lambda kind: delattr(kind("a"), "name"),
        lambda kind: vars(kind(name="a", size=1)),
        lambda kind: kind.size,
        lambda kind: kind.items,
        lambda kind: kind(),
        lambda kind: kind("a", other=1),
        lambda kind: vars(dataclasses.replace(kind("a"), items=[4])),
        lambda kind: [(f.name, f.default, f.compare, f.repr) for f in dataclasses.fields(kind)],
        lambda kind: dataclasses.asdict(kind("a", [1])),
        lambda kind: kind.__match_args__,
        lambda kind: vars(copy.deepcopy(kind("a", [1]))),
        lambda kind: kind.__doc__,
    ]  # fmt: skip
    for number, ask in enumerate(questions):
        assert outcome(lambda: ask(late)) == outcome(lambda: ask(early)), number  # noqa: B023


@pytest.mark.parametrize("options", [{"frozen": True}, {}], ids=str)
def test_a_dataclass_can_be_made_of_a_record(options: dict[str, bool]) -> None:
    def larger(decorate: Any, base: Any) -> Any:
        @decorate(**options)
        class Larger(base):  # type: ignore[misc]
            more: int = 7

        return Larger

    late = larger(dataclass, shaped(dataclass, **options))("a", [1], more=2)
    early = larger(standard, shaped(standard, **options))("a", [1], more=2)
    assert vars(late) == vars(early)
    assert [f.name for f in dataclasses.fields(late)] == [f.name for f in dataclasses.fields(early)]
    with pytest.raises(TypeError):
        larger(standard, shaped(dataclass, frozen=not options.get("frozen")))


def test_threads_that_first_use_a_record_at_once_are_served() -> None:
    kind = shaped(dataclass, frozen=True)
    first = kind.__init__
    assert kind("a").name == "a"
    other = object.__new__(kind)
    # What another thread had in its hands before this one wrote the method.
    first(other, "b")
    assert other.name == "b"


VALUES: list[tuple[Any, ...]] = [("a", 1), ("a", 2, (3,)), ("b", 1, (), True), ("a", 9, (), True)]


def test_equality_and_hashes_are_those_of_dataclasses() -> None:
    for one in VALUES:
        for other in VALUES:
            assert (Late(*one) == Late(*other)) == (Early(*one) == Early(*other))
        assert hash(Late(*one)) == hash(Early(*one))
        assert Late(*one) != Early(*one)


def test_a_record_is_shown_matched_and_replaced_as_a_dataclass() -> None:
    late, early = Late("a", 1, items=(2,)), Early("a", 1, items=(2,))
    assert repr(late) == repr(early).replace("Early", "Late")
    assert dataclasses.replace(late, name="b") == Late("b", 1, (2,))
    assert replace(late, name="b", place=3) == dataclasses.replace(late, name="b", place=3)
    assert replace(early, name="b") == dataclasses.replace(early, name="b")
    assert replace(late, place=3).place == 3
    with pytest.raises(TypeError):
        replace(late, colour="red")
    assert dataclasses.asdict(late) == dataclasses.asdict(early)
    assert [each.name for each in dataclasses.fields(Late)] == ["name", "place", "items", "chosen"]
    match late:
        case Late(name, _, items):
            assert (name, items) == ("a", (2,))


def test_a_record_is_frozen_and_has_no_other_attributes() -> None:
    late: Any = Late("a", 1)
    for name in ("name", "other"):
        with pytest.raises(FrozenInstanceError):
            setattr(late, name, 1)
        with pytest.raises(FrozenInstanceError):
            delattr(late, name)
    assert not hasattr(late, "__dict__")
    assert Late.__doc__ == "A record."


def test_wrong_arguments_are_refused() -> None:
    make: Any = Late
    for arguments in ((), ("a",), ("a", 1, (), False, 5)):
        with pytest.raises(TypeError):
            make(*arguments)
    with pytest.raises(TypeError):
        make("a", 1, colour="red")


def test_a_record_is_copied_and_pickled_with_all_its_fields() -> None:
    late = Late("a", 1, (2,), True)
    for again in (copy.copy(late), copy.deepcopy(late), pickle.loads(pickle.dumps(late))):
        assert (again, again.place, again.chosen) == (late, 1, True)


@pytest.mark.parametrize("modules", [(expressions, statements, spec), (core, ir)])
def test_each_class_has_the_fields_that_its_annotations_name(modules: Any) -> None:
    found = [each for module in modules for each in vars(module).values()]
    classes = [each for each in found if dataclasses.is_dataclass(each)]
    assert len(classes) > 20
    for each in classes:
        assert [f.name for f in dataclasses.fields(each)] == list(each.__match_args__)
