"""What has come and is in no row is told when a dataset is saved."""

from __future__ import annotations

from pathlib import Path

from locum.langsmith.ingestion.payloads import Payload
from locum.langsmith.unfinished import unfinished
from locum.langsmith.writing.taken_in import TakenIn
from tests.oracles.otel_spans import span
from tests.oracles.written_rows import OTHER, TENANT, Transaction, Written, uuid


def test_runs_and_spans_that_are_in_no_row_are_told(tmp_path: Path) -> None:
    written = Written(tmp_path)
    transaction = Transaction(written)
    for tenant, number in ((TENANT, 1), (OTHER, 2)):
        runs = TakenIn(transaction, tenant, is_batch=False)
        runs.spans.take([span(span_id=bytes([number] * 8), parent_span_id=bytes([9] * 8))])
        runs.take([Payload("patch", uuid(number), {"trace_id": uuid(number)})])
        runs.put()
        runs.keep()
    assert [(each.name, each.count, each.sentence) for each in unfinished(transaction)] == [
        (
            "incomplete_runs",
            2,
            "2 runs are left out, of which too little has come: no name, type, start or place",
        ),
        ("waiting_spans", 2, "2 spans are left out, whose parents have not come"),
    ]


def test_where_nothing_waits_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert [each.count for each in unfinished(Transaction(Written(tmp_path)))] == [0, 0]
