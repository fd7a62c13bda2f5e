"""Fields of payloads as columns."""

from __future__ import annotations

from typing import Any

import pytest

from locum.exceptions import InvalidRequest
from locum.langsmith.ingestion import fields
from locum.langsmith.ingestion.payloads import Payload

ID = "0c84e859-506a-44f3-9424-5e5fd10e0c75"
HEX = ID.replace("-", "")


def read(**sent: Any) -> fields.Sent:
    return fields.read(Payload("patch", ID, sent))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2026-06-01T12:00:00.250000Z", "2026-06-01T12:00:00.250000Z"),
        ("2026-06-01T12:00:00.25Z", "2026-06-01T12:00:00.250000Z"),
        ("2026-06-01T12:00:00.250000", "2026-06-01T12:00:00.250000Z"),
        ("2026-06-01 14:00:00.250+02:00", "2026-06-01T12:00:00.250000Z"),
        ("2026-06-01T12:00:00.250000999Z", "2026-06-01T12:00:00.250000Z"),
        ("2026-06-01T12:00:00", "2026-06-01T12:00:00.000000Z"),
        (1780315200250, "2026-06-01T12:00:00.250000Z"),
        (1780315200250.125, "2026-06-01T12:00:00.250125Z"),
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999000Z"),
    ],
)
def test_times_are_read_as_clients_write_them(sent: Any, expected: str) -> None:
    assert read(start_time=sent) == {"start_time": expected}


@pytest.mark.parametrize(
    "sent",
    [
        *("", "yesterday", "2026-06-01", "2026-13-01T12:00:00Z", "0001-01-01T00:00:00+10:00"),
        *("1780315200250", True, [], 10**30, -(10**15), 1e300, float("nan"), float("inf")),
    ],
)
def test_what_is_no_time_is_refused(sent: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"start_time: of run .*an ISO-8601 time"):
        read(start_time=sent)


def test_null_is_absent() -> None:
    assert read(name=None, error=None, extra=None, tags=None, outputs=None) == {}


def test_empty_texts_are_absent() -> None:
    assert read(name="", error="", parent_run_id="", dotted_order="", session_name="") == {}


def test_ids_are_written_in_one_way() -> None:
    sent = read(trace_id=HEX, parent_run_id=ID.upper(), reference_example_id=HEX)
    assert sent == {"trace_id": ID, "parent_run_id": ID, "reference_example_id": ID}


def test_extra_is_kept_in_three_columns() -> None:
    extra = {"metadata": {"a": None}, "runtime": {"sdk": "x"}, "invocation_params": {"n": 1}}
    assert read(extra=extra) == {
        "metadata": {"a": None},
        "runtime": {"sdk": "x"},
        "extra": {"invocation_params": {"n": 1}},
    }


def test_a_runtime_that_is_no_object_is_among_the_rest() -> None:
    assert read(extra={"runtime": "python"}) == {"extra": {"runtime": "python"}}


def test_empty_parts_of_extra_are_none() -> None:
    assert read(extra={"metadata": {}, "runtime": None}) == {}


def test_only_the_three_statuses_count() -> None:
    assert read(status="success") == {"status": "success"}
    assert read(status="odd") == read(status="") == read(status=3) == {}


def test_an_error_that_is_no_text_is_the_text_of_its_json() -> None:
    assert read(error={"type": "Boom"}) == {"error": '{"type":"Boom"}'}


def test_empty_lists_and_objects_are_values() -> None:
    assert read(tags=[], inputs={}, events=[]) == {"tags": [], "inputs": {}, "events": []}


def test_fields_that_no_column_holds_are_passed_over() -> None:
    assert read(child_runs=[1], execution_order="x", attachments=["x"], id=ID) == {}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("run_type", "agent", 'found "agent", expected one of tool, chain, llm'),
        ("run_type", 3, "found 3, expected one of"),
        ("name", 3, "found 3, expected a text"),
        ("inputs", "x", 'found "x", expected an object'),
        ("outputs", [1], "found [1], expected an object"),
        ("serialized", "x", "expected an object"),
        ("tags", "x", "expected an array of texts"),
        ("tags", [1], "expected an array of texts"),
        ("events", {}, "expected an array of objects"),
        ("events", [{"name": "new_token"}, "new_token"], "expected an array of objects"),
        ("trace_id", "x", 'found "x", expected a UUID'),
        ("session_id", 3, "expected a UUID"),
        ("extra", [], "found [], expected an object"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(name: str, value: Any, told: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(**{name: value})
    (fault,) = refused.value.faults
    assert fault.location == ("body", name)
    assert fault.message.startswith(f"of run {ID}: ")
    assert told in fault.message


def test_metadata_that_is_no_object_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match=r"body\.extra\.metadata: of run .*expected an object"):
        read(extra={"metadata": [1]})


def test_long_values_are_shown_in_part() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(tags="x" * 10_000)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("name", ["name", "run_type"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_create_needs_name_and_type(name: str, value: Any) -> None:
    sent = {"name": "n", "run_type": "llm"} | {name: value}
    with pytest.raises(InvalidRequest, match=f"{name}: of run {ID}: found"):
        fields.read(Payload("post", ID, sent))
    del sent[name]
    with pytest.raises(InvalidRequest, match=f"{name}: of run {ID}: found"):
        fields.read(Payload("post", ID, sent))
