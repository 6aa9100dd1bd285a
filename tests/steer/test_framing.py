"""Where commands and values end, whatever pieces they come in."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_check.live.brokers.connection import Refusal
from model_check.live.proxy.commands import Command, Commands, ProtocolError
from model_check.live.proxy.decode import CutOffError, reply_of
from model_check.live.proxy.inline import UnbalancedError, split_words
from model_check.live.proxy.values import Values, items, text
from redis._parsers import _RESP3Parser
from wires import pieces, wire

CUTS = st.lists(st.integers(0, 10_000), max_size=8)
LINE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8).map(str.encode)
BULK = st.binary(max_size=12) | st.sampled_from([b"\r\n", b"*1\r\n", b"$3\r\n", b".\r\n"])


def _bulk(kind: bytes, data: bytes) -> bytes:
    return b"%s%d\r\n%s\r\n" % (kind, len(data), data)


def _in_chunks(chunks: list[bytes]) -> bytes:
    return b"$?\r\n" + b"".join(_bulk(b";", c) for c in chunks if c) + b";0\r\n"


SCALARS = st.one_of(
    LINE.map(lambda each: b"+%s\r\n" % each),
    LINE.map(lambda each: b"-ERR %s\r\n" % each),
    st.integers().map(lambda each: b":%d\r\n" % each),
    st.integers().map(lambda each: b"(%d\r\n" % each),
    st.floats(allow_nan=False).map(lambda each: b",%s\r\n" % str(each).encode()),
    st.sampled_from([b"_\r\n", b"#t\r\n", b"#f\r\n"]),
    BULK.map(lambda each: _bulk(b"$", each)),
    BULK.map(lambda each: _bulk(b"=", b"txt:" + each)),
    BULK.map(lambda each: _bulk(b"!", b"ERR " + each)),
)
NULLS = st.sampled_from([b"$-1\r\n", b"*-1\r\n"])
CHUNKED = st.lists(BULK, max_size=3).map(_in_chunks)


def _nested(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    some = st.lists(inner, max_size=4)
    return st.one_of(
        some.map(lambda each: b"*%d\r\n%s" % (len(each), b"".join(each))),
        some.map(lambda each: b"~%d\r\n%s" % (len(each), b"".join(each))),
        some.map(lambda each: b"%%%d\r\n%s" % (len(each), b"".join(b"+key\r\n" + e for e in each))),
    )


def _attributed(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.one_of(
        _nested(inner),
        st.lists(inner, max_size=3).map(lambda each: b"*?\r\n%s.\r\n" % b"".join(each)),
        st.tuples(inner, inner).map(lambda each: b"|1\r\n+key\r\n%s%s" % each),
    )


PLAIN_VALUES = st.recursive(SCALARS, _nested, max_leaves=12)
VALUES = st.recursive(SCALARS | NULLS | CHUNKED, _attributed, max_leaves=12)


def _ends(parts: list[bytes]) -> list[int]:
    framing, before, found = Values(), 0, []
    for part in parts:
        found += [before + end for end, _ in framing.ends(part)]
        before += len(part)
    return found


@given(st.lists(VALUES, max_size=5), CUTS)
def test_values_end_where_they_end_whatever_pieces_they_come_in(
    values: list[bytes], cuts: list[int]
) -> None:
    data = b"".join(values)
    expected = [sum(map(len, values[: n + 1])) for n in range(len(values))]
    assert _ends(pieces(data, cuts)) == expected
    assert _ends([data[n : n + 1] for n in range(len(data))]) == expected


class _Read:
    """What redis-py's parser reads from."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def readline(self, **_: object) -> bytes:
        return self.data.readline().removesuffix(b"\r\n")

    def read(self, size: int, **_: object) -> bytes:
        return self.data.read(size + 2)[:size]


@given(st.lists(PLAIN_VALUES, max_size=5), CUTS)
def test_values_end_where_another_parser_ends_them(values: list[bytes], cuts: list[int]) -> None:
    data = b"".join(values)
    judge: Any = _RESP3Parser(1)
    judge._buffer = _Read(data)
    expected = []
    for _ in values:
        judge._read_response(disable_decoding=True)
        expected.append(judge._buffer.data.tell())
    assert _ends(pieces(data, cuts)) == expected


@given(st.lists(st.lists(BULK, min_size=1, max_size=5), max_size=5), CUTS)
def test_commands_are_cut_where_they_end_whatever_pieces_they_come_in(
    commands: list[list[bytes]], cuts: list[int]
) -> None:
    sent = [wire(*each) for each in commands]
    data = b"".join(sent)
    expected = [Command(tuple(c), raw) for c, raw in zip(commands, sent, strict=True)]
    for parts in (pieces(data, cuts), [data[n : n + 1] for n in range(len(data))]):
        framing, found = Commands(), []
        for part in parts:
            framing.feed(part)
            while (command := framing.take()) is not None:
                found.append(command)
        assert found == expected
        assert framing.backlog == 0


@given(st.lists(BULK, min_size=2, max_size=6), st.integers(0, 40), CUTS)
def test_a_large_command_is_offered_early_and_goes_on_byte_for_byte(
    words: list[bytes], most: int, cuts: list[int]
) -> None:
    data = wire(*words) + wire(b"PING")
    framing, sent, seen = Commands(most), b"", []
    streams = False
    for part in pieces(data, cuts):
        framing.feed(part)
        while True:
            if streams:
                raw, ended = framing.rest()
                sent += raw
                streams = not ended
                if streams:
                    break
            command = framing.take()
            if command is None:
                break
            seen.append(command)
            sent += command.raw
            streams = command.more
    assert sent == data
    assert seen[-1].words[0] in b"PING"
    first = seen[0]
    assert all(a == b for a, b in zip(first.words[:-1], words, strict=False))
    assert words[len(first.words) - 1].startswith(first.words[-1])
    assert first.more == (len(wire(*words)) > most)


def test_deep_and_long_values_cost_nothing() -> None:
    framing = Values()
    assert list(framing.ends(b"*1\r\n" * 200_000)) == []
    assert [kind for _, kind in framing.ends(b":1\r\n")] == [b"*"[0]]
    assert list(Values().ends(b"*2147483647\r\n")) == []


@pytest.mark.parametrize(
    "bad",
    [b"HTTP/1.1 400 Bad Request\r\n", b"$x\r\n", b"$\r\n", b"*1e3\r\n", b".\r\n", b";3\r\nabc\r\n",
     b"$?\r\n+a\r\n", b"$" + b"1" * 40, b"*?\r\n" * 2000, b"\x15\x03\x01\x00\x02\x02"],
)  # fmt: skip
def test_what_is_no_value_is_refused(bad: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(Values().ends(bad))
    with pytest.raises(ProtocolError):
        _ends([bytes([each]) for each in bad])


def test_the_items_of_an_aggregate_are_found_behind_its_attributes() -> None:
    raw = b"|1\r\n+ttl\r\n:3\r\n>3\r\n+message\r\n$1\r\nc\r\n=6\r\ntxt:hi\r\n"
    assert [text(each) for each in items(raw)] == [b"message", b"c", b"hi"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"SET a b", (b"SET", b"a", b"b")),
        (b"  \t ", ()),
        (b'SET a "hello \\"you\\" \\x41\\n\\q"', (b"SET", b"a", b'hello "you" A\nq')),
        (b"SET a 'it\\'s \\n'", (b"SET", b"a", b"it's \\n")),
        (b'SET a ""', (b"SET", b"a", b"")),
        (b'SET a pre"fix"', (b"SET", b"a", b"prefix")),
        (b'"\\xzz"', (b"xzz",)),
    ],
)
def test_words_in_a_line_are_split_as_in_a_terminal(line: bytes, words: tuple[bytes, ...]) -> None:
    assert split_words(line) == words


@pytest.mark.parametrize("line", [b'"open', b"'open", b'"a"b', b"'a'b", b'"ends in \\'])
def test_quotes_that_do_not_close_are_refused(line: bytes) -> None:
    with pytest.raises(UnbalancedError):
        split_words(line)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"+OK\r\n", "OK"),
        (b":-7\r\n", -7),
        (b"$5\r\na\r\nbc\r\n", "a\r\nbc"),
        (b"$-1\r\n", None),
        (b"*-1\r\n", None),
        (b"*3\r\n$1\r\na\r\n*1\r\n:1\r\n$-1\r\n", ["a", [1], None]),
        (b"-ERR no\r\n", Refusal("ERR no")),
        (b"%1\r\n$1\r\na\r\n#t\r\n", ["a", 1]),
        (b"|1\r\n+ttl\r\n:3\r\n~2\r\n,1.5\r\n_\r\n", ["1.5", None]),
        (b"=6\r\ntxt:ab\r\n", "ab"),
        (b"!5\r\nERR x\r\n", Refusal("ERR x")),
    ],
)
def test_an_answer_says_what_a_client_library_gives_and_nothing_where_it_is_cut_off(
    raw: bytes, said: object
) -> None:
    assert reply_of(raw) == said
    for end in range(len(raw)):
        with pytest.raises(CutOffError):
            reply_of(raw[:end])
