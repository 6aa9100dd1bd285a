"""`model-check init`: a first spec and its test, to be changed into one's own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from ..budget.spending import Budget
from ..errors import EXIT_WRONG_INPUT
from ..language.syntax.file_names import why_no_folder
from .console import complain, mistakes_told, show
from .options import pass_budget
from .schema import schema_text

__all__ = ["TEMPLATES", "command"]

TEMPLATES: Mapping[str, str] = {
    "pubsub": "a page reads what is stored, and then subscribes to a channel",
    "stream": "a reader follows a Redis stream with $",
    "queue": "a worker takes jobs off a list, and may crash",
    "lock": "two workers look whether a lock is free, and take it",
    "cache": "readers fill a cache while a writer changes the row",
    "webhook": "one event is delivered twice",
    "empty": "two processes, and one number",
}
"""The specs that `init` can begin with, by the name of their file in `templates/`."""
DEFAULT = "pubsub"
SCHEMA = "model-check.schema.json"
"""What editors check and complete the keys of a spec with, beside the spec."""
MODELINE = f"# yaml-language-server: $schema={SCHEMA}\n"
_FOLDER = Path(__file__).parents[1] / "templates"

_TEST = '''\
"""What specs/{name}.yaml forbids never happens, in whatever order things happen."""

from pathlib import Path

from model_check import check

SPEC = Path(__file__).parents[1] / "specs" / "{name}.yaml"


def test_every_property_is_as_the_spec_expects() -> None:
    assert check(SPEC)
'''


@click.command(
    epilog="Exit codes: 0 both files were written; 2 none was.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("name", required=False)
@click.option("--template", type=click.Choice(list(TEMPLATES)), help="What to begin with.")
@pass_budget
def command(budget: Budget, /, name: str | None, template: str | None) -> None:
    """Write a first spec, specs/NAME.yaml, and its test, tests/test_NAME.py.

    The spec has a mistake that many systems have: check it, see why, and change it into yours.

    \b
      model-check init
      model-check init orders --template queue
    """
    del budget
    if template is None and name in TEMPLATES:
        template = name
    template = template or _asked("Template", DEFAULT, click.Choice(list(TEMPLATES)))
    name = _asked("Name", template, click.STRING) if name is None else name
    wrong, hint = why_no_folder(name)
    if wrong:
        complain(f"{wrong}: {hint}")
        sys.exit(EXIT_WRONG_INPUT)
    with mistakes_told("."):
        files = _written(name, template)
    show("\n".join(_next(name, template, files)))


def _asked(what: str, default: str, kind: click.ParamType) -> str:  # type: ignore[type-arg]
    """What somebody at a terminal answers; nobody else is asked."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return default
    if isinstance(kind, click.Choice):
        for each, about in TEMPLATES.items():
            click.echo(f"  {each:<8} {about}")
    answer: str = click.prompt(what, default=default, type=kind, show_choices=False)
    return answer


def _written(name: str, template: str) -> list[Path]:
    """The spec and its test, both or none, and the schema that the spec names for editors, unless
    it is there. Raises OSError where one of both is there already."""
    text = (_FOLDER / f"{template}.yaml").read_text(encoding="utf-8")
    module = "".join(letter if letter.isalnum() else "_" for letter in name)
    files = {
        Path("specs") / f"{name}.yaml": MODELINE
        + text.replace(f"model: {template}", f"model: {_scalar(name)}", 1),
        Path("tests") / f"test_{module}.py": _TEST.format(name=name),
    }
    for path in files:
        if path.exists():
            raise FileExistsError(0, "is there already: nothing was written", str(path))
    if not (schema := Path("specs") / SCHEMA).exists():
        files[schema] = schema_text()
    made: list[Path] = []
    try:
        for path, content in files.items():
            path.parent.mkdir(exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                made.append(path)
                file.write(content)
    except FileExistsError as error:
        _remove(made)
        what = "is there already" if Path(error.filename) in files else "is no folder"
        raise FileExistsError(0, f"{what}: nothing was written", error.filename) from error
    except BaseException:
        _remove(made)
        raise
    return list(files)


def _scalar(name: str) -> str:
    """A name as YAML reads it as a text."""
    return f'"{name}"' if name.lower() == "null" else name


def _remove(files: list[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)


def _next(name: str, template: str, files: list[Path]) -> list[str]:
    spec, test, *schema = (path.as_posix() for path in files)
    commands = {
        f"model-check {spec}": "every interleaving, and the run that goes wrong",
        f"model-check repair {spec}": "what to change",
        f"pytest {test}": "the same as a test, red until it is mended",
    }
    wide = max(map(len, commands))
    others = ", ".join(each for each in TEMPLATES if each != template)
    return [
        f"written: {' '.join([spec, test, *schema])}",
        f"from the template {template}; there are also {others} (--template)",
        "",
        "next:",
        *(f"  {each:<{wide}}  {about}" for each, about in commands.items()),
    ]
