"""Whether the bundled datasets are what their recipes and the data dictionary say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import orjson
from attrs import frozen

from locum.datasets import dataset as datasets
from locum.datasets import logical_hash as fingerprint
from locum.datasets.dataset import MANIFEST, TABLES, Dataset
from locum.exceptions import DatasetError
from locum.generator import cache, plain_tables, recipe_files, tables, world
from locum.generator import writer as files
from locum.generator.recipe_values import instant
from locum.generator.recipes import Claim, Recipe
from locum.generator.rules import RULES
from locum.resources import bundled

_NOTHING = "nothing"
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


def names() -> list[str]:
    """The names of the bundled datasets, and of the recipes that should have one, sorted."""
    return sorted({*datasets.names(), *recipe_files.names()})


def check(name: str) -> Iterator[Fault]:
    """All that is wrong with the bundled dataset of that name: files that are missing or too many,
    rows and a manifest that its recipe does not give, references, ranges and providers that do not
    agree, and claims that do not hold.

    Raises DatasetError where there is no such dataset, and for a claim that is no SQL.
    """
    if name not in names():
        fix = f"name one of {', '.join(names())}; only bundled datasets have files to check"
        raise DatasetError(f"no bundled dataset {name!r}", fix)
    if name not in recipe_files.names():
        yield Fault((name,), f"a recipe, recipes/{name}.yaml", _NOTHING)
        return
    recipe = recipe_files.find(name)
    faults = list(_files(recipe))
    yield from faults
    if any(fault.found == _NOTHING for fault in faults):
        return  # what else is wrong follows from it
    try:
        dataset = datasets.find(str(_folder(recipe)))
        yield from _anew(recipe, dataset)
        connection = plain_tables.connect(dataset)
    except (DatasetError, duckdb.Error, orjson.JSONDecodeError) as error:
        yield Fault((name,), "a dataset that can be read", str(error).splitlines()[0])
        return
    with connection:
        yield from _agreement(recipe, connection)


def _folder(recipe: Recipe) -> Path:
    """Where the tables are: in fixtures/, or where they are made on first use."""
    return bundled("fixtures") / recipe.name if recipe.committed else cache.folder(recipe.name)


def _files(recipe: Recipe) -> Iterator[Fault]:
    """What is missing or too much in fixtures/, and where the tables are if not there."""
    folder, whole = bundled("fixtures") / recipe.name, files.names(recipe)
    yield from _listed((recipe.name,), folder, whole if recipe.committed else {MANIFEST})
    if not recipe.committed:
        made = _folder(recipe)
        yield from _listed((str(made),), made, whole)


def _listed(place: tuple[str, ...], folder: Path, expected: set[str]) -> Iterator[Fault]:
    if not folder.is_dir():
        yield Fault(place, "a folder", _NOTHING)
        return
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    for file in sorted(expected ^ found):
        said = ("a file", _NOTHING) if file in expected else ("no such file", "one")
        yield Fault((*place, file), *said)


def _agreement(recipe: Recipe, connection: duckdb.DuckDBPyConnection) -> Iterator[Fault]:
    """Rules that the rows break, and claims that they do not bear out."""
    now = instant(recipe.now).replace(tzinfo=None)
    for rule in RULES:
        parameters = {"now": now} if "$now" in rule.select else {}
        for row, found in connection.execute(rule.select, parameters).fetchmany(_SHOWN):
            place = (recipe.name, rule.table, str(row), rule.column)
            yield Fault(place, rule.expected, str(found))
    for claim in recipe.claims:
        found = _value(recipe.name, claim, connection)
        if not claim.holds(found):
            yield Fault((recipe.name, claim.claim), claim.expected, str(found))


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
            yield column, found.get(column, _NOTHING)


def _anew(recipe: Recipe, dataset: Dataset) -> Iterator[Fault]:
    """How the files, and the manifest, differ from what the recipe gives."""
    stored = {t: list(fingerprint.stored(f, t)) for t, f in sorted(dataset.files.items())}
    made = {t: list(rows) for t, rows in tables.rows(world.build(recipe)).items()}
    expected = files.describe(recipe, made)
    committed = datasets.manifest(bundled("fixtures") / recipe.name)
    yield from _unlike((recipe.name, MANIFEST), expected, committed)
    lines = ((table, map(fingerprint.line, rows)) for table, rows in stored.items())
    if expected["logical_hash"] != fingerprint.digest(lines):
        for table in TABLES:
            yield from _rows(str(dataset.folder), table, made[table], stored[table])


def _unlike(place: tuple[str, ...], expected: Any, found: Any) -> Iterator[Fault]:
    """Where two JSON values differ, field by field."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in {**expected, **found}:
            yield from _unlike((*place, name), expected.get(name), found.get(name))
    elif expected != found:
        yield Fault(place, *(_NOTHING if each is None else f"{each}" for each in (expected, found)))


def _rows(folder: str, table: str, made: Sequence[Row], stored: Sequence[Row]) -> Iterator[Fault]:
    """The first rows that differ, column by column."""

    def by_id(rows: Iterable[Row]) -> dict[str, Row]:
        columns = _IDS.get(table, ("id",))
        return {" ".join(str(row.get(column)) for column in columns): row for row in rows}

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
        here, there = known[id_], found[id_]
        differing = [name for name in {**here, **there} if here.get(name) != there.get(name)]
        for column in differing:
            yield Fault((*place, column), f"{here.get(column)!r:.80}", f"{there.get(column)!r:.80}")
        if not differing:
            yield Fault(place, "one row", "several")
