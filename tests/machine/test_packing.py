"""Where fields lie: whole words where that costs none, and never over each other."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from model_check.machine.core import Field
from model_check.machine.packing import WORD, packed_into_words


def fields(*widths: int) -> list[Field]:
    return [Field(i, f"f{i}", width, 0) for i, width in enumerate(widths)]


def test_a_field_moves_to_the_next_word_rather_than_straddle() -> None:
    placed, width = packed_into_words(fields(40, 40, 20))
    assert [each.offset for each in placed] == [0, 64, 40]
    assert width == 104


def test_fields_straddle_where_that_saves_a_word() -> None:
    placed, width = packed_into_words(fields(40, 40, 40, 40, 40))
    assert [each.offset for each in placed] == [0, 40, 80, 120, 160]
    assert width == 200


def test_a_field_fills_a_word_to_its_last_bit() -> None:
    placed, width = packed_into_words(fields(40, 40, 24))
    assert [each.offset for each in placed] == [0, 64, 40]
    assert width == 104


def test_a_field_wider_than_a_word_starts_at_one() -> None:
    placed, _ = packed_into_words(fields(10, 100, 20))
    assert [each.offset for each in placed] == [0, 64, 10]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 200), max_size=30))
def test_fields_never_overlap_and_take_no_more_words_than_side_by_side(widths: list[int]) -> None:
    placed, width = packed_into_words(fields(*widths))
    taken = [bit for each in placed for bit in range(each.offset, each.offset + each.width)]
    assert len(taken) == len(set(taken))
    assert width == max(taken, default=-1) + 1
    assert -(-width // WORD) == -(-sum(widths) // WORD)
