"""The keys of a spec, said once: where each may stand, what its value is, and what it means.

The reader refuses every other key, the JSON Schema is made from this table, and an editor offers
and explains what stands here. What a value means is said where it is read.
"""

from __future__ import annotations

from enum import Enum, auto

from .forms import FORMS, SAYS_ITSELF
from .records import dataclass

__all__ = [
    "ALTERNATIVE", "BREAKS", "BUILT_IN_PROPERTY", "CAUGHT", "CHANGED", "DISCONNECTED",
    "DISCONNECTS", "EXPIRES", "OF", "PROCESS", "PROPERTY", "REFUSED", "RESOURCE", "SERVER", "SPEC",
    "WATCH", "Key", "Takes", "key_names", "words_of",
]  # fmt: skip


EXPIRES = "expires"
"""The key of a resource whose time may be over."""
OF = "of"
"""The key of a channel on which the server tells what becomes of the keys of a resource."""
DISCONNECTED = "disconnected"
REFUSED = "refused"
CHANGED = "changed"
WATCH = "watch"
"""The command after which a transaction fails where the key was touched."""
CAUGHT = {
    DISCONNECTED: "a connection that breaks",
    REFUSED: "a command that the server answers with an error",
    CHANGED: "a transaction whose watched keys were touched",
}
"""What `except` may be followed by, and what that is."""


class Takes(Enum):
    """What a key's value is."""

    TEXT = auto()
    """Free text, or a name."""
    FILE = auto()
    FILES = auto()
    """One path, or a list of them."""
    WORD = auto()
    """One of the key's `words`."""
    EXPRESSION = auto()
    EXPRESSIONS = auto()
    """One expression, or a list of them."""
    PROGRAM = auto()
    KIND = auto()
    NAMES = auto()
    """One name, or a list of them."""
    PARTS = auto()
    """A mapping: an expression for each of the key's `words`."""
    FORMULA = auto()
    """A temporal formula."""
    CONSTANTS = auto()
    TYPES = auto()
    VARIABLES = auto()
    DEFINITIONS = auto()
    SERVERS = auto()
    RESOURCES = auto()
    PROCESSES = auto()
    PAYLOAD = auto()
    """How values look at a server: a text, or one for each field."""
    PROPERTIES = auto()
    TIMES = auto()
    TIME = auto()
    """How long a step takes; TIMES: by the names of steps."""
    ALTERNATIVES = auto()


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its `name`, what its value is, what it means in one line, and the `words` that it
    may be (or, of PARTS, that it has); without the key, the first of them is meant."""

    name: str
    takes: Takes
    about: str
    words: tuple[str, ...] = ()


_ABOUT = Key("about", Takes.TEXT, "What it is, for people.")
_SECTIONS = (
    Key("constants", Takes.CONSTANTS, "Integers, booleans or names; --set gives other values."),
    Key("types", Takes.TYPES, "Types by name: 1..TOTAL, enum(a, b), list[T], {id: T}, T?."),
    Key("vars", Takes.VARIABLES, "Shared variables: name: type, or name: type = initial."),
    Key("servers", Takes.SERVERS, "Servers of kinds, and what may go wrong with them."),
    Key("resources", Takes.RESOURCES, "What processes share, such as a Redis list: its kind."),
    Key("processes", Takes.PROCESSES, "Who does something: each a program, in labelled steps."),
)
_TIMING = Key("timing", Takes.TIMES, "How long steps take, for model-check likelihood.")
SPEC = (
    Key("model", Takes.TEXT, "The model's name, also of the folder in out/."),
    _ABOUT,
    Key("extends", Takes.FILE, "Another spec, relative to this file; only changes are written."),
    Key("kinds", Takes.FILES, "Files with kinds of your own, relative to this file."),
    *_SECTIONS,
    Key("initially", Takes.PROGRAM, "A program text that makes the first states."),
    Key("within", Takes.EXPRESSION, "States where it is false are not gone on from."),
    Key("timeouts", Takes.WORD, "When what waits has waited too long.", ("any", "last")),
    Key("define", Takes.DEFINITIONS, "Named expressions, also with parameters: free(x)."),
    Key("watch", Takes.EXPRESSIONS, "What a trace shows beside what the property reads."),
    Key("properties", Takes.PROPERTIES, "What must be so in every run."),
    _TIMING,
    Key("alternatives", Takes.ALTERNATIVES, "Changes that model-check repair may use, by name."),
)
"""What stands at the top level of a spec."""
PROCESS = (
    _ABOUT,
    Key("count", Takes.EXPRESSION, "How many there are of it; self is one's own number."),
    Key("vars", Takes.VARIABLES, "Its own variables: name: type, or name: type = initial."),
    Key("run", Takes.PROGRAM, "Its program: labelled steps, each done at once."),
    Key(
        "fairness", Takes.WORD, "What is promised to it in runs that never end.",
        ("weak", "strong", "none"),
    ),
    Key("strong", Takes.NAMES, "Labels of steps that happen if they can again and again."),
    Key("never_taken", Takes.NAMES, "Labels of steps that no run is expected to take."),
    Key("crashes", Takes.EXPRESSION, "How often it may die between two of its steps."),
    Key("keeps", Takes.NAMES, "Its variables that a crash does not lose."),
    Key("restarts", Takes.WORD, "Whether it starts anew after a crash.", ("true", "false")),
    Key("connection", Takes.TEXT, "The connection that it shares with all that name it."),
)  # fmt: skip
SERVER = (
    _ABOUT,
    Key("failover", Takes.EXPRESSION, "How often a replica may take over."),
    Key("loses_last", Takes.EXPRESSION, "How many of the last writes a failover may lose."),
)
RESOURCE = (
    Key("kind", Takes.KIND, "Its kind, with types: redis.list[T]."),
    Key("key", Takes.TEXT, "Its name on the server, for what is shown."),
    Key("count", Takes.EXPRESSION, "How many there are of it; called with an index."),
    Key("payload", Takes.PAYLOAD, 'How its values are written: \'{"id": {value}, "at": {any}}\'.'),
    Key("unread", Takes.NAMES, "What of its commands monitor does not read in a log: [score]."),
    Key(OF, Takes.TEXT, "Whose events it tells, of a channel __keyspace@0__: or __keyevent@0__:."),
    _ABOUT,
)
"""What every resource has, beside the options and faults of its kind ..."""
DISCONNECTS = "disconnects"
BREAKS = Key(DISCONNECTS, Takes.EXPRESSION, "How often a connection of it may break.")
"""... and what may go wrong with every one that has a connection."""
_MEANINGS = {
    "always": "True in every state.",
    "never": "False in every state.",
    "finally": "True from some moment on, for ever; of a run that ends, in its last state.",
    "eventually": "True in some state of every run.",
    "leads_to": "Whenever `after` is true, `comes` is true then or later.",
    "each_step": "True of every step: old(x) is what x was before.",
    "possible": "Some state that can be reached has it.",
    "ltl": "A formula of linear temporal logic: G (asked -> F answered).",
}
_EXPECT = Key("expect", Takes.WORD, "The verdict that is expected.", ("holds", "violated"))
PROPERTY = (
    _ABOUT,
    *(
        Key(
            form.name,
            Takes.FORMULA
            if form.in_time == SAYS_ITSELF
            else Takes.PARTS
            if form.parts
            else Takes.EXPRESSION,
            _MEANINGS[form.name],
            form.parts,
        )
        for form in FORMS.values()
        if not form.built_in
    ),
    _EXPECT,
    Key("prefer", Takes.EXPRESSIONS, "Numbers: what violates it with the lowest is shown."),
)
"""A property has exactly one of the forms among them."""
BUILT_IN_PROPERTY = (_ABOUT, _EXPECT)
"""What is said of the properties that every spec has."""
ALTERNATIVE = (_ABOUT, *(key for key in _SECTIONS if key.name != "servers"), _TIMING)
"""What an alternative can say: what is done, not what is wanted."""


def key_names(keys: tuple[Key, ...]) -> tuple[str, ...]:
    """The names of keys, in their order."""
    return tuple(key.name for key in keys)


def words_of(name: str, keys: tuple[Key, ...]) -> tuple[str, ...]:
    """What the key of a name may be."""
    return next(key.words for key in keys if key.name == name)
