"""The log of what was written to one dataset: files of records, of which only the last grows.

    000001.log, 000002.log, …     records in the order in which they came
    000002.all                    what is left of the records up to 000002.log, which it stands for

When much of it is old, what is left of all but the last file is written anew, aside and in a thread
of its own. Whenever the process dies, what is there tells what was written.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from locum.engine.snapshots import Outdated
from locum.engine.tables import Table
from locum.exceptions import NotRecorded, StartError
from locum.recording import shortening
from locum.recording.frames import LARGEST, MAGIC, Reading, frame

log = logging.getLogger("locum")

_LOG, _ALL, _ASIDE = ".log", ".all", ".aside"
MOST_BYTES_OF_FILE = 64 * 2**20
_MUCH = 2  # times what it holds, and a file or two, is too much
_APPENDING = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
_SHORTENING = ThreadPoolExecutor(1, "locum-recording")


class Log:
    """The log of rows of these tables, in a folder, which is made. One process at a time may have
    it; any number of threads may ask. `held` tells how many bytes the rows are that were written
    and are there still. What is added `durable` is on the disk before it is said to be.

    Raises StartError for a log that is damaged; what was only half written is cut off.
    """

    def __init__(
        self,
        folder: Path,
        tables: Mapping[str, Table],
        *,
        durable: bool = False,
        held: Callable[[], int] = lambda: 0,
        most_bytes_of_file: int = MOST_BYTES_OF_FILE,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._tables, self._durable = folder, tables, durable
        self.held, self._most = held, most_bytes_of_file
        self.epoch = 0  # another one whenever all is forgotten
        self._is_broken = self._is_closed = False
        self._adding = threading.Lock()
        self._changing = threading.Lock()  # which files there are
        self._is_shortening = False
        for left in folder.glob(f"*{_ASIDE}"):
            left.unlink()
        numbers = [number_of(path) for path in files_of(folder)]
        self._number = max(numbers, default=0)
        last = _path(folder, self._number, _LOG)
        if last.is_file():
            self._cut(last)
            self._file, self._end = os.open(last, _APPENDING), last.stat().st_size
        else:
            self._begin()

    def records(self) -> Iterator[bytes]:
        """Give all records, in their order."""
        return records_of(self._folder)

    def add(self, record: bytes, epoch: int) -> None:
        """Add a record, of an epoch: Outdated is raised where all was forgotten since. Raises
        NotRecorded where it cannot: then it is as if it had not been tried."""
        with self._adding:
            if epoch != self.epoch:
                raise Outdated
            self._add(record)

    def _add(self, record: bytes) -> None:
        if self._is_closed:
            raise NotRecorded("the recording has ended", "ask again")
        if self._is_broken:
            raise NotRecorded("its file failed before", "start the server again")
        if len(record) > LARGEST:
            raise NotRecorded(f"it is longer than {LARGEST:,} bytes", "send less at once")
        framed = frame(record)
        try:
            _write(self._file, framed)
            if self._durable:
                os.fdatasync(self._file) if hasattr(os, "fdatasync") else os.fsync(self._file)
        except OSError as error:
            self._undo()
            fix = "make room on the disk, and send it again"
            raise NotRecorded(error.strerror or str(error), fix) from None
        self._end += len(framed)
        if self._end > self._most:
            self._go_on()

    def clear(self) -> None:
        """Forget all records, the last ones first: who dies meanwhile leaves the first ones."""
        with self._adding, self._changing:
            self.epoch += 1
            os.close(self._file)
            for path in reversed(files_of(self._folder)):
                path.unlink()
            self._sync_folder()
            self._number += 1  # nobody takes a file for one that was there
            self._begin()
            self._is_broken = False

    def close(self) -> None:
        """Take no more."""
        with self._adding, self._changing:
            if not self._is_closed:
                self._is_closed = True
                os.close(self._file)

    @property
    def size(self) -> int:
        """How many bytes its files are."""
        with self._changing:
            return sum(path.stat().st_size for path in files_of(self._folder))

    def shorten(self) -> None:
        """Write anew what is left of all files but the last one."""
        with self._changing:
            number = self._number - 1
            files = [path for path in files_of(self._folder) if number_of(path) <= number]
        if not files:
            return
        made = _path(self._folder, number, _ALL)
        aside = made.with_suffix(_ASIDE)
        try:
            shortening.shorten(files, aside, self._tables)
        except OSError as error:
            log.warning("the recording in %s is not shortened: %s", self._folder, error.strerror)
            with suppress(OSError):
                aside.unlink()
            return
        with self._changing:
            if not all(path.is_file() for path in files):  # it was cleared meanwhile
                aside.unlink()
                return
            aside.replace(made)
            self._sync_folder()
            for path in files:
                if path != made:
                    path.unlink()

    def _begin(self) -> None:
        """Begin the next file."""
        self._number += 1
        path = _path(self._folder, self._number, _LOG)
        self._file = os.open(path, _APPENDING | os.O_CREAT | os.O_EXCL, 0o600)
        _write(self._file, MAGIC)
        self._end = len(MAGIC)
        if self._durable:
            os.fsync(self._file)
            self._sync_folder()

    def _go_on(self) -> None:
        """Go on in another file, and have what is before it shortened where much of it is old."""
        with self._changing:
            before = self._file
            try:
                self._begin()
            except OSError:  # this one is long, and whole
                _path(self._folder, self._number, _LOG).unlink(missing_ok=True)
                self._number -= 1
                self._file, self._end = before, os.fstat(before).st_size
                return
            os.close(before)
        if self.size > _MUCH * (self.held() + self._most) and not self._is_shortening:
            self._is_shortening = True
            _SHORTENING.submit(self._shorten_aside)

    def _shorten_aside(self) -> None:
        try:
            self.shorten()
        finally:
            self._is_shortening = False

    def _undo(self) -> None:
        """Cut off what was written of a record; where that fails, take no more: what came behind it
        would be lost."""
        try:
            os.ftruncate(self._file, self._end)
            if self._durable:
                os.fsync(self._file)
        except OSError:
            self._is_broken = True

    def _cut(self, path: Path) -> None:
        reading = Reading(path)
        for _ in reading.records():
            pass
        if reading.is_damaged:
            raise _damage(path, reading.end)
        if reading.end < reading.size:
            lost = reading.size - reading.end
            log.warning("%s: the last %s bytes were only half written: they go", path, f"{lost:,}")
        with path.open("r+b") as file:
            file.truncate(reading.end)
            if not reading.end:
                file.write(MAGIC)
            os.fsync(file.fileno())

    def _sync_folder(self) -> None:
        """Have the names of files on the disk."""
        if os.name == "nt":  # where folders cannot be opened
            return
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def files_of(folder: Path) -> list[Path]:
    """Return the files that count, in the order of their records."""
    found = [path for path in folder.glob("*") if path.suffix in (_LOG, _ALL)]
    found = [path for path in found if path.stem.isdigit()]
    whole = max((number_of(path) for path in found if path.suffix == _ALL), default=-1)
    kept = [
        path
        for path in found
        if (path.suffix, number_of(path)) == (_ALL, whole) or number_of(path) > whole
    ]
    return sorted(kept, key=number_of)


def has_records(folder: Path) -> bool:
    """Return whether there is a record in the log in the folder."""
    return any(path.stat().st_size > len(MAGIC) for path in files_of(folder))


def number_of(path: Path) -> int:
    """Return the number of a file."""
    return int(path.stem)


def records_of(folder: Path) -> Iterator[bytes]:
    """Give the whole records of the log in a folder, which somebody may be writing. Raises
    StartError where there is something else among them."""
    files = files_of(folder)
    for path in files:
        reading = Reading(path)
        yield from reading.records()
        if reading.is_damaged or (reading.end < reading.size and path != files[-1]):
            raise _damage(path, reading.end)


def _damage(path: Path, end: int) -> StartError:
    return StartError(
        f"{path} is damaged behind its first {end:,} bytes",
        "restore it from a copy, or cut it off there: what came later is lost then",
    )


def _path(folder: Path, number: int, suffix: str) -> Path:
    return folder / f"{number:06}{suffix}"


def _write(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]
