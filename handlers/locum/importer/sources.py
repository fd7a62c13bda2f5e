"""Export files: which JSON texts they hold, and where each begins.

A file is JSONL, or a JSON array, or a JSON object with the list under `runs` or `data`, as the
vendors' APIs answer. It is mapped, not read: what is in memory at a time is one text.
"""

from __future__ import annotations

import gzip
import mmap
import os
import re
import shutil
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from attrs import frozen

from locum.exceptions import DatasetError

STDIN = "-"
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@frozen
class Text:
    """One JSON text of a file, which should be an object.

    `place` is where it stands, as `runs.json:17: element 3`: lines count from 1, the elements of an
    array from 0. `fault` says what is wrong with the file there; then there is no text.
    """

    place: str
    json: bytes = b""
    fault: str | None = None


def texts(file: str) -> Iterator[Text]:
    """The texts of the file (`-` is standard input), which may be packed by gzip.

    Raises DatasetError where it cannot be read.
    """
    name = "stdin" if file == STDIN else file
    try:
        mapped = _mapped(file)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(
            f"{name}: {reason}", "name files of JSON or JSONL, plain or gzip, or - for stdin"
        ) from None
    if mapped is None:
        yield Text(f"{name}:1", fault="found an empty file, expected rows")
    elif mapped[:2] in _UTF_16:
        yield Text(f"{name}:1", fault="found UTF-16, expected UTF-8")
    else:
        yield from _texts(name, mapped)


def _mapped(file: str) -> mmap.mmap | None:
    """The file's bytes, None if there are none. What cannot be mapped as it is, a pipe or a packed
    file, goes to a temporary file first."""
    with _opened(file) as given:
        packed = given.peek(2)[:2] == _GZIP  # type: ignore[attr-defined]  # it is buffered
        if stat.S_ISREG(os.fstat(given.fileno()).st_mode) and not packed:
            return _map(given)
        with tempfile.TemporaryFile() as spooled:
            if packed:
                with gzip.open(given) as unpacked:
                    shutil.copyfileobj(unpacked, spooled)
            else:
                shutil.copyfileobj(given, spooled)
            return _map(spooled)


def _opened(file: str) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdin.buffer) if file == STDIN else Path(file).open("rb")


def _map(file: IO[bytes]) -> mmap.mmap | None:
    file.flush()
    if not os.fstat(file.fileno()).st_size:
        return None
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


_CONTENT = re.compile(rb"\S")
# Strings are passed over as a whole, so that the brackets and commas in them do not count.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[][{},]', re.DOTALL)
_LISTS = (b'"runs"', b'"data"')
_OPENS = re.compile(rb"\s*:\s*\[")
_LIST_WITHIN = 2**20  # bytes from the beginning of an API's answer


def _texts(name: str, data: mmap.mmap) -> Iterator[Text]:
    begin = len(_BOM) if data[: len(_BOM)] == _BOM else 0
    first = _CONTENT.search(data, begin)
    if first is None:
        yield Text(f"{name}:1", fault="found white space only, expected rows")
    elif first[0] == b"[":
        yield from _elements(name, data, first.start())
    elif first[0] == b"{" and (bracket := _list(data, first.start())) is not None:
        yield from _elements(name, data, bracket)
    else:
        yield from _lines(name, data, begin)


def _lines(name: str, data: mmap.mmap, begin: int) -> Iterator[Text]:
    data.seek(begin)
    for number, line in enumerate(iter(data.readline, b""), 1):
        if line := line.strip():
            yield Text(f"{name}:{number}", line)


def _list(data: mmap.mmap, begin: int) -> int | None:
    """Where the list opens that the object at `begin` holds under a well-known name."""
    depth = 0
    for token in _TOKEN.finditer(data, begin, begin + _LIST_WITHIN):
        depth += _step(token[0])
        if depth == 0:
            return None
        if depth == 1 and token[0] in _LISTS and (opens := _OPENS.match(data, token.end())):
            return opens.end() - 1
    return None


def _step(token: bytes) -> int:
    return 1 if token in (b"[", b"{") else -1 if token in (b"]", b"}") else 0


def _elements(name: str, data: mmap.mmap, bracket: int) -> Iterator[Text]:
    """The elements of the array that opens at `bracket`.

    A comma before the closing bracket is let pass: export tools have written one.
    """
    depth, element, begin = 0, 0, bracket + 1
    line, counted = 1 + data[:bracket].count(b"\n"), bracket
    for token in _TOKEN.finditer(data, bracket):
        depth += _step(token[0])
        ends = depth == 0
        if not ends and (depth > 1 or token[0] != b","):
            continue
        content = _CONTENT.search(data, begin, token.start())
        start = content.start() if content else token.start()
        line, counted = line + data[counted:start].count(b"\n"), start
        if content or not ends:
            text = data[start : token.start()].rstrip()
            yield Text(f"{name}:{line}: element {element}", text)
            element, begin = element + 1, token.end()
        if ends:
            return
    yield Text(f"{name}:{line}: element {element}", fault="found the end of the file, expected ]")
