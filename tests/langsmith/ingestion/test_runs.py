"""Payloads of a request taken in: what becomes of runs and of those above them."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any, Literal

import pytest

from locum.exceptions import Conflict, InvalidRequest, NotFound, Unanswerable
from locum.langsmith.ingestion.merging import Outcome
from locum.langsmith.ingestion.payloads import Payload
from locum.langsmith.ingestion.pending import Ingested, Pending
from locum.langsmith.ingestion.runs import Intake

A, B, C, D, E = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcde")
NOON = "2026-06-01T12:00:00.000000Z"
TIME = "20260601T120000000000Z"
Row = dict[str, Any]
Sent = tuple[Literal["post", "patch"], str, dict[str, Any]]
Whole = tuple[Literal["post", "patch"], str, dict[str, Any], dict[str, Any]]  # with its usage


class Projects:
    """No project is there but those that are named."""

    def check(self, session_id: str) -> None:
        raise NotFound("session", session_id)

    def named(self, name: str, start_time: str) -> str:  # noqa: ARG002
        return f"id of {name}"


class Server:
    """A table of runs, and where payloads go into it."""

    def __init__(self, *rows: Row) -> None:
        self.rows = {row["id"]: row for row in rows}
        self.pending = Pending()

    def find(self, ids: Collection[str]) -> dict[str, Row]:
        return {each: copy.deepcopy(self.rows[each]) for each in ids if each in self.rows}

    def take(
        self,
        *sent: Sent | Whole,
        is_batch: bool = True,
        one_by_one: Collection[str] = (),
        attached: dict[str, Any] | None = None,
    ) -> Ingested:
        intake = Intake(
            tenant="t",
            projects=Projects(),
            pending=self.pending,
            find=self.find,
            is_batch=is_batch,
        )
        ingested = intake.take([Payload(*each) for each in sent], attached or {}, one_by_one)
        self.rows |= {row["id"]: row for row in ingested.rows}
        ingested.keep()
        return ingested

    def tokens(self) -> dict[str, int | None]:
        return {run: row.get("total_tokens") for run, row in self.rows.items()}


def order(*ids: str) -> str:
    return ".".join(TIME + each for each in ids)


def place(*ids: str) -> dict[str, Any]:
    parent = ids[-2] if len(ids) > 1 else None
    return {"trace_id": ids[0], "dotted_order": order(*ids), "parent_run_id": parent}


def used(tokens: int) -> dict[str, Any]:
    return {"outputs": {"usage_metadata": {"total_tokens": tokens}}}


def post(*ids: str, **sent: Any) -> Sent:
    whole = {"name": "n", "run_type": "llm", "start_time": NOON}
    return "post", ids[-1], whole | place(*ids) | sent


def patch(*ids: str, **sent: Any) -> Sent:
    return "patch", ids[-1], place(*ids) | sent


def alone(sent: Sent) -> Sent:
    """The same without its place, as POST /runs and PATCH /runs/{id} may be."""
    kind, run_id, fields = sent
    left = {k: v for k, v in fields.items() if k not in ("trace_id", "dotted_order")}
    return kind, run_id, left


def test_runs_report_what_is_below_them() -> None:
    server = Server()
    server.take(post(A), post(A, B, **used(1)), post(A, B, C, **used(2)), post(A, D, **used(4)))
    assert server.tokens() == {A: 7, B: 3, C: 2, D: 4}


def test_parents_may_come_after_their_children() -> None:
    server = Server()
    server.take(post(A, B, C, **used(2)))
    server.take(post(A, D, **used(4)))
    assert server.tokens() == {C: 2, D: 4}
    assert set(server.pending.below) == {A, B}
    server.take(post(A, **used(8)))
    server.take(post(A, B))
    assert server.tokens() == {A: 14, B: 2, C: 2, D: 4}
    assert server.pending == Pending()


def test_a_child_of_an_unknown_parent_is_one() -> None:
    server = Server()
    server.take(post(A, B, C))
    row = server.rows[C]
    assert (row["trace_id"], row["parent_run_id"], row["dotted_order"]) == (A, B, order(A, B, C))


def test_an_update_changes_what_is_reported_above() -> None:
    server = Server()
    server.take(post(A, **used(1)), post(A, B), post(A, B, C, **used(2)))
    server.take(patch(A, B, C, **used(32)))
    assert server.tokens() == {A: 33, B: 32, C: 32}
    server.take(patch(A, B, **used(4)))
    assert server.tokens() == {A: 37, B: 36, C: 32}
    server.take(patch(A, **used(0)))
    assert server.tokens() == {A: 36, B: 36, C: 32}


def test_usage_that_goes_is_null_again() -> None:
    server = Server()
    server.take(post(A), post(A, B, **used(2)))
    server.take(patch(A, B, outputs={}))
    assert server.tokens() == {A: None, B: None}
    assert "usage" not in server.rows[A]


def test_a_run_shows_once_enough_is_known_of_it() -> None:
    server = Server()
    server.take(post(A), patch(A, B, end_time=NOON, **used(2)))
    assert server.tokens() == {A: None}
    assert set(server.pending.incomplete) == {B}
    server.take(post(A, B))
    assert server.tokens() == {A: 2, B: 2}
    assert server.rows[B]["status"] == "success"
    assert server.pending == Pending()


def test_only_rows_that_change_are_put() -> None:
    server = Server()
    server.take(post(A), post(A, B))
    assert [row["id"] for row in server.take(post(A, C)).rows] == [C]
    assert [row["id"] for row in server.take(patch(A, B, **used(1))).rows] == [B, A]
    assert server.take(post(A, B)).rows == []


def test_what_comes_again_is_told() -> None:
    server = Server()
    first = server.take(post(A), post(A), post(A, name="m"), patch(A))
    assert first.outcomes == [Outcome.NEW, Outcome.REPEATED, Outcome.CONFLICTING, Outcome.NEW]
    assert not first.is_nothing_new
    assert server.take(post(A), patch(A, error="x")).is_nothing_new
    assert server.rows[A]["name"] == "n"


def test_one_bad_run_makes_the_whole_request_fail() -> None:
    server = Server()
    with pytest.raises(Unanswerable, match="Bad request: invalid 'dotted_order'"):
        server.take(post(A), patch(A, B, dotted_order=order(A, C)))
    with pytest.raises(InvalidRequest, match="run_type"):
        server.take(post(A), post(A, B, run_type="agent"))
    with pytest.raises(InvalidRequest, match="end_time"):
        server.take(post(A), patch(A, end_time="2026-06-01T11:59:59Z"))
    assert (server.rows, server.pending) == ({}, Pending())


def test_one_by_one_each_bad_run_fails_alone() -> None:
    server = Server({"id": D, "tenant_id": "other"})
    server.take(post(A, C, B, **used(1)), patch(A, end_time="2026-06-01T11:59:59Z"))
    before = copy.deepcopy(server.pending)
    ingested = server.take(
        post(A),  # ends before it begins
        post(B, run_type="agent"),
        post(A, B, C, **used(2)),  # B is below C
        post(A, D),  # another tenant's
        post(A, C, E, **used(4)),
        one_by_one={A, B, C, D, E},
        attached={D: {"a": {"size": 1}}},
    )
    assert {run: why.split(":")[0] for run, why in ingested.refused.items()} == {
        A: "body.end_time",
        B: "body.run_type",
        C: "Bad request",
        D: "run dddddddd-0000-4000-8000-000000000000 exists already",
    }
    assert ingested.outcomes[-1] is Outcome.NEW
    assert server.tokens() == {B: 1, D: None, E: 4}
    assert server.pending.incomplete == before.incomplete
    assert server.pending.below[A].below == {"total_tokens": 5}


def test_a_bad_run_among_them_makes_all_fail() -> None:
    server = Server()
    with pytest.raises(InvalidRequest, match="run_type"):
        server.take(post(A), post(B, run_type="agent"), one_by_one={A})


def test_usage_that_is_given_counts_alone() -> None:
    server = Server()
    server.take(post(A), (*post(A, B, **used(2)), {"total_tokens": 8}))
    assert server.tokens() == {A: 8, B: 8}
    server.take(patch(A, B, **used(4)))
    assert server.tokens() == {A: 8, B: 8}


@pytest.mark.parametrize("name", ["trace_id", "dotted_order"])
@pytest.mark.parametrize("sent", [post(A), patch(A)])
def test_a_batch_tells_the_places(name: str, sent: Sent) -> None:
    kind, run_id, fields = sent
    with pytest.raises(InvalidRequest, match=rf"{name}: of run {A}: found nothing"):
        Server().take((kind, run_id, fields | {name: None}))


def test_an_update_of_a_run_that_is_not_there_tells_its_trace() -> None:
    server = Server()
    with pytest.raises(NotFound):
        server.take(alone(patch(A, end_time=NOON)), is_batch=False)
    server.take(("patch", A, {"trace_id": A, "end_time": NOON}), is_batch=False)
    assert server.rows == {}
    server.take(alone(patch(A)), alone(post(A)), is_batch=False)
    assert server.rows[A]["end_time"] == NOON


def test_an_unknown_project_is_refused_by_its_id() -> None:
    with pytest.raises(NotFound):
        Server().take(post(A, session_id=B))


def test_a_run_of_another_tenant_is_not_this_ones() -> None:
    server = Server({"id": A, "tenant_id": "other", "total_tokens": 1})
    with pytest.raises(Conflict):
        server.take(patch(A))
    server.take(post(A, B, **used(2)))
    assert server.rows[A] == {"id": A, "tenant_id": "other", "total_tokens": 1}
    assert server.pending.below[A].below == {"total_tokens": 2}


def test_a_place_is_found_by_the_parents() -> None:
    server = Server()
    server.take(alone(post(A)), is_batch=False)
    later = "2026-06-01T12:00:01Z"
    server.take(alone(post(A, B, start_time=later)), is_batch=False)
    row = server.rows[B]
    assert (row["trace_id"], row["parent_run_id"]) == (A, A)
    assert row["dotted_order"] == f"{TIME}{A}.20260601T120001000000Z{B}"


def test_a_child_whose_clock_is_late_keeps_its_start() -> None:
    server = Server()
    server.take(post(A))
    server.take(alone(post(A, B, start_time="2026-06-01T11:59:00Z")), is_batch=False)
    assert server.rows[B]["dotted_order"] == order(A, B)
    assert server.rows[B]["start_time"] == "2026-06-01T11:59:00.000000Z"


def test_those_that_wait_for_a_place_show_with_it() -> None:
    server = Server()
    server.take(alone(post(A, B, C, **used(2))), is_batch=False)
    server.take(alone(post(A, B)), is_batch=False)
    assert server.rows == {}
    assert server.pending.children == {B: frozenset({C}), A: frozenset({B})}
    server.take(alone(post(A)), is_batch=False)
    assert server.tokens() == {A: 2, B: 2, C: 2}
    assert server.rows[C]["dotted_order"] == order(A, B, C)
    assert server.pending == Pending()


def test_one_that_waits_may_be_told_its_place_before_its_parent_comes() -> None:
    for parent_comes_with in ([], [patch(A, B, end_time=NOON)]):
        server = Server()
        server.take(alone(post(A, B, **used(2))), is_batch=False)
        if not parent_comes_with:
            server.take(patch(A, B, end_time=NOON))
            assert server.tokens() == {B: 2}
        server.take(post(A), *parent_comes_with)
        assert server.tokens() == {A: 2, B: 2}
        assert server.pending == Pending()


def test_a_create_without_a_start_waits_for_the_updates() -> None:
    sent = [alone(post(A, start_time=None)), alone(patch(A, start_time=NOON, trace_id=A))]
    sent[1][2]["trace_id"] = A
    rows = []
    for each in (sent, sent[::-1]):
        server = Server()
        for one in each:
            server.take(one, is_batch=False)
        rows.append(server.rows)
    assert rows[0] == rows[1]
    assert rows[0][A]["dotted_order"] == order(A)


def test_the_place_is_that_of_the_creates_start() -> None:
    update = alone(patch(A, start_time="2026-06-01T11:00:00Z"))
    update[2]["trace_id"] = A
    for each in ([alone(post(A)), update], [update, alone(post(A))]):
        server = Server()
        for one in each:
            server.take(one, is_batch=False)
        row = server.rows[A]
        assert (row["dotted_order"], row["start_time"][11:13]) == (order(A), "11")


def test_a_trace_that_is_not_the_parents_is_refused() -> None:
    server = Server()
    server.take(post(A))
    kind, run_id, fields = alone(post(A, B))
    with pytest.raises(Unanswerable, match=r"trace_id .* does not match first part"):
        server.take((kind, run_id, fields | {"trace_id": C}), is_batch=False)


def test_no_run_is_below_itself() -> None:
    server = Server()
    server.take(post(A, C, B))
    with pytest.raises(Unanswerable, match="puts the run below itself"):
        server.take(post(A, B, C))
    assert set(server.rows) == {B}


def test_no_run_waits_for_itself() -> None:
    server = Server()
    with pytest.raises(Unanswerable, match="the run is below itself"):
        server.take(alone(post(A, A)), is_batch=False)
    server.take(alone(post(C, B)), alone(post(B, A)), is_batch=False)
    with pytest.raises(Unanswerable, match="the run is below itself"):
        server.take(alone(post(A, C)), is_batch=False)
    server.take(alone(post(C)), is_batch=False)
    assert server.rows.keys() == {A, B, C}


def test_updates_that_wait_for_each_other_keep_none_from_waiting() -> None:
    server = Server()
    for run, parent in ((A, B), (B, A)):
        server.take(("patch", run, {"trace_id": C, "parent_run_id": parent}), is_batch=False)
    server.take(alone(post(A, D)), is_batch=False)
    assert not server.rows


def test_times_in_places_may_differ() -> None:
    """As clients of several clocks write them: the ids tell who is above."""
    server = Server()
    server.take(post(A), post(A, B, dotted_order=f"20260601T110000000000Z{A}.{TIME}{B}", **used(1)))
    assert server.tokens() == {A: 1, B: 1}


def test_attachments_are_listed_by_their_names() -> None:
    server = Server()
    server.take(post(A), attached={A: {"b": {"size": 0}}})
    server.take(attached={A: {"a": {"size": 0}}})
    assert [*server.rows[A]["attachments"]] == ["a", "b"]


def test_attachments_are_listed_whenever_they_come() -> None:
    first, second = {"a.png": {"mime_type": "image/png", "size": 3}}, {"b": {"size": 0}}
    server = Server()
    server.take(attached={A: first})
    assert server.rows == {}
    server.take(post(A), attached={B: first})
    server.take(patch(A), attached={A: second})
    assert server.rows[A]["attachments"] == first | second
    server.take(post(A, B))
    assert server.rows[B]["attachments"] == first
    assert server.pending == Pending()


FILED = {"tenant_id": "t", "session_id": "p", "name": "n", "run_type": "chain"}


def filed(*ids: str, **columns: Any) -> Row:
    parent = ids[-2] if len(ids) > 1 else None
    row = {"id": ids[-1], **FILED, "trace_id": ids[0], "parent_run_id": parent}
    return row | {"start_time": NOON, "status": "pending", **columns}


def test_runs_of_a_dataset_get_children() -> None:
    """What they report stays theirs, and what comes is added to it."""
    server = Server(filed(A, total_tokens=8), filed(A, B, total_tokens=8))
    server.take(post(A, B, C, **used(1)))
    server.take(alone(post(A, B, D, **used(2))), is_batch=False)
    assert server.tokens() == {A: 11, B: 11, C: 1, D: 2}
    assert server.rows[D]["dotted_order"] == order(A, B, D)


def test_runs_of_a_dataset_are_updated() -> None:
    server = Server(filed(A, total_tokens=8) | {"share_token": "s"}, filed(A, B, total_tokens=8))
    server.take(alone(patch(A, B, end_time=NOON)), is_batch=False)
    assert server.tokens() == {A: 8, B: 8}
    row = server.rows[B]
    assert (row["status"], row["end_time"], row["session_id"]) == ("success", NOON, "p")
    server.take(patch(A, tags=["a"]))
    assert (server.rows[A]["share_token"], server.rows[A]["tags"]) == ("s", ["a"])


def test_times_of_a_dataset_need_no_six_decimals() -> None:
    short = {"start_time": "2026-06-01T12:00:00Z"}
    server = Server(filed(A, **short), filed(A, B, **short))
    server.take(alone(post(A, B, C)), patch(A, B, end_time="2026-06-01T12:00:00Z"), is_batch=False)
    assert server.rows[C]["dotted_order"] == order(A, B, C)
    assert (server.rows[B]["start_time"], server.rows[B]["end_time"]) == (NOON, NOON)


def test_the_create_of_a_run_of_a_dataset_has_come() -> None:
    server = Server(filed(A))
    assert server.take(post(A)).outcomes == [Outcome.CONFLICTING]
