"""Values on the wire and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_check.language.tree.spec import Command
from model_check.language.types import (
    BOOL,
    INT,
    BoolType,
    DictType,
    EnumType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    SetType,
    Type,
    UnionType,
)
from model_check.live.brokers.answers import answer_of
from model_check.live.brokers.payload import Codec, PayloadError, fits
from model_check.live.brokers.wire import EntryIds

CHUNK = IntType(1, 10)
COLOUR = EnumType(("red", "blue"))
ITEM = UnionType(CHUNK, EnumType(("done", "error")))


def types(depth: int) -> st.SearchStrategy[Type]:
    """Types as specs have them."""
    leaves: st.SearchStrategy[Type] = st.sampled_from(
        [BOOL, INT, CHUNK, IntType(-3, 3), COLOUR, ITEM]
    )
    if not depth:
        return leaves
    inner = types(depth - 1)
    return st.one_of(
        leaves,
        inner.filter(lambda t: not isinstance(t, OptionType)).map(OptionType),
        inner.map(ListType),
        st.sampled_from([BOOL, CHUNK, COLOUR, ITEM]).map(SetType),
        inner.map(lambda t: RecordType((("id", CHUNK), ("what", t)))),
        st.tuples(st.sampled_from([BOOL, CHUNK, COLOUR]), inner).map(lambda p: DictType(*p)),
    )


def members_of(kind: Type) -> list[object]:
    """All values of a type that keys are of, in their order."""
    if isinstance(kind, EnumType):
        return list(kind.members)
    assert isinstance(kind, IntType)
    assert kind.low is not None
    assert kind.high is not None
    return list(range(kind.low, kind.high + 1))


def values(kind: Type) -> st.SearchStrategy[object]:
    """All values of a type."""
    match kind:
        case BoolType():
            return st.booleans()
        case IntType(None, None):
            return st.integers()
        case IntType(low, high):
            return st.integers(low, high)
        case EnumType(members):
            return st.sampled_from(members)
        case UnionType(numbers, names):
            return values(numbers) | values(names)
        case OptionType(item):
            return st.none() | values(item)
        case ListType(item):
            return st.lists(values(item), max_size=4)
        case SetType(item):
            return st.frozensets(values(item), max_size=4)
        case RecordType(fields):
            names = [name for name, _ in fields]
            columns = st.tuples(*(values(each) for _, each in fields))
            return columns.map(lambda row: dict(zip(names, row, strict=True)))
        case DictType(key, value):
            keys = [False, True] if isinstance(key, BoolType) else members_of(key)
            row = st.tuples(*(values(value) for _ in keys))
            return row.map(lambda found: dict(zip(keys, found, strict=True)))
    raise AssertionError(kind)


@given(st.data(), st.sampled_from(["", "chunk", "item_2"]), st.booleans())
def test_what_is_written_is_read_back(data: st.DataObject, word: str, bare: bool) -> None:
    kind = data.draw(types(2))
    value = data.draw(values(kind))
    codec = Codec(word, bare)
    assert fits(kind, value)
    assert codec.read(kind, codec.write(kind, value)) == value


def test_a_chunk_travels_as_it_does_in_the_real_system() -> None:
    codec = Codec("chunk", bare=False)
    assert codec.write(CHUNK, 7) == '{"content": "chunk7", "is_complete": false}'
    assert codec.write(CHUNK, 10) == '{"content": "chunk10", "is_complete": true}'
    assert codec.read(CHUNK, '{"content":"chunk7","is_complete":false}') == 7


def test_a_record_may_come_with_its_fields_in_any_order() -> None:
    kind = RecordType((("id", CHUNK), ("last", BOOL)))
    found = Codec("", bare=False).read(kind, '{"last": true, "id": 3}')
    assert list(found.items()) == [("id", 3), ("last", True)]  # type: ignore[attr-defined]


def test_what_the_server_counts_with_is_bare() -> None:
    assert Codec("chunk", bare=True).write(INT, 7) == "7"
    assert Codec("colour", bare=True).write(COLOUR, "red") == "red"


@pytest.mark.parametrize(
    "text",
    ["", "chunk7", "{", "[7]", '{"content": "chunk11"}', '{"content": "7"}', '{"text": "chunk7"}',
     '{"content": "chunkseven"}', '"7"', "true"],
)  # fmt: skip
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(PayloadError):
        Codec("chunk", bare=False).read(CHUNK, text)


def test_real_ids_are_numbered_in_the_order_of_the_stream() -> None:
    ids = EntryIds(("after",))
    assert [ids.learn(each) for each in ("5-0", "5-1", "9-0", "5-1")] == [1, 2, 3, 2]
    assert [ids.real(number) for number in (0, 1, 3)] == ["0", "5-0", "9-0"]
    assert ids.real(4) > "9-0"


def test_no_answer_and_an_item_that_is_none_are_both_none() -> None:
    item = OptionType(COLOUR)
    command = Command("lpop", "", "", (), (), (), item, False, "LPOP {key}", "{result}", "")
    codec = Codec("colour", bare=False)
    assert answer_of(command, None, codec, None) is None
    assert answer_of(command, codec.write(item, None), codec, None) is None
    assert answer_of(command, codec.write(item, "red"), codec, None) == "red"
