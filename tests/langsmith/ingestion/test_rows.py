"""Rows of runs that were merged."""

from __future__ import annotations

from typing import Any

import pytest

from locum.exceptions import InvalidRequest
from locum.langsmith.ingestion import rows
from locum.langsmith.ingestion.merging import KnownProject, MergedRun, Received
from locum.langsmith.ingestion.reported import Reported

ID = "0c84e859-506a-44f3-9424-5e5fd10e0c75"
START, END = "2026-06-01T12:00:00.000000Z", "2026-06-01T12:00:01.000000Z"
WHOLE = {
    "name": "n",
    "run_type": "llm",
    "start_time": START,
    "trace_id": ID,
    "dotted_order": f"20260601T120000000000Z{ID}",
}


class Projects:
    def __init__(self) -> None:
        self.made: list[tuple[str, str]] = []

    def check(self, session_id: str) -> None:
        raise AssertionError(session_id)

    def named(self, name: str, start_time: str) -> str:
        self.made.append((name, start_time))
        return f"id of {name}"


def merged(row: dict[str, Any] | None = None, **sent: Any) -> MergedRun:
    return MergedRun(ID, WHOLE | sent, Received("a"), row)


def row(run: MergedRun, reported: Reported | None = None) -> dict[str, Any]:
    return rows.row(run, "t", "p", reported or Reported())


def test_a_row_has_what_was_sent_and_no_nulls() -> None:
    found = row(merged(outputs={"a": 1}, tags=["x"], session_name="s", extra={"k": 1}))
    assert found == WHOLE | {
        "id": ID,
        "tenant_id": "t",
        "session_id": "p",
        "status": "pending",
        "metadata": {},
        "outputs": {"a": 1},
        "tags": ["x"],
        "extra": {"k": 1},
        "received": {"post": "a"},
    }


def test_a_row_reports_its_usage() -> None:
    found = row(merged(), Reported({"total_tokens": 8}, {"total_tokens": 1}, {"total_tokens": 1}))
    assert found["total_tokens"] == 9
    assert found["usage"] == {"own": {"total_tokens": 8}, "below": {"total_tokens": 1}}


@pytest.mark.parametrize(
    ("sent", "project", "made"),
    [
        ({}, "id of default", [("default", START)]),
        ({"session_name": "s"}, "id of s", [("s", START)]),
        ({"session_name": "s", "session_id": "x"}, "x", []),
        ({"session_name": KnownProject("y")}, "y", []),
    ],
)
def test_the_project(sent: dict[str, Any], project: str, made: list[tuple[str, str]]) -> None:
    projects = Projects()
    assert rows.project(merged(**sent), projects) == project
    assert projects.made == made


def test_a_project_that_nobody_names_again_stays() -> None:
    projects = Projects()
    assert rows.project(merged({"id": ID, "session_id": "x"}), projects) == "x"
    assert projects.made == []


def test_the_first_token_is_the_earliest_event_of_that_name() -> None:
    events = [
        {"name": "start", "time": "2026-06-01T12:00:00.1Z"},
        {"name": "new_token", "time": "2026-06-01T12:00:00.3+00:00"},
        {"name": "new_token", "time": 1780315200200},
        {"name": "new_token", "time": "soon"},
        {"name": "new_token"},
        "no event",
    ]
    expected = "2026-06-01T12:00:00.200000Z"
    assert row(merged(events=events))["first_token_time"] == expected
    assert "first_token_time" not in row(merged(events=events[:1]))


def test_a_run_does_not_end_before_it_begins() -> None:
    rows.check_times(merged(end_time=START))
    rows.check_times(MergedRun(ID, {"end_time": START}, Received()))
    with pytest.raises(InvalidRequest, match=rf"end_time: of run {ID}: .* before start_time"):
        rows.check_times(merged(start_time=END, end_time=START))


def test_an_end_in_the_millisecond_of_the_start_is_at_the_start() -> None:
    """npm's SDK ends a run by a clock of milliseconds, and adds microseconds to its start."""
    start = "2026-06-01T12:00:00.000999Z"
    short = merged(start_time=start, end_time=START)
    rows.check_times(short)
    assert row(short)["end_time"] == start
    with pytest.raises(InvalidRequest, match="before start_time"):
        rows.check_times(merged(start_time="2026-06-01T12:00:00.001000Z", end_time=START))


def test_a_first_token_is_neither_before_its_run_nor_after_it() -> None:
    before, within = "2026-06-01T11:59:59.999999Z", "2026-06-01T12:00:00.500000Z"
    after = "2026-06-01T12:00:01.000001Z"
    for time, ended, open_ in [
        (before, START, START),
        (within, within, within),
        (after, END, after),
    ]:
        events = [{"name": "new_token", "time": time}]
        assert row(merged(events=events, end_time=END))["first_token_time"] == ended
        assert row(merged(events=events))["first_token_time"] == open_


def test_what_no_payload_tells_stays() -> None:
    before = {"id": ID, "share_token": "s", "first_token_time": START, "prompt_tokens": 3}
    found = row(merged(before))
    assert (found["share_token"], found["first_token_time"]) == ("s", START)
    assert "prompt_tokens" not in found


def test_a_first_token_without_its_event_is_a_datasets_own() -> None:
    before = {"id": ID, "first_token_time": START}
    assert "first_token_time" not in row(merged(before | {"received": {"post": "a"}}))
    assert "first_token_time" not in row(merged(before, events=[]))
