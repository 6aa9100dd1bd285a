"""The language server: what an editor asks over the Language Server Protocol, by pygls.

(https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/)
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from .. import __version__
from ..language.source.diagnostics import Diagnostic, Position, SpecError
from .completion import offers
from .hover import told_of
from .place import place_in
from .renaming import NotRenamedError, label_at, renamed
from .symbols import Symbols
from .texts import Texts, by_file

__all__ = ["server"]

PAUSE = 0.15
"""Seconds without a key after which a text is checked."""
REQUEST_FAILED = -32803
NAME = "model-check"

_KINDS = {
    "key": types.CompletionItemKind.Property,
    "word": types.CompletionItemKind.Keyword,
    "kind": types.CompletionItemKind.Class,
    "type": types.CompletionItemKind.Class,
    "member": types.CompletionItemKind.EnumMember,
    "constant": types.CompletionItemKind.Constant,
    "resource": types.CompletionItemKind.Module,
    "process": types.CompletionItemKind.Module,
    "variable": types.CompletionItemKind.Variable,
    "define": types.CompletionItemKind.Function,
    "function": types.CompletionItemKind.Function,
    "command": types.CompletionItemKind.Method,
    "label": types.CompletionItemKind.Event,
}
_WORD = re.compile(r"\w+")


class _Server(LanguageServer):
    """A server with the texts that are open."""

    def __init__(self) -> None:
        super().__init__(NAME, __version__)
        self.texts = Texts()
        self.told: dict[Path, dict[Path, list[Diagnostic]]] = {}
        """Of each open text, what was told, by the file in which it stands."""
        self.turns: dict[Path, int] = {}
        self.checking = asyncio.Lock()

    # --- positions ------------------------------------------------------------------------------

    def lines(self, path: Path) -> Sequence[str]:
        """The lines of a file as its client has them."""
        return self.workspace.get_text_document(path.as_uri()).lines

    def inner(self, path: Path, position: types.Position) -> tuple[int, int]:
        """A client's position as a line and a column in characters, both from 0."""
        codec = self.workspace.position_codec
        found = codec.position_from_client_units(self.lines(path), position)
        return found.line, found.character

    def outer(self, at: Position, length: int | None = None) -> types.Range:
        """A place as the client counts: so many characters, or the word that begins there."""
        line = at.source.line(at.line)
        if length is None:
            word = _WORD.match(line, at.column - 1)
            length = len(word.group()) if word else 1
        codec = self.workspace.position_codec

        def units(column: int) -> types.Position:
            return types.Position(at.line - 1, codec.client_num_units(line[:column]))

        return types.Range(units(at.column - 1), units(at.column - 1 + length))

    # --- what is told -----------------------------------------------------------------------------

    async def changed(self, uri: str) -> None:
        """Check a text that was opened or changed, once nobody types for a moment."""
        path = path_of(uri)
        if path is None:
            return
        self.texts.typed[path] = self.workspace.get_text_document(uri).source
        turn = self.turns[path] = self.turns.get(path, 0) + 1
        await asyncio.sleep(PAUSE)
        async with self.checking:
            if self.turns.get(path) == turn:
                found = await asyncio.to_thread(self.texts.diagnostics, path)
                if self.turns.get(path) == turn:
                    self.tell(path, by_file(found))

    def closed(self, uri: str) -> None:
        """Forget a text."""
        path = path_of(uri)
        if path is not None and path in self.texts.typed:
            del self.texts.typed[path]
            self.turns.pop(path, None)
            self.texts.last.pop(path, None)
            self.tell(path, {})

    def tell(self, path: Path, found: dict[Path, list[Diagnostic]]) -> None:
        """Have the client show what was found of a text, in all files in which something is now,
        or was before."""
        before = self.told.pop(path, {})
        if path in self.texts.typed:
            self.told[path] = found
        for file in (*sorted({*before, *found} - {path}), path):
            shown = [d for told in self.told.values() for d in told.get(file, ())]
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(
                    file.as_uri(), [self.diagnostic(each) for each in dict.fromkeys(shown)]
                )
            )

    def diagnostic(self, found: Diagnostic) -> types.Diagnostic:
        """A mistake or a warning, in the words of the command line."""
        severity = types.DiagnosticSeverity
        hint = f" ({found.hint})" if found.hint else ""
        return types.Diagnostic(
            self.outer(found.position),
            found.message + hint,
            severity.Warning if found.severity == "warning" else severity.Error,
            source=NAME,
            code=found.code,
        )

    def spec_of(self, uri: str) -> Path | None:
        """The file of a text that is a spec, or can become one; None for what is none."""
        path = path_of(uri)
        return path if path is not None and self.texts.may_be_spec(path) else None

    def symbols(self, path: Path, line: int | None = None) -> Symbols | None:
        """The names of a text, as far as they are known; `line` is about to be written."""
        document = self.texts.document(path, line)
        return None if document is None else Symbols(document)


def path_of(uri: str) -> Path | None:
    """The file of a text; None for one that is no file yet."""
    path = uris.to_fs_path(uri)
    return Path(path) if path else None


def failed(message: str) -> JsonRpcException:
    """Why a request has no answer."""
    return JsonRpcException(message, REQUEST_FAILED)


def server() -> LanguageServer:
    """A server that knows specs; `start_io` has it speak over the standard streams."""
    made = _Server()
    made.feature(types.TEXT_DOCUMENT_DID_OPEN)(_opened)
    made.feature(types.TEXT_DOCUMENT_DID_CHANGE)(_opened)
    made.feature(types.TEXT_DOCUMENT_DID_CLOSE)(_closed)
    made.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[".", " "])
    )(_completion)
    made.feature(types.TEXT_DOCUMENT_HOVER)(_hover)
    made.feature(types.TEXT_DOCUMENT_DEFINITION)(_definition)
    made.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)(_prepare_rename)
    made.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))(_rename)
    return made


async def _opened(
    ls: _Server, params: types.DidOpenTextDocumentParams | types.DidChangeTextDocumentParams
) -> None:
    await ls.changed(params.text_document.uri)


def _closed(ls: _Server, params: types.DidCloseTextDocumentParams) -> None:
    ls.closed(params.text_document.uri)


def _completion(ls: _Server, params: types.CompletionParams) -> list[types.CompletionItem]:
    path = ls.spec_of(params.text_document.uri)
    if path is None:
        return []
    line, column = ls.inner(path, params.position)
    lines = ls.texts.source(path).text.split("\n")
    return [
        types.CompletionItem(
            each.text,
            kind=_KINDS.get(each.what),
            detail=each.told or None,
            documentation=each.about or None,
            insert_text=f"{each.text}: " if each.what == "key" else None,
        )
        for each in offers(ls.symbols(path, line), lines, line, column)
    ]


def _hover(ls: _Server, params: types.HoverParams) -> types.Hover | None:
    path = ls.spec_of(params.text_document.uri)
    if path is None:
        return None
    line, column = ls.inner(path, params.position)
    told = told_of(ls.symbols(path), ls.texts.source(path).text.split("\n"), line, column)
    content = types.MarkupContent(types.MarkupKind.Markdown, told)
    return types.Hover(content) if told else None


def _definition(ls: _Server, params: types.DefinitionParams) -> types.Location | None:
    path = ls.spec_of(params.text_document.uri)
    symbols = None if path is None else ls.symbols(path)
    if path is None or symbols is None:
        return None
    place = place_in(ls.texts.source(path).text.split("\n"), *ls.inner(path, params.position))
    found = symbols.named(place.word, place.process, place.receiver)
    if found is None:
        return None
    there = Path(found.at.source.path)
    return types.Location(there.as_uri(), ls.outer(found.at, len(found.name)))


def _prepare_rename(ls: _Server, params: types.PrepareRenameParams) -> types.Range | None:
    path = path_of(params.text_document.uri)
    if path is None:
        return None
    line, column = ls.inner(path, params.position)
    try:
        use = label_at(ls.texts, path, line + 1, column + 1)
    except SpecError as error:
        raise failed(f"first mend {error.diagnostics[0].sentence()}") from None
    if use is None:
        raise failed("only labels can be renamed")
    return ls.outer(use.at, len(use.label))


def _rename(ls: _Server, params: types.RenameParams) -> types.WorkspaceEdit:
    path = path_of(params.text_document.uri)
    if path is None:
        raise failed("the text is no file yet: save it")
    line, column = ls.inner(path, params.position)
    try:
        use = label_at(ls.texts, path, line + 1, column + 1)
        if use is None:
            raise failed("only labels can be renamed")
        found = renamed(ls.texts, path, use, params.new_name)
    except (SpecError, NotRenamedError) as error:
        raise failed(str(error)) from None
    return types.WorkspaceEdit({
        file.as_uri(): [
            types.TextEdit(ls.outer(at, len(use.label)), params.new_name) for at in places
        ]
        for file, places in found.items()
    })  # fmt: skip
