"""Whether the bundled datasets are what their recipes and the data dictionary say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import duckdb
import orjson
from attrs import frozen

from understudy import datasets
from understudy.datasets import TABLES, Dataset
from understudy.exceptions import DatasetError
from understudy.generator import fingerprint, plain_tables, recipe_files, tables, world
from understudy.generator.recipe_values import instant
from understudy.generator.recipes import Claim, Recipe
from understudy.generator.rules import RULES
from understudy.resources import bundled

_SHOWN = 3  # rows in which the same thing is wrong
# The columns that tell a table's rows apart, where it is not `id`.
_IDS = {
    "keys": ("key", "provider"),
    "helicone/requests": ("request_id",),
    "helicone/session_tags": ("entity_id", "tag"),
}

Row = Mapping[str, Any]


@frozen
class Fault:
    """What is wrong, where: `place` is dataset, table, row and column as far as there are any."""

    place: tuple[str, ...]
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{': '.join(self.place)}: expected {self.expected}, found {self.found}"


def check(name: str) -> Iterator[Fault]:
    """All that is wrong with the bundled dataset of that name: rows that its recipe does not give,
    references, ranges and providers that do not agree, and claims that do not hold."""
    recipe, dataset = recipe_files.find(name), datasets.find(name)
    yield from _anew(recipe, dataset)
    with plain_tables.connect(dataset) as connection:
        now = instant(recipe.now).replace(tzinfo=None)
        for rule in RULES:
            parameters = {"now": now} if "$now" in rule.select else {}
            for row, found in connection.execute(rule.select, parameters).fetchmany(_SHOWN):
                yield Fault((name, rule.table, str(row), rule.column), rule.expected, str(found))
        for claim in recipe.claims:
            found = _value(name, claim, connection)
            if not claim.holds(found):
                yield Fault((name, claim.claim), claim.expected, str(found))


def _value(name: str, claim: Claim, connection: duckdb.DuckDBPyConnection) -> Any:
    try:
        rows = connection.execute(claim.select).fetchall()
    except duckdb.Error as error:
        told = f"the claim {claim.claim!r} of {name}: {str(error).splitlines()[0]}"
        raise DatasetError(told, "mend its select; fixtures/README.md has the columns") from None
    return rows[0][0] if rows else None


def dictionary() -> Iterator[Fault]:
    """Where fixtures/README.md does not describe the columns of datasets.TABLES, in their order."""
    text = (bundled("fixtures") / "README.md").read_text(encoding="utf-8")
    sections = re.split(r"^### `([\w/]+)`.*$", text, flags=re.MULTILINE)[1:]
    described = dict(zip(sections[::2], sections[1::2], strict=True))
    for table, columns in TABLES.items():
        found = re.findall(r"^\| `(\w+)` \| ([\w ]+?) *\|", described.get(table, ""), re.MULTILINE)
        for column, said in _differing(columns, dict(found)):
            expected = columns.get(column, "no such column")
            yield Fault(("fixtures/README.md", table, column), expected, said)
        if list(columns.items()) != found and dict(found) == columns:
            yield Fault(("fixtures/README.md", table), ", ".join(columns), "another order")


def _differing(columns: Mapping[str, str], found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for column in {**columns, **found}:
        if columns.get(column) != found.get(column):
            yield column, found.get(column, "nothing")


def _anew(recipe: Recipe, dataset: Dataset) -> Iterator[Fault]:
    """How the files, and the manifest, differ from what the recipe gives."""
    stored = {t: list(fingerprint.stored(f, t)) for t, f in sorted(dataset.files.items())}
    made = {t: list(rows) for t, rows in sorted(tables.rows(world.build(recipe)).items())}
    expected, found = (
        fingerprint.digest((table, map(fingerprint.line, rows)) for table, rows in each.items())
        for each in (made, stored)
    )
    committed = orjson.loads((bundled("fixtures") / recipe.name / "manifest.json").read_bytes())
    if committed["logical_hash"] != expected:
        place = (recipe.name, "manifest.json", "logical_hash")
        yield Fault(place, expected, str(committed["logical_hash"]))
    if expected != found:
        for table in TABLES:
            yield from _rows(str(dataset.folder), table, made[table], stored.get(table, []))


def _rows(folder: str, table: str, made: Sequence[Row], stored: Sequence[Row]) -> Iterator[Fault]:
    """The first rows that differ, column by column."""

    def by_id(rows: Iterable[Row]) -> dict[str, Row]:
        return {" ".join(row[column] for column in _IDS.get(table, ("id",))): row for row in rows}

    unlike = Counter(map(fingerprint.line, made))
    unlike.subtract(map(fingerprint.line, stored))
    known, found = by_id(made), by_id(stored)
    ids = by_id(orjson.loads(line) for line, count in unlike.items() if count)
    for id_ in islice(sorted(ids), _SHOWN):
        place = (folder, table, id_)
        if id_ not in known or id_ not in found:
            said = "a row", "no row"
            yield Fault(place, *(said if id_ in known else said[::-1]))
            continue
        for column in TABLES[table]:
            here, there = known[id_][column], found[id_].get(column)
            if here != there:
                yield Fault((*place, column), f"{here!r:.80}", f"{there!r:.80}")
