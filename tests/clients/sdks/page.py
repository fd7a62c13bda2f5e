"""docs/clients.md, from a run: `python -m tests.clients.sdks.page` writes its tables anew."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from tests.clients.sdks.judgement import deprecated, result
from tests.clients.sdks.methods import reasons
from tests.clients.sdks.run import CLIENTS, Run, run, title
from tests.clients.sdks.serving import ROOT, Told

PAGE = ROOT / "docs" / "clients.md"
HOW = "python -m tests.clients.sdks.page writes it anew"
_TABLES = re.compile(r"(?<=<!-- tables of a run -->\n).*(?=<!-- end of tables -->)", re.DOTALL)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def tables(found: Run) -> str:
    """The tables of a run in which no client is missing."""
    assert not found.unavailable, found.unavailable
    sections = [_section(client, found.told[client], found.methods[client]) for client in CLIENTS]
    return "\n".join(itertools.chain.from_iterable(sections))


def _section(client: str, told: list[Told], methods: list[str]) -> Iterator[str]:
    called: dict[str, list[Told]] = {}
    for one in told:
        called.setdefault(f"{one.client}.{one.method}", []).append(one)
    works = {name for name, calls in called.items() if all(c.expected != "refused" for c in calls)}
    refused = len(called) - len(works)
    yield f"### {title(client)}"
    yield ""
    yield f"{len(works)} methods work" + (f", {refused} are refused." if refused else ".")
    yield ""
    yield "| method | what it asks | returns | result |"
    yield "|---|---|---|---|"
    for name, calls in called.items():
        # Sorted, since an SDK asks from several threads; each asks for /info.
        operations = sorted({operation(r) for one in calls for r in one.requests} - {"GET /info"})
        results = dict.fromkeys(map(result, calls))
        if any(map(deprecated, calls)):
            results["deprecated by the SDK"] = None
        types = sorted({one.type for one in calls if name in works and one.value is not None})
        cells = (
            f"`{name}`",
            ", ".join(operations) or "GET /info",
            ", ".join(types),
            "; ".join(results),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
    if methods:
        yield "Not called:"
        yield ""
        for reason, names in reasons(methods, called).items():
            yield f"- {reason} {', '.join(f'`{name}`' for name in names)}"
        yield ""


def operation(request: dict[str, Any]) -> str:
    """What was asked, with {id} for ids."""
    path = "/".join(_ID.sub("{id}", part) for part in request["path"].split("/"))
    return f"{request['method']} {path}"


def written(found: Run) -> str:
    """The page with the tables of the run."""
    page = PAGE.read_text(encoding="utf-8")
    return _TABLES.sub(lambda _: tables(found), page)


if __name__ == "__main__":
    PAGE.write_text(written(run()), encoding="utf-8")
