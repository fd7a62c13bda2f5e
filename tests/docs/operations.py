"""The tables of docs/operations.md: `python -m tests.docs.operations` writes them, of the documents
and providers."""

from __future__ import annotations

import re

from locum import app
from locum.openapi.documents import operation_name, operations
from locum.providers import bundled
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "operations.md"
_TABLES = re.compile(r"(?<=<!-- operations -->\n).*?(?=<!-- end of operations -->)", re.DOTALL)


def tables() -> str:
    """Return a table for each API: every operation of its document, and whether it is computed."""
    found = []
    for served in app.read(bundled()):
        provider = served.provider
        rows = ["| operation | what it answers |", "|---|---|"]
        refused: dict[str, list[str]] = {}
        for path, method, definition in operations(served.document):
            name = operation_name(path, method, definition)
            where = f"`{method.upper()} {path}`"
            if name in provider.functions and name not in provider.refused:
                # Helicone's have no summary, but names such as GetSessionsCount.
                words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", definition.get("operationId", ""))
                kind = " (writes)" if name in provider.writers else ""
                rows.append(f"| {where} | {definition.get('summary', words)}{kind} |")
            else:
                refused.setdefault(provider.refused[name], []).append(where)
        for sentence, places in refused.items():
            rows.append(f"| {'<br>'.join(places)} | 403: {sentence} |")
        found.append(f"## {provider.title}\n\n" + "\n".join(rows) + "\n")
    return "\n" + "\n".join(found) + "\n"


def written(page: str) -> str:
    """Return the page with the tables as they are."""
    return _TABLES.sub(lambda _: tables(), page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
