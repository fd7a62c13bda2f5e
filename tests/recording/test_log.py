"""The log: what was added is there again, whatever happened meanwhile."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from locum.engine.pending import Pending, written
from locum.engine.snapshots import Outdated
from locum.exceptions import NotRecorded, StartError
from locum.recording import log as logs
from locum.recording import records, shortening
from locum.recording.frames import MAGIC, frame
from locum.recording.log import Log, files_of, has_records, records_of
from tests.engine.test_layer import ITEMS, TABLES


def opened(folder: Path, **options: Any) -> Log:
    return Log(folder, TABLES, **options)


def added(log: Log, *each: bytes) -> None:
    for record in each:
        log.add(record, log.epoch)


def row(number: int) -> bytes:
    """A record of one row, of ten keys in turn."""
    made = Pending()
    its = {"id": f"k{number % 10}", "n": number}
    made.put(ITEMS, (its["id"],), written(ITEMS, TABLES[ITEMS], its))
    return records.encoded(made)


@pytest.mark.parametrize("durable", [False, True])
def test_records_are_there_again(tmp_path: Path, *, durable: bool) -> None:
    log = opened(tmp_path / "a", durable=durable)
    assert not has_records(tmp_path / "a")
    added(log, b"1", b"2")
    assert list(log.records()) == [b"1", b"2"]
    log.close()
    log.close()
    with pytest.raises(NotRecorded):
        added(log, b"3")
    log = opened(tmp_path / "a", durable=durable)
    added(log, b"3")
    assert list(log.records()) == [b"1", b"2", b"3"]
    assert has_records(tmp_path / "a")
    log.close()


def test_an_end_that_was_half_written_is_cut_off_at_any_byte(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole, last = MAGIC + frame(b"1") + frame(b"2"), frame(b"the last one")
    file = tmp_path / "000001.log"
    for length in range(len(last)):
        file.write_bytes(whole + last[:length])
        assert list(records_of(tmp_path)) == [b"1", b"2"]  # while somebody writes it
        log = opened(tmp_path)
        assert file.read_bytes() == whole
        added(log, b"3")
        assert list(log.records()) == [b"1", b"2", b"3"]
        log.close()
    assert "the last 1 bytes were only half written" in caplog.text


def test_a_file_of_half_a_beginning_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "000001.log").write_bytes(MAGIC[:3])
    log = opened(tmp_path)
    added(log, b"1")
    log.close()
    assert list(records_of(tmp_path)) == [b"1"]


def test_damage_is_no_end(tmp_path: Path) -> None:
    damaged = bytearray(frame(b"2"))
    damaged[-1] ^= 1
    (tmp_path / "000001.log").write_bytes(MAGIC + frame(b"1") + damaged + frame(b"3"))
    with pytest.raises(StartError, match="is damaged behind its first 21 bytes"):
        opened(tmp_path)
    (tmp_path / "000001.log").write_bytes(MAGIC + frame(b"1") + damaged)
    (tmp_path / "000002.log").write_bytes(MAGIC + frame(b"3"))
    with pytest.raises(StartError, match="is damaged"):
        list(records_of(tmp_path))


def test_all_is_forgotten(tmp_path: Path) -> None:
    log = opened(tmp_path, most_bytes_of_file=50)
    before = log.epoch
    added(log, *(b"12345678" for _ in range(10)))
    assert len(files_of(tmp_path)) > 1
    log.clear()
    assert list(log.records()) == []
    with pytest.raises(Outdated):
        log.add(b"of a request that was under way", before)
    added(log, b"1")
    log.close()
    assert list(records_of(tmp_path)) == [b"1"]


class Disk:
    """Writes of which one fails after so many bytes."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.room: int | None = None
        self.cut_fails = False
        real, cut = os.write, os.ftruncate

        def write(file: int, content: Any) -> int:
            if self.room is None:
                return real(file, content)
            if not self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            written = real(file, bytes(content)[: self.room])
            self.room -= written
            return written

        def truncate(file: int, length: int) -> None:
            if self.cut_fails:
                raise OSError(errno.EIO, "Input/output error")
            cut(file, length)

        patched.setattr(os, "write", write)
        patched.setattr(os, "ftruncate", truncate)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_a_full_disk_loses_nothing(tmp_path: Path, disk: Disk) -> None:
    log = opened(tmp_path)
    added(log, b"1")
    for room in range(len(frame(b"too long"))):
        disk.room = room
        with pytest.raises(NotRecorded, match="No space left on device; make room on the disk"):
            added(log, b"too long")
        assert list(log.records()) == [b"1"]
    disk.room = None
    added(log, b"2")
    assert list(log.records()) == [b"1", b"2"]
    log.close()


def test_where_a_half_record_cannot_be_cut_off_nothing_more_is_taken(
    tmp_path: Path, disk: Disk
) -> None:
    """What came behind it would not be found."""
    log = opened(tmp_path)
    added(log, b"1")
    disk.room, disk.cut_fails = 3, True
    with pytest.raises(NotRecorded):
        added(log, b"2")
    disk.room, disk.cut_fails = None, False
    with pytest.raises(NotRecorded, match="its file failed before; start the server again"):
        added(log, b"2")
    log.close()
    log = opened(tmp_path)
    added(log, b"3")
    assert list(log.records()) == [b"1", b"3"]
    log.close()


def test_what_cannot_be_synced_is_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = opened(tmp_path, durable=True)

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", fail, raising=False)
        with pytest.raises(NotRecorded):
            added(log, b"1")
    added(log, b"2")
    assert list(log.records()) == [b"2"]
    log.close()


def test_a_long_log_goes_on_in_further_files(tmp_path: Path) -> None:
    log = opened(tmp_path, most_bytes_of_file=100, held=lambda: 10**9)
    each = [str(number).encode() for number in range(100)]
    added(log, *each)
    assert len(files_of(tmp_path)) > 5
    assert list(log.records()) == each
    log.close()
    log = opened(tmp_path)
    assert list(log.records()) == each
    log.close()


def test_a_file_that_cannot_be_begun_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = opened(tmp_path, most_bytes_of_file=30)

    def fail(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", fail)
        added(log, b"a" * 40, b"b")
    added(log, b"c")
    assert list(log.records()) == [b"a" * 40, b"b", b"c"]
    log.close()


def values(each: Callable[[], Any]) -> dict[str, int]:
    """The numbers of the rows, as they are after all records."""
    found: dict[str, int] = {}
    for record in each():
        decoded = records.decoded(record, TABLES, lambda: 0)
        for line in decoded.tables[ITEMS].lines.values():
            its = orjson.loads(line)
            found[its["id"]] = its["n"]
    return found


def test_a_log_of_old_rows_is_shortened_by_itself(tmp_path: Path) -> None:
    log = opened(tmp_path, most_bytes_of_file=2_000, held=lambda: 500)
    added(log, *map(row, range(2_000)))
    logs._SHORTENING.submit(lambda: None).result()
    assert list(tmp_path.glob("*.all"))
    assert values(log.records) == {f"k{n % 10}": n for n in range(1_990, 2_000)}
    log.shorten()
    assert log.size < 6_000  # of 120,000
    log.close()
    log = opened(tmp_path)
    added(log, row(2_003))
    assert values(log.records)["k3"] == 2_003
    log.close()


@pytest.mark.parametrize("dies", ["before", "after"])
def test_whoever_dies_while_it_is_shortened_loses_nothing(tmp_path: Path, dies: str) -> None:
    """Before the new file has its name, or before all that it stands for are gone."""
    log = opened(tmp_path, most_bytes_of_file=300, held=lambda: 10**9)
    added(log, *map(row, range(95)))
    log.close()
    before = {path: path.read_bytes() for path in files_of(tmp_path)}
    log = opened(tmp_path)
    log.shorten()
    log.close()
    (whole,) = tmp_path.glob("*.all")
    if dies == "before":
        whole.rename(whole.with_suffix(".aside"))
    for path, content in before.items():
        path.write_bytes(content)
    expected = {f"k{n % 10}": n for n in range(85, 95)}
    assert values(lambda: records_of(tmp_path)) == expected
    log = opened(tmp_path)
    added(log, row(100))
    assert values(log.records) == expected | {"k0": 100}
    log.shorten()
    assert values(log.records) == expected | {"k0": 100}
    log.close()
    assert not list(tmp_path.glob("*.aside"))


def test_what_cannot_be_shortened_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = opened(tmp_path, most_bytes_of_file=300, held=lambda: 10**9)
    added(log, *map(row, range(95)))

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = files_of(tmp_path)
    monkeypatch.setattr(shortening, "shorten", fail)
    with caplog.at_level(logging.WARNING):
        log.shorten()
    assert "is not shortened: No space left on device" in caplog.text
    assert files_of(tmp_path) == before
    log.close()
