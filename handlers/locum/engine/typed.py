"""Tables that nobody declares, typed by DuckDB from all rows of their files."""

from __future__ import annotations

from pathlib import Path

import _duckdb as duckdb

from locum.datasets.columns import (
    BOOLEAN,
    INTEGER,
    INTEGER_MAP,
    JSON,
    NUMBER,
    TEXT,
    TEXT_MAP,
    TEXTS,
    TIME,
)
from locum.datasets.findings import Finding
from locum.datasets.own_tables import FILE, ROW, OwnTable

_INTEGERS = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"]
_KINDS = {
    # DuckDB has 128 bits for 5 beside -1; what is beyond 64 is found when the rows are read.
    **dict.fromkeys([*_INTEGERS, "UBIGINT", "HUGEINT"], INTEGER),
    **{f"MAP(VARCHAR, {integer})": INTEGER_MAP for integer in _INTEGERS},
    **dict.fromkeys(["VARCHAR", "UUID", "TIME"], TEXT),
    **dict.fromkeys(["FLOAT", "DOUBLE"], NUMBER),
    **dict.fromkeys(["VARCHAR[]", "UUID[]"], TEXTS),
    "BOOLEAN": BOOLEAN,
    "MAP(VARCHAR, VARCHAR)": TEXT_MAP,
}
_TIMES = ("DATE", "TIMESTAMP")  # begin the names of types that are times
_READ = {
    ".jsonl": "read_json($file, format='newline_delimited', sample_size=-1)",
    ".csv": "read_csv($file, header=true, delim=',', sample_size=-1)",
    ".parquet": "read_parquet($file)",
}


def typed(file: Path, table: str, beside: Path) -> tuple[OwnTable | None, Finding]:
    """Return the table as its file's rows have it, and a doubt that says how; else no table, and
    why there is none. `beside` is the folder in which it could be declared.

    What no other type has is JSON; a decimal fraction is a number.
    """
    try:
        with duckdb.connect(":memory:") as connection:
            described = connection.execute(
                f"DESCRIBE FROM {_READ[file.suffix]}", {"file": str(file)}
            ).fetchall()
    except duckdb.Error as error:
        message = f"cannot be typed by its rows: {str(error).splitlines()[0]}"
        return None, Finding(file, message, f"mend it, or declare {table} in {beside / FILE}")
    columns = {name: _kind(kind) for name, kind, *_ in described}
    if ROW in columns:
        message = f"has a column {ROW}, which counts rows in every table"
        return None, Finding(file, message, "give it another name")
    told = ", ".join(f"{name}: {kind}" for name, kind in columns.items())
    return OwnTable(columns), Finding(
        file,
        f"is typed by its rows: {table}: {{columns: {{{told}}}}}",
        f"write these types, or better ones, into {beside / FILE}",
        is_error=False,
    )


def _kind(kind: str) -> str:
    if kind.startswith(_TIMES):
        return TIME if "[" not in kind else JSON
    if kind.startswith("DECIMAL") and "[" not in kind:
        return NUMBER
    return _KINDS.get(kind, JSON)
