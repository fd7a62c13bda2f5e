"""A layer: a dataset that is written to. Its files stay as they are, and so does what others see of
it.

    Layer          the rows on top of a dataset, and the newest `LayerData` of both
    Transaction    what one request writes, all of it or nothing

What is acknowledged is in memory: first as lines that are pending, and in the engine as soon as
somebody asks, or when they are many. Loading them costs what they are, not what is there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import _duckdb as duckdb

from locum.engine import rows_back
from locum.engine.as_files import AsFiles
from locum.engine.data import Data
from locum.engine.duckdb import SMALL_BYTES
from locum.engine.history import History
from locum.engine.kept import Changes, Kept, KeptValues
from locum.engine.key_index import NO_ROW, Key
from locum.engine.layer_data import LayerData
from locum.engine.pending import Pending, Row, UnwritableRow, key_of, written
from locum.engine.recent import Recent
from locum.engine.room import Room
from locum.engine.sifting import sifted
from locum.engine.snapshots import Outdated, Pinned, Snapshot
from locum.engine.tables import Table
from locum.engine.written_tables import WrittenTables
from locum.exceptions import NotRecorded, StoreFull

log = logging.getLogger("locum")

T = TypeVar("T")
AnyKey = str | tuple[Any, ...]  # that of a table whose rows one column tells apart, or several

MOST_ROWS = 2_000_000  # that a layer adds
MOST_BYTES = 4 * 2**30  # of their lines
# So much is loaded by itself: whoever asks then waits for less. Of more, writers wait for it too.
_MANY_ROWS, _MANY_BYTES = 2_000, 4 * 2**20
_TOO_MANY = 10
_ROWS_AT_FAULT = (duckdb.DataError, duckdb.InvalidInputException)
_LOADING = ThreadPoolExecutor(1, "locum-layers")

Record = Callable[[Pending], None]


class Layer:
    """What is written on top of a dataset. Any number of threads may ask and write at once; writers
    take turns.

    It holds so many rows, and bytes of them, at most, and with all that share its `room` so many as
    there is. Each transaction is given to `record` before it is acknowledged. `close` gives
    everything back.
    """

    def __init__(
        self,
        base: Data,
        *,
        most_rows: int = MOST_ROWS,
        most_bytes: int = MOST_BYTES,
        record: Record | None = None,
        room: Room | None = None,
    ) -> None:
        self.base, self.engine = base, base.engine
        self.history = History(base)
        self._most_rows, self._most_bytes, self._record = most_rows, most_bytes, record
        self._room = room or Room()
        self._taken = (0, 0)  # of the room: rows and bytes
        self._newest: Data = base
        self.replaced: Callable[[], None] = _nothing  # called when the newest version is another
        self._tables: WrittenTables | None = None  # made when something is loaded
        self._pending, self._loading, self._recent = Pending(), Pending(), Recent()
        self._rows = self._bytes = 0  # of what is loaded
        self._places = 0  # of rows without a key
        self._states: dict[Any, Any] = {}
        self.kept = KeptValues()
        self._writing = threading.RLock()  # one writer at a time
        self._flushing = threading.RLock()  # what is done to the tables
        self._committing = threading.Lock()  # while the newest version becomes another
        self._noting = threading.Lock()  # for what is pending; held for moments
        self._is_scheduled = self._is_closed = False

    # Reading.

    @property
    def newest(self) -> Data:
        """The newest version that is loaded."""
        return self._newest

    @property
    def is_clean(self) -> bool:
        """Whether all that is acknowledged is in it."""
        with self._noting:
            return not self._pending and not self._loading

    def data(self) -> Data:
        """Return the version that has all that is acknowledged, which is loaded now where it must
        be: that takes milliseconds, so it is nothing for an event loop."""
        if not self.is_clean:
            self.flush()
        return self._newest

    def measured(self) -> tuple[int, bool]:
        """Return what `Data` tells as its size, and whether it is small."""
        size = max(self.base.size + self._rows, self.base.size + self._bytes // 1000)
        return size, self.base.is_small and self._bytes < SMALL_BYTES

    @property
    def rows(self) -> int:
        """How many rows it holds, at most."""
        return self._rows + self._loading.rows + self._pending.rows

    @property
    def bytes(self) -> int:
        """How many bytes the lines of these rows are, about."""
        return self._bytes + self._loading.size + self._pending.size

    # Writing.

    def write(self, function: Callable[[Transaction], T]) -> T:
        """Return what the function returns, after what it wrote is acknowledged; nothing is where
        it raises."""
        with self._writing:
            transaction = Transaction(self)
            try:
                found = function(transaction)
                self._acknowledge(transaction.written)
            except BaseException as error:
                self.kept.change(transaction.undo)
                if isinstance(error, NotRecorded):
                    self._states.clear()  # which writers left as if it were written
                raise
        self._load_some()
        return found

    def restore(self, what: Pending) -> None:
        """Write what was acknowledged before, in the life of an earlier process."""
        with self._writing:
            self.kept.change(what.kept)
            with self._noting:
                self._pending.add(what)
        self._load_some()

    def as_files(self, tell: Callable[[Transaction], T]) -> tuple[AsFiles, T]:
        """Return the newest version as files would have it, and what `tell` tells of it."""
        with self._writing:
            told, data = tell(Transaction(self)), self.data()
            with self._flushing:
                written = self._tables.written if self._tables is not None else ()
            return AsFiles(data, written), told

    def state(self, make: Callable[[Data], T]) -> T:
        """Return what `make` made of the data for writers, which lives as long as the layer."""
        if make not in self._states:
            self._states[make] = make(self.data())
        found: T = self._states[make]
        return found

    def known(self, name: str, keys: Iterable[Key]) -> dict[Key, Row]:
        """Return the acknowledged rows of the keys that are there."""
        found: dict[Key, Row | None] = {}
        wanted = list(keys)
        with self._noting:
            for lines in (self._recent, self._loading, self._pending):
                found.update(lines.known(name, wanted))
        others = [key for key in wanted if key not in found]
        tables = self._tables
        # Most are new, and need not wait for what is being loaded: that is known already.
        if others and (tables is None or tables.may_have(name, others)):
            with self._flushing:
                found |= self._loaded(name, others)
        return {key: row for key, row in found.items() if row is not None}

    def place(self) -> int:
        """Return the place of a row without a key, which no other has."""
        self._places += 1
        return self._places

    def check(self, what: Pending) -> None:
        """Raise StoreFull where there is no room for what is to be written."""
        if self.rows + what.rows > self._most_rows:
            self.flush()  # now it is known which of them take the place of others
            if self.rows + self._new(what) > self._most_rows:
                raise StoreFull(f"{self._most_rows:,} rows that were written")
        if self.bytes + what.size > self._most_bytes:
            raise StoreFull(f"{self._most_bytes >> 20:,} MiB of rows that were written")
        if not self._room.has(what.rows, what.size):
            self.flush()
            new = self._new(what)
            self._room.check(new, what.size * new // max(what.rows, 1))

    def _new(self, what: Pending) -> int:
        """Return how many of the rows take no other's place."""
        new = 0
        with self._flushing:
            for name, own in what.tables.items():
                keys = [place for place in own.lines if isinstance(place, tuple)]
                new += len(own.lines) - len(keys)
                if keys:
                    new += int((self._tables_now().index(name).find(keys) == NO_ROW).sum())
        return new

    def _acknowledge(self, what: Pending) -> None:
        if what or what.kept:
            if self._record is not None:
                self._record(what)
            with self._noting:
                self._pending.add(what)
                self._take_room()

    def _take_room(self) -> None:
        """Take of the room what this holds now, while nothing is noted."""
        (rows, size), self._taken = self._taken, (self.rows, self.bytes)
        self._room.change(self._taken[0] - rows, self._taken[1] - size)

    def _loaded(self, name: str, keys: list[Key]) -> dict[Key, Row]:
        """Return the rows of the keys that are in the engine; the tables are not changed now."""
        table = self.engine.declared[name]
        tables = self._tables_now()
        numbers = tables.index(name).find(keys).tolist()
        of_number = {n: key for n, key in zip(numbers, keys, strict=True) if n != NO_ROW}
        found = rows_back.rows(self._newest, name, table, list(of_number))
        return {of_number[number]: row for number, row in found.items()}

    # Loading.

    def flush(self) -> None:
        """Load what is pending."""
        with self._flushing:
            if self._is_closed:
                return
            with self._noting:
                if not self._pending:
                    return
                self._loading, self._pending = self._pending, Pending()
            try:
                self._load_or_sift(self._loading)
            except BaseException:
                with self._noting:  # what was acknowledged stays so
                    self._loading.add(self._pending)
                    self._pending, self._loading = self._loading, Pending()
                raise
            with self._noting:
                self._loading = Pending()
                self._take_room()
            if self._tables is not None and self._tables.has_much:
                _LOADING.submit(self._compress)

    def make(self, table: str, data: LayerData) -> None:
        """Make a lazy table of the newest version. Raises Outdated where that is not the data."""
        with self._flushing:
            if data is not self._newest or self._is_closed:
                raise Outdated
            tables = self._tables_now()
            tables.make(table)
            with self._committing:
                data.refresh(self._snapshot(tables), tables.lazy)

    def end(self) -> None:
        """Have it closed as soon as nothing is done to it; wait for nothing."""
        _LOADING.submit(self.close)

    def close(self) -> None:
        """Give back what it takes. Whoever still reads a version finds it outdated."""
        with self._flushing:
            if self._is_closed:
                return
            self._is_closed = True
            newest, self._newest = self._newest, self.base
            if isinstance(newest, LayerData):
                newest.end()
            self._states.clear()
            self.kept.clear()
            self.history.clear()
            with self._noting:
                self._pending, self._loading = Pending(), Pending()
                self._recent.clear()
                self._rows = self._bytes = 0
                self._take_room()
            if self._tables is not None:
                self._tables.close()
                self._tables = None

    def _load_some(self) -> None:
        many = max(self._pending.rows / _MANY_ROWS, self._pending.size / _MANY_BYTES)
        if many > _TOO_MANY:
            self.flush()
        elif many > 1 and not self._is_scheduled:
            self._is_scheduled = True
            _LOADING.submit(self._load_aside)

    def _load_aside(self) -> None:
        self._is_scheduled = False
        try:
            self.flush()
        except duckdb.Error:
            log.exception("what was written to %s could not be loaded", self.base.name)

    def _compress(self) -> None:
        with self._flushing:
            if self._tables is not None and self._tables.has_much:
                self._tables.compress(self._newest)

    def _tables_now(self) -> WrittenTables:
        if self._is_closed:
            raise Outdated
        if self._tables is None:
            self._tables = WrittenTables(self.engine)
        return self._tables

    def _load_or_sift(self, pending: Pending) -> None:
        try:
            self._load(pending)
        except _ROWS_AT_FAULT:
            self._load(sifted(pending, self._can_load))

    def _load(self, pending: Pending) -> None:
        tables = self._tables_now()
        try:
            done = tables.flush(pending)
        except BaseException:
            tables.roll_back()
            raise
        with self._committing:
            tables.commit()
            tables.note(done)
            before, snapshot = self._newest, self._snapshot(tables)
            if isinstance(before, LayerData):
                before.retire()
            new = sum(len(rows.added) for rows in done.tables.values())
            share = new / pending.rows if pending.rows else 0  # the others take no more room
            self._rows += new
            self._bytes += int(pending.size * share)
            number = self.history.add(done.change)
            self._newest = LayerData(self, number, snapshot, tables.lazy)
            if not self._newest.is_small:
                self.engine.use_all_processors()
        self.replaced()
        with self._noting:
            self._recent.add(pending)

    def _snapshot(self, tables: WrittenTables) -> Snapshot:
        def pinned() -> Pinned:
            return Pinned(tables.open(), self.engine.parsed)

        def more() -> Pinned | None:
            if not self._committing.acquire(blocking=False):
                return None
            try:
                return pinned() if self._newest_is(snapshot) else None
            finally:
                self._committing.release()

        snapshot = Snapshot(pinned(), more)
        return snapshot

    def _newest_is(self, snapshot: Snapshot) -> bool:
        newest = self._newest
        return isinstance(newest, LayerData) and newest.is_of(snapshot)

    def _can_load(self, pending: Pending) -> bool:
        tables = self._tables_now()
        try:
            tables.flush(pending)
        except _ROWS_AT_FAULT:
            return False
        finally:
            tables.roll_back()
        return True


class Transaction:
    """What one request writes. Nobody else sees it before it is acknowledged, as a whole."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self.written = Pending()
        self.undo: Changes = {}  # what was kept before

    @property
    def data(self) -> Data:
        """All that is acknowledged; not what this transaction writes."""
        return self._layer.data()

    def put(self, table: str, rows: Iterable[Row]) -> None:
        """Write rows, each as it stands in a JSONL file of the table: those whose key another row
        has take its place. Times are as they are served, which for the dataset's own are days later
        with some clocks. Raises UnwritableRow, InvalidRequest, RowTooLarge and
        StoreFull."""
        its = self._table(table)
        for row in rows:
            line = written(table, its, row)
            key = key_of(its, row)
            self.written.put(table, self._layer.place() if key is None else key, line)
        self._layer.check(self.written)

    def delete(self, table: str, keys: Iterable[AnyKey]) -> None:
        """Delete the rows of these keys, those that are there."""
        self._table(table)
        self.written.delete(table, map(_key, keys))

    def rows(self, table: str, keys: Iterable[AnyKey]) -> dict[AnyKey, Row]:
        """Return the rows of these keys that are there, as they are now, own ones included. Of rows
        of the dataset's files, values are as the engine holds them."""
        its = self._table(table)
        if not its.keys:
            raise UnwritableRow(table, "a key", "none", "columns that tell its rows apart")
        given = {_key(key): key for key in keys}
        found = self._layer.known(table, given)
        for key, row in self.written.known(table, given):
            if row is None:
                found.pop(key, None)
            else:
                found[key] = row
        return {given[key]: row for key, row in found.items()}

    def state(self, make: Callable[[Data], T]) -> T:
        """Return what `make` makes of the data, called once in the life of the layer: what a
        provider keeps for its writers beside the rows. It stays as a writer leaves it, also where
        that raises."""
        return self._layer.state(make)

    def kept(self, name: str) -> Kept[Any, Any]:
        """Return the values of that name that writers keep beside the rows, to be read and changed:
        what has come and is in no row yet. What this transaction changes stays as it was where that
        ends in an exception; and it is recorded, where what is written is."""
        return Kept(self._layer.kept, name, self.written.kept, self.undo)

    def kept_names(self) -> list[str]:
        """Return the names under which something is kept."""
        return self._layer.kept.names()

    def _table(self, name: str) -> Table:
        try:
            return self._layer.engine.declared[name]
        except KeyError:
            known = ", ".join(self._layer.engine.declared)
            raise UnwritableRow(name, "the table", "unknown", f"one of {known}") from None


def _nothing() -> None:
    pass


def _key(key: AnyKey) -> Key:
    return key if isinstance(key, tuple) else (key,)
