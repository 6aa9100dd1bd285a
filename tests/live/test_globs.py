"""Patterns of a server take what the server says that they take."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_check.live.brokers.globs import literal_start, pattern_of, takes
from model_check.live.brokers.server import Server

WORDS = st.text("ab-]^[*?\\c", min_size=1, max_size=6)
PATTERNS = st.lists(
    st.sampled_from(
        ["a", "b", "c", "*", "?", "[ab]", "[^a]", "[a-c]", "[c-a]", "\\", "[", "]", "-", "^", "[]",
         "[^", "[a", "[\\]]", "**"]
    ),
    max_size=5,
).map("".join)  # fmt: skip


@pytest.fixture(scope="module")
def ask(server: Server):  # type: ignore[no-untyped-def]
    """What a server says whether a pattern takes a channel."""
    listener = server.client().pubsub()

    def answer(pattern: str, word: str) -> bool:
        listener.psubscribe(pattern)
        assert listener.get_message(timeout=5) is not None
        found = client.execute_command("PUBLISH", word, "x")
        listener.punsubscribe(pattern)
        while (message := listener.get_message(timeout=5)) is not None:
            if message["type"] == "punsubscribe":
                break
        return bool(found)

    client = server.client()
    yield answer
    client.close()
    listener.close()


def test_a_pattern_takes_what_a_server_says(ask) -> None:  # type: ignore[no-untyped-def]
    @given(PATTERNS, WORDS)
    def compare(pattern: str, word: str) -> None:
        assert takes(pattern, word) == ask(pattern, word), (pattern, word)

    compare()


@given(st.text(max_size=8), st.text(max_size=8))
def test_the_pattern_of_a_key_takes_it_alone(key: str, other: str) -> None:
    assert takes(pattern_of(key), key)
    assert takes(pattern_of(key), other) == (key == other)
    assert key.startswith(literal_start(pattern_of(key)))


@given(st.text(max_size=8), st.text(max_size=8))
def test_the_pattern_of_many_keys_takes_each(before: str, value: str) -> None:
    key = f"{before}{{room}}:0123456789ab"
    assert takes(pattern_of(key, "room"), key.replace("{room}", value))
    assert not takes(pattern_of(key, "room"), f"{before}{value}:somebody's")


def test_no_pattern_takes_long() -> None:
    started = time.monotonic()
    assert not takes("a*" * 500 + "b", "a" * 1024)
    assert time.monotonic() - started < 5
