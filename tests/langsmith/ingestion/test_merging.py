"""The union of a run's create and update."""

from __future__ import annotations

from itertools import permutations
from typing import Any, Literal

import orjson
import pytest

from locum.exceptions import InvalidRequest
from locum.langsmith.ingestion import fields
from locum.langsmith.ingestion.dotted_orders import read
from locum.langsmith.ingestion.merging import (
    KnownProject,
    MergedRun,
    Outcome,
    Received,
    digest,
    implied_status,
)
from locum.langsmith.ingestion.payloads import Payload
from locum.langsmith.ingestion.usage import GIVEN

ID = "0c84e859-506a-44f3-9424-5e5fd10e0c75"
PLACE = f"20260601T120000000000Z{ID}"
START, END = "2026-06-01T12:00:00.000000Z", "2026-06-01T12:00:01.000000Z"
WHOLE = {"name": "n", "run_type": "llm", "start_time": START}


def payload(kind: Literal["post", "patch"], **sent: Any) -> Payload:
    return Payload(kind, ID, sent)


def post(**sent: Any) -> Payload:
    return payload("post", **(WHOLE | sent))


def patch(**sent: Any) -> Payload:
    return payload("patch", **sent)


def after(run: MergedRun, sent: Payload) -> tuple[MergedRun, Outcome]:
    return run.merged(sent, fields.read(sent))


def merged(*payloads: Payload) -> MergedRun:
    """The run after the payloads, which is the same in any order."""
    found = []
    for order in permutations(payloads):
        run = MergedRun.new(ID)
        for each in order:
            run, outcome = after(run, each)
            assert outcome is Outcome.NEW
        found.append(run)
    assert all(run == found[0] for run in found)
    return found[0]


def test_a_run_is_the_union_of_its_payloads() -> None:
    run = merged(post(inputs={"q": 1}), patch(outputs={"a": 2}, end_time=END))
    assert run.sent == WHOLE | {"inputs": {"q": 1}, "outputs": {"a": 2}, "end_time": END}


def test_the_update_wins_whatever_came_first() -> None:
    assert merged(post(outputs={"a": 1}), patch(name="m", outputs={"b": 2})).sent == WHOLE | {
        "name": "m",
        "outputs": {"b": 2},
    }


def test_null_changes_nothing() -> None:
    assert merged(post(error="x"), patch(name=None, error=None)).sent == WHOLE | {"error": "x"}


def test_extra_merges_by_key() -> None:
    run = merged(
        post(extra={"metadata": {"a": 1, "b": 1, "c": 1}, "runtime": {"x": 1}, "k": 1, "l": 1}),
        patch(extra={"metadata": {"b": 2, "c": None, "d": None}, "runtime": {"y": 2}, "l": 2}),
    )
    assert run.sent == WHOLE | {
        "metadata": {"a": 1, "b": 2, "c": 1, "d": None},
        "runtime": {"y": 2},
        "extra": {"k": 1, "l": 2},
    }


def test_keys_stand_in_one_order_whatever_came_first() -> None:
    """Those of the create, then what the update adds."""
    create, update = (
        post(extra={"metadata": {"b": 1, "a": 1}}),
        patch(extra={"metadata": {"d": 2, "a": 2, "c": 2}}),
    )
    for each in ((create, update), (update, create)):
        assert [*merged(*each).sent["metadata"].items()] == [
            *(("b", 1), ("a", 2), ("d", 2), ("c", 2))
        ]


def test_tags_replace() -> None:
    assert merged(post(tags=["a"]), patch(tags=["b"])).sent["tags"] == ["b"]
    assert merged(post(tags=["a"]), patch(tags=[])).sent["tags"] == []
    assert merged(post(tags=["a"]), patch()).sent["tags"] == ["a"]


@pytest.mark.parametrize(
    ("create", "update", "status"),
    [
        ({}, {}, "pending"),
        ({}, {"end_time": END}, "success"),
        ({"end_time": END}, {"error": "x"}, "error"),
        ({"error": "x"}, {"end_time": END}, "error"),
        ({}, {"error": ""}, "pending"),
        ({"status": "success"}, {}, "success"),
        ({"status": "odd"}, {}, "pending"),
        ({"status": "pending"}, {"end_time": END}, "success"),
        ({"status": "success"}, {"error": "x"}, "error"),
        ({"status": "success", "end_time": END}, {"tags": []}, "success"),
        ({"status": "pending", "end_time": END}, {"tags": []}, "pending"),
        ({"status": "success"}, {"status": "pending", "end_time": END}, "pending"),
        ({}, {"status": "error", "end_time": END}, "error"),
    ],
)
def test_the_status(create: dict[str, Any], update: dict[str, Any], status: str) -> None:
    run = merged(post(**create), patch(**update))
    assert run.status == status
    assert "status" not in run.sent


def test_the_same_payload_again_changes_nothing() -> None:
    run = merged(post(outputs={"a": 1, "b": None}), patch(end_time=END))
    again = payload("post", outputs={"b": None, "a": 1}, **dict(reversed(WHOLE.items())), tags=None)
    assert after(run, again) == (run, Outcome.REPEATED)
    assert after(run, patch(end_time=END)) == (run, Outcome.REPEATED)


def test_another_payload_is_refused_and_the_first_stays() -> None:
    run = merged(post(), patch(end_time=END))
    assert after(run, post(name="m")) == (run, Outcome.CONFLICTING)
    assert after(run, patch(end_time=END, error="x")) == (run, Outcome.CONFLICTING)


def test_digests_tell_payloads_apart() -> None:
    assert digest(patch(a=1)) != digest(patch(a=2)) != digest(patch(b=2))
    assert digest(patch(a={"x": 1, "y": [1, 2]})) == digest(patch(a={"y": [1, 2], "x": 1}))
    assert digest(patch(a=[1, 2])) != digest(patch(a=[2, 1]))


def test_what_is_nested_too_deep_is_refused() -> None:
    deep: Any = {}
    for _ in range(300):
        deep = {"a": deep}
    with pytest.raises(InvalidRequest, match="cannot be kept as JSON"):
        digest(patch(inputs=deep))


def test_a_run_is_complete_when_enough_is_known() -> None:
    place = {"trace_id": ID, "dotted_order": PLACE}
    assert merged(post(**place)).is_complete
    assert merged(patch(**WHOLE, **place)).is_complete
    for name in WHOLE:
        assert not merged(patch(**{**WHOLE, **place, name: None})).is_complete
    assert not merged(post(trace_id=ID)).is_complete


def test_a_place_takes_the_place_of_what_was_said_of_it() -> None:
    run = merged(post(parent_run_id="a54cdf92-665b-41fd-b328-ac6291b94a7d"))
    assert run.placed(read(PLACE)).sent == WHOLE | {"trace_id": ID, "dotted_order": PLACE}


def row_of(run: MergedRun, project: str = "p") -> dict[str, Any]:
    """A row of what was sent, written and read again."""
    row = {**run.sent, "id": ID, "session_id": project, "status": run.status}
    row["received"] = run.received.column()
    row.pop("session_name", None)
    found: dict[str, Any] = orjson.loads(orjson.dumps(row))
    return found


def test_a_row_is_enough_to_go_on_from() -> None:
    payloads = (
        post(tags=["a"], extra={"metadata": {"a": 1}, "k": 1}, status="pending"),
        patch(tags=[], extra={"metadata": {"b": 1}}, outputs={"a": 1}, end_time=END),
    )
    whole = merged(*payloads)
    for first, second in permutations(payloads):
        run = MergedRun.of_row(row_of(after(MergedRun.new(ID), first)[0]))
        found, outcome = after(run, second)
        assert outcome is Outcome.NEW
        assert (found.sent, found.received, found.status) == (
            whole.sent,
            whole.received,
            whole.status,
        )


def test_a_table_may_have_an_empty_list_for_no_tags() -> None:
    """The engine has, and the update's empty list is told from it."""
    untagged = row_of(merged(patch(**WHOLE, tags=[])))
    silent = row_of(merged(patch(**WHOLE))) | {"tags": []}
    found = [after(MergedRun.of_row(row), post(tags=["a"]))[0] for row in (untagged, silent)]
    assert [run.sent["tags"] for run in found] == [[], ["a"]]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"session_name": "a"}, {}, {"session_name": KnownProject("p")}),
        ({}, {"session_name": "b"}, {"session_name": "b"}),
        ({"session_name": "a"}, {"session_name": "b"}, {"session_name": "b"}),
        ({}, {}, {}),
    ],
)
def test_a_project_that_was_named_stays_unless_another_is(
    first: dict[str, Any], second: dict[str, Any], expected: dict[str, Any]
) -> None:
    run = MergedRun.of_row(row_of(merged(post(**first))))
    found = after(run, patch(**second))[0].sent
    assert {name: found[name] for name in found if name.startswith("session")} == expected


def test_an_id_of_a_project_wins_over_a_name() -> None:
    run = MergedRun.of_row(row_of(merged(post(session_id=ID)), ID))
    found = after(run, patch(session_name="b"))[0]
    assert found.sent["session_id"] == ID
    assert found.received.session == "id"


def test_a_row_of_a_dataset_has_had_its_create() -> None:
    row = {"id": ID, **WHOLE, "session_id": "p", "end_time": END, "status": "success"}
    run = MergedRun.of_row(row)
    assert run.is_complete
    assert after(run, post())[1] is Outcome.CONFLICTING
    found, outcome = after(run, patch(error="x"))
    assert (outcome, found.status, found.sent["session_id"]) == (Outcome.NEW, "error", "p")


def test_a_status_of_a_dataset_that_is_not_implied_was_sent() -> None:
    row = {"id": ID, **WHOLE, "session_id": "p", "status": "success"}
    assert after(MergedRun.of_row(row), patch(tags=[]))[0].status == "success"
    assert implied_status(row) == "pending"


def test_the_usage_that_was_given_stays() -> None:
    """Whichever payload comes first, and when the run is read back from its row."""
    given = {GIVEN: {"total_tokens": 3}}
    create, update = post(name="n"), patch(outputs={"usage_metadata": {"total_tokens": 9}})
    first, _ = MergedRun.new(ID).merged(create, fields.read(create) | given)
    first, _ = after(first, update)
    last, _ = MergedRun.new(ID).merged(update, fields.read(update))
    last, _ = last.merged(create, fields.read(create) | given)
    assert first.sent == last.sent
    column = first.received.column()
    assert column["usage"] == {"total_tokens": 3}
    row = {"id": ID, "session_id": "p", "received": column}
    assert MergedRun.of_row(row).sent[GIVEN] == {"total_tokens": 3}


def test_what_was_received_is_told_without_nulls() -> None:
    assert Received("a", None, None, "name").column() == {"post": "a", "session": "name"}
    told = {"post": "a", "patch": "b", "status": "error", "untagged": True}
    received = Received("a", "b", "error", None, is_untagged=True)
    assert received.column() == told
    assert Received.of_row({"received": told}) == received
