"""Whether tables are what is declared of them: small ones that no vendor has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from locum.datasets.constraints import Constraints, Reference, Tree, Value
from locum.datasets.findings import Finding
from locum.engine import checks
from locum.engine.duckdb import Engine
from locum.engine.tables import KEYS_TABLE, Table
from locum.exceptions import ProviderError
from locum.provider import INTEGER, INTEGER_MAP, JSON, TEXT, TEXTS, TIME
from tests.oracles.small_tables import Rows, dataset_of

SHOPS = Table(
    {"id": TEXT, "owner": TEXT},
    constraints=Constraints(required=("id",), unique=(("id",),), tenant="owner"),
)
SALES = Table(
    {
        "id": TEXT,
        "shop": TEXT,
        "owner": TEXT,
        "kind": TEXT,
        "cents": INTEGER,
        "parts": INTEGER_MAP,
        "opened_at": TIME,
        "closed_at": TIME,
        "notes": JSON,
        "tags": TEXTS,
        "parent": TEXT,
        "root": TEXT,
    },
    constraints=Constraints(
        required=("id",),
        unique=(("id",),),
        tree=Tree("id", "parent", "root"),
        expected=("shop",),
        distinct=(("shop", "kind", "owner"),),
        references=(Reference("shop", "small/shops", same=("owner",)),),
        known={"kind": ("toy", "boy's toy")},
        amounts=("cents", "parts"),
        order=(("opened_at", "closed_at"),),
        objects=("notes",),
        values=(Value("cents", "no 13", "cents <> 13", is_error=True),),
    ),
)
TABLES = {"keys": KEYS_TABLE, "small/shops": SHOPS, "small/sales": SALES}
KEYS = [{"key": "k", "provider": "small", "tenant_id": "ann", "access": "rw"}]
SHOP = {"id": "n", "owner": "ann"}


def found(
    folder: Path,
    rows: Rows,
    manifest: Mapping[str, Any] | None = None,
    tables: Mapping[str, Table] = TABLES,
    days: int = 0,
) -> list[Finding]:
    """What is found in a dataset of these rows and this manifest."""
    if manifest is not None:
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    dataset = dataset_of(folder, tables, rows)
    every: list[Finding] = []

    def inspect(connection: Any, counts: Mapping[str, int]) -> None:
        every.extend(checks.findings(connection, dataset, tables, counts, ["small"], days))

    Engine(dataset, tables, days=days, inspect=inspect)
    return every


def told(folder: Path, *sales: Mapping[str, Any], **more: Any) -> list[str]:
    """What is found in sales of the shop n, each an error or a doubt, without the folder."""
    every = [
        {"id": f"{number}", "root": f"{number}", "shop": "n", "owner": "ann", **sale}
        for number, sale in enumerate(sales)
    ]
    rows = {"keys": KEYS, "small/shops": [SHOP], "small/sales": every}
    return [
        f"{'error' if each.is_error else 'doubt'} {each}".replace(f"{folder}/", "")
        for each in found(folder, rows, **more)
    ]


def test_nothing_is_found_where_all_is_right(tmp_path: Path) -> None:
    sale = {
        "kind": "boy's toy",
        "cents": 5,
        "parts": {"a": 0, "b": 2**53},
        "opened_at": "1970-01-01",
        "closed_at": "1970-01-01",
        "notes": {"a": 1},
        "tags": ["a"],
    }
    nulls = dict.fromkeys((*sale, "parent"))
    assert told(tmp_path, sale, nulls, {"parent": "0", "root": "0", "kind": "toy"}, {}) == []


@pytest.mark.parametrize(
    ("sale", "expected"),
    [
        ({"id": None}, "error small/sales.jsonl:2: id is null, expected a value"),
        ({"id": "0", "root": "0"}, "error small/sales.jsonl:2: id is '0', expected each id once"),
        ({"cents": 13}, "error small/sales.jsonl:2: cents is '13', expected no 13"),
        ({"shop": None}, "doubt small/sales.jsonl:2: shop is null, expected a value"),
        (
            {"shop": "s"},
            "doubt small/sales.jsonl:2: shop is 's', expected the id of a row of small/shops",
        ),
        (
            {"owner": "bob"},
            (
                "doubt small/sales.jsonl:2: owner is 'bob', expected that of the row of "
                "small/shops with its shop"
            ),
        ),
        ({"kind": "x"}, "doubt small/sales.jsonl:2: kind is 'x', expected one of toy, boy's toy"),
        (
            {"cents": -1},
            (
                "doubt small/sales.jsonl:2: cents is '-1', expected an integer from 0 to "
                "9,007,199,254,740,992"
            ),
        ),
        (
            {"parts": {"a": 1, "b": -1}},
            (
                "doubt small/sales.jsonl:2: parts is '{a=1, b=-1}', expected integers from 0 to "
                "9,007,199,254,740,992"
            ),
        ),
        (
            {"closed_at": "1969-12-31T23:59:59.5Z"},
            (
                "doubt small/sales.jsonl:2: closed_at is '1969-12-31T23:59:59.500000Z', expected a "
                "time from 1970 to 2200-01-01T00:00:00.000000Z, the end of the dataset"
            ),
        ),
        (
            {"closed_at": "2000-01-01", "opened_at": "2000-01-02"},
            (
                "doubt small/sales.jsonl:2: closed_at is '2000-01-01T00:00:00.000000Z', expected "
                "none before opened_at"
            ),
        ),
        ({"notes": [1]}, "doubt small/sales.jsonl:2: notes is '[1]', expected a JSON object"),
        (
            {"parent": "1", "root": "1"},
            "error small/sales.jsonl:2: parent is '1', expected no row that is its own ancestor",
        ),
    ],
)
def test_a_row_that_breaks_a_constraint_is_told(
    tmp_path: Path, sale: Mapping[str, Any], expected: str
) -> None:
    assert told(tmp_path, {}, sale) == [expected]
    assert told(tmp_path, {}, sale, days=5) == [expected]


def test_rows_that_are_equal_in_columns_that_should_differ_are_told(tmp_path: Path) -> None:
    toy = {"kind": "toy"}
    assert told(tmp_path, toy, toy, {"kind": None}, {}, toy) == [
        (
            "doubt small/sales.jsonl:2: shop is 'n', expected each shop and kind and owner once "
            "(and in 5)"
        )
    ]


def test_a_sum_that_no_double_holds_is_told_of_the_whole_table(tmp_path: Path) -> None:
    half = {"cents": 2**52}
    assert told(tmp_path, half, half) == []
    assert told(tmp_path, half, half, {"cents": 1}) == [
        (
            "doubt small/sales.jsonl: cents is '9007199254740993', expected a sum of "
            "9,007,199,254,740,992 at most"
        )
    ]


def test_the_first_rows_with_a_fault_are_told_and_all_are_counted(tmp_path: Path) -> None:
    faults = [{}, *[{"cents": -1}] * 6, {}]
    (line,) = told(tmp_path, *faults)
    assert line.startswith("doubt small/sales.jsonl:2: cents is '-1', expected an integer from 0")
    assert line.endswith("(and in 3, 4, 5 and 2 more)")


def test_times_are_not_after_the_end_that_the_manifest_tells(tmp_path: Path) -> None:
    sales = [{"closed_at": "2026-06-30T12:00:00Z"}, {"closed_at": "2026-06-30T12:00:00.000001Z"}]
    for now in ("2026-06-30T12:00:00Z", "2026-06-30T14:00:00+02:00", "2026-06-30T12:00:00"):
        (line,) = told(tmp_path, *sales, manifest={"now": now})
        assert line.startswith("doubt small/sales.jsonl:2: closed_at is '2026-06-30T12:00:00.00000")
        assert line.endswith("to 2026-06-30T12:00:00.000000Z, the end of the dataset")
    assert told(tmp_path, *sales, manifest={}) == []


# What refers to other tables.


def test_what_refers_to_rows_that_are_there_twice_is_not_looked_at(tmp_path: Path) -> None:
    """It may mean one or the other."""
    rows = {"small/shops": [SHOP, SHOP], "small/sales": [{"id": "1", "root": "1", "shop": "x"}]}
    (finding,) = found(tmp_path, rows)
    assert str(finding) == f"{tmp_path}/small/shops.jsonl:2: id is 'n', expected each id once"


def test_a_table_without_a_file_has_no_rows_that_could_be_meant(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, {"small/sales": [{"id": "1", "root": "1", "shop": "n"}]})
    assert "shop is 'n', expected the id of a row of small/shops" in str(finding)


def test_what_refers_to_a_table_of_no_provider_is_not_looked_at(tmp_path: Path) -> None:
    tables = {"small/sales": SALES}
    rows = {"small/sales": [{"id": "1", "root": "1", "shop": "n"}]}
    assert found(tmp_path, rows, tables=tables) == []


def test_a_reference_may_be_of_some_rows_alone(tmp_path: Path) -> None:
    reference = Reference("of", "small/shops", where="kind = 'shop'")
    notes = Table({"of": TEXT, "kind": TEXT}, constraints=Constraints(references=(reference,)))
    rows = {
        "small/shops": [SHOP],
        "small/notes": [
            {"of": "x", "kind": "street"},
            {"of": "x"},
            {"of": "x", "kind": "shop"},
            {"of": "n", "kind": "shop"},
        ],
    }
    tables = {"small/notes": notes, "small/shops": SHOPS}
    assert [each.row for each in found(tmp_path, rows, tables=tables)] == [3]


# Keys.


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ({"key": None}, "error keys.jsonl:2: key is null, expected a value"),
        ({"provider": "smal"}, "doubt keys.jsonl:2: provider is 'smal', expected one of small"),
        ({"tenant_id": "eve"}, "doubt keys.jsonl:2: tenant_id is 'eve', expected a tenant of some"),
        ({"access": "w"}, "doubt keys.jsonl:2: access is 'w', expected one of rw, r"),
        ({"key": "k"}, "error keys.jsonl:2: key is '…', expected each key and provider and tenant"),
        ({"access": None}, None),
        ({"key": "k", "tenant_id": "BOB"}, None),
    ],
)
def test_keys_are_for_providers_and_tenants(
    tmp_path: Path, key: Mapping[str, Any], expected: str | None
) -> None:
    """A key is never shown."""
    keys = [*KEYS, {**KEYS[0], "key": "other", **key}]
    shops = [SHOP, {"id": "s", "owner": "bob"}]
    every = found(tmp_path, {"keys": keys, "small/shops": [SHOP, *shops[1:]]})
    lines = [
        f"{'error' if each.is_error else 'doubt'} {each}".replace(f"{tmp_path}/", "")
        for each in every
        if each.file.stem == "keys"
    ]
    assert [line for line in lines if not line.startswith(expected or "none")] == []
    assert len(lines) == (expected is not None)


def test_each_tenant_is_opened_by_a_key_where_there_are_keys(tmp_path: Path) -> None:
    shops = [SHOP, {"id": "s", "owner": "bob"}, {"id": "t"}]
    assert found(tmp_path, {"keys": [], "small/shops": shops}) == []
    (finding,) = found(tmp_path, {"keys": KEYS, "small/shops": shops})
    assert str(finding) == (
        f"{tmp_path}/small/shops.jsonl:2: owner is 'bob', expected a tenant that a key of small "
        "opens"
    )


# The manifest.


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({"keys": 1, "small/shops": 1}, []),
        (None, []),
        ({"keys": 1, "small/shops": 1, "small/sales": 0, "other/table": 0}, []),
        ({"keys": 2, "small/shops": 1}, ["rows of keys are 2, found 1 in its file"]),
        ({"keys": 1}, ["rows of small/shops are 0, found 1 in its file"]),
        (
            {"keys": 1, "small/shops": 1, "small/sales": 1000},
            ["rows of small/sales are 1,000, found no file"],
        ),
        ({"keys": 1, "small/shops": "1"}, ["rows of small/shops are '1', found 1 in its file"]),
        (5, ["rows is 5, expected an object: a number for each table"]),
    ],
)
def test_rows_are_as_many_as_the_manifest_tells(
    tmp_path: Path, rows: object, expected: list[str]
) -> None:
    manifest = {"name": "mine", **({} if rows is None else {"rows": rows})}
    every = found(tmp_path, {"keys": KEYS, "small/shops": [SHOP]}, manifest)
    assert [each.message for each in every] == expected
    assert {(each.file, each.is_error) for each in every} <= {(tmp_path / "manifest.json", False)}


def test_a_now_that_is_no_time_is_told(tmp_path: Path) -> None:
    for now in ("soon", 5, ["2026-06-30"]):
        (finding,) = found(tmp_path, {"keys": KEYS, "small/shops": [SHOP]}, {"now": now})
        assert str(finding).startswith(f"{tmp_path}/manifest.json: now is {now!r}, expected a time")


# What only Parquet can hold.


def test_items_and_numbers_that_json_has_not_are_told(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    values = """
        ('a', ['x', NULL], MAP {'a': 1}, '{"a": "NaN, [Infinity]", "\\"": "NaN"}'),
        ('b', ['x'], MAP {'a': NULL}, '{"a": [1, NaN]}'),
        ('c', [], MAP {}, '{"a": {"b": -Infinity}}'),
        ('d', NULL, NULL, '{"NaN": 1}')
    """
    select = f"SELECT id, id AS root, 'n' AS shop, * EXCLUDE (id) FROM (VALUES {values}) "
    file = tmp_path / "small" / "sales.parquet"
    columns = "every(id, tags, parts, notes)"
    duckdb.execute(f"COPY ({select} {columns}) TO '{file}'")
    rows = {"small/shops": [{"id": "n"}]}
    every = [str(each).replace(f"{file}: ", "") for each in found(tmp_path, rows)]
    assert every == [
        "row 2: parts is '{a=NULL}', expected no null in it",
        "row 2: notes is '{\"a\": [1, NaN]}', expected JSON, which has no such number (and in 3)",
        "row 1: tags is '[x, NULL]', expected no null in it",
    ]


def test_constraints_that_are_no_sql_are_the_providers_fault(tmp_path: Path) -> None:
    wrong = Value("id", "nothing", "no_such_column > 1")
    table = Table({"id": TEXT}, constraints=Constraints(values=(wrong,)))
    with pytest.raises(ProviderError, match=r"the constraints of the table small/a: .*no_such_col"):
        found(tmp_path, {"small/a": [{"id": "1"}]}, tables={"small/a": table})
