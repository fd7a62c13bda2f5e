"""Constraints as statements: what is declared of a table, as conditions on the engine's rows
(DuckDB's dialect).

Each has a quick form, which tells whether to look: all of a million rows are asked within a second,
and all of a few within milliseconds. Texts that are many, such as ids, are compared there by their
hashes of 64 bits.
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
# What no JSON has, and what the database takes for JSON all the same, is found where the strings are
# taken out.
_STRING, _NO_NUMBER = r'"(\\.|[^"\\])*"', "NaN|Infinity"


@frozen
class Check:
    """A constraint of a table: `rows` is a statement of (row, found) which gives the rows that break
    it; row 0 is the table as a whole. There are none where `suspicion` is 0, false or null: an
    aggregate over the table, or the statement of a number, which several may share.
    """

    column: str
    expected: str
    suspicion: str
    rows: str
    is_error: bool = False
    fix: str = "mend the row, or leave it out"


@frozen
class Checked:
    """A table that is loaded, under its name, its times so many microseconds later than in its
    file, where they are as they are shown."""

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
        self,
        column: str,
        expected: str,
        broken: str,
        suspicion: str = "",
        *,
        is_error: bool = False,
    ) -> Check:
        """The check that a condition is true of no row."""
        rows = self.where(column, broken)
        suspicion = suspicion or f"count(*) FILTER ({broken})"
        return Check(column, expected, suspicion, rows, is_error)


def of_table(checked: Checked, now: datetime, *, is_parquet: bool) -> Iterator[Check]:
    """Give the checks of a table's rows by themselves, whose times are not after now. The items of
    lists and maps, and numbers in JSON, are checked in JSONL as it is read."""
    yield from _nulls(checked)
    yield from _times(checked, now)
    yield from _values(checked)
    yield from _amounts(checked)
    if is_parquet:
        yield from _items(checked)


def unique(checked: Checked) -> Iterator[tuple[str, Check]]:
    """Give the checks that no rows are equal in some columns, each with an expression over the
    table by whose values rows are told apart; a row with a null is equal to none."""
    constraints, row = checked.table.constraints, checked.table.row
    for group, is_error in [
        *((columns, True) for columns in constraints.unique),
        *((columns, False) for columns in constraints.distinct),
    ]:
        columns = ", ".join(map(checked.engine, group))
        known = " AND ".join(f"{checked.engine(column)} IS NOT NULL" for column in group)
        shown = ", ' ', ".join(map(checked.shown, group))
        rows = (
            f"SELECT row, found FROM (SELECT {row} AS row, concat({shown}) AS found, "
            f"row_number() OVER (PARTITION BY {columns} ORDER BY {row}) AS nth "
            f"FROM {checked.relation} WHERE {known}) WHERE nth > 1"
        )
        expected = f"each {' and '.join(group)} once"
        fix = f"give the row another {group[0]}, or leave it out"
        check = Check(group[0], expected, "", rows, is_error, fix)
        yield f"if({known}, hash({columns}), hash({row}))", check


def _nulls(checked: Checked) -> Iterator[Check]:
    constraints = checked.table.constraints
    for columns, is_error in ((constraints.required, True), (constraints.expected, False)):
        for column in columns:
            name = checked.engine(column)
            nulls = f"count(*) - count({name})"
            yield checked.broken(column, "a value", f"{name} IS NULL", nulls, is_error=is_error)


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
    amounts = checked.table.constraints.amounts
    maps = [name for name in amounts if checked.table.columns[name] == INTEGER_MAP]
    outside = _any_item(checked, maps, f"item NOT BETWEEN 0 AND {MOST}")
    for column in amounts:
        name = quoted(column)
        if column in maps:
            values = f"map_values({name})"
            broken = f"list_min({values}) < 0 OR list_max({values}) > {MOST}"
            yield checked.broken(column, f"integers from 0 to {MOST:,}", broken, outside)
            continue
        broken = f"{name} NOT BETWEEN 0 AND {MOST}"
        extremes = f"min({name}) < 0 OR max({name}) > {MOST}"
        yield checked.broken(column, f"an integer from 0 to {MOST:,}", broken, extremes)
        rows = f"SELECT 0 AS row, CAST(sum({name}) AS VARCHAR) AS found FROM {checked.relation}"
        fix = "sums are exact up to there: mend the largest amounts"
        yield Check(column, f"a sum of {MOST:,} at most", f"sum({name}) > {MOST}", rows, fix=fix)


def _items(checked: Checked) -> Iterator[Check]:
    columns = checked.table.columns
    lists = [name for name, kind in columns.items() if kind in (TEXTS, TEXT_MAP, INTEGER_MAP)]
    null = _any_item(checked, lists, "item IS NULL")
    for column, kind in columns.items():
        name = quoted(column)
        if column in lists:
            items = _values_of(checked, column)
            nulls = f"list_count({items}) <> len({items})"
            yield checked.broken(column, "no null in it", nulls, null, is_error=True)
        elif kind == JSON:
            text = f"CAST({name} AS VARCHAR)"
            nan = f"(contains({text}, 'NaN') OR contains({text}, 'Infinity'))"
            bare = f"regexp_replace({text}, '{_STRING}', '', 'g')"
            number = f"{nan} AND regexp_matches({bare}, '{_NO_NUMBER}')"
            suspicion = f"count(*) FILTER ({nan})"
            yield checked.broken(
                column, "JSON, which has no such number", number, suspicion, is_error=True
            )


def _values_of(checked: Checked, column: str) -> str:
    """The list of the items of a list or map."""
    name = quoted(column)
    return name if checked.table.columns[column] == TEXTS else f"map_values({name})"


def _any_item(checked: Checked, columns: Collection[str], broken: str) -> str:
    """The statement of how many items of the lists and maps a condition is true of."""
    every = " UNION ALL ".join(
        f"SELECT {broken} AS is_broken FROM "
        f"(SELECT unnest({_values_of(checked, column)}) AS item FROM {checked.relation})"
        for column in columns
    )
    return f"SELECT count(*) FROM ({every}) WHERE is_broken"


def of_reference(checked: Checked, reference: Reference, target: Checked) -> Iterator[Check]:
    """Give the checks that what a table refers to is there, and has the same values."""
    own, same = f"{checked.relation}.{checked.engine(reference.column)}", map(quoted, reference.same)
    refers = f"({reference.where}) AND {own} IS NOT NULL"
    is_one = f"other.{target.engine(reference.key)} = {own}"
    there = f"EXISTS (SELECT 1 FROM {target.relation} other WHERE {is_one})"
    absent = checked.where(reference.column, f"{refers} AND NOT {there}")
    columns = ", ".join((checked.engine(reference.column), *same))
    keys = ", ".join((target.engine(reference.key), *map(quoted, reference.same)))
    suspicion = (
        f"SELECT count(*) FROM (SELECT hash({columns}) AS own FROM {checked.relation} "
        f"WHERE {refers}) ANTI JOIN (SELECT hash({keys}) AS other FROM {target.relation}) "
        "ON own = other"
    )
    expected = f"the {reference.key} of a row of {reference.table}"
    fix = f"add that row to {reference.table}, or mend {reference.column}"
    yield Check(reference.column, expected, suspicion, absent, fix=fix)
    for column in reference.same:
        is_same = f"other.{quoted(column)} IS NOT DISTINCT FROM {checked.relation}.{quoted(column)}"
        equal = f"EXISTS (SELECT 1 FROM {target.relation} other WHERE {is_one} AND {is_same})"
        other = checked.where(column, f"{refers} AND {there} AND NOT {equal}")
        expected = f"that of the row of {reference.table} with its {reference.column}"
        yield Check(column, expected, suspicion, other)


def of_tenant(checked: Checked, keys: Checked) -> Iterator[Check]:
    """Give the check that a key of the table's provider opens each tenant."""
    column = checked.table.constraints.tenant
    if column is not None:
        provider = checked.provider.replace("'", "''")
        tenant = f"{checked.relation}.{quoted(column)}"
        is_one = f"key.provider = '{provider}' AND key.tenant_id = {tenant}"
        closed = f"{tenant} IS NOT NULL"
        count = f"SELECT count(*) FROM {checked.relation} ANTI JOIN {keys.relation} key ON {is_one}"
        rows = checked.where(
            column, f"{closed} AND NOT EXISTS (SELECT 1 FROM {keys.relation} key WHERE {is_one})"
        )
        expected = f"a tenant that a key of {checked.provider} opens"
        fix = f"add a key for the tenant to the table {KEYS}, or mend {column}"
        yield Check(column, expected, f"{count} WHERE {closed}", rows, fix=fix)


def of_keys(
    keys: Checked, providers: Collection[str], tables: Collection[Checked]
) -> Iterator[Check]:
    """Give the checks that keys are for one of the providers, and, where there are tables, open a
    tenant of some row."""
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in providers) or "NULL"
    yield keys.broken(
        "provider", f"one of {', '.join(providers)}", f"provider NOT IN ({names})"
    )
    of_tenants = [
        f"ANTI JOIN {table.relation} t{place} ON t{place}.{quoted(tenant)} = key.tenant_id"
        for place, table in enumerate(tables)
        if (tenant := table.table.constraints.tenant) is not None
    ]
    if of_tenants:
        found = f"FROM {keys.relation} key {' '.join(of_tenants)} WHERE key.tenant_id IS NOT NULL"
        rows = f"SELECT key.row, key.tenant_id AS found {found}"
        yield Check("tenant_id", "a tenant of some row", f"SELECT count(*) {found}", rows)
