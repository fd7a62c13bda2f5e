"""The rows of a CSV file: RFC 4180 in UTF-8, with commas, and the names of the columns in the first
line. A value that is empty is null; a JSON value, a list or a map is written as JSON; true and
false are booleans. An empty line is no row, save where there is one column alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import orjson

from locum.datasets.columns import BOOLEAN, INTEGER, NUMBER, TEXT, TIME, Columns, is_of_type
from locum.datasets.findings import Finding, refusal
from locum.exceptions import did_you_mean

_INTEGER = re.compile(r"-?\d{1,19}\Z", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
_BOOLEAN_TEXTS = {"true": True, "false": False}
_NONE = object()  # what a text is that cannot be read as its column's type


def header(path: Path) -> list[str]:
    """Return the names of the columns, [] where there is no first line, or none in UTF-8."""
    try:
        return next(_records(path))[1]
    except (StopIteration, UnicodeDecodeError, csv.Error):
        return []


def read_rows(path: Path, table: str, columns: Columns) -> Iterator[dict[str, Any]]:
    """Read the rows, each checked against the columns of its table. Raises DatasetError with file
    and line for what is wrong with one."""
    for row in rows_and_faults(path, table, columns):
        if isinstance(row, Finding):
            raise refusal([row])
        yield row


def rows_and_faults(path: Path, table: str, columns: Columns) -> Iterator[dict[str, Any] | Finding]:
    """Read the rows, each as JSONL would have it or what is wrong with it. Where the first line is
    wrong no rows are read."""
    records = _records(path)
    try:
        _, names = next(records)
        if faults := list(_faults_of_header(path, table, columns, names)):
            yield from faults
            return
        for line, record in records:
            yield _row(path, line, names, record, columns)
    except StopIteration:
        yield Finding(path, "has no first line with the names of its columns", "write it", None)
    except UnicodeDecodeError as error:
        yield Finding(path, f"found a byte that is no UTF-8: {error.reason}", "write it in UTF-8")
    except csv.Error as error:
        yield Finding(path, f"is no CSV: {error}", "quote values as RFC 4180 says")


def lines_of(path: Path, rows: Sequence[int]) -> list[int]:
    """Return the lines on which rows of the file begin, whose numbers are sorted; both count from
    1."""
    lines = (line for line, _ in islice(_records(path), 1, None))
    before = (0, *rows)
    return [next(islice(lines, row - last - 1, None)) for last, row in pairwise(before)]


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give the line on which each record begins, and its values."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        width, line = 0, 1
        for record in reader:
            width = width or len(record)
            if record or width == 1:
                yield line, record or [""]
            line = reader.line_num + 1


def _faults_of_header(
    path: Path, table: str, columns: Columns, names: Sequence[str]
) -> Iterator[Finding]:
    for number, name in enumerate(names):
        if name not in columns:
            message = f"unknown column {name!r:.80}{did_you_mean(name, columns)}"
            fix = f"the columns of {table} are {', '.join(columns)}, separated by commas"
            yield Finding(path, message, fix, 1, name)
        elif name in names[:number]:
            message = f"the column {name!r:.80} stands there twice"
            yield Finding(path, message, "leave one of the two out", 1, name)


def _row(
    path: Path, line: int, names: Sequence[str], texts: Sequence[str], columns: Columns
) -> dict[str, Any] | Finding:
    if len(texts) != len(names):
        message = f"found {len(texts)} values, expected {len(names)}"
        return Finding(path, message, "write one for each column of the first line", line)
    row = {}
    for name, text in zip(names, texts, strict=True):
        row[name] = value = _value(columns[name], text)
        if value is _NONE or (value is not None and not is_of_type(columns[name], value)):
            message = f"{name} is {text!r:.80}, not {columns[name]}"
            fix = f"write {name} as {columns[name]}, or leave it empty"
            return Finding(path, message, fix, line, name)
    return row


def _value(kind: str, text: str) -> Any:
    if text == "":
        return None
    if kind in (TEXT, TIME):
        return text
    if kind == INTEGER:
        return int(text) if _INTEGER.match(text) else _NONE
    if kind == NUMBER:
        return float(text) if _NUMBER.match(text) else _NONE
    if kind == BOOLEAN:
        return _BOOLEAN_TEXTS.get(text, _NONE)
    try:
        return orjson.loads(text)
    except ValueError:
        return _NONE
