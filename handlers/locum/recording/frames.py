"""Records in a file, each behind its length and checksum: a record that was only half written when
a process or machine died is told from whole ones.

A file begins with `MAGIC`. A record is its length and its CRC-32, four bytes each (little-endian),
and its bytes.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import define

from locum.exceptions import StartError

MAGIC = b"locum-log-1\n"
LARGEST = 2**30  # bytes of a record: what is longer is none
_HEAD = struct.Struct("<II")


def frame(record: bytes) -> bytes:
    """Return the record as it stands in a file."""
    return _HEAD.pack(len(record), zlib.crc32(record)) + record


@define
class Reading:
    """A file that is read: after `records` has given all, `end` is where the last whole one ends,
    and `size` how long the file is. Raises StartError for a file of something else."""

    path: Path
    end: int = 0
    size: int = 0
    is_damaged: bool = False  # there are whole records behind one that is not

    def records(self) -> Iterator[bytes]:
        """Give the records, up to the first that is not whole."""
        with self.path.open("rb") as file:
            self.size = os.fstat(file.fileno()).st_size
            begin = file.read(len(MAGIC))
            if begin != MAGIC:
                if not MAGIC.startswith(begin):
                    raise StartError(
                        f"{self.path} is no log of this version of Locum", "move it away"
                    )
                return  # it was just made
            self.end = len(MAGIC)
            while (record := _record(file.read(_HEAD.size), file.read)) is not None:
                self.end += _HEAD.size + len(record)
                yield record
            self.is_damaged = self._goes_on()

    def _goes_on(self) -> bool:
        """Whether a whole record follows the one that is not."""
        with self.path.open("rb") as file:
            file.seek(self.end)
            head = file.read(_HEAD.size)
            if len(head) < _HEAD.size:
                return False
            length, _ = _HEAD.unpack(head)
            file.seek(self.end + _HEAD.size + length)
            following = _record(file.read(_HEAD.size), file.read)
            return bool(following)


def _record(head: bytes, read: Callable[[int], bytes]) -> bytes | None:
    """Return the whole record that has this head, None where there is none."""
    if len(head) < _HEAD.size:
        return None
    length, checksum = _HEAD.unpack(head)
    if length > LARGEST:
        return None
    record = read(length)
    return record if len(record) == length and zlib.crc32(record) == checksum else None
