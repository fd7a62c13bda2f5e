"""Constraints as statements: what is declared of a table, as conditions on the engine's rows
(DuckDB's dialect).

A time is shown as it stands in the file, and so many microseconds `later` in the engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from attrs import frozen

from locum.datasets.columns import INTEGER, INTEGER_MAP, JSON, KEYS, TEXT_MAP, TEXTS, TIME
from locum.datasets.constraints import Reference
from locum.engine.tables import Table, microseconds, quoted

MOST = 2**53  # up to which a double holds every integer
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What no JSON has, and what the database takes for JSON all the same.
_NO_NUMBER = r"(^|[:,\[])\s*-?(NaN|Infinity)\s*($|[,\]}])"


@frozen
class Check:
    """A constraint of a table: `count` is how many rows break it, an expression over the table, and
    `rows` a statement of (row, found) which gives them; '' where it is about no single row."""

    column: str
    expected: str
    count: str
    rows: str
    is_error: bool = False
    fix: str = "mend the row, or leave it out"


@frozen
class Checked:
    """A table that is loaded, under its name."""

    name: str
    table: Table
    later_us: int = 0

    @property
    def relation(self) -> str:
        return quoted(self.table.name(self.name))

    @property
    def provider(self) -> str:
        """Whose table it is: its name begins with the provider's."""
        return self.name.partition("/")[0]

    def shown(self, column: str) -> str:
        """A value of the column as it stands in the file."""
        if self.table.columns.get(column) == TIME:
            time = f"make_timestamp({self.engine(column)} - {self.later_us})"
            return f"strftime({time}, '%Y-%m-%dT%H:%M:%S.%fZ')"
        return f"CAST({quoted(column)} AS VARCHAR)"

    def engine(self, column: str) -> str:
        """The engine's name of the column."""
        is_time = self.table.columns.get(column) == TIME
        return quoted(microseconds(column) if is_time else column)

    def where(self, column: str, broken: str, shown: str = "") -> str:
        """The statement of the rows of which a condition is true."""
        shown = shown or self.shown(column)
        return f"SELECT {self.table.row} AS row, {shown} AS found FROM {self.relation} WHERE {broken}"

    def broken(
        self, column: str, expected: str, broken: str, *, is_error: bool = False
    ) -> Check:
        """The check that a condition is true of no row."""
        rows = self.where(column, broken)
        return Check(column, expected, f"count(*) FILTER ({broken})", rows, is_error)


def of_table(checked: Checked, now: datetime, *, is_parquet: bool) -> Iterator[Check]:
    """Give the checks of a table's rows by themselves, whose times are not after now. The items of
    lists and maps, and numbers in JSON, are checked in JSONL as it is read."""
    yield from _unique(checked)
    yield from _nulls(checked)
    yield from _times(checked, now)
    yield from _values(checked)
    yield from _amounts(checked)
    if is_parquet:
        yield from _items(checked)


def _unique(checked: Checked) -> Iterator[Check]:
    constraints = checked.table.constraints
    for group, is_error in [
        *((columns, True) for columns in constraints.unique),
        *((columns, False) for columns in constraints.distinct),
    ]:
        columns = ", ".join(map(checked.engine, group))
        known = " AND ".join(f"{checked.engine(column)} IS NOT NULL" for column in group)
        count = f"count(*) FILTER ({known}) - count(DISTINCT ({columns})) FILTER ({known})"
        shown = ", ' ', ".join(map(checked.shown, group))
        rows = (
            f"SELECT row, found FROM (SELECT {checked.table.row} AS row, "
            f"concat({shown}) AS found, row_number() OVER (PARTITION BY {columns} "
            f"ORDER BY {checked.table.row}) AS nth FROM {checked.relation} WHERE {known}) "
            "WHERE nth > 1"
        )
        expected = f"each {' and '.join(group)} once" + ("" if is_error else ", a row is no use twice")
        fix = f"give the row another {group[0]}, or leave it out"
        yield Check(group[0], expected, count, rows, is_error, fix)


def _nulls(checked: Checked) -> Iterator[Check]:
    constraints = checked.table.constraints
    for column in constraints.required:
        null = f"{checked.engine(column)} IS NULL"
        yield checked.broken(column, "a value", null, is_error=True)
    for column in constraints.expected:
        yield checked.broken(column, "a value", f"{checked.engine(column)} IS NULL")


def _times(checked: Checked, now: datetime) -> Iterator[Check]:
    later = checked.later_us
    last = (now - _EPOCH) // timedelta(microseconds=1)
    for column, kind in checked.table.columns.items():
        if kind == TIME:
            time = checked.engine(column)
            expected = f"a time from 1970 to {now:%Y-%m-%dT%H:%M:%S.%fZ}, the end of the dataset"
            broken = f"{time} NOT BETWEEN {later} AND {last + later}"
            yield checked.broken(column, expected, broken)
    for first, then in checked.table.constraints.order:
        before = f"{checked.engine(then)} < {checked.engine(first)}"
        yield checked.broken(then, f"none before {first}", before)


def _values(checked: Checked) -> Iterator[Check]:
    constraints = checked.table.constraints
    for column, values in constraints.known.items():
        texts = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
        unknown = f"{checked.engine(column)} NOT IN ({texts})"
        yield checked.broken(column, f"one of {', '.join(values)}", unknown)
    for column in constraints.objects:
        text = f"CAST({quoted(column)} AS VARCHAR)"
        other = (  # which is seldom parsed
            f"CASE WHEN starts_with({text}, '{{') THEN false "
            f"ELSE json_type({quoted(column)}) NOT IN ('OBJECT', 'NULL') END"
        )
        yield checked.broken(column, "a JSON object", other)
    for value in constraints.values:
        broken = f"NOT ({value.holds})"
        yield checked.broken(value.column, value.expected, broken, is_error=value.is_error)


def _amounts(checked: Checked) -> Iterator[Check]:
    expected = f"an integer from 0 to {MOST:,}"
    for column in checked.table.constraints.amounts:
        name = quoted(column)
        if checked.table.columns[column] == INTEGER_MAP:
            values = f"map_values({name})"
            broken = f"list_min({values}) < 0 OR list_max({values}) > {MOST}"
            yield checked.broken(column, f"integers from 0 to {MOST:,}", broken)
            continue
        yield checked.broken(column, expected, f"{name} NOT BETWEEN 0 AND {MOST}")
        sum_ = f"coalesce(CAST(sum({name}) > {MOST} AS INTEGER), 0)"
        rows = f"SELECT 0 AS row, CAST(sum({name}) AS VARCHAR) AS found FROM {checked.relation}"
        fix = "sums are exact up to there: mend the largest amounts"
        yield Check(column, f"a sum of {MOST:,} at most", sum_, rows, fix=fix)


def _items(checked: Checked) -> Iterator[Check]:
    for column, kind in checked.table.columns.items():
        name = quoted(column)
        if kind in (TEXTS, TEXT_MAP, INTEGER_MAP):
            items = name if kind == TEXTS else f"map_values({name})"
            nulls = f"list_count({items}) <> len({items})"
            yield checked.broken(column, "no null in it", nulls, is_error=True)
        elif kind == JSON:
            text = f"CAST({name} AS VARCHAR)"
            nan = f"(contains({text}, 'NaN') OR contains({text}, 'Infinity'))"
            number = f"CASE WHEN {nan} THEN regexp_matches({text}, '{_NO_NUMBER}') ELSE false END"
            yield checked.broken(column, "JSON, which has no such number", number, is_error=True)


def of_reference(
    checked: Checked, reference: Reference, target: Checked
) -> Iterator[Check]:
    """Give the checks that what a table refers to is there, and has the same values."""
    own, row = checked.relation, f"{checked.relation}.{checked.engine(reference.column)}"
    is_one = f"other.{target.engine(reference.key)} = {row}"
    refers = f"({reference.where}) AND {row} IS NOT NULL"
    there = f"EXISTS (SELECT 1 FROM {target.relation} other WHERE {is_one})"
    absent = f"{refers} AND NOT {there}"
    expected = f"the {reference.key} of a row of {reference.table}"
    fix = f"add that row to {reference.table}, or mend {reference.column}"
    rows = checked.where(reference.column, absent)
    count = f"(SELECT count(*) FROM {own} WHERE {absent})"
    yield Check(reference.column, expected, count, rows, fix=fix)
    for column in reference.same:
        is_same = f"other.{quoted(column)} IS NOT DISTINCT FROM {own}.{quoted(column)}"
        equal = f"EXISTS (SELECT 1 FROM {target.relation} other WHERE {is_one} AND {is_same})"
        differs = f"{refers} AND NOT {equal}"
        # Who refers to nothing is among these, and is known already.
        count_differing = f"(SELECT count(*) FROM {own} WHERE {differs}) - {count}"
        rows = checked.where(column, f"{differs} AND {there}")
        expected = f"that of the row of {reference.table} with its {reference.column}"
        yield Check(column, expected, count_differing, rows)


def of_tenant(checked: Checked, keys: Checked) -> Iterator[Check]:
    """Give the check that a key of the table's provider, where it has any, opens each tenant."""
    column = checked.table.constraints.tenant
    if column is None:
        return
    provider = checked.provider.replace("'", "''")
    of_provider = f"SELECT 1 FROM {keys.relation} key WHERE key.provider = '{provider}'"
    tenant = f"{checked.relation}.{quoted(column)}"
    closed = (
        f"EXISTS ({of_provider}) AND {tenant} IS NOT NULL "
        f"AND NOT EXISTS ({of_provider} AND key.tenant_id = {tenant})"
    )
    yield Check(
        column,
        f"a tenant that a key of {checked.provider} opens",
        f"(SELECT count(*) FROM {checked.relation} WHERE {closed})",
        checked.where(column, closed),
        fix=f"add a key for the tenant to the table {KEYS}, or mend {column}",
    )


def of_keys(
    keys: Checked, providers: Collection[str], tables: Mapping[str, Checked]
) -> Iterator[Check]:
    """Give the checks that keys are for one of the providers, and open a tenant that has rows in
    one of the tables, where these are all that the dataset has."""
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in providers) or "NULL"
    expected = f"one of {', '.join(providers)}"
    yield keys.broken("provider", expected, f"provider NOT IN ({names})")
    tenants = [
        f"NOT EXISTS (SELECT 1 FROM {table.relation} other "
        f"WHERE other.{quoted(tenant)} = {keys.relation}.tenant_id)"
        for table in tables.values()
        if (tenant := table.table.constraints.tenant) is not None
    ]
    if tenants:
        unknown = f"tenant_id IS NOT NULL AND {' AND '.join(tenants)}"
        yield Check(
            "tenant_id",
            "a tenant of some row",
            f"(SELECT count(*) FROM {keys.relation} WHERE {unknown})",
            keys.where("tenant_id", unknown),
        )
