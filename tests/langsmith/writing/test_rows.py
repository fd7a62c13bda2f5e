"""Rows by their ids: in any case, of this tenant alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.exceptions import NotFound
from locum.langsmith.writing import rows
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Transaction, Written, uuid

ID = "AB000000-0000-4000-8000-000000000000"  # as the files write it


@pytest.fixture
def transaction(tmp_path: Path) -> Transaction:
    run = {"tenant_id": TENANT.upper(), "session_id": ID, "start_time": at(0)}
    written = Written(
        tmp_path,
        sessions=[{"id": ID, "tenant_id": TENANT, "name": "bot", "start_time": at(0)}],
        datasets=[
            {"id": ID, "tenant_id": TENANT.upper(), "name": "d"},
            {"id": uuid(2), "tenant_id": OTHER, "name": "e"},
        ],
        examples=[
            {"id": ID, "dataset_id": ID, "inputs": {}},
            {"id": uuid(2), "dataset_id": uuid(2), "inputs": {}},
        ],
        runs=[
            {"id": ID, "trace_id": ID, **run},
            {"id": uuid(2), "trace_id": uuid(2), **run, "tenant_id": OTHER},
        ],
    )
    return Transaction(written)


@pytest.mark.parametrize("found", [rows.session, rows.dataset, rows.example, rows.run])
def test_ids_are_found_in_any_case(transaction: Transaction, found: object) -> None:
    assert callable(found)
    for asked in (ID, ID.lower()):
        assert found(transaction, TENANT, asked)["id"] == ID
    for tenant, asked in ((OTHER, ID), (TENANT, uuid(2)), (TENANT, uuid(3))):
        with pytest.raises(NotFound):
            found(transaction, tenant, asked)


def test_an_id_is_taken_in_any_case(transaction: Transaction) -> None:
    for ids, taken in (
        ([uuid(3), ID.lower()], ID.lower()),
        ([uuid(2), uuid(3)], uuid(2)),
        ([uuid(3)], None),
        ([], None),
    ):
        assert rows.taken(transaction, rows.EXAMPLES, ids) == taken
