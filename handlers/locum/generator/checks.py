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
from locum.datasets import logical_hash
from locum.datasets.columns import KEYS, Columns
from locum.datasets.dataset import MANIFEST, Dataset
from locum.exceptions import DatasetError, did_you_mean
from locum.generator import cache, plain_tables, recipe_loader, world, writer
from locum.generator.recipe import Claim, Recipe, instant
from locum.generator.rules import rules
from locum.generator.tables import rows as rows_of
from locum.generator.tables import worlds
from locum.provider import Provider
from locum.resources import DATA_DICTIONARY, bundled

_NOTHING = "nothing"
_SHOWN = 3  # rows in which the same thing is wrong

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
    """Return the names of the bundled datasets, and of the recipes that should have one, sorted."""
    return sorted({*datasets.names(), *recipe_loader.names()})


def check(
    name: str, tables: Mapping[str, Columns], providers: Sequence[Provider]
) -> Iterator[Fault]:
    """Give all that is wrong with the bundled dataset of that name: files that are missing or too
    many, rows and a manifest that its recipe does not give, references, ranges and providers that
    do not agree, and claims that do not hold. `tables` are the columns of each table that it has,
    `providers` those that see its world.

    Raises DatasetError where there is no such dataset, and for a claim that is no SQL.
    """
    if name not in names():
        told = f"no dataset {name!r}: neither a bundled name nor a folder"
        fix = f"name one of {', '.join(names())}, or the path of a dataset folder"
        raise DatasetError(f"{told}{did_you_mean(name, names())}", fix)
    if name not in recipe_loader.names():
        yield Fault((name,), f"a recipe, recipes/{name}.yaml", _NOTHING)
        return
    yield from _Check(recipe_loader.find(name), tables, providers).faults()


@frozen
class _Check:
    """A bundled dataset, with the columns of every table and the providers that see its world."""

    recipe: Recipe
    tables: Mapping[str, Columns]
    providers: Sequence[Provider]

    def faults(self) -> Iterator[Fault]:
        seen = world.build(self.recipe)
        faults = list(self._files(rows_of(seen, self.providers)))
        yield from faults
        if any(fault.found == _NOTHING for fault in faults):
            return  # what else is wrong follows from it
        try:
            dataset = datasets.read(self._folder(), self.tables)
            yield from self._anew(dataset, rows_of(seen, self.providers))
            connection = plain_tables.connect(dataset)
        except (DatasetError, duckdb.Error, orjson.JSONDecodeError) as error:
            found = str(error).splitlines()[0]
            yield Fault((self.recipe.name,), "a dataset that can be read", found)
            return
        with connection:
            yield from self._broken(connection)

    def _folder(self) -> Path:
        """Where the tables are: in fixtures/, or where they are made on first use."""
        if self.recipe.committed:
            return bundled("fixtures") / self.recipe.name
        return cache.folder(self.recipe.name, self.tables, self.providers)

    def _files(self, drawn: Iterable[str]) -> Iterator[Fault]:
        """What is missing or too much in fixtures/, and where the tables are if not there, those
        that are drawn: others only come of what is written to a dataset."""
        recipe = self.recipe
        folder, whole = bundled("fixtures") / recipe.name, writer.names(recipe, drawn)
        yield from _listed((recipe.name,), folder, whole if recipe.committed else {MANIFEST})
        if not recipe.committed:
            made = self._folder()
            yield from _listed((str(made),), made, whole)

    def _anew(self, dataset: Dataset, drawn: Mapping[str, Iterable[Row]]) -> Iterator[Fault]:
        """How the files, and the manifest, differ from what the recipe gives."""
        recipe = self.recipe
        stored = {
            table: list(logical_hash.stored(file, table, self.tables[table]))
            for table, file in sorted(dataset.files.items())
        }
        made = {table: list(rows) for table, rows in drawn.items()}
        expected = writer.describe(recipe, made, self.tables)
        committed = datasets.manifest(bundled("fixtures") / recipe.name)
        yield from _unlike((recipe.name, MANIFEST), expected, committed)
        lines = ((table, map(logical_hash.line, rows)) for table, rows in stored.items())
        if expected["logical_hash"] != logical_hash.digest(lines):
            ids: dict[str, tuple[str, ...]] = {KEYS: ("key", "provider")}
            for seen in worlds(self.providers).values():
                ids |= seen.ids
            for table, rows in made.items():
                place = (str(dataset.folder), table)
                yield from _rows(place, ids.get(table, ("id",)), rows, stored[table])

    def _broken(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Fault]:
        """Rules that the rows break, and claims that they do not bear out."""
        recipe = self.recipe
        now = instant(recipe.now).replace(tzinfo=None)
        for rule in rules(worlds(self.providers)):
            parameters = {"now": now} if "$now" in rule.select else {}
            for row, found in connection.execute(rule.select, parameters).fetchmany(_SHOWN):
                place = (recipe.name, rule.table, str(row), rule.column)
                yield Fault(place, rule.expected, str(found))
        for claim in recipe.claims:
            found = _value(recipe.name, claim, connection)
            if not claim.holds(found):
                yield Fault((recipe.name, claim.claim), claim.expected, str(found))


def _listed(place: tuple[str, ...], folder: Path, expected: set[str]) -> Iterator[Fault]:
    if not folder.is_dir():
        yield Fault(place, "a folder", _NOTHING)
        return
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    for file in sorted(expected ^ found):
        said = ("a file", _NOTHING) if file in expected else ("no such file", "one")
        yield Fault((*place, file), *said)


def _value(name: str, claim: Claim, connection: duckdb.DuckDBPyConnection) -> Any:
    try:
        rows = connection.execute(claim.select).fetchall()
    except duckdb.Error as error:
        told = f"the claim {claim.claim!r} of {name}: {str(error).splitlines()[0]}"
        raise DatasetError(told, f"mend its select; {DATA_DICTIONARY} has the columns") from None
    return rows[0][0] if rows else None


def dictionary(tables: Mapping[str, Columns]) -> Iterator[Fault]:
    """Tell where fixtures/README.md does not describe the columns of the tables, in their order."""
    text = (bundled("fixtures") / "README.md").read_text(encoding="utf-8")
    sections = re.split(r"^### `([\w/]+)`.*$", text, flags=re.MULTILINE)[1:]
    described = dict(zip(sections[::2], sections[1::2], strict=True))
    for table, columns in tables.items():
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


def _unlike(place: tuple[str, ...], expected: Any, found: Any) -> Iterator[Fault]:
    """Where two JSON values differ, field by field."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in {**expected, **found}:
            yield from _unlike((*place, name), expected.get(name), found.get(name))
    elif expected != found:
        yield Fault(place, *(_NOTHING if each is None else f"{each}" for each in (expected, found)))


def _rows(
    table: tuple[str, str], id_: tuple[str, ...], made: Sequence[Row], stored: Sequence[Row]
) -> Iterator[Fault]:
    """The first rows that differ, column by column; the columns `id_` tell rows apart."""

    def by_id(rows: Iterable[Row]) -> dict[str, Row]:
        return {" ".join(str(row.get(column)) for column in id_): row for row in rows}

    unlike = Counter(map(logical_hash.line, made))
    unlike.subtract(map(logical_hash.line, stored))
    known, found = by_id(made), by_id(stored)
    ids = by_id(orjson.loads(line) for line, count in unlike.items() if count)
    for each in islice(sorted(ids), _SHOWN):
        place = (*table, each)
        if each not in known or each not in found:
            said = "a row", "no row"
            yield Fault(place, *(said if each in known else said[::-1]))
            continue
        here, there = known[each], found[each]
        differing = [name for name in {**here, **there} if here.get(name) != there.get(name)]
        for column in differing:
            yield Fault((*place, column), f"{here.get(column)!r:.80}", f"{there.get(column)!r:.80}")
        if not differing:
            yield Fault(place, "one row", "several")
