"""What `locum new provider` writes: the files of a team's own provider, by their names in its
folder.

One operation is computed where some answer holds a number: the handler is written, tried with the
table's rows, and kept only if its answer fits the document.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from locum import stats
from locum.cli import skeleton_texts as texts
from locum.generate.values import NoValue, Values
from locum.handler_folders import names_of
from locum.http.connexion_app import ServedDocument
from locum.openapi import documents, overlay, reader
from locum.openapi.media_types import is_json
from locum.openapi.responses import Responses
from locum.openapi.schemas import Schema
from locum.provider import Sample
from locum.server import samples

_MOST_TRIED = 300  # operations, of which one is computed
_MOST_ASKED = 10  # operations, by the contract test
_TABLE = "measurements"
_ROWS = (
    {"id": "m1", "kind": "a", "value": 120, "measured_at": "2026-06-01T09:00:00Z"},
    {"id": "m2", "kind": "b", "value": 80, "measured_at": "2026-06-02T09:00:00Z"},
    {"id": "m3", "kind": "a", "value": 200, "measured_at": "2026-06-03T09:00:00Z"},
)
_VALUES = [120, 80, 200]

# What a number of an answer may be, as Python writes it, by a word of its name.
_COUNT = "len(values)"
_EXPRESSIONS = {
    "p50": "percentile(values, 50)",
    "median": "percentile(values, 50)",
    "p90": "percentile(values, 90)",
    "p95": "percentile(values, 95)",
    "p99": "percentile(values, 99)",
    "avg": "mean(values)",
    "average": "mean(values)",
    "mean": "mean(values)",
    "sum": "total(values)",
    "count": _COUNT,
    "total": "total(values)",
}
_OF_STATISTICS = {"stats", "statistics", "metrics", "analytics", "usage", "summary", "report"}


@frozen
class Computed:
    """An operation with its handler: what is asked of it, the name of the function, the expressions
    for the answer's members, and the numbers that these give of the rows."""

    where: str
    function: str
    asked: Sample
    members: Mapping[str, str]
    numbers: Mapping[str, float]


def files(
    name: str, served: ServedDocument, folder: Path
) -> tuple[dict[str, str], Computed | None]:
    """Return the texts of the files, and what is computed."""
    spec, copies = _document(name, served.document.path, folder)
    found = computed(served)
    module = name.replace("-", "_")
    return {
        "locum.toml": texts.SETTINGS.format(spec=json.dumps(spec)),
        **copies,
        f"handlers/{module}.py": _handlers(name, found, served),
        "data/tables.yaml": texts.TABLES,
        f"data/{_TABLE}.jsonl": "".join(f"{json.dumps(row)}\n" for row in _ROWS),
        "test_contract.py": _contract(found, list(_asked(served))[:_MOST_ASKED]),
    }, found


def _document(name: str, path: Path, folder: Path) -> tuple[str, dict[str, str]]:
    """Return the path of the document as the settings have it, and the copies that are written: one
    that needs no other file is copied, with its overlays; another one stays where it is, and so
    does one that is in the folder."""
    text = path.read_text(encoding="utf-8")
    if path.resolve().parent == folder.resolve() or _needs_files(path):
        return os.path.relpath(path, folder), {}
    copies = {f"{name}{path.suffix}": text}
    copy = Path(name + path.suffix)
    for kind in (overlay.beside, overlay.tolerated):
        if kind(path).is_file():
            copies[kind(copy).name] = kind(path).read_text(encoding="utf-8")
    return f"{name}{path.suffix}", copies


def _needs_files(path: Path) -> bool:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            node = list(node.values())
        if isinstance(node, list):
            for each in node:
                yield from references(each)

    return any(
        not reference.startswith("#") for reference in references(reader.read(path, wide=True))
    )


def computed(served: ServedDocument) -> Computed | None:
    """Return the GET operation that a handler computes: the one with most members that are named
    as statistics; None where no answer would hold a number."""
    found = [
        each
        for path, method, definition in list(documents.operations(served.document))[:_MOST_TRIED]
        if method == "get" and (each := _tried(served, path, definition)) is not None
    ]
    return max(found, key=_likeness, default=None)


def _likeness(computed: Computed) -> tuple[bool, int, int]:
    """How much an operation is like a statistic: by its path, the names of its numbers, and how
    little else it answers."""
    words = {word for part in computed.where.split("/") for word in _words(part)}
    named = sum(not _EXPRESSIONS.keys().isdisjoint(_words(name)) for name in computed.numbers)
    return named > 0 and not words.isdisjoint(_OF_STATISTICS), named, -len(computed.members)


def _tried(served: ServedDocument, path: str, definition: Mapping[str, Any]) -> Computed | None:
    schemas = served.document.schemas
    responses = Responses(schemas, path, "get", definition)
    response = responses.of(200) if responses.ordinary == 200 else None  # noqa: PLR2004 - OK
    media_type = next((each for each in response.content if is_json(each)), "") if response else ""
    place = response.place(media_type) if response and media_type else None
    if place is None or samples.needs_values(definition):
        return None
    try:
        made = Values(schemas).make(place, b"a handler")
    except NoValue:
        return None
    if not isinstance(made, dict):
        return None
    members, numbers = _filled(made, schemas.at(*place))
    if not numbers:
        return None
    function = names_of(path, "get", definition)[-1]
    asked = samples.request(served, path, definition, samples.ANY_KEY)
    return Computed(f"GET {path}", function, asked, members, numbers)


def _filled(made: Mapping[str, Any], schema: Schema) -> tuple[dict[str, str], dict[str, float]]:
    """Return the expressions for the members of an answer like the one that was made, and the
    numbers of those that are computed. What may be absent, is, unless it could be computed."""
    answer = dict(made)
    for name in made:
        less = {other: value for other, value in answer.items() if other != name}
        if not _is_number(name, made[name]) and schema.is_valid(less):
            answer = less
    members = {name: repr(value) for name, value in answer.items()}
    numbers: dict[str, float] = {}
    for name, value in made.items():
        for expression in dict.fromkeys([_expression(name), _COUNT]):
            number = _of_rows(expression)
            if _is_number(name, value) and schema.is_valid({**answer, name: number}):
                answer[name] = numbers[name] = number
                members[name] = expression
                break
    return members, numbers


def _is_number(name: str, value: Any) -> bool:
    """Whether it is a number that says how much, and no id."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and "id" not in _words(name)
    )


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z]+\d*", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())


def _expression(name: str) -> str:
    return next((_EXPRESSIONS[word] for word in _words(name) if word in _EXPRESSIONS), _COUNT)


def _of_rows(expression: str) -> float:
    if expression.startswith("percentile"):
        percent = int(expression.rpartition(" ")[2].rstrip(")"))
        return stats.percentile(_VALUES, percent) or 0
    return {
        _COUNT: len(_VALUES),
        "mean(values)": stats.mean(_VALUES) or 0,
        "total(values)": stats.total(_VALUES),
    }[expression]


def _asked(served: ServedDocument) -> Iterator[Sample]:
    """Give the requests of GET operations that need no value, and have a success."""
    for path, method, definition in documents.operations(served.document):
        if method == "get" and not samples.needs_values(definition):
            ordinary = Responses(served.document.schemas, path, method, definition).ordinary
            if ordinary is not None and ordinary in range(200, 300):
                yield samples.request(served, path, definition, samples.ANY_KEY)


def _handlers(name: str, found: Computed | None, served: ServedDocument) -> str:
    if found is None:
        operation = next(iter(documents.operations(served.document)), None)
        function = names_of(*operation)[-1] if operation else "get_items"
        return texts.NO_HANDLER.format(name=name, function=function, table=_TABLE)
    used = sorted({e.partition("(")[0] for e in found.members.values()} & {*stats.__all__})
    imports = f"\nfrom locum.stats import {', '.join(used)}\n\n" if used else "\n"
    lines = [f"        {json.dumps(key)}: {value},\n" for key, value in found.members.items()]
    return texts.HANDLER.format(
        name=name,
        imports=imports,
        function=found.function,
        where=found.where,
        table=_TABLE,
        members="".join(lines),
    )


def _contract(found: Computed | None, asked: Sequence[Sample]) -> str:
    requests = "".join(f"    ({each.path!r}, {dict(each.headers)!r}),\n" for each in asked)
    test = ""
    if found is not None:
        test = texts.COMPUTED_TEST.format(
            where=found.where,
            path=found.asked.path,
            headers=dict(found.asked.headers),
            numbers=dict(found.numbers),
        )
    return texts.CONTRACT.replace("REQUESTS_HERE", requests).replace("COMPUTED_HERE", test)
