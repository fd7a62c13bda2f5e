"""What a row names is there: in other tables, and among the keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from locum.datasets.constraints import Constraints, Reference
from locum.engine.tables import KEYS_TABLE, Table
from locum.provider import TEXT
from tests.oracles.small_checks import KEYS, SALES, SHOP, SHOPS, found


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


def test_a_key_of_no_provider_is_every_providers(tmp_path: Path) -> None:
    key = {"key": "x", "tenant_id": "ann"}
    shops = [SHOP, {"id": "s", "owner": "bob"}]
    (finding,) = found(tmp_path, {"keys": [key], "small/shops": shops})
    assert "owner is 'bob', expected a tenant that a key of small opens" in str(finding)


def test_a_table_in_no_folder_is_every_providers(tmp_path: Path) -> None:
    tables = {"keys": KEYS_TABLE, "shops": SHOPS}
    rows = {"keys": KEYS, "shops": [SHOP, {"id": "s", "owner": "bob"}]}
    (finding,) = found(tmp_path, rows, tables=tables)
    assert "owner is 'bob', expected a tenant that a key opens" in str(finding)
