"""Scripts with the same keys: which of them a turn is, their texts say."""

from __future__ import annotations

import hashlib

from model_check.live.proxy.gate import Connection, Request
from model_check.live.steer.script_texts import ScriptTexts
from model_check.live.steer.turns import ScheduledTurn
from model_check.results.steer import Turn

READS = 'return(redis.call("GET",KEYS[1]))'
COUNTS = "return(redis.call('incr',KEYS[1]))"
CONNECTION = Connection(1, "127.0.0.1:5001")


def request(*words: str) -> Request:
    return Request(CONNECTION, (tuple(each.encode() for each in words),), False, 0.0)


def turn(*sends: str) -> ScheduledTurn:
    return ScheduledTurn(Turn(1, 1, "counter", "counter.count", sends), (), ())


def test_a_script_is_known_by_its_sum_once_its_text_went_by() -> None:
    texts = ScriptTexts()
    for text in (READS, COUNTS):
        named = hashlib.sha1(text.encode()).hexdigest()
        assert texts.may_be(request("EVALSHA", named, "1", "number:s1"), turn("INCR number"))
        texts.note(request("script", "load", text))
        is_it = texts.may_be(request("EVALSHA", named, "1", "number:s1"), turn("INCR number"))
        assert is_it == (text == COUNTS)


def test_all_commands_of_a_turn_have_to_be_named() -> None:
    texts = ScriptTexts()
    asked = request("EVAL", COUNTS, "1", "number:s1")
    texts.note(asked)
    assert texts.may_be(asked, turn("INCR number"))
    assert not texts.may_be(asked, turn("INCR number", "GET number"))
