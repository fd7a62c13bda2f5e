"""The rows of a JSONL file: a JSON object a line, in UTF-8, with or without a byte order mark (RFC
8259, section 8.1, lets readers ignore it, and editors write it). Lines end with LF or CRLF; empty
ones are no rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import orjson

from locum.datasets.columns import Columns, is_of_type
from locum.datasets.findings import Finding, refusal
from locum.resources import DATA_DICTIONARY

# What DuckDB reads as one object of JSON lines, by default (`maximum_object_size`).
LARGEST_ROW = 2**24

_DEEPEST = 250  # levels of nesting: orjson writes no more, and reads more
BOM = b"\xef\xbb\xbf"
_ONE_OBJECT = "each line of a JSONL table is one JSON object"
_OTHER_FILES = {
    b"\xff\xfe": ("UTF-16", "write it in UTF-8"),
    b"\xfe\xff": ("UTF-16", "write it in UTF-8"),
    b"\x1f\x8b": ("a file packed by gzip", "unpack it"),
    b"\x28\xb5\x2f\xfd": ("a file packed by zstd", "unpack it"),
    b"PAR1": ("a Parquet file", "let its name end with .parquet"),
}


def read_rows(path: Path, table: str, columns: Columns) -> Iterator[dict[str, Any]]:
    """Read the rows of a JSONL file, each checked against the columns of its table.

    Absent columns are null. Raises DatasetError with file and line for a line that is not a JSON
    object, an unknown column, and a value of another type than the column's.
    """
    for row in rows_and_faults(path, table, columns):
        if isinstance(row, Finding):
            raise refusal([row])
        yield row


def rows_and_faults(path: Path, table: str, columns: Columns) -> Iterator[dict[str, Any] | Finding]:
    """Read the rows of a JSONL file, each as it is or what is wrong with its line."""
    with path.open("rb") as file:
        begin = file.read(4)
        for magic, (found, fix) in _OTHER_FILES.items():
            if begin.startswith(magic):
                yield Finding(path, f"found {found}, expected JSON lines in UTF-8", fix, 1)
                return
        file.seek(len(BOM) if begin.startswith(BOM) else 0)
        for number, line in enumerate(iter(partial(file.readline, LARGEST_ROW + 1), b""), 1):
            if len(line) > LARGEST_ROW:
                message = f"found a line of more than {LARGEST_ROW:,} bytes, expected fewer"
                yield Finding(path, message, "shorten its texts", number)
                return  # what follows is the rest of the line
            if line.strip():
                yield _row(path, number, line, table, columns)


def lines_of(path: Path, rows: Sequence[int]) -> list[int]:
    """Return the lines on which rows of the file stand, whose numbers are sorted; both count from
    1."""
    with path.open("rb") as lines:
        numbers = (number for number, line in enumerate(lines, 1) if line.strip())
        before = (0, *rows)
        return [next(islice(numbers, row - last - 1, None)) for last, row in pairwise(before)]


def _row(
    path: Path, number: int, line: bytes, table: str, columns: Columns
) -> dict[str, Any] | Finding:
    try:
        row = orjson.loads(line)
        if line.count(b"[") + line.count(b"{") > _DEEPEST:
            orjson.dumps(row)
    except orjson.JSONEncodeError:
        message = f"found more than {_DEEPEST} levels of nesting, expected fewer"
        return Finding(path, message, "flatten what is nested", number)
    except ValueError as error:
        return Finding(path, f"not JSON: {error}", _ONE_OBJECT, number)
    if not isinstance(row, dict):
        return Finding(path, "not a JSON object", _ONE_OBJECT, number)
    for name, value in row.items():
        if name not in columns:
            fix = f"the columns of {table} are {', '.join(columns)}"
            return Finding(path, f"unknown column {name!r:.80}", fix, number, name)
        if value is not None and not is_of_type(columns[name], value):
            fix = f"write {name} as {columns[name]} or null; see {DATA_DICTIONARY}"
            message = f"{name} is {value!r:.80}, not {columns[name]}"
            return Finding(path, message, fix, number, name)
    return row
