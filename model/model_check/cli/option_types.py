"""What the words after an option can be: memory, seconds, a constant's value."""

from __future__ import annotations

import math
import re
from typing import Any

import click

from ..budget.spending import Budget

__all__ = ["Constant", "Duration", "Seconds", "Size", "allow_outside_option", "pass_budget"]

LONGEST_DURATION = 3600.0
"""Seconds."""
pass_budget = click.make_pass_decorator(Budget, ensure=True)
"""Gives a command the budget of all that it does, as its first argument."""
_SIZES = {"": 1 << 20, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Size(click.ParamType):  # type: ignore[type-arg]
    """An amount of memory: `2GB`, `500MB`; a bare number is megabytes."""

    name = "size"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", value.strip(), re.IGNORECASE)
        if found is None:
            self.fail(f"{value!r} is not an amount of memory: write 500MB or 2GB", param, ctx)
        return int(float(found[1]) * _SIZES[found[2].upper()])


class Duration(click.ParamType):  # type: ignore[type-arg]
    """A short time, `50ms` or `0.5s`, at most an hour; the value is seconds."""

    name = "time"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s)", value.strip())
        seconds = float(found[1]) / (1000 if found[2] == "ms" else 1) if found else math.inf
        if seconds > LONGEST_DURATION:
            self.fail(f"{value!r} is not a short time: write 50ms or 0.5s", param, ctx)
        return seconds


class Seconds(click.FloatRange):
    """Seconds; `nan` is none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


class Constant(click.ParamType):  # type: ignore[type-arg]
    """`NAME=VALUE`."""

    name = "NAME=VALUE"

    def convert(
        self,
        value: str | tuple[str, str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, text = value.partition("=")
        if not equals or not name.strip() or not text.strip():
            self.fail(f"{value!r} is not NAME=VALUE: write --set TOTAL=20", param, ctx)
        return name.strip(), text.strip()


allow_outside_option = click.option(
    "--allow-outside",
    is_flag=True,
    help="Let a spec extend files outside of its repository or folder.",
)
"""The option of every command that reads a spec."""
