"""The lines of MONITOR, as Redis and Valkey write them and as files hold them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs_made import quoted
from model_check.live.errors import LiveError
from model_check.live.monitor import log
from model_check.live.monitor.log import LONGEST_LINE, LogLine, parse_line, read_lines, source_lines


def lines(*texts: str) -> list[LogLine]:
    return list(read_lines([f"{text}\n".encode() for text in texts], "log"))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_words_are_read_as_the_server_quotes_them(words: list[str]) -> None:
    text = f"1339518083.107412 [3 127.0.0.1:60866] {' '.join(map(quoted, words))}"
    found = parse_line(text, 7)
    assert found == LogLine(7, 1339518083107412, 3, "127.0.0.1:60866", tuple(words))


@pytest.mark.parametrize(
    "client", ["127.0.0.1:6379", "[::1]:6379", "unix:/run/redis/redis.sock", "lua", "unix:/a b"]
)
def test_a_connection_is_told_by_any_address(client: str) -> None:
    found = parse_line(f'1.000001 [0 {client}] "ping"', 1)
    assert found is not None
    assert (found.client, found.time) == (client, 1_000_001)


def test_bytes_that_are_no_text_survive() -> None:
    found = parse_line(r'1.000001 [0 a:1] "set" "\xff\x00"', 1)
    assert found is not None
    assert found.words[1].encode("utf-8", "surrogateescape") == b"\xff\x00"


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        '1.000001 [0 a:1] "set',
        '1.000001 [0 a:1] "set" ',
        '1.000001 [0 a:1] "set"  "a"',
        '1.000001 [0 a:1] set',
        r'1.000001 [0 a:1] "\q"',
        '1.1 [0 a:1] "set"',
        '1.000001 [x a:1] "set"',
        "1.000001 [0 a:1] ",
    ],
)  # fmt: skip
def test_what_is_no_line_is_told_with_its_place(text: str) -> None:
    with pytest.raises(LiveError, match="log:3: this is no line of MONITOR"):
        lines("OK", '1.000001 [0 a:1] "ping"', text)


def test_a_last_line_that_was_cut_off_is_passed_over() -> None:
    raw = [b'1.000001 [0 a:1] "ping"\n', b'1.000002 [0 a:1] "pi']
    assert [line.number for line in read_lines(raw, "log")] == [1]
    shorter = [b'1.000001 [0 a:1] "ping"\n', b'1.000002 [0 a:1] "SADD" "key" "1"']
    assert [line.number for line in read_lines(shorter, "log")] == [1]
    bare = [line.rstrip(b"\n") for line in shorter]
    assert [line.number for line in read_lines(bare, "log")] == [1, 2]


def test_a_line_of_a_megabyte_may_have_very_many_words() -> None:
    (line,) = lines("1.000000 [0 a:1] " + " ".join(['"a"'] * 260_000))
    assert line.words == ("a",) * 260_000


def test_an_endless_line_is_refused() -> None:
    with pytest.raises(LiveError, match="a line of more than 1 MiB"):
        lines("x" * LONGEST_LINE)


def test_a_transaction_is_one_block_also_where_others_act_before_it_is_carried_out() -> None:
    found = lines(
        '1.000001 [0 a:1] "MULTI"',
        '1.000002 [0 b:2] "GET" "k"',
        '1.000003 [0 a:1] "SET" "k" "1"',
        '1.000004 [0 a:1] "SET" "k" "2"',
        '1.000005 [0 a:1] "EXEC"',
        '1.000006 [0 a:1] "SET" "k" "3"',
        '1.000007 [0 a:1] "MULTI"',
        '1.000008 [0 a:1] "EXEC"',
    )
    assert [(line.words[-1], line.block and line.block.line) for line in found] == [
        ("k", None), ("1", 1), ("2", 1), ("3", None),
    ]  # fmt: skip


def test_what_a_script_does_is_its_callers_in_one_block() -> None:
    found = lines(
        '1.000001 [0 a:1] "EVAL" "..." "1" "k"',
        '1.000002 [0 lua] "SET" "k" "1"',
        '1.000003 [0 lua] "SET" "k" "2"',
        '1.000004 [0 b:2] "GET" "k"',
    )
    assert [(line.client, line.block and line.block.line) for line in found] == [
        ("a:1", None), ("a:1", 1), ("a:1", 1), ("b:2", None),
    ]  # fmt: skip


def test_a_log_is_read_up_to_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"12345678\n" * 3)
    monkeypatch.setattr(log, "LARGEST_LOG", 27)
    assert len(list(source_lines(path))) == 3
    monkeypatch.setattr(log, "LARGEST_LOG", 26)
    with pytest.raises(LiveError, match=r"log: a log of more than .* GiB"):
        list(source_lines(path))
