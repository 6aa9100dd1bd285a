"""What a process does between its steps: loops, choices, and which steps there are."""

from __future__ import annotations

import ast

from ...codes import Code
from ..keys import DISCONNECTED, WATCH
from ..records import dataclass, replace
from ..source.diagnostics import Diagnostics, Position, did_you_mean
from ..syntax.nodes import (
    Assign,
    Atomic,
    Await,
    Background,
    Both,
    Break,
    Continue,
    Either,
    Evaluate,
    Expression,
    For,
    If,
    Labelled,
    Name,
    Notify,
    Pass,
    ProcessDoc,
    Refuse,
    Return,
    Statement,
    Try,
    Watching,
    While,
)
from ..tree import statements as stmts
from ..tree.expressions import Expr
from ..tree.spec import Variable
from ..tree.statements import Control
from ..tree.walk import controls_in
from ..types import INT, NOTHING, ListType, NothingType, ProcessType, Type
from .comprehensions import check_source
from .context import Scope, broken
from .entries import ProcessEntry
from .expressions import check_condition, context_of
from .faults import check_try
from .relations import join, widened
from .silence import begins_beside, ends_silently, is_never_entered, leaves, nothing_happens
from .statements import check_step_body
from .survey import all_statements, joined_label
from .taking_back import refuse_taking_back
from .targets import NO_RETURN
from .waiting import (
    check_timeout,
    issue_of,
    may_give_up,
    refuse_behind_sent,
    refuse_issue,
    refuse_limit,
)

__all__ = ["CheckedRun", "check_run"]

_WIDENED_AFTER = 8  # looks; each can only widen types, one a loop that names another's variable
_MAX_LOOKS = 2 * _WIDENED_AFTER  # lists in lists that are still not found have no end
_UNLABELLED = "label it: a condition that reads shared state is a step"
_UNLABELLED_SOURCE = "read it in a step first: x = ..., then `for` over x"


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """A process's program and the variables of its loops."""

    run: tuple[Control, ...]
    loops: tuple[Variable, ...]
    labels: tuple[str, ...]


def check_run(doc: ProcessDoc, entry: ProcessEntry, scope: Scope) -> CheckedRun:
    """Check a process's program. `scope` is that of one of its steps.

    The variable of several loops has one type that holds the items of all: where those
    differ, the program is looked at again with it.
    """
    found = scope.names.found
    mark = found.count
    types: dict[str, Type] = {}
    for look in range(_MAX_LOOKS):
        found.forget(mark)
        control = _Control(entry, scope, dict(types))
        run = control.block(doc.run)
        if control.types == types:
            break
        before, types = types, control.types
        if look >= _WIDENED_AFTER:
            # Loops whose ends are told by each other's variables would widen for ever.
            types = {name: widened(kind, inside=True) for name, kind in types.items()}
    else:
        name = next(name for name, kind in control.types.items() if kind != before.get(name))
        found.report(control.places[name].at, f"the type of {name} grows with each loop that "
                     "goes through it", "give one of the loops another variable")  # fmt: skip
    if found.count == mark and control.is_apart:
        from .side_by_side import check_side_by_side  # most programs do one thing at a time

        check_side_by_side(run, found)
    if found.count > mark:
        run = (broken(doc.name.at),)
    loops = tuple(
        Variable(name, control.types[name], None, place.at)
        for name, place in control.places.items()
    )
    return CheckedRun(run, loops, tuple(dict.fromkeys(control.labels)))


class _Control:
    """One look at a program; `known` are the loop variables' types from the look before."""

    def __init__(self, entry: ProcessEntry, scope: Scope, known: dict[str, Type]) -> None:
        self.entry = entry
        self.scope = scope
        self.found: Diagnostics = scope.names.found
        self.types = known
        self.places: dict[str, Name] = {}
        self.labels: list[str] = []
        self.indices: tuple[str, ...] = ()
        self.in_loop = False
        self.repeats = False
        """In a loop, be it around a branch of `both`."""
        self.beside = ""
        """What cannot be left from here by `break` or `continue`."""
        self.is_apart = False
        """Something runs beside something."""

    # --- scopes -----------------------------------------------------------------------------

    def inside(self) -> Scope:
        """The scope of a step at this place."""
        loops = {name: self.types[name] for name in self.indices}
        return replace(self.scope, own={**self.scope.own, **loops}, loops=frozenset(self.indices))

    def between(self, hint: str) -> Scope:
        """The scope of what is not part of any step."""
        return replace(self.inside(), shared=hint, commands=hint)

    # --- statements -------------------------------------------------------------------------

    def block(self, statements: tuple[Statement, ...]) -> tuple[Control, ...]:
        """Check statements in order; reports the first that can never be reached."""
        controls: list[Control] = []
        reached = True
        for statement in statements:
            if not reached:
                self.found.report(statement.at, "this is never reached",
                                  "what stands before it goes on for ever or leaves")  # fmt: skip
            reached = True
            for control in self.statement(statement):
                controls.append(control)
                reached = leaves(control)
        return tuple(controls)

    def statement(self, statement: Statement) -> tuple[Control, ...]:
        match statement:
            case Labelled():
                return (self.labelled(statement),)
            case Atomic(body, at, watch):
                label = joined_label(statement)
                if not label:
                    self.found.report(at, "give it a label", "move: with atomic:", Code.NO_LABEL)
                return (self.transaction(label, body, at, watch),)
            case If():
                return (self.switch(statement, None),)
            case While():
                return (self.loop(statement, None),)
            case For():
                return self.each(statement)
            case Either():
                return (self.either(statement),)
            case Both():
                return (self.both(statement),)
            case Background():
                return (self.background(statement),)
            case Try():
                return (self.attempt(statement),)
            case Break(at) | Continue(at):
                if not self.in_loop:
                    word = "break" if isinstance(statement, Break) else "continue"
                    hint = f"{self.beside} is left at its end" if self.beside else ""
                    self.found.report(at, f"there is no loop to {word} here", hint)
                return (stmts.Break(at) if isinstance(statement, Break) else stmts.Continue(at),)
            case Return(_, at):
                self.found.report(at, "return stands in the commands of a kind only", NO_RETURN)
            case Watching(word, at):
                self.found.report(at, f"`{word}` stands in the commands of a kind only",
                                  f"label: key.{word}()")  # fmt: skip
            case Notify(_, _, at):
                self.found.report(at, "notify stands in the commands of a kind only")
            case Refuse(_, at):
                self.found.report(at, "refuse stands in the commands of a kind only")
            case Assign() | Evaluate() | Await() | Pass():
                self.found.report(statement.at, "give it a label",
                                  "every statement is part of a step: name: statement",
                                  Code.NO_LABEL)  # fmt: skip
        return ()

    def labelled(self, statement: Labelled) -> Control:
        """A step; or a loop or choice whose test is one."""
        label, body, at = statement.label.text, statement.body, statement.at
        if statement.inline:
            match body:
                case (While() as loop,):
                    self.labels.append(label)
                    return self.loop(loop, label)
                case (If() as choice,) if _holds_control(choice):
                    self.labels.append(label)
                    return self.switch(choice, label)
                case (Atomic(inner, watch=watch),):
                    return self.transaction(label, inner, at, watch)
        return self.step(label, body, at, joined=False)

    def transaction(
        self, label: str, body: tuple[Statement, ...], at: Position, watch: tuple[Expression, ...]
    ) -> Control:
        """A step with several commands, which fails where what it watches was touched."""
        watches = tuple(filter(None, map(self.watched, watch)))
        return replace(self.step(label, body, at, joined=True), watches=watches)

    def watched(self, key: Expression) -> str:
        """The resource that is named in `watch`; "" where that is reported."""
        node = key.node.value if isinstance(key.node, ast.Subscript) else key.node
        name = node.id if isinstance(node, ast.Name) else ""
        entry = self.scope.names.resources.get(name)
        if entry is not None and entry.has(WATCH):
            return name
        hint = did_you_mean(name, self.scope.names.resources)
        if entry is not None:
            hint = f"a {entry.kind.name} has no command {WATCH}"
        self.found.report(key.at, f"{key.text} cannot be watched", hint)
        return ""

    def step(
        self, label: str, body: tuple[Statement, ...], at: Position, *, joined: bool
    ) -> stmts.Step:
        self.labels.append(label)
        scope = replace(self.inside(), joins=joined)
        checked = check_step_body(body, scope)
        inner = tuple(s.label.text for s in all_statements(body) if isinstance(s, Labelled))
        issue = issue_of(checked, scope.names, self.entry)
        refuse_behind_sent(checked, scope.names)
        refuse_taking_back(checked, scope.names)
        step = stmts.Step(
            label, checked, self.indices, issue, inner if joined else (), at,
            gives_up=may_give_up(checked, scope.names),
        )  # fmt: skip
        if issue is None:
            return step
        called = scope.names.resources[issue.resource]
        holds = called.holds_up(issue.command, self.entry)
        return replace(step, holds=holds, at_once=not called.doc_of(issue.command).issue)

    def condition(
        self, expression: Expression, label: str | None, what: str, *, first: bool
    ) -> Expr:
        if label is None:
            return check_condition(expression, self.between(_UNLABELLED), what)
        scope = self.inside()
        if not first:
            scope = replace(scope, commands="an elif may not be looked at")
        value = check_condition(expression, scope, what)
        refuse_issue(value, self.scope.names, self.entry)
        refuse_limit(value, self.scope.names)
        return value

    def switch(self, statement: If, label: str | None) -> Control:
        branches = tuple(
            (self.condition(test, label, "if", first=i == 0), self.block(body))
            for i, (test, body) in enumerate(statement.branches)
        )
        orelse = self.block(statement.orelse)
        return stmts.Switch(branches, orelse, label, self.indices, statement.at)

    def either(self, statement: Either) -> Control:
        branches = []
        for body in statement.branches:
            branch = self.block(body)
            if ends_silently(branch):
                self.found.report(body[0].at if body else statement.at,
                                  "this branch can end before its first step",
                                  "a choice is made by the step that comes first")  # fmt: skip
            for first in begins_beside(branch):
                self.found.report(first.at, "a branch of `either` begins with one step",
                                  "the choice is made by it: put a step before")  # fmt: skip
            branches.append(branch)
        if statement.timeout:
            check_timeout(branches, statement, self.scope.names)
        return stmts.Either(tuple(branches), statement.at, statement.timeout)

    # --- side by side -----------------------------------------------------------------------

    def both(self, statement: Both) -> Control:
        branches = []
        for body in statement.branches:
            branch = self.apart(body, "a branch of `both`")
            if ends_silently(branch):
                self.found.report(body[0].at if body else statement.at,
                                  "this branch can end before its first step",
                                  "put the condition around `both`, or label it")  # fmt: skip
            branches.append(branch)
        return stmts.Both(tuple(branches), statement.at)

    def background(self, statement: Background) -> Control:
        if self.repeats:
            self.found.report(statement.at, "`background` in a loop: each turn would start another"
                              " one", "write a process with a count")  # fmt: skip
        return stmts.Background(self.apart(statement.body, "`background`"), statement.at)

    def apart(self, statements: tuple[Statement, ...], what: str) -> tuple[Control, ...]:
        """A block that runs beside another one: no loop around it can be left from there."""
        outer = self.in_loop, self.beside
        self.in_loop, self.beside = False, what
        self.is_apart = True
        controls = self.block(statements)
        self.in_loop, self.beside = outer
        return controls

    def attempt(self, statement: Try) -> Control:
        before, at = self.found.count, statement.at
        tried = self.block(statement.body)
        for each in controls_in(tried):
            if isinstance(each, stmts.Both | stmts.Background):
                self.found.report(each.at, "what is raised beside a `try` is not caught by it",
                                  "put `try` into each branch")  # fmt: skip
        if self.found.count == before:
            check_try(tried, [word for word, _ in statement.handlers], at, self.scope.names)
        self.scope.names.catches |= any(word != DISCONNECTED for word, _ in statement.handlers)
        handlers = tuple((word, self.block(handler)) for word, handler in statement.handlers)
        return stmts.Try(tried, handlers, at)

    # --- loops ------------------------------------------------------------------------------

    def body(self, statements: tuple[Statement, ...]) -> tuple[Control, ...]:
        outer = self.in_loop, self.repeats
        self.in_loop = self.repeats = True
        controls = self.block(statements)
        self.in_loop, self.repeats = outer
        return controls

    def loop(self, statement: While, label: str | None) -> stmts.While:
        at = statement.at
        node = statement.condition.node
        forever = isinstance(node, ast.Constant) and node.value is True
        if forever and label is not None:
            self.found.report(at, "`while True` has nothing to test: take its label away")
            label = None
        condition = (
            None if forever else self.condition(statement.condition, label, "while", first=True)
        )
        body = self.body(statement.body)
        loop = stmts.While(condition, body, label, self.indices, at)
        if label is None and not is_never_entered(loop):
            self.refuse_silence(statement, body)
        return loop

    def refuse_silence(self, statement: While, body: tuple[Control, ...]) -> None:
        """A round in which nothing happens would be followed by another, without end."""
        if nothing_happens(body):
            self.found.report(statement.at, "this loop never reaches a labelled step")
        elif ends_silently(body, leaving=False):
            hint = "put a step on every path through it, or label the while"
            self.found.report(statement.at, "a round of this loop can pass without any step", hint)

    def each(self, statement: For) -> tuple[Control, ...]:
        name, at = statement.target, statement.at
        context = context_of(statement.iterable, self.between(_UNLABELLED_SOURCE))
        source = check_source(context, statement.iterable.node)
        item = source.type.item if isinstance(source.type, ListType) else NOTHING
        if isinstance(item, ProcessType):
            context.wrong(statement.iterable.node, "a loop over steps cannot go through processes",
                          f"for i in range(len({item.process}))")  # fmt: skip
            item = NOTHING
        if isinstance(item, NothingType):
            item = INT  # it goes through nothing: the type does not matter
            source = replace(source, type=ListType(INT))
        if self.taken(name):
            return ()
        kind = join(self.types.get(name.text, NOTHING), item)
        if kind is None:
            other = self.types[name.text]
            self.found.report(
                name.at, f"{name.text} is {item} here, and {other} in another loop",
                "give it another name",
            )  # fmt: skip
            return ()
        self.types[name.text] = kind
        self.places.setdefault(name.text, name)
        outer, self.indices = self.indices, (*self.indices, name.text)
        body = self.body(statement.body)
        self.indices = outer
        if nothing_happens(body):
            self.found.report(at, "this loop never reaches a labelled step")
        return (stmts.For(name.text, source, body, at),)

    def taken(self, name: Name) -> bool:
        if name.text in self.scope.own:
            self.found.report(
                name.at, f"{name.text} is a variable of {self.entry.name.text} already",
                "the variable of a loop needs a name of its own",
            )  # fmt: skip
            return True
        if name.text in self.indices:
            self.found.report(name.at, f"{name.text} is the variable of the loop around this one")
            return True
        return self.scope.names.is_taken(name, "the variable of a loop")


def _holds_control(choice: If) -> bool:
    """Whether a labelled `if` leads to other steps, rather than being one by itself."""
    kinds = (Labelled, Atomic, Background, Both, Break, Continue, Either, Try, While)
    return any(isinstance(s, kinds) for s in all_statements((choice,)))
