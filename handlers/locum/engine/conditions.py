"""Constraints as statements: what is declared of a table, as conditions on the engine's rows
(DuckDB's dialect).

Each has a quick form, which tells whether to look: a million rows are asked within a second. Texts
that are many, such as ids, are compared there by their hashes of 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from attrs import frozen

from locum.datasets.columns import INTEGER_MAP, JSON, TEXT_MAP, TEXTS, TIME
from locum.engine.tables import Table, microseconds, quoted

MOST = 2**53  # up to which a double holds every integer
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What no JSON has, and the database takes all the same; it is found where strings are taken out.
_NO_NUMBERS, _STRING = ("NaN", "Infinity"), r'"(\\.|[^"\\])*"'


def literal(text: str) -> str:
    """Return the text as a statement may have it."""
    return "'" + text.replace("'", "''") + "'"


class Check(NamedTuple):
    """A constraint of a table: `rows` is a statement of (row, found) which gives the rows that
    break it; row 0 is the table as a whole. There are none where a suspicion tells of none:

    - `aggregate`, an expression over the table, is 0, false or null;
    - no row of the statement `items` is true;
    - the statement `distinct` gives no value twice;
    - what the statement `own` gives is among what `other` gives, of the table `target`.
    """

    column: str
    expected: str
    rows: str
    is_error: bool = False
    fix: str = "mend the row, or leave it out"
    aggregate: str = ""
    items: str = ""
    distinct: str = ""
    own: str = ""
    other: str = ""
    target: str = ""


@frozen
class Checked:
    """A table that is loaded, under its name, its times so many microseconds later than in its
    file, where they are as they are shown."""

    name: str
    table: Table
    later_us: int = 0

    @property
    def relation(self) -> str:
        """The engine's name of it."""
        return quoted(self.table.name(self.name))

    @property
    def provider(self) -> str:
        """Whose table it is: its name begins with the provider's; '' where it is all providers'."""
        return self.name.rpartition("/")[0].partition("/")[0]

    def shown(self, column: str) -> str:
        """A value of the column as it stands in the file, unless it is secret."""
        if column in self.table.constraints.secret:
            return f"if({quoted(column)} IS NULL, NULL, '…')"
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
        return (
            f"SELECT {self.table.row} AS row, {shown} AS found FROM {self.relation} WHERE {broken}"
        )

    def broken(
        self,
        column: str,
        expected: str,
        broken: str,
        aggregate: str = "",
        items: str = "",
        *,
        is_error: bool = False,
    ) -> Check:
        """The check that a condition is true of no row; it is counted without another suspicion."""
        if not aggregate and not items:
            aggregate = f"count(*) FILTER ({broken})"
        rows = self.where(column, broken)
        return Check(column, expected, rows, is_error, aggregate=aggregate, items=items)


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
    """Rows with a null in one of the columns are equal to none."""
    constraints, row = checked.table.constraints, checked.table.row
    for group, is_error in [
        *((columns, True) for columns in constraints.unique),
        *((columns, False) for columns in constraints.distinct),
    ]:
        columns = ", ".join(map(checked.engine, group))
        known = " AND ".join(f"{checked.engine(column)} IS NOT NULL" for column in group)
        rows = (
            f"SELECT row, found FROM (SELECT {row} AS row, {checked.shown(group[0])} AS found, "
            f"row_number() OVER (PARTITION BY {columns} ORDER BY {row}) AS nth "
            f"FROM {checked.relation} WHERE {known}) WHERE nth > 1"
        )
        expected = f"each {' and '.join(group)} once"
        fix = f"give the row another {group[0]}, or leave it out"
        which = literal(f"{checked.name} {' '.join(group)}")
        distinct = f"SELECT hash({which}, {columns}) FROM {checked.relation} WHERE {known}"
        yield Check(group[0], expected, rows, is_error, fix, distinct=distinct)


def _nulls(checked: Checked) -> Iterator[Check]:
    constraints = checked.table.constraints
    for columns, is_error in ((constraints.required, True), (constraints.expected, False)):
        for column in columns:
            name = checked.engine(column)
            nulls = f"count(*) - count({name})"
            yield checked.broken(column, "a value", f"{name} IS NULL", nulls, is_error=is_error)


def _times(checked: Checked, now: datetime) -> Iterator[Check]:
    later = checked.later_us
    last = (now - _EPOCH) // timedelta(microseconds=1) + later
    columns = [name for name, kind in checked.table.columns.items() if kind == TIME]
    if columns:
        times = ", ".join(map(checked.engine, columns))
        outside = f"min(least({times})) < {later} OR max(greatest({times})) > {last}"
        expected = f"a time from 1970 to {now:%Y-%m-%dT%H:%M:%S.%fZ}, the end of the dataset"
        for column in columns:
            broken = f"{checked.engine(column)} NOT BETWEEN {later} AND {last}"
            yield checked.broken(column, expected, broken, outside)
    pairs = {
        (first, then): f"{checked.engine(then)} < {checked.engine(first)}"
        for first, then in checked.table.constraints.order
    }
    any_pair = f"count(*) FILTER ({' OR '.join(pairs.values())})"
    for (first, then), before in pairs.items():
        yield checked.broken(then, f"none before {first}", before, any_pair)


def _values(checked: Checked) -> Iterator[Check]:
    constraints = checked.table.constraints
    for column, values in constraints.known.items():
        unknown = f"{checked.engine(column)} NOT IN ({', '.join(map(literal, values))})"
        yield checked.broken(column, f"one of {', '.join(values)}", unknown)
    texts = {column: f"CAST({quoted(column)} AS VARCHAR)" for column in constraints.objects}
    starts = " OR ".join(f"NOT starts_with({text}, '{{')" for text in texts.values())
    for column in texts:
        other = f"json_type({quoted(column)}) NOT IN ('OBJECT', 'NULL')"
        other_start = f"count(*) FILTER ({starts})"
        yield checked.broken(column, "a JSON object", other, other_start, is_error=True)
    for value in constraints.values:
        broken = f"NOT ({value.holds})"
        yield checked.broken(value.column, value.expected, broken, is_error=value.is_error)


def _amounts(checked: Checked) -> Iterator[Check]:
    amounts = checked.table.constraints.amounts
    maps = [name for name in amounts if checked.table.columns[name] == INTEGER_MAP]
    for column in maps:
        values = f"map_values({quoted(column)})"
        broken = f"list_min({values}) < 0 OR list_max({values}) > {MOST}"
        outside = _items_of(checked, column)
        yield checked.broken(column, f"integers from 0 to {MOST:,}", broken, items=outside)
    plain = [name for name in amounts if name not in maps]
    every = ", ".join(map(quoted, plain))
    # A sum is not greater than the largest amount in each row.
    outside = f"min(least({every})) < 0 OR max(greatest({every})) > {MOST} / count(*)"
    for column in plain:
        name = quoted(column)
        broken = f"{name} NOT BETWEEN 0 AND {MOST}"
        yield checked.broken(column, f"an integer from 0 to {MOST:,}", broken, outside)
        rows = (
            f"SELECT 0 AS row, CAST(sum({name}) AS VARCHAR) AS found FROM {checked.relation} "
            f"HAVING sum({name}) > {MOST}"
        )
        fix = "sums are exact up to there: mend the largest amounts"
        yield Check(column, f"a sum of {MOST:,} at most", rows, fix=fix, aggregate=outside)


def _items(checked: Checked) -> Iterator[Check]:
    columns = checked.table.columns
    texts = [f"CAST({quoted(name)} AS VARCHAR)" for name, kind in columns.items() if kind == JSON]
    numbers = (f"contains({text}, '{number}')" for text in texts for number in _NO_NUMBERS)
    any_number = f"count(*) FILTER ({' OR '.join(numbers)})"
    for column, kind in columns.items():
        if kind in (TEXTS, TEXT_MAP, INTEGER_MAP):
            items = _values_of(checked, column)
            nulls, null = f"list_count({items}) <> len({items})", _items_of(checked, column)
            yield checked.broken(column, "no null in it", nulls, items=null, is_error=True)
        elif kind == JSON:
            bare = f"regexp_replace(CAST({quoted(column)} AS VARCHAR), '{_STRING}', '', 'g')"
            number = f"regexp_matches({bare}, '{'|'.join(_NO_NUMBERS)}')"
            expected = "JSON, which has no such number"
            yield checked.broken(column, expected, number, any_number, is_error=True)


def _values_of(checked: Checked, column: str) -> str:
    """The list of the items of a list or map."""
    name = quoted(column)
    return name if checked.table.columns[column] == TEXTS else f"map_values({name})"


def _items_of(checked: Checked, column: str) -> str:
    """The statement of whether each item of the lists or maps is null, or no amount."""
    is_amount = column in checked.table.constraints.amounts
    outside = f" OR item NOT BETWEEN 0 AND {MOST}" if is_amount else ""
    items = f"SELECT unnest({_values_of(checked, column)}) AS item FROM {checked.relation}"
    return f"SELECT item IS NULL{outside} FROM ({items})"
