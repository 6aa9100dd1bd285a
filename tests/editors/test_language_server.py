"""The language server, driven by a client as an editor is one, over its standard streams."""

from __future__ import annotations

import asyncio
import builtins
import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cli.cli_invoke import REPOSITORY, invoke
from editor_client import Editor, editor
from lsprotocol import types
from model_check.cli.lsp import MISSING
from model_check.language import SpecError, load
from pygls.exceptions import JsonRpcException

SERVER = [sys.executable, "-m", "model_check", "lsp"]
SPEC = """\
model: jobs
types:
  Job: enum(small, large)
vars:
  unused: bool
resources:
  jobs:
    kind: redis.list[Job]
processes:
  worker:
    count: 2
    strong: take
    vars:
      job: Job?
    run: |
      while True:
          take: job = jobs.lpop()
          if job is not None:
              work: pass
  producer:
    run: |
      put: jobs.rpush(small)
define:
  busy(w): at(w, work)
properties:
  one_works:
    never: count(busy(w) for w in worker) > 1
  again:
    ltl: "G (at(worker[0], work) -> F !at(worker[0], work)) & G (at(worker[0], work) | true)"
  taken: at(worker[0], take) or at(worker[0], work) or True
"""
VARIANT = """\
extends: jobs.yaml
model: variant
processes:
  producer:
    run: |
      put: jobs.rpush(large)
properties:
  else_works:
    possible: at(worker[1], work)
timing:
  worker[0].take: 5ms
"""


def served(folder: Path, ask: Callable[[Editor], Awaitable[None]]) -> None:
    """Have an editor with the folder open ask something."""

    async def session() -> None:
        async with editor(SERVER, folder) as it:
            await ask(it)

    asyncio.run(session())


def place(text: str, part: str, within: str = "", *, last: bool = False) -> tuple[int, int]:
    """Where a part of a text begins, `within` a longer part; counted from 0."""
    outer = within or part
    index = (text.rindex(outer) if last else text.index(outer)) + outer.index(part)
    before = text[:index]
    return before.count("\n"), len(before) - before.rfind("\n") - 1


def test_mistakes_and_warnings_are_told_while_typing_in_the_words_of_the_command_line(
    tmp_path: Path,
) -> None:
    path = tmp_path / "jobs.yaml"
    path.write_text("model: saved\n", encoding="utf-8")

    async def ask(it: Editor) -> None:
        warned = await it.write(path, SPEC)
        assert [each.severity for each in warned] == [types.DiagnosticSeverity.Warning]
        assert warned[0].message.startswith("nobody reads unused (leave it out, ")
        assert warned[0].code == "unread-variable"
        # Columns are those of an editor, which counts the picture as two.
        last = '  taken: {about: "\N{SLEEPING FACE}", always: smal}'
        wrong = SPEC.replace(SPEC.splitlines()[-1], last).replace("lpop()", "lpopp()")
        told = await it.write(path, wrong)
        places = [(each.range.start.character, each.range.end.character) for each in told]
        assert places[-1] == (last.index("smal") + 1, last.index("smal") + 5)
        typed = tmp_path / "typed.yaml"
        typed.write_text(wrong, encoding="utf-8")
        with pytest.raises(SpecError) as caught:
            load(typed)
        expected = [
            f"{each.message} ({each.hint})" if each.hint else each.message
            for each in caught.value.diagnostics
        ]
        assert [each.message for each in told] == expected
        assert await it.write(path, SPEC.replace("unused", "_unused")) == []
        # What is no spec is none of its business.
        other = tmp_path / "other.yaml"
        assert await it.write(other, "services:\n  vars: 1\n") == []
        assert await it.completions(other, 1, 0) == []
        assert await it.hover(other, 1, 3) == ""

    served(tmp_path, ask)


def test_a_mistake_in_what_is_extended_is_told_there_and_is_gone_once_it_is_mended(
    tmp_path: Path,
) -> None:
    base, path = tmp_path / "jobs.yaml", tmp_path / "variant.yaml"
    base.write_text(SPEC.replace("work: pass", "work: pas"), encoding="utf-8")

    async def ask(it: Editor) -> None:
        assert await it.write(path, VARIANT) == []
        (wrong,) = it.shown[base.as_uri()]
        assert wrong.message.startswith("no such name: pas")
        # What is typed counts, and not what is saved.
        await it.write(base, SPEC)
        await it.write(path, VARIANT + "\n")
        (warned,) = it.shown[base.as_uri()]
        assert warned.severity == types.DiagnosticSeverity.Warning

    served(tmp_path, ask)


def test_what_can_be_written_is_offered_also_where_the_text_is_not_yet_right(
    tmp_path: Path,
) -> None:
    path = tmp_path / "jobs.yaml"

    async def ask(it: Editor) -> None:
        async def offered(text: str, part: str, within: str = "") -> list[str]:
            await it.write(path, text)
            line, column = place(text, part, within)
            return await it.completions(path, line, column + len(part))

        # It was opened so: nothing of it was ever right.
        fresh = SPEC.replace("              work: pass", "              work: jobs.")
        assert "rpush" in await offered(fresh, "work: jobs.")
        await it.write(path, SPEC)
        typing = SPEC.replace("put: jobs.rpush(small)", "put: jobs.")
        commands = await offered(typing, "put: jobs.")
        assert {"rpush", "blpop", "lrange"} <= set(commands)
        assert "take" not in commands
        names = await offered(SPEC.replace("rpush(small)", "rpush(s"), "rpush(s")
        assert {"small", "large", "jobs", "producer", "Job"} <= set(names)
        assert "job" not in names  # it is the worker's
        assert set(await offered(SPEC, "take", "strong: take")) == {"take", "work"}
        labels = await offered(SPEC.replace("at(w, work)", "at(w, "), "at(w, ")
        assert {"take", "work", "put"} <= set(labels)
        keys = await offered(SPEC.replace("    count: 2\n", "    \n"), "    ", "  worker:\n    \n")
        assert {"count", "crashes", "fairness"} <= set(keys)
        assert not {"vars", "run"} & set(keys)  # they stand there already
        types_ = await offered(SPEC.replace("job: Job?", "job: "), "job: ")
        assert {"bool", "int", "list[]", "Job"} <= set(types_)
        kinds = await offered(SPEC.replace("kind: redis.list[Job]", "kind: r"), "kind: r")
        assert "redis.pubsub[T]" in kinds
        words = await offered(SPEC.replace("strong: take", "fairness: "), "fairness: ")
        assert set(words) == {"weak", "strong", "none"}
        text = SPEC.replace("[Job]\nprocesses", "[Job]\n    \nprocesses")
        options = await offered(text, "    ", "    \nprocesses")
        kinds = {"initially", "expires", "disconnects"}
        assert set(options) == {"key", "count", "of", "payload", "unread", "about"} | kinds
        unread = SPEC.replace("[Job]\nprocesses", "[Job]\n    unread: v\nprocesses")
        parameters = await offered(unread, "v", "unread: v")
        assert {"value", "start", "stop"} <= set(parameters)
        assert "take" not in parameters
        assert "watch" in await offered(SPEC + "w", "w", "True\nw")
        timed = SPEC + "timing:\n  "
        assert {"worker", "producer"} == set(await offered(f"{timed}w", "w", "timing:\n  w"))
        steps = await offered(f"{timed}worker[1].t", "t", "].t")
        assert set(steps) == {"take", "work"}
        times = await offered(f"{timed}worker.take: ev", "ev", "take: ev")
        assert set(times) == {"every", "exp", "normal", "from log"}

    served(tmp_path, ask)


def test_a_word_is_explained_and_leads_to_where_it_was_given(tmp_path: Path) -> None:
    base, path = tmp_path / "jobs.yaml", tmp_path / "variant.yaml"
    base.write_text(SPEC, encoding="utf-8")

    async def ask(it: Editor) -> None:
        await it.write(path, VARIANT)
        told = await it.hover(path, *place(VARIANT, "rpush"))
        assert "RPUSH {key} {value}" in told
        assert "Insert a value at the tail." in told
        assert "jobs.blpop()" in told  # the example of the kind
        assert await it.hover(path, *place(VARIANT, "possible")) == (
            "**possible**: Some state that can be reached has it."
        )
        assert "A Redis list." in await it.hover(path, *place(VARIANT, "jobs", "jobs.rp"))
        for part, within, written in {
            ("jobs", "jobs.rpush", "  jobs:\n"),
            ("worker", "at(worker", "  worker:\n"),
            ("work", "], work", "work: pass"),
            ("large", "(large", "large)"),
            ("take", "].take", "take: job"),
        }:
            there = await it.client.text_document_definition_async(
                types.DefinitionParams(**it.place(path, *place(VARIANT, part, within)))
            )
            assert isinstance(there, types.Location)
            assert there.uri == base.as_uri()
            start = there.range.start
            line, column = place(SPEC, written.strip().partition(":")[0].strip(")"), written)
            assert (start.line, start.character) == (line, column)

    served(tmp_path, ask)


def test_what_a_spec_says_is_text_to_whoever_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    (tmp_path / "kinds.yaml").write_text(
        "own.bell:\n  about: '![x](http://evil.invalid/x.png) <img src=x>'\n"
        "  reference: 'javascript:alert(1)'\n  commands:\n    ring: {run: pass}\n",
        encoding="utf-8",
    )
    text = "kinds: kinds.yaml\nmodel: own\nresources:\n  bell: own.bell\nprocesses:\n"
    text += "  p:\n    about: |\n      a\n      ```\n      ![x](y)\n    run: 'a: bell.ring()'\n"
    text += "properties:\n  ends: {finally: done(p)}\n"

    async def ask(it: Editor) -> None:
        assert await it.write(path, text) == []
        told = await it.hover(path, *place(text, "bell", "  bell"))
        assert "\\!\\[x\\](http" in told
        assert "\\<img src=x\\>" in told
        assert "javascript" not in told
        assert "````\na\n```\n![x](y)" in await it.hover(path, *place(text, "p", "done(p"))

    served(tmp_path, ask)


def test_a_label_is_renamed_with_all_its_uses_in_all_files_or_not_at_all(tmp_path: Path) -> None:
    base, path = tmp_path / "jobs.yaml", tmp_path / "variant.yaml"
    spec = f"{SPEC}timing:\n  worker[1].work: 5ms\n"
    base.write_text(spec, encoding="utf-8")
    path.write_text(VARIANT, encoding="utf-8")

    async def ask(it: Editor) -> None:
        await it.write(path, VARIANT)

        async def rename(new: str, part: str = "work", within: str = "], work") -> Any:
            where = it.place(path, *place(VARIANT, part, within))
            return await it.client.text_document_rename_async(
                types.RenameParams(new_name=new, **where)
            )

        edit = await rename("carry_out")
        texts = {base.as_uri(): spec, path.as_uri(): VARIANT}
        for uri, edits in edit.changes.items():
            lines = texts[uri].split("\n")
            for each in sorted(edits, key=lambda e: e.range.start.character, reverse=True):
                start, end = each.range.start, each.range.end
                line = lines[start.line]
                assert line[start.character : end.character] == "work"
                lines[start.line] = line[: start.character] + each.new_text + line[end.character :]
            texts[uri] = "\n".join(lines)
        assert texts[base.as_uri()] == spec.replace("work:", "carry_out:").replace(
            ", work)", ", carry_out)"
        )
        assert texts[path.as_uri()] == VARIANT.replace(", work)", ", carry_out)")
        for new, why in {
            "take": "take",
            "2nd": "cannot name a label",
            "while": "is a word of the language",
        }.items():
            with pytest.raises(JsonRpcException, match=why):
                await rename(new)
        with pytest.raises(JsonRpcException, match="only labels can be renamed"):
            await rename("other", "jobs", "jobs.rpush")

    served(tmp_path, ask)


def test_what_is_no_message_is_told_in_a_line_and_no_traceback() -> None:
    done = subprocess.run(
        SERVER, input="Content-Length: 5\r\n\r\n{{{{{", capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert re.fullmatch(r"model-check lsp: Unable to handle message: .+\n", done.stderr)


def test_every_editor_is_told_to_start_the_same_command() -> None:
    page = (REPOSITORY / "docs" / "editors.md").read_text(encoding="utf-8")
    (code,) = (json.loads(each) for each in re.findall(r"```json\n(\{\n.+?)```", page, re.DOTALL))
    assert code["glspc.server.languageId"] == ["yaml"]
    (neovim,) = re.findall(r"cmd = \{(.+)\}", page)
    started = ["uv", "run", "model-check", "lsp"]
    assert [code["glspc.server.command"], *code["glspc.server.commandArguments"]] == started
    assert re.findall(r"'([^']+)'", neovim) == started
    assert f"add one: the command `{' '.join(started)}`" in page


def test_without_pygls_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    load_ = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] in ("pygls", "lsprotocol"):
            raise ImportError(name, name=name)
        return load_(name, *rest)

    monkeypatch.delitem(sys.modules, "model_check.editor.server", raising=False)
    monkeypatch.setattr(builtins, "__import__", missing)
    outcome = invoke("lsp")
    assert (outcome.code, outcome.out, outcome.err) == (2, "", MISSING + "\n")
