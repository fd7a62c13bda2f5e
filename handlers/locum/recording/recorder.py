"""What is written to the datasets of a server, recorded in a folder: for each dataset its log, and
which dataset that is, since rows of a recording are on top of just that one.

    DIR/.log/NAME/recording.json     the dataset: its name, where it is, and what it has
    DIR/.log/NAME/000001.log         see `log`
    DIR/NAME/                        the dataset with what was recorded, written at the end
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Self

import attrs
import orjson
from attrs import define, frozen
from filelock import FileLock, Timeout

from locum.datasets import logical_hash
from locum.datasets.dataset import Dataset
from locum.engine.data import Data
from locum.engine.layer import Layer
from locum.engine.pending import Pending
from locum.engine.tables import Table
from locum.exceptions import DatasetError, NotRecorded, StartError
from locum.recording import records
from locum.recording.log import Log, has_records, records_of

_LOGS, _ABOUT, _LOCK = ".log", "recording.json", ".lock"
_READ = 2**20  # bytes at once
_OTHER = "record into another folder, or serve the dataset that this was recorded of"


@frozen
class Base:
    """The dataset below a recording: its name; where it is, the name of one that comes with the
    package, else a folder; the digest of its files; and the logical hash that its manifest tells,
    if any."""

    name: str
    source: str
    digest: str
    logical_hash: str | None

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        """Describe a dataset."""
        told = dataset.manifest.get("logical_hash")
        return cls(
            dataset.name,
            dataset.manifest["name"] if dataset.is_bundled else str(dataset.folder.resolve()),
            _digest(dataset),
            told if isinstance(told, str) else None,
        )

    def check(self, dataset: Dataset) -> None:
        """Raise DatasetError where the dataset has other rows."""
        if _digest(dataset) == self.digest:
            return
        if self.logical_hash is not None and logical_hash.of_dataset(dataset) == self.logical_hash:
            return  # the same in other files
        raise DatasetError(
            f"the recording of {self.name} is of a dataset with other rows than "
            f"{dataset.folder} has (its hash was {self.logical_hash or self.digest})",
            _OTHER,
        )


def _digest(dataset: Dataset) -> str:
    sha256 = hashlib.sha256()
    for table, file in sorted(dataset.files.items()):
        sha256.update(f"{table}{file.suffix} {file.stat().st_size}\n".encode())
        with file.open("rb") as content:
            while part := content.read(_READ):
                sha256.update(part)
    return sha256.hexdigest()


@define(eq=False)
class Recorder:
    """Records into a folder, which no other process records into. Close it by leaving it."""

    folder: Path
    durable: bool
    _lock: FileLock
    _logs: dict[str, Log]

    @classmethod
    def into(cls, folder: Path, *, durable: bool = False) -> Self:
        """Begin to record into the folder. Raises StartError where another process does, and where
        it cannot be written."""
        try:
            logs = folder / _LOGS
            logs.mkdir(parents=True, exist_ok=True)
            lock = FileLock(logs / _LOCK)
            lock.acquire(timeout=0)
        except Timeout:
            fix = "end that one, or record into another folder"
            raise StartError(f"another server records into {folder}", fix) from None
        except OSError as error:
            fix = "record into a folder that can be written"
            raise StartError(f"cannot record into {folder}: {error.strerror}", fix) from None
        return cls(folder, durable, lock, {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Record no more."""
        for log in self._logs.values():
            log.close()
        self._lock.release()

    def begin(self, data: Data, layer: Callable[[], Layer | None]) -> Callable[[Pending], None]:
        """Return what records what is written to the dataset, on top of what was recorded before.
        Raises DatasetError where that is on top of other rows, and NotRecorded where it cannot."""
        try:
            log = self._log(data, layer)
        except OSError as error:
            fix = "make room on the disk, and send it again"
            raise NotRecorded(error.strerror or str(error), fix) from None
        epoch = log.epoch
        return lambda what: log.add(records.encoded(what), epoch)

    def recorded(self) -> list[str]:
        """Return the names of the datasets of which there is a recording."""
        return recorded(self.folder)

    def restore(self, data: Data, layer: Layer) -> None:
        """Write into the layer what was recorded. Raises StartError."""
        log = self._log(data, lambda: layer)
        _restore(log.records(), layer, data.engine.declared)

    def forget(self) -> None:
        """Forget what was recorded."""
        for log in self._logs.values():
            log.clear()

    def _log(self, data: Data, layer: Callable[[], Layer | None]) -> Log:
        name, dataset = data.name, data.engine.dataset
        folder = _of(self.folder, name)
        if name not in self._logs:
            about = folder / _ABOUT
            if about.is_file():
                _read(about).check(dataset)
            elif self.folder.resolve() in dataset.folder.resolve().parents:
                raise StartError(
                    f"{dataset.folder} is within the folder that is recorded into", _OTHER
                )
            else:
                folder.mkdir(parents=True, exist_ok=True)
                aside = about.with_suffix(".aside")
                aside.write_bytes(orjson.dumps(attrs.asdict(Base.of(dataset))))
                aside.rename(about)
            self._logs[name] = Log(folder, data.engine.declared, durable=self.durable)

        def held() -> int:
            its = layer()
            return 0 if its is None else its.bytes

        self._logs[name].held = held
        return self._logs[name]


def recorded(folder: Path) -> list[str]:
    """Return the names of the datasets of which something is recorded in the folder."""
    abouts = (folder / _LOGS).glob(f"*/{_ABOUT}")
    return sorted(_read(about).name for about in abouts if has_records(about.parent))


def base_of(folder: Path, name: str) -> Base:
    """Return the dataset of which there is a recording in the folder."""
    return _read(_of(folder, name) / _ABOUT)


def restore(folder: Path, name: str, layer: Layer) -> None:
    """Write into the layer what is recorded of a dataset, by a server that may go on. Raises
    StartError."""
    _restore(records_of(_of(folder, name)), layer, layer.engine.declared)


def _restore(found: Iterator[bytes], layer: Layer, tables: Mapping[str, Table]) -> None:
    for record in found:
        layer.restore(records.decoded(record, tables, layer.place))


def _of(folder: Path, name: str) -> Path:
    return folder / _LOGS / name


def _read(about: Path) -> Base:
    try:
        return Base(**orjson.loads(about.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise StartError(f"{about} cannot be read: {error}", "restore it from a copy") from None
