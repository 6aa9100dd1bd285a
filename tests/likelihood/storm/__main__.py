"""Asks Storm, in a process of its own: it writes to stdout as it likes, and handles signals.

stdin: a list of pairs, a model in PRISM's language and formulas; the file that is named gets for
each pair the values in its first state, as fractions.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import stormpy


def values(model: str, formulas: list[str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.prism"
        path.write_text(model, encoding="utf-8")
        program = stormpy.parse_prism_program(str(path), prism_compatibility=True)
    properties = stormpy.parse_properties("; ".join(formulas), program)
    built = stormpy.build_model[stormpy.Rational](program, properties)
    found = []
    for each in properties:
        result = stormpy.model_checking(built, each)
        found.append(str(result.get_value(built.initial_states[0])))
    return found


if __name__ == "__main__":
    answers = [values(model, formulas) for model, formulas in json.load(sys.stdin)]
    Path(sys.argv[1]).write_text(json.dumps(answers), encoding="utf-8")
