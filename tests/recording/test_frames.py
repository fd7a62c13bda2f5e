"""Records in a file, whole ones and others."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from locum.exceptions import StartError
from locum.recording.frames import MAGIC, Reading, frame

RECORDS = [b"", b"one", b"\x00" * 300]


def read(file: Path) -> tuple[list[bytes], Reading]:
    reading = Reading(file)
    return list(reading.records()), reading


def test_a_record_stands_behind_its_length_and_checksum() -> None:
    assert frame(b"abc") == b"\x03\x00\x00\x00" + zlib.crc32(b"abc").to_bytes(4, "little") + b"abc"


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(MAGIC + b"".join(map(frame, RECORDS)))
    found, reading = read(file)
    assert found == RECORDS
    assert (reading.end, reading.size, reading.is_damaged) == (len(file.read_bytes()),) * 2 + (
        False,
    )


def test_a_file_that_was_just_made_has_none(tmp_path: Path) -> None:
    for length in range(len(MAGIC) + 1):
        (tmp_path / "log").write_bytes(MAGIC[:length])
        found, reading = read(tmp_path / "log")
        assert (found, reading.is_damaged) == ([], False)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"something")
    with pytest.raises(StartError, match="is no log of this version"):
        read(tmp_path / "log")


def test_a_record_that_was_cut_off_at_any_byte_is_none(tmp_path: Path) -> None:
    file, before = tmp_path / "log", MAGIC + frame(b"whole")
    last = frame(b"the last record")
    for length in range(len(last)):
        file.write_bytes(before + last[:length])
        found, reading = read(file)
        assert (found, reading.end, reading.is_damaged) == ([b"whole"], len(before), False)


def test_a_byte_that_is_another_is_seen(tmp_path: Path) -> None:
    """Where a whole record follows, it was no end of a process that did it."""
    file, before = tmp_path / "log", MAGIC + frame(b"whole")
    last = frame(b"the last record")
    for place in range(4, len(last)):
        changed = bytearray(last)
        changed[place] ^= 1
        file.write_bytes(before + changed)
        assert read(file)[0] == [b"whole"]
        file.write_bytes(before + changed + frame(b"later"))
        found, reading = read(file)
        assert (found, reading.is_damaged) == ([b"whole"], True)


def test_a_length_that_no_record_has_is_none(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(MAGIC + b"\xff" * 200)
    assert read(tmp_path / "log")[0] == []
