"""CSV files: which rows there are, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.datasets.comma_separated import header, lines_of, read_rows, rows_and_faults
from locum.datasets.findings import Finding
from locum.exceptions import DatasetError

COLUMNS = {
    "id": "text",
    "cents": "integer",
    "share": "number",
    "is_new": "boolean",
    "at": "time",
    "tags": "list of text",
    "any": "json",
}
FULL = (
    "id,cents,share,is_new,at,tags,any\n"
    'a,-5,2.50,true,2026-01-01,"[""x"", ""y""]","{""b"": null}"\n'
    ",,,,,,\n"
)


def written(folder: Path, text: str) -> Path:
    file = folder / "orders.csv"
    file.write_bytes(text.encode())
    return file


def found(file: Path, columns: dict[str, str] | None = None) -> list[Any]:
    return list(rows_and_faults(file, "orders", COLUMNS if columns is None else columns))


def test_each_value_is_read_as_its_columns_type_and_nothing_is_null(tmp_path: Path) -> None:
    full = {
        "id": "a",
        "cents": -5,
        "share": 2.5,
        "is_new": True,
        "at": "2026-01-01",
        "tags": ["x", "y"],
        "any": {"b": None},
    }
    assert found(written(tmp_path, FULL)) == [full, dict.fromkeys(full)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("id,cents\r\na,1\r\n\r\nb,2\r\n", [("a", 1), ("b", 2)]),
        ("\ufeffid,cents\na,1", [("a", 1)]),
        ('id,cents\n"two\nlines, and ""quotes""",1\n', [('two\nlines, and "quotes"', 1)]),
        ("cents,id\n1,a\n", [("a", 1)]),
        ("id,cents\n", []),
    ],
)
def test_rows_are_as_rfc_4180_has_them(
    tmp_path: Path, text: str, rows: list[tuple[str, int]]
) -> None:
    """Lines end in both ways, empty ones are none, and columns may stand in any order."""
    assert [(row["id"], row["cents"]) for row in found(written(tmp_path, text))] == rows


def test_an_empty_line_is_a_row_where_there_is_one_column(tmp_path: Path) -> None:
    rows = found(written(tmp_path, "id\na\n\nb\n"))
    assert rows == [{"id": "a"}, {"id": None}, {"id": "b"}]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "has no first line with the names of its columns"),
        ("id,cent\n", 1, "unknown column 'cent'; did you mean cents?"),
        ("id,id\n", 1, "the column 'id' stands there twice"),
        ('id,cents\n"x\ny",1\na,1.5\n', 4, "cents is '1.5', not integer"),
        ("cents\n9223372036854775808\n", 2, "cents is '9223372036854775808', not integer"),
        ("share\nnan\n", 2, "share is 'nan', not number"),
        ("is_new\nTrue\n", 2, "is_new is 'True', not boolean"),
        ("at\nsoon\n", 2, "at is 'soon', not time"),
        ("tags\n[1]\n", 2, "tags is '[1]', not list of text"),
        ("any\n{\n", 2, "any is '{', not json"),
        ("id,cents\na\n", 2, "found 1 values, expected 2"),
        ("id,cents\na,1,2\n", 2, "found 3 values, expected 2"),
        ('id\n"a\n', None, "is no CSV: unexpected end of data"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    *_, fault = found(written(tmp_path, text))
    assert isinstance(fault, Finding)
    assert (fault.row, fault.message) == (line, message)


def test_what_is_no_utf_8_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"id\n\xff\n")
    (fault,) = found(file)
    assert fault.message == "found a byte that is no UTF-8: invalid start byte"
    assert header(tmp_path / "a.csv") in ([], ["id"])


def test_reading_ends_at_the_first_fault(tmp_path: Path) -> None:
    rows = read_rows(written(tmp_path, "id,cents\na,1\nb,x\n"), "orders", COLUMNS)
    assert next(rows)["id"] == "a"
    with pytest.raises(DatasetError, match=r"orders\.csv:3: cents is 'x', not integer"):
        next(rows)


def test_rows_begin_on_lines(tmp_path: Path) -> None:
    """Row 1 takes lines 2 and 3, and line 5 is empty: row 3 is on line 6."""
    file = written(tmp_path, 'id,cents\n"x\ny",1\nb,2\n\nc,3\n')
    assert lines_of(file, [1, 2, 3]) == [2, 4, 6]
    assert lines_of(file, [3]) == [6]
    assert header(file) == ["id", "cents"]
