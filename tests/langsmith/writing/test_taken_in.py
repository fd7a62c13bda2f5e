"""What a request brings of runs is kept as a whole: rows, and what is in no row yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import InvalidRequest, StoreFull
from locum.langsmith.ingestion.payloads import Attachment, Payload
from locum.langsmith.otel import waiting
from locum.langsmith.writing.taken_in import TakenIn
from tests.oracles.otel_spans import RUN, span
from tests.oracles.written_rows import OTHER, TENANT, Transaction, Written, uuid

PARENT = "00000000-0000-0000-0000-0000000000ff"
CHILD: dict[str, Any] = {"parent_span_id": bytes([0] * 7 + [255])}
NOON = "2026-06-01T12:00:00.000000Z"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def payload(number: int, **given: Any) -> Payload:
    fields = {"name": "n", "run_type": "chain", "start_time": NOON, **given}
    return Payload("post", uuid(number), fields)


def take(
    written: Written, *payloads: Payload, spans: Any = (), tenant: str = TENANT, files: Any = ()
) -> TakenIn:
    transaction = Transaction(written)
    runs = TakenIn(transaction, tenant, is_batch=False)
    runs.spans.take(spans)
    runs.take(payloads, files)
    runs.put()
    runs.keep()
    written.keep(transaction)
    return runs


def ids(written: Written) -> list[str]:
    return [row["id"] for row in written.rows("runs")]


def test_payloads_become_rows(written: Written) -> None:
    assert not take(written, payload(1), payload(2, parent_run_id=uuid(1))).is_nothing_new
    assert ids(written) == [uuid(1), uuid(2)]
    assert take(written, payload(1)).is_nothing_new


def test_spans_wait_for_payloads_and_payloads_for_spans(written: Written) -> None:
    """RUN, a span, is below 1, which is below PARENT, another one."""
    below = {"langsmith.span.parent_id": uuid(1)}
    take(written, spans=[span(below)])
    take(written, payload(1, parent_run_id=PARENT))
    assert ids(written) == []
    take(written, spans=[span(span_id=bytes([0] * 7 + [255]))])
    assert sorted(ids(written)) == sorted([PARENT, uuid(1), RUN])
    (row,) = (row for row in written.rows("runs") if row["id"] == RUN)
    assert (row["trace_id"], row["parent_run_id"]) == (PARENT, uuid(1))


def test_nothing_is_kept_of_what_is_refused(written: Written) -> None:
    take(written, spans=[span({"langsmith.span.parent_id": uuid(1)})])
    with pytest.raises(InvalidRequest):
        take(written, payload(1), payload(2, run_type="agent"))
    assert ids(written) == []
    take(written, payload(1))
    assert ids(written) == [uuid(1), RUN]


def test_there_is_room_for_so_many_that_wait(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "MOST_SPANS", 0)
    with pytest.raises(StoreFull):
        take(written, spans=[span(None, **CHILD)])
    take(written, spans=[span()])
    assert ids(written) == [RUN]


def test_tenants_wait_apart(written: Written) -> None:
    """And no run of another tenant is a parent, or takes the place of one."""
    below = {"langsmith.span.parent_id": uuid(1)}
    take(written, spans=[span(below)])
    take(written, payload(1), tenant=OTHER)
    assert ids(written) == [uuid(1)]
    taken = TakenIn(Transaction(written), TENANT)
    taken.spans.take([span({"langsmith.span.id": uuid(1)})])
    ((_, reason),) = [(each.span_id, each.reason) for each in taken.take()]
    assert reason == f"its run {uuid(1)} is another's"


def test_files_are_rows_with_their_runs(written: Written) -> None:
    file = '[{"name": "a.txt", "content": "aGk=", "mime_type": "text/plain"}]'
    own = Attachment(uuid(1), "b", "image/png", b"png")
    below = {"langsmith.attachments": file, "langsmith.span.parent_id": uuid(1)}
    take(written, spans=[span(below)])
    assert written.rows("attachments") == []
    take(written, payload(1), files=[own])
    assert [(row["run_id"], row["name"]) for row in written.rows("attachments")] == [
        (uuid(1), "b"),
        (RUN, "a.txt"),
    ]
    listed = {row["id"]: row["attachments"] for row in written.rows("runs")}
    assert listed == {
        uuid(1): {"b": {"mime_type": "image/png", "size": 3}},
        RUN: {"a.txt": {"mime_type": "text/plain", "size": 2}},
    }


def test_a_project_of_the_tenants_may_be_named_by_its_id(tmp_path: Path) -> None:
    written = Written(tmp_path, sessions=[{"id": uuid(5), "tenant_id": TENANT, "name": "five"}])
    named = {"langsmith.trace.session_id": uuid(5)}
    take(written, spans=[span(named)])
    assert written.rows("runs")[0]["session_id"] == uuid(5)
    taken = TakenIn(Transaction(written), OTHER)
    taken.spans.take([span(named, span_id=bytes([1] * 8))])
    assert [each.reason for each in taken.take()] == [
        f"langsmith.trace.session_id: there is no project {uuid(5)}"
    ]
