"""Records that are made late do what `dataclasses` makes of the same class."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from model_check.language.records import dataclass, field
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
