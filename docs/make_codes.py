"""Writes `docs/codes.md` from the pages of `model-check explain`, `codes.yaml`."""

from __future__ import annotations

from pathlib import Path

from model_check.codes import Code, page_of

PAGE = Path(__file__).parent / "codes.md"
HEAD = (
    "# Codes\n\nWarnings, what is told of a spec beside its verdicts, and those mistakes of which a"
    " sentence cannot say all end with a code,"
    " `[never-taken]`. It stays the same where the words change, and `model-check explain"
    " never-taken` prints what stands here. (This page is made by docs/make_codes.py.)\n"
)


def page() -> str:
    """The page as it should be."""
    parts = [HEAD]
    for code in Code:
        told = page_of(code)
        means = " ".join(told.means.split())
        todo = " ".join(told.what_to_do.split())
        parts.append(
            f"## {code}\n\n**{told.title}** {means}\n\n```yaml\n{told.example}```\n\n{todo}\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
