"""From an untyped document to a checked spec: names, types, and what may stand where.

`context` says what is known while checking, `entries` what of that is a process or a resource;
`expressions` and `statements` go through the text, `control` through a process, `resources`
through a kind; `spec` puts it together.
"""

from .spec import check_document

__all__ = ["check_document"]
