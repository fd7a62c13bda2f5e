"""Rows of JSONL files, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.datasets.columns import INTEGER, TEXT
from locum.datasets.findings import Finding
from locum.datasets.jsonl import LARGEST_ROW, lines_of, read_rows, rows_and_faults
from locum.exceptions import DatasetError

COLUMNS = {"name": TEXT, "number": INTEGER}


def written(folder: Path, text: bytes) -> Path:
    (folder / "a.jsonl").write_bytes(text)
    return folder / "a.jsonl"


@pytest.mark.parametrize(
    "text",
    [
        b'{"name":"a"}\n{"number":1}\n',
        b'{"name":"a"}\n{"number":1}',
        b'{"name":"a"}\r\n{"number":1}\r\n',
        b'\n{"name":"a"}\n \t\n\n{"number":1}\n\n',
        b'\xef\xbb\xbf{"name":"a"}\n{"number":1}\n',
    ],
)
def test_rows_are_read(tmp_path: Path, text: bytes) -> None:
    """With or without a byte order mark, with either end of a line, and with empty lines."""
    assert list(read_rows(written(tmp_path, text), "t", COLUMNS)) == [{"name": "a"}, {"number": 1}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"name":"a"}\n{"name":', "2: not JSON: "),
        (b'{"name":"\xe4"}', "1: not JSON: "),
        (b'{"name":"\x00"}', "1: not JSON: "),
        (b'{"name":"a"}\n[1]', "2: not a JSON object"),
        (b'\n\n{"colour":1}', "3: unknown column 'colour'"),
        (b'{"number":"x"}', "1: number is 'x', not integer"),
        (b'{"name":"a"}'.decode().encode("utf-16"), "1: found UTF-16, expected JSON lines"),
        (b"\x1f\x8b\x08", "1: found a file packed by gzip, expected JSON lines in UTF-8"),
        (b"\x28\xb5\x2f\xfd", "1: found a file packed by zstd, expected "),
        (b"PAR1", "1: found a Parquet file, expected "),
        (b'{"name":' + b"[" * 260 + b"]" * 260 + b"}", "1: found more than 250 levels of nesting"),
        (b'{"name":"' + b"x" * LARGEST_ROW, "1: found a line of more than 16,777,216 bytes"),
    ],
)
def test_what_is_no_row_is_told_with_its_line(tmp_path: Path, text: bytes, expected: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(DatasetError) as raised:
        list(read_rows(file, "t", COLUMNS))
    assert str(raised.value).startswith(f"{file}:{expected}")
    assert raised.value.fix


def test_a_line_at_fault_does_not_hide_others(tmp_path: Path) -> None:
    file = written(tmp_path, b'{"number":1}\nx\n{"number":2}\n{"number":"x"}\n')
    found = [
        (each.row, each.column) if isinstance(each, Finding) else each
        for each in rows_and_faults(file, "t", COLUMNS)
    ]
    assert found == [{"number": 1}, (2, None), {"number": 2}, (4, "number")]


def test_a_row_stands_on_a_line(tmp_path: Path) -> None:
    file = written(tmp_path, b"\n1\n2\n\n\n3\n")
    assert lines_of(file, [1, 2, 3]) == [2, 3, 6]
    assert lines_of(file, [3]) == [6]
