"""Lines sorted in bounded memory: a dataset's hash is that of its sorted rows, which may be more
than there is memory for."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from typing import IO, Self

MOST_BYTES = 64 * 2**20  # of lines in memory, with 100 more for each
_OVERHEAD = 100


class SortedLines:
    """Lines, none of which has a line feed in it. Beyond so many bytes they are in files, each of
    lines that are sorted. Close it by leaving it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._size = most_bytes, 0
        self._lines: list[bytes] = []
        self._files: list[IO[bytes]] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, line: bytes) -> None:
        """Add a line."""
        self._lines.append(line)
        self._size += len(line) + _OVERHEAD
        if self._size > self._most:
            file = self._open.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - it is closed with the others
            self._lines.sort()
            file.writelines(each + b"\n" for each in self._lines)
            self._files.append(file)
            self._lines, self._size = [], 0

    def __iter__(self) -> Iterator[bytes]:
        """The lines, sorted."""
        self._lines.sort()
        for file in self._files:
            file.seek(0)
        parts = [(line.removesuffix(b"\n") for line in file) for file in self._files]
        return heapq.merge(self._lines, *parts)


class TablesDigest:
    """The logical hash of tables (see `logical_hash`), of which one is added after the other, in
    the order of their names."""

    def __init__(self) -> None:
        self._sha256 = sha256()

    def add(self, table: str, lines: SortedLines) -> None:
        """Add a table that has rows, with its lines as they are hashed."""
        self._sha256.update(table.encode() + b"\n")
        for line in lines:
            self._sha256.update(line + b"\n")

    def hex(self) -> str:
        """Return the hash of those that were added."""
        return self._sha256.hexdigest()
