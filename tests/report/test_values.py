"""How values and text are written, cut and wrapped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_check.report.words.columns import display_width, shorten, shorten_middle, wrap
from model_check.report.words.values import fit_value, short_value
from model_check.results.check import Value
from model_check.verify.show import format_value, printable, sorted_items


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "7"),
        (True, "True"),
        (None, "none"),
        ("idle", "idle"),
        ([], "[]"),
        ([1, [2, None]], "[1, [2, none]]"),
        (frozenset(), "{}"),
        (frozenset({10, 9, 2}), "{2, 9, 10}"),
        (frozenset({"b", "a"}), "{a, b}"),
        (frozenset({None, 3, "x"}), "{3, none, x}"),
        ({"id": 7, "last": False}, "{id: 7, last: False}"),
        ({1: frozenset({2})}, "{1: {2}}"),
        ("\x1b[31mred\x07", "\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_value_is_written_as_people_write_it(value: Value, expected: str) -> None:
    assert format_value(value) == expected


def test_a_long_list_loses_its_middle_and_keeps_its_end() -> None:
    numbers: Value = list(range(1, 11))
    assert fit_value(numbers, 31) == "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
    assert fit_value(numbers, 30) == "[1..10]"
    odd: Value = list(range(1, 21, 2))
    assert fit_value(odd, 30) == "[1, 3, 5, …, 13, 15, 17, 19]"
    assert fit_value(odd, 14) == "[1, …, 17, 19]"
    assert fit_value(odd, 8) == "[…, 19]"
    assert fit_value(odd, 3) == "[1…"
    assert fit_value(frozenset({1, 2, 3, 7, 8, 9, 15}), 14) == "{…, 7..9, 15}"
    assert fit_value({"id": 7, "text": "abcdef"}, 14) == "{id: 7, text:…"


def test_numbers_that_follow_each_other_are_a_range_from_three_on() -> None:
    assert short_value([1, 2, 3, 4, 5, 6, 8, 9, 10]) == "[1..6, 8..10]"
    assert short_value([1, 2, 4, 3, 3]) == "[1, 2, 4, 3, 3]"
    assert short_value(frozenset({9, 8, 7})) == "{7..9}"
    assert short_value([True, 2, 3]) == "[True, 2, 3]"
    assert short_value({"id": 1, "next": 2}) == "{id: 1, next: 2}"


def test_the_members_of_a_set_have_one_order() -> None:
    assert sorted_items(frozenset({"b", 2, None, "a", 1})) == [1, 2, None, "a", "b"]


def test_text_is_cut_at_its_end_or_in_its_middle() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdef", 5) == "abcd…"
    assert shorten("abcdef", 0) == ""
    assert shorten_middle("PUBLISH key 7", 9) == "PUBL…ey 7"
    assert shorten_middle("漢字漢字", 5) == "漢…字"


def test_changes_of_writing_direction_and_escapes_are_not_printable() -> None:
    replaced = "\N{REPLACEMENT CHARACTER}"
    assert printable("a\u202eb\x1b\x9bc\nd\u00a0e") == f"a{replaced}b{replaced}{replaced}c d e"


def test_wrapped_lines_hang_and_keep_together_what_belongs_together() -> None:
    assert wrap("one two three", 9, "", "  ") == ["one two", "  three"]
    assert wrap("a b\N{NO-BREAK SPACE}c", 4) == ["a", "b c"]
    assert wrap("abcdefgh", 3) == ["abc", "def", "gh"]
    assert wrap(" \n ", 9) == []


@given(st.text(max_size=60), st.integers(2, 40))
def test_whatever_is_cut_or_wrapped_fits(text: str, width: int) -> None:
    shown = printable(text)
    assert display_width(shorten(shown, width)) <= width
    assert display_width(shorten_middle(shown, width)) <= width
    assert all(display_width(line) <= width for line in wrap(text, width))


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.integers() | st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@given(VALUES, st.integers(1, 60))
def test_every_value_fits_and_is_printable(value: Value, width: int) -> None:
    shown = fit_value(value, width)
    assert display_width(shown) <= width
    assert shown.isprintable()
    if display_width(format_value(value)) <= width:
        assert shown == format_value(value)


def test_an_indent_wider_than_all_there_is_ends_too() -> None:
    assert wrap("a bc", 1, "    ") == ["    a", "    bc"]
