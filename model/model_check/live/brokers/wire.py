"""From a command's `wire` in its kind to the words that are sent, and back to what they say.

Nothing here knows what a command does: the words come from the kind. So a kind of a user's own,
whose `wire` are commands of Redis, is carried out as ours are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import takewhile

from ...language.syntax.wire_form import FIELDS, PLACE, Option, WireWord, wire_form
from ...language.tree.spec import Command
from ...language.types import (
    INT,
    BoolType,
    EnumType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    Type,
)
from .entries import EntryIds
from .globs import pattern_of
from .payload import Codec, PayloadError, Value, fits
from .template import bare_text

__all__ = [
    "HELD", "IDS", "EntryIds", "ParsedCommand", "RealId", "Reply", "Unread", "answers_alike",
    "decided", "deciding", "is_sent", "limited", "said", "says_nothing", "was_decided", "words_of",
]  # fmt: skip

Reply = object
"""What redis-py's parser gives for an answer: str, int, None, or a list of these."""
_RESULT = "result"
HELD = "{held}"
"""Of what is sent in the place of a command that chooses: how many values are left."""
IDS = "{ids}"
"""In `decided`: the ids that an answer names."""
_FIELD = "field"
"""The parameter that says in which field a value is, and its place in a `wire`."""


class RealId(tuple[int, int]):
    """The id of an entry as a real stream gave it: milliseconds and a number. They are in the
    order of the entries; (0, 0) is before the first."""

    __slots__ = ()


class Unread(Enum):
    """What stands in place of an argument that a log is not read for."""

    WORD = "anything"


def is_sent(command: Command) -> bool:
    """Whether the command goes to the server; what is in brackets is the client's own."""
    return command.is_sent


def words_of(
    command: Command, key: str, arguments: Mapping[str, Value], codec: Codec, ids: EntryIds | None
) -> list[str]:
    """The words of a command as they are sent. `ids` are those of a stream's entries, None
    for everything else."""
    if codec.by_field and _FIELD in arguments:
        codec = codec.for_field(bare_text(arguments[_FIELD]))
    texts = {
        name: _texts(command, name, kind, arguments[name], codec, ids)
        for name, kind in command.parameters
    }
    texts["key"] = [key]
    texts |= {name: [str(arguments[name])] for name in command.others}
    texts["pattern"] = [pattern_of(key, command.address)]
    words: list[str] = []
    for word in wire_form(command.wire).sent({**arguments, "key": key}):
        place = PLACE.fullmatch(word)
        if place is not None and place[1] in texts:
            words += texts[place[1]]
        else:
            words.append(
                PLACE.sub(lambda m: " ".join(texts[m[1]]) if m[1] in texts else m[0], word)
            )
    return words


def limited(
    command: Command, arguments: Mapping[str, Value], seconds: float | None
) -> Mapping[str, Value]:
    """What a command is sent with that waits at most so long; None: as long as it says itself."""
    if command.limit is None or seconds is None:
        return arguments
    return {**arguments, command.limit.parameter: command.limit.of_seconds(seconds)}


def decided(command: Command, wanted: Value, held: int | None = None) -> Command:
    """What is sent in the place of a command that chooses, so that what it is said to have chosen
    is chosen: what it answers, or how much the resource held then. The command itself where nothing
    decides that, or it chose nothing."""
    if command.decided is not None and HELD in command.decided.text:
        if held is None:
            return command
        parameters = (*command.parameters, (HELD.strip("{}"), INT))
        return replace(command, wire=command.decided.text, parameters=parameters)
    if command.decided is None or not _is_taken(command.decided.text, wanted):
        return command
    kind = command.result.item if isinstance(command.result, OptionType) else command.result
    return replace(
        command,
        wire=command.decided.text,
        parameters=(*command.parameters, (_RESULT, kind), (IDS.strip("{}"), ListType(INT))),
        carries=command.carries | {_RESULT},
        payloads=command.payloads | {_RESULT},
        several=command.several
        | {IDS.strip("{}"), *([_RESULT] if isinstance(command.result, ListType) else [])},
    )


def deciding(command: Command, wanted: Value, held: int | None) -> Mapping[str, Value]:
    """What stands in a command's `decided` beside its arguments: {result}, {held}, and {ids}, those
    that its answer names: of entries, and of those that are gone."""
    text = "" if command.decided is None else command.decided.text
    named = _listed(wanted) if IDS in text else []
    ids = [each["id"] if isinstance(each, dict) else each for each in named]
    return {_RESULT: wanted, HELD.strip("{}"): held, IDS.strip("{}"): ids}


def _is_taken(decided: str, wanted: Value) -> bool:
    """Whether a command that chooses took anything. Where {ids} decide it, the answer says what in
    its entries; that it also found ids which are gone (XAUTOCLAIM) nobody chose."""
    return _entries(wanted) > 0 if IDS in decided else wanted not in (None, [], frozenset())


def _entries(answer: Value) -> int:
    """How many entries stand in the lists of an answer that is a record."""
    return sum(isinstance(each, dict) for each in _listed(answer))


def _listed(answer: Value) -> list[Value]:
    """All that stands in the lists of an answer that is a record."""
    lists = answer.values() if isinstance(answer, dict) else ()
    return [each for found in lists if isinstance(found, list) for each in found]


def answers_alike(command: Command) -> bool:
    """Whether what is sent in its place answers as the command itself."""
    sent = "" if command.decided is None else command.decided.text.partition(" ")[0]
    return sent == command.wire.partition(" ")[0]


def was_decided(wanted: Value, reply: Reply) -> Value:
    """What such a command is said to answer. Raises PayloadError where the server, which tells how
    much there was of it, had less."""
    found = len(reply) if isinstance(reply, list) else reply
    count = len(wanted) if isinstance(wanted, list | frozenset) else 1
    if isinstance(reply, list):
        count = _entries(wanted)
    if found != count:
        raise PayloadError(f"{found!r} of {count} were there")
    return wanted


def _texts(
    command: Command, name: str, kind: Type, value: Value, codec: Codec, ids: EntryIds | None
) -> list[str]:
    if name not in command.carries:
        if ids is not None and name in ids.parameters and isinstance(value, int):
            return [ids.real(value)]
        if name in command.several and isinstance(value, list):
            real = ids is not None and name in ids.parameters
            return [ids.real(each) if real and ids is not None else str(each) for each in value]
        return [str(int(value)) if isinstance(value, bool) else str(value)]
    codec = codec if name in command.payloads else codec.plain
    if (order := wire_form(command.wire).records(name)) and isinstance(kind, ListType):
        assert isinstance(value, list)
        return [word for each in value for word in _record_words(kind.item, each, order, codec)]
    if name in command.several and isinstance(kind, ListType) and isinstance(value, list):
        return [codec.write(kind.item, each) for each in value]
    if _has_fields(command, name):
        return codec.write_fields(kind, value)
    return [codec.write(kind, value)]


def _record_words(kind: Type, value: Value, order: Sequence[str], codec: Codec) -> Iterator[str]:
    """The fields of a record, a word each."""
    assert isinstance(kind, RecordType)
    assert isinstance(value, dict)
    kinds = dict(kind.fields)
    for name in order:
        own = _codec_in(codec, name, value)
        yield own.write(kinds[name], value[name])


def _codec_in(codec: Codec, name: str, value: Mapping[str, Value]) -> Codec:
    """How a field of a record travels that is a word of its own: in which field of a hash a value
    is, is told bare, and may say how the value travels."""
    if name == _FIELD:
        return codec.plain
    return codec.for_field(bare_text(value[_FIELD])) if _FIELD in value else codec


def _read_records(
    kind: Type, words: Sequence[str], order: Sequence[str], codec: Codec
) -> list[Value]:
    """The records whose fields are these words. Raises PayloadError."""
    assert isinstance(kind, RecordType)
    if len(words) % len(order):
        raise PayloadError(f"{len(words)} words are not {len(order)} for each")
    kinds = dict(kind.fields)
    found: list[Value] = []
    for at in range(0, len(words), len(order)):
        value: dict[str, Value] = {}
        for name, word in zip(order, words[at : at + len(order)], strict=True):
            value[name] = _codec_in(codec, name, value).read(kinds[name], word)
        found.append({name: value[name] for name in kinds})
    return found


def _has_fields(command: Command, name: str) -> bool:
    """Whether the value of a parameter is sent as several fields."""
    return f"{{{name}{FIELDS}" in command.wire


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """What the words of a command say: its key (of one that has a pattern instead, that), and its
    arguments by name, but for the address that its key says. An argument that names an entry of a
    stream is a RealId, one that is not read is Unread."""

    key: str
    arguments: Mapping[str, Value]
    others: Mapping[str, str] = field(default_factory=dict)
    """The keys of other resources that it is given."""
    places: Mapping[str, str] = field(default_factory=dict)
    """What its payload says of places in keys, by their names."""


def said(
    command: Command,
    words: Sequence[str],
    codec: Codec,
    id_parameters: Sequence[str],
    unread: Collection[str] = (),
) -> list[ParsedCommand]:
    """What words say that were sent, read by the same `wire` that they are written by; nothing
    where they are not this command, or carry no value of the model, and more than one meaning
    where an option can be that of either of two parameters. Upper and lower case of the command's
    own words mean the same. `id_parameters`: those that are ids of entries; `unread`: those whose
    words may be anything."""
    kinds = dict(command.parameters)
    found = []
    words = _spoken_of(command, words, codec)
    for texts in _readings(wire_form(command.wire).parts, words, {}, command.several):
        if codec.by_field and _FIELD in texts:
            (field_text,) = texts[_FIELD]
            codec = codec.for_field(field_text)
        try:
            read = {
                name: _argument(command, name, kind, texts[name], codec, name in id_parameters)
                if name in texts
                else _left_out(command, name, kind)
                for name, kind in command.parameters
                if name not in unread and name != command.address
            }
        except PayloadError:
            continue
        if all(_is_id(v) or fits(kinds[n], v) for n, v in read.items()):
            arguments = {n: read.get(n, Unread.WORD) for n, _ in command.parameters}
            arguments.pop(command.address, None)
            key = (texts.get("key") or texts["pattern"])[0]
            places: dict[str, str] = {}
            for name in command.payloads & texts.keys():
                places |= codec.places(texts[name])
            others = {name: texts[name][0] for name in command.others}
            found.append(ParsedCommand(key, arguments, others, places))
    return found


def _is_id(value: Value) -> bool:
    """Whether a value is an id of an entry, or several."""
    return isinstance(value, RealId) or (
        isinstance(value, list) and bool(value) and all(isinstance(e, RealId) for e in value)
    )


def _spoken_of(command: Command, words: Sequence[str], codec: Codec) -> Sequence[str]:
    """The words without fields and their texts that the model does not speak of."""
    start = _pairs_start(command) if codec.left_out else None
    if start is None:
        return words
    return [*words[:start], *codec.without_left_out(words[start:])]


def _pairs_start(command: Command) -> int | None:
    """Where fields and their texts begin, which a command ends with; None where it has none."""
    parts = wire_form(command.wire).parts
    places = [each.place if isinstance(each, WireWord) else "" for each in parts]
    plain = all(isinstance(each, WireWord) for each in parts)
    last = parts[-1] if parts else None
    if plain and isinstance(last, WireWord) and last.records[:1] == (_FIELD,):
        return len(parts) - 1
    ends = plain and len(places) > 1 and places[-2] == _FIELD and bool(places[-1])
    return len(parts) - 2 if ends else None


def says_nothing(command: Command, words: Sequence[str], codec: Codec) -> bool:
    """Whether words are this command, of fields that the model does not speak of."""
    if not codec.left_out:
        return False
    start = _pairs_start(command)
    if start is not None:
        named = words[0].casefold() == command.wire.split()[0].casefold()
        return named and len(words) > start and not codec.without_left_out(words[start:])
    readings = _readings(wire_form(command.wire).parts, words, {}, command.several)
    return any(texts[_FIELD][0] in codec.left_out for texts in readings if _FIELD in texts)


def _left_out(command: Command, name: str, kind: Type) -> Value:
    """The value of a parameter whose option was not sent. Raises PayloadError where it must be."""
    if isinstance(kind, OptionType | BoolType) and name in wire_form(command.wire).names:
        return None if isinstance(kind, OptionType) else False
    raise PayloadError(f"{name} is missing")


_Texts = Mapping[str, Sequence[str]]
"""The words in each place of a command's `wire`."""


def _readings(
    parts: Sequence[WireWord | Option], words: Sequence[str], texts: _Texts, lists: Collection[str]
) -> Iterator[_Texts]:
    """All ways to read words by parts of a `wire`. Options that stand beside each other may come in
    any order. `lists`: the parameters that take several words; `texts`: what was read before."""
    if not parts:
        if not words:
            yield texts
        return
    first, *behind = parts
    if isinstance(first, WireWord):
        count = 1
        if first.place in lists or first.is_fields:
            count = len(words) - sum(isinstance(each, WireWord) for each in behind)
        read = _read(first, words[: max(count, 0)], count)
        if read is not None:
            yield from _readings(behind, words[count:], {**texts, **read}, lists)
        return
    beside = [*takewhile(lambda each: isinstance(each, Option), parts)]
    for option in beside:
        assert isinstance(option, Option)
        others = [each for each in parts if each is not option]
        for way in option.ways:
            mine = [_read(form, words[i : i + 1], 1) for i, form in enumerate(way)]
            known = [each for each in mine if each is not None]
            if len(known) == len(way):
                more = {name: text for each in known for name, text in each.items()}
                yield from _readings(others, words[len(way) :], {**texts, **more}, lists)
    if not any(isinstance(each, Option) and each.is_always_sent for each in beside):
        yield from _readings(parts[len(beside) :], words, texts, lists)


def _read(form: WireWord, words: Sequence[str], count: int) -> _Texts | None:
    """What stands in the places of so many words, if they have this form."""
    if len(words) != count:
        return None
    if form.truth:
        return {form.place: ["1"]} if words[0].casefold() == form.truth.casefold() else None
    if len(words) == 1 and words[0].casefold() in form.none:
        return {}
    if form.place:
        return {form.place: list(words)}
    return _in_word(form.text, words[0])


def _in_word(form: str, word: str) -> _Texts | None:
    """What stands in the places of one word that is not a place alone, if it has the form."""
    if "{" not in form:
        return {} if form.casefold() == word.casefold() else None
    regex, end = "", 0
    for place in PLACE.finditer(form):
        regex += re.escape(form[end : place.start()]) + f"(?P<{place[1]}>.+)"
        end = place.end()
    found = re.fullmatch(regex + re.escape(form[end:]), word, re.DOTALL)
    return None if found is None else {name: [text] for name, text in found.groupdict().items()}


_TIME = re.compile(r"[0-9]{1,20}(\.[0-9]{0,20})?")
_NUMBER = re.compile(r"-?[0-9]{1,40}")
_ENTRY_ID = re.compile(r"([0-9]{1,20})(?:-([0-9]{1,20}))?")


def _argument(
    command: Command, name: str, kind: Type, texts: Sequence[str], codec: Codec, is_id: bool
) -> Value:
    """The value of an argument: what `_texts` writes, read again."""
    if name not in command.carries and name in command.several and isinstance(kind, ListType):
        return [_plain_argument(command, name, kind.item, [each], is_id) for each in texts]
    if name not in command.carries:
        return _plain_argument(command, name, kind, texts, is_id)
    codec = codec if name in command.payloads else codec.plain
    if (order := wire_form(command.wire).records(name)) and isinstance(kind, ListType):
        return _read_records(kind.item, texts, order, codec)
    if name in command.several and isinstance(kind, ListType):
        return [codec.read(kind.item, each) for each in texts]
    if _has_fields(command, name):
        return codec.read_fields(kind, texts)
    (text,) = texts
    return codec.read(kind, text)


def _plain_argument(
    command: Command, name: str, kind: Type, texts: Sequence[str], is_id: bool
) -> Value:
    """The value of an argument that is sent as it is: a number, a name, a word of the server."""
    (text,) = texts
    if command.limit is not None and name == command.limit.parameter:
        return _some_time(text)
    if is_id:
        found = _ENTRY_ID.fullmatch(text)
        if found is None:
            raise PayloadError(f"{text} is no id of an entry")
        return RealId((int(found[1]), int(found[2] or 0)))
    kind = kind.item if isinstance(kind, OptionType) else kind
    if isinstance(kind, IntType | BoolType):
        if not _NUMBER.fullmatch(text):
            raise PayloadError(f"{text} is no number")
        return bool(int(text)) if isinstance(kind, BoolType) else int(text)
    if isinstance(kind, EnumType):
        return next((m for m in kind.members if m.casefold() == text.casefold()), text)
    return text


def _some_time(text: str) -> int:
    """A limit of time that is none of 0, which is without end. How long it is matters to nobody:
    a model has no clock. Raises PayloadError for what is no such thing."""
    if not _TIME.fullmatch(text) or not text.strip("0."):
        raise PayloadError(f"{text} is no limit")
    return 1
