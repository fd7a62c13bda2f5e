"""The entries of JSON documents: what filters compare and runs are counted by, listed by hand."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.engine.layer import Layer, Transaction
from tests.oracles.langsmith_rows import load, run

Entry = tuple[str | None, str, str | None, float | None]


def entries(folder: Path, document: Any) -> list[Entry]:
    engine = load(folder, runs=[run("a", metadata=document, inputs=document)])
    engine.table("run_contents")
    found: list[list[Entry]] = [
        engine.rows(
            f"SELECT key, type, value, number FROM {table} WHERE kind = '{kind}' "
            "ORDER BY key NULLS LAST, value NULLS LAST"
        )
        for table, kind in (("run_entries", "metadata"), ("run_contents", "input"))
    ]
    assert found[0] == found[1], "both are laid out in the same way"
    return found[0]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, []),
        (
            {"a": 1, "b": {"c": [True, {"d": None}]}},
            [
                ("a", "UBIGINT", "1", 1.0),
                ("b", "OBJECT", '{"c":[true,{"d":null}]}', None),
                ("b.c", "ARRAY", '[true,{"d":null}]', None),
                ("b.c", "BOOLEAN", "true", None),
                ("b.c", "OBJECT", '{"d":null}', None),
                ("b.c.d", "NULL", None, None),
            ],
        ),
        (
            {"": "", "x.y": -1, 'q"': "1", "*": {"$": 2.5}},
            [
                ("", "VARCHAR", "", None),
                ("*", "OBJECT", '{"$":2.5}', None),
                ("*.$", "DOUBLE", "2.5", 2.5),
                ('q"', "VARCHAR", "1", None),
                ("x.y", "BIGINT", "-1", -1.0),
            ],
        ),
        (
            {"": {"": 1, "b": 2}},
            [
                ("", "OBJECT", '{"":1,"b":2}', None),
                (".", "UBIGINT", "1", 1.0),
                (".b", "UBIGINT", "2", 2.0),
            ],
        ),
        # An array adds nothing to a key, not even where it is the document as a whole.
        (
            [[{"role": "user"}], "x", 7],
            [
                ("role", "VARCHAR", "user", None),
                (None, "UBIGINT", "7", 7.0),
                (None, "VARCHAR", "x", None),
            ],
        ),
        ("text", [(None, "VARCHAR", "text", None)]),
    ],
)
def test_a_document_has_an_entry_for_each_key_and_for_each_item_of_an_array(
    tmp_path: Path, document: Any, expected: list[Entry]
) -> None:
    assert entries(tmp_path, document) == expected


def put(row: dict[str, Any], transaction: Transaction) -> None:
    transaction.put("langsmith/runs", [row])


def documents_of(data: Data) -> dict[str, list[Any]]:
    """The entries of all documents of each run, as they are joined."""
    kinds = "name, run_type, status, tag, metadata"
    rows = data.rows(
        "SELECT id, list_sort(list(entries.kind || ' ' || value)) "
        f"FROM (SELECT run, unnest([{kinds}]) AS document FROM run_documents) "
        "JOIN entries USING (document) JOIN runs USING (run) GROUP BY id"
    )
    return dict(rows)


def test_no_document_has_the_number_of_one_without_entries(tmp_path: Path) -> None:
    """No tags, and no metadata, have no entry; what comes later has other numbers."""
    empty: dict[str, Any] = {"tags": [], "metadata": {}}
    rows = [run(f"r{n}", name="a", **empty) for n in range(3)]
    layer = Layer(load(tmp_path, runs=rows))
    expected = {row["id"]: ["name a", "run_type chain", "status success"] for row in rows}
    assert documents_of(layer.data()) == expected
    for number, name in enumerate(("b", "c")):
        later = run(f"later{number}", name=name, **(empty if number else {"tags": ["x"]}))
        layer.write(partial(put, later))
        of_tags = [] if number else ["tag x"]
        expected[later["id"]] = [
            *(f"name {name}", "run_type chain", "status success"),
            *of_tags,
        ]
        assert documents_of(layer.data()) == expected
