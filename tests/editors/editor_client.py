"""An editor as far as a language server can tell: it opens texts, changes them, and asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

__all__ = ["Editor", "editor"]

PATIENCE = 60
"""Seconds that a server has to answer, on a machine that does much else."""


class Editor:
    """A client of one running server."""

    def __init__(self) -> None:
        self.client = LanguageClient("editor-of-tests", "1")
        self.told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.shown: dict[str, list[types.Diagnostic]] = {}
        self.versions: dict[Path, int] = {}

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(params: types.PublishDiagnosticsParams) -> None:
            self.told.put_nowait(params)

        @self.client.feature(types.WINDOW_LOG_MESSAGE)
        def _(params: types.LogMessageParams) -> None:
            del params

        @self.client.feature(types.WORKSPACE_CONFIGURATION)
        def _(params: types.ConfigurationParams) -> list[Any]:
            return [None for _ in params.items]

    async def begin(self, folder: Path, settings: Any) -> types.InitializeResult:
        """Say hello, and which folder is open."""
        result = await self.client.initialize_async(
            types.InitializeParams(
                capabilities=types.ClientCapabilities(),
                root_uri=folder.as_uri(),
                workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)],
            )
        )
        self.client.initialized(types.InitializedParams())
        if settings is not None:
            self.client.workspace_did_change_configuration(
                types.DidChangeConfigurationParams(settings)
            )
        return result

    async def write(self, path: Path, text: str) -> list[types.Diagnostic]:
        """Have a text under this path, which need not be saved: what is told of it."""
        version = self.versions[path] = self.versions.get(path, 0) + 1
        while not self.told.empty():
            self.told.get_nowait()
        if version == 1:
            item = types.TextDocumentItem(path.as_uri(), "yaml", version, text)
            self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        else:
            self.client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    types.VersionedTextDocumentIdentifier(uri=path.as_uri(), version=version),
                    [types.TextDocumentContentChangeWholeDocument(text)],
                )
            )
        return await self._told_of(path)

    async def _told_of(self, path: Path) -> list[types.Diagnostic]:
        """What is told next of a file; what is told of others until then is kept."""
        async with asyncio.timeout(PATIENCE):
            while True:
                told = await self.told.get()
                self.shown[told.uri] = list(told.diagnostics)
                if told.uri == path.as_uri():
                    return self.shown[told.uri]

    def place(self, path: Path, line: int, character: int) -> dict[str, Any]:
        """A place of a file, counted from 0, as requests name it."""
        return {
            "text_document": types.TextDocumentIdentifier(path.as_uri()),
            "position": types.Position(line, character),
        }

    async def completions(self, path: Path, line: int, character: int) -> list[str]:
        """What can be written there."""
        async with asyncio.timeout(PATIENCE):
            found = await self.client.text_document_completion_async(
                types.CompletionParams(**self.place(path, line, character))
            )
        items = found.items if isinstance(found, types.CompletionList) else found or []
        return [each.label for each in items]

    async def hover(self, path: Path, line: int, character: int) -> str:
        """What is told of what stands there."""
        async with asyncio.timeout(PATIENCE):
            found = await self.client.text_document_hover_async(
                types.HoverParams(**self.place(path, line, character))
            )
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value


@asynccontextmanager
async def editor(
    command: Sequence[str], folder: Path, settings: Any = None
) -> AsyncIterator[Editor]:
    """An editor with a server, which is started and ended."""
    it = Editor()
    await it.client.start_io(*command)
    process = it.client._server
    assert process is not None
    try:
        async with asyncio.timeout(PATIENCE):
            await it.begin(folder, settings)
        yield it
        async with asyncio.timeout(PATIENCE):
            await it.client.shutdown_async(None)
            it.client.exit(None)
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
        await it.client.stop()
