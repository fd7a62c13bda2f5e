"""The tables of a dataset that is written to, in a database of their own beside the dataset's
(statements in DuckDB's dialect).

A table is copied there when it is first written to, and so are the tables that are derived from it;
all others are the dataset's. What is written is loaded by the statements that load a file, so that
answers are those of a dataset with the same rows in its files.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import _duckdb as duckdb
import numpy as np
import orjson
from attrs import define, field

from locum.engine.change import Change, Rows
from locum.engine.data import Data
from locum.engine.duckdb import Connection, Engine
from locum.engine.key_index import NO_ROW, Key, KeyIndex, digests_of
from locum.engine.pending import OfTable, Pending
from locum.engine.tables import Derived, Table, load_order, quoted, written

_NUMBERS = count()
_MEMORY = Path("/dev/shm")  # noqa: S108 - files in memory, where there are any
_LINE = b'{"row":%d%b%b\n'  # a line with its number: the comma, and the rest of it
# Rows that are loaded, or bytes of their lines, after which the engine compresses what came since:
# whoever loads or writes then waits for it, a tenth of a second or so.
_ROWS_TO_COMPRESS, _BYTES_TO_COMPRESS = 10_000, 16 * 2**20
# Rows that were replaced keep their place until the groups that they are in are put together with
# the next ones, which is done to some of them whenever such rows are more than this share.
_MOST_REPLACED = 0.5


@define
class Flushed:
    """What a transaction did that is not known outside yet: the change, the keys of new rows by
    table with their numbers, and the numbers of rows."""

    tables: dict[str, Rows] = field(factory=dict)
    keys: dict[str, tuple[list[Key], list[int]]] = field(factory=dict)
    sizes: dict[str, int] = field(factory=dict)
    gone: set[str] = field(factory=set)  # the engine's names of tables of which rows have gone

    @property
    def change(self) -> Change:
        """What readers are told."""
        return Change(is_whole=True) if self.gone else Change(dict(self.tables))


class WrittenTables:
    """The tables of one layer. One thread at a time may `flush`, `compress`, `make` and ask for an
    `index`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name = f"layer_{next(_NUMBERS)}"
        engine.attach(self.name)
        self._cursor = engine.cursor_over(self.name)
        self._own: set[str] = set()  # the engine's names of the tables that are copied
        self._before: set[str] = set()  # the same, as it was when the transaction began
        self.lazy = set(engine.made())  # the lazy tables that are there, and of these rows
        self._lazy_before = set(self.lazy)
        self._indexes: dict[str, KeyIndex] = {}
        self._waiting: dict[str, bool] = {}  # by relation, whether rows wait for those they join
        self.sizes: dict[str, int] = {}  # rows of the tables that are copied
        self._rows_since = self._bytes_since = 0  # it was compressed
        self._relations = {name: table.name(name) for name, table in engine.declared.items()}

    # Transactions.

    def flush(self, pending: Pending) -> Flushed:
        """Write into a transaction what is pending; `commit` or `roll_back` ends it. Raises
        duckdb.Error where a row cannot be loaded."""
        done = Flushed()
        self._before, self._lazy_before = set(self._own), set(self.lazy)
        self._cursor.execute("BEGIN")
        declared = self._engine.declared
        order = load_order(declared)
        for name in order:
            of_table = pending.tables.get(name)
            if of_table is not None and of_table.gone:
                self._remove(name, declared[name], list(of_table.gone), done)
        for name in order:
            of_table = pending.tables.get(name)
            if of_table is not None and of_table.lines:
                self._put(name, declared[name], of_table, done)
            self._join(name, declared[name], done)
        if done.tables or done.gone:
            self._derive(done)
        self._rows_since += pending.rows
        self._bytes_since += pending.size
        return done

    def commit(self) -> None:
        """End the transaction: who asks from now on sees what it did."""
        self._cursor.execute("COMMIT")

    def roll_back(self) -> None:
        """End the transaction as if it had never begun."""
        self._cursor.execute("ROLLBACK")
        self._own, self.lazy = self._before, self._lazy_before
        self._indexes.clear()  # some may have been made of what was in it
        self._waiting.clear()

    def note(self, done: Flushed) -> None:
        """Take note of what a transaction did, after it was committed."""
        for name in done.gone:
            self._indexes.pop(name, None)
        for name, (keys, numbers) in done.keys.items():
            if name in self._indexes:
                self._indexes[name].add(keys, numbers)
        self.sizes |= done.sizes

    @property
    def written(self) -> frozenset[str]:
        """The declared tables that are not the dataset's any more."""
        return frozenset(name for name, its in self._relations.items() if its in self._own)

    @property
    def has_much(self) -> bool:
        """Whether much came since it was compressed the last time."""
        return self._rows_since >= _ROWS_TO_COMPRESS or self._bytes_since >= _BYTES_TO_COMPRESS

    def compress(self, newest: Data) -> None:
        """Compress what came since the last time: one layer at a time. They are asked by the newest
        version, as after any younger transaction the engine would put no groups together."""
        try:
            self._engine.compress(self.name, puts_together=self._has_gaps(newest))
        except duckdb.TransactionException:  # somebody reads what has gone since: another time
            return
        self._rows_since = self._bytes_since = 0

    def _has_gaps(self, newest: Data) -> bool:
        """Whether rows that were replaced take much room."""
        for relation, size in self.sizes.items():
            last = f"SELECT coalesce(max(rowid) + 1, 0) FROM {quoted(relation)}"
            ((places,),) = newest.rows(last)
            if places - size > max(size * _MOST_REPLACED, _ROWS_TO_COMPRESS):
                return True
        return False

    def open(self) -> Connection:
        """Return a cursor in a transaction that sees what is committed now."""
        cursor = self._engine.cursor_over(self.name)
        cursor.execute("BEGIN")
        # It begins in each database with the first statement about that.
        for relation in self._own:
            cursor.execute(f"SELECT 1 FROM {quoted(relation)} LIMIT 0")
            break
        return cursor

    def close(self) -> None:
        """Give everything back."""
        self._cursor.close()
        self._engine.detach(self.name)

    # Lazy tables.

    def make(self, name: str) -> None:
        """Make the lazy table of that name of what is committed now, and commit it."""
        if name not in self.lazy:
            self._lazy_before, self._before = set(self.lazy), set(self._own)
            self._cursor.execute("BEGIN")
            try:
                self._make(name)
                self.commit()
            except BaseException:
                self.roll_back()
                raise

    def _make(self, name: str) -> None:
        if name in self.lazy:
            return
        table = next(each for each in self._engine.derived if each.name == name)
        for needed in table.needs:
            self._make(needed)
        self._cursor.execute(f"CREATE OR REPLACE TABLE {self._place(name)} AS {table.select}")
        self._own.add(name)
        self.lazy.add(name)

    # Rows.

    def index(self, name: str) -> KeyIndex:
        """Return the index of the table's keys, made now unless it is there."""
        if name not in self._indexes:
            table = self._engine.declared[name]
            statement = digests_of(table.keys, table.counter, quoted(self._relations[name]))
            found = self._cursor.execute(statement).fetchnumpy()
            self._indexes[name] = KeyIndex(
                np.asarray(found["low"]),
                np.asarray(found["high"]),
                np.asarray(found["number"], dtype=np.int32),
            )
        return self._indexes[name]

    def may_have(self, name: str, keys: Sequence[Key]) -> bool:
        """Whether any of the keys may have a row, as far as that is known at once. Any thread may
        ask, whatever is done meanwhile: what comes or goes by that is left out."""
        index = self._indexes.get(name)
        return index is None or bool((index.find(keys) != NO_ROW).any())

    def _place(self, relation: str) -> str:
        return f"{self.name}.main.{quoted(relation)}"

    def _take(self, relation: str) -> None:
        """Have the table in this database."""
        if relation not in self._own:
            self._cursor.execute(
                f"CREATE TABLE {self._place(relation)} AS FROM dataset.main.{quoted(relation)}"
            )
            self._own.add(relation)

    def _size(self, relation: str) -> int:
        ((size,),) = self._cursor.execute(f"SELECT count(*) FROM {quoted(relation)}").fetchall()
        return int(size)

    def _remove(self, name: str, table: Table, keys: Sequence[Key], done: Flushed) -> None:
        """Delete rows, and count the others anew."""
        relation = self._relations[name]
        found = self.index(name).find(keys)
        numbers = found[found != NO_ROW].tolist()
        if not numbers:
            return
        self._take(relation)
        counter, place = quoted(table.counter), self._place(relation)
        anew = f"row_number() OVER (ORDER BY {counter}) + {table.first - 1}"
        self._cursor.execute(
            f"CREATE OR REPLACE TABLE {place} AS "
            f"SELECT * REPLACE (CAST({anew} AS INTEGER) AS {counter}) FROM {place} "
            f"WHERE {counter} NOT IN (SELECT unnest($gone)) ORDER BY {counter}",
            {"gone": numbers},
        )
        self._indexes.pop(name)
        self._waiting.clear()
        done.gone.add(name)
        done.sizes[relation] = self._size(relation)

    def _put(self, name: str, table: Table, of_table: OfTable, done: Flushed) -> None:
        """Load the rows: those of known keys in the place of the ones that are there."""
        relation = self._relations[name]
        self._waiting.pop(relation, None)
        for needed in table.needs:
            self._make(needed)
        places, lines = list(of_table.lines), list(of_table.lines.values())
        keys = [(at, place) for at, place in enumerate(places) if isinstance(place, tuple)]
        found = np.full(len(places), NO_ROW, dtype=np.int32)
        if keys:
            found[[at for at, _ in keys]] = self.index(name).find(key for _, key in keys)
        self._take(relation)
        size = done.sizes.get(relation, self.sizes.get(relation, -1))
        if size < 0:
            size = self._size(relation)
        is_new = found == NO_ROW
        changed = tuple(sorted(found[~is_new].tolist()))
        first = size + table.first
        found[is_new] = np.arange(first, first + int(is_new.sum()))
        numbers = found.tolist()
        if changed:
            self._cursor.execute(
                f"DELETE FROM {self._place(relation)} WHERE {_are(table.counter, changed)}"
            )
        rows = Rows(range(first, first + int(is_new.sum())), changed)
        with _file(lines, (number - table.first + 1 for number in numbers)) as file:
            beside = self._referred(table, lines, done)
            statement, parameters = written(table, file, beside)
            self._cursor.execute(
                f"INSERT INTO {self._place(relation)} BY NAME {statement}", parameters
            )
        done.tables[relation] = rows
        done.sizes[relation] = first + len(rows.added) - table.first
        new = [(key, numbers[at]) for at, key in keys if is_new[at]]
        done.keys[name] = [key for key, _ in new], [number for _, number in new]

    def _referred(self, table: Table, lines: Sequence[bytes], done: Flushed) -> dict[str, str]:
        """Return the relations of those rows of other tables that these refer to by key: to look
        for them among all would cost what is there."""
        beside = {}
        for reference in table.constraints.references:
            other = reference.table
            if other not in table.after or self._engine.declared[other].keys != (reference.key,):
                continue
            values = {orjson.loads(line).get(reference.column) for line in lines} - {None}
            found = self.index(other).find([(value,) for value in values])
            relation, counter = self._relations[other], self._engine.declared[other].counter
            numbers = {*found[found != NO_ROW].tolist()}
            its = done.tables.get(relation, Rows())
            numbers.update(its.changed)
            condition = _are(counter, sorted(numbers), its.added)
            beside[relation] = f"SELECT * FROM {self._any_place(relation)} WHERE {condition}"
        return beside

    def _any_place(self, relation: str) -> str:
        where = self.name if relation in self._own else "dataset"
        return f"{where}.main.{quoted(relation)}"

    def _join(self, name: str, table: Table, done: Flushed) -> None:
        """Look up again what the table takes from others that are not as they were."""
        relation = self._relations[name]
        for joined in table.joined:
            other, its = self._relations[joined.other], self._engine.declared[joined.other]
            rows = done.tables.get(other)
            is_whole = joined.other in done.gone
            if rows is None and not is_whole:
                continue
            if joined.waits and not is_whole and not self._any_waits(relation, joined.waits):
                continue
            chosen = "true" if is_whole or rows is None else _are_rows(its.counter, rows)
            changed = f"SELECT * FROM {self._any_place(other)} WHERE {chosen}"
            where = "true" if is_whole else joined.where
            counter = quoted(table.counter)
            found = self._cursor.execute(
                f"WITH changed AS ({changed}) "
                f"SELECT {counter} FROM {quoted(relation)} WHERE {where} ORDER BY {counter}"
            ).fetchall()
            if not found:
                continue
            self._take(relation)
            self._waiting.pop(relation, None)
            numbers = [number for (number,) in found]
            which = "true" if is_whole else _are(table.counter, numbers)
            self._cursor.execute(
                f"WITH changed AS ({changed}) UPDATE {self._place(relation)} "
                f"SET {quoted(joined.column)} = {joined.value} WHERE {which}"
            )
            before = done.tables.get(relation, Rows())
            done.tables[relation] = before.then(Rows(changed=tuple(numbers)))
            if relation not in done.sizes and relation not in self.sizes:
                done.sizes[relation] = self._size(relation)

    def _any_waits(self, relation: str, condition: str) -> bool:
        if relation not in self._waiting:
            asked = f"SELECT 1 FROM {quoted(relation)} WHERE {condition} LIMIT 1"
            self._waiting[relation] = bool(self._cursor.execute(asked).fetchall())
        return self._waiting[relation]

    # What is derived.

    def _derive(self, done: Flushed) -> None:
        """Extend the derived tables, or make them anew; forget the lazy ones that are not of these
        rows any more."""
        gone = {self._relations[name] for name in done.gone}
        made_anew = []
        temporary = []
        for table in self._engine.derived:
            if table.of and table.of not in done.tables and table.of not in gone:
                continue
            is_extended = bool(table.of) and table.of not in gone
            if table.lazy and not (is_extended and table.name in self.lazy):
                self.lazy.discard(table.name)
                continue
            if table.temporary:
                temporary.append(table.name)
            if table.view or not is_extended or table.temporary:
                made_anew.append(table.name)
                select = self._more(table, done) if is_extended and not table.view else table.select
                kind = "VIEW" if table.view else "TABLE"
                if table.view and table.name in self._own:
                    continue
                self._cursor.execute(
                    f"CREATE OR REPLACE {kind} {self._place(table.name)} AS {select}"
                )
                self._own.add(table.name)
                continue
            self._take(table.name)
            changed = done.tables[table.of].changed
            if changed and table.row:
                which = _are(table.row, changed)
                self._cursor.execute(f"DELETE FROM {self._place(table.name)} WHERE {which}")
            self._cursor.execute(
                f"INSERT INTO {self._place(table.name)} BY NAME {self._more(table, done)}"
            )
        for name in temporary:
            self._cursor.execute(f"DROP TABLE {self._place(name)}")
            self._own.discard(name)

    def _more(self, table: Derived, done: Flushed) -> str:
        """Return the statement of the rows that are to be added."""
        rows, select = done.tables[table.of], table.more or table.select
        counter = next(
            its.counter
            for name, its in self._engine.declared.items()
            if self._relations[name] == table.of
        )
        known = {table.of: counter} | {
            each.name: each.row
            for each in self._engine.derived
            if each.of == table.of and each.row and each.name != table.name
        }
        beside = [
            f"{quoted(name)} AS (SELECT * FROM {self._any_place(name)} "
            f"WHERE {_are_rows(column, rows)})"
            for name, column in known.items()
            if re.search(rf"\b{re.escape(name)}\b", select)
        ]
        # A statement may begin with relations of its own.
        given = f"WITH {', '.join(beside)} " if beside else ""
        return f"{given}SELECT * FROM ({select})"


def _are_rows(counter: str, rows: Rows) -> str:
    return _are(counter, rows.changed, rows.added)


def _are(counter: str, numbers: Sequence[int], added: range = range(0)) -> str:
    """Return the condition that a row's number is among these, which are sorted, or among those
    that were added."""
    name, either = quoted(counter), []
    if numbers:
        either.append(
            f"({name} BETWEEN {numbers[0]} AND {numbers[-1]} "
            f"AND {name} IN ({', '.join(map(str, numbers))}))"
        )
    if added:
        either.append(f"({name} BETWEEN {added.start} AND {added.stop - 1})")
    return f"({' OR '.join(either)})" if either else "false"


@contextmanager
def _file(lines: Iterable[bytes], numbers: Iterable[int]) -> Iterator[Path]:
    """Write the lines, each with the number of its row, into a file that is there for the time
    being."""
    folder = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.NamedTemporaryFile(suffix=".jsonl", dir=folder) as file:
        for line, number in zip(lines, numbers, strict=True):
            rest = line[1:]
            file.write(_LINE % (number, b"" if rest == b"}" else b",", rest))
        file.flush()
        yield Path(file.name)
