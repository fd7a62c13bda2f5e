"""The second pass of a filter: what it compares of finished sessions.

What each column is compared with is tested with rows, in test_session_rows.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from locum.exceptions import UpstreamFault
from locum.helicone import session_columns
from locum.helicone.filter_conditions import BAD_STATEMENT, TRUE

TABLE = session_columns.TABLE
COLUMNS = (
    "session_session_id",
    "session_session_name",
    "session_total_cost",
    "session_total_tokens",
    "session_prompt_tokens",
    "session_completion_tokens",
    "session_total_requests",
    "session_created_at",
    "session_latest_request_created_at",
)


def value(column: str) -> Any:
    return "2025-06-01" if column.endswith(("_at", "_id", "_name")) else 5


@pytest.mark.parametrize(
    "leaf",
    [
        {},
        {"request_response_rmt": {"status": {"equals": 5}}},
        {TABLE: {"session_tag": {"equals": "x"}}},
        {TABLE: {"session_tag": {"equals": "x"}, "session_total_cost": {"gt": 1}}},
    ],
)
def test_what_is_about_requests_is_true(leaf: Any) -> None:
    assert session_columns.of_session(leaf, 0) == TRUE
    assert session_columns.of_none(leaf) == TRUE


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_of_sessions_is_compared_and_none_where_there_are_none(column: str) -> None:
    leaf = {TABLE: {column: {"equals": value(column)}}}
    assert session_columns.of_session(leaf, 0).constant is None
    counted = session_columns.of_none(leaf)
    assert (counted.failure, counted.column) == (BAD_STATEMENT, f"{TABLE}.{column}")


def test_the_shift_is_taken_from_the_value() -> None:
    """1748736000 is 2025-06-01T00:00:00Z."""
    leaf = {TABLE: {"session_created_at": {"gt": "2025-06-01T00:00:00.999Z"}}}
    term = session_columns.of_session(leaf, 60_000_000).term()
    assert (term.text, term.values) == ("first_us > {}", (1_748_735_940_000_000,))


@pytest.mark.parametrize(
    ("columns", "written"), [({}, "undefined"), ({"session_total_cost": {}}, "{}")]
)
def test_a_leaf_without_an_operator_is_thrown(columns: Any, written: str) -> None:
    with pytest.raises(UpstreamFault) as fault:
        session_columns.of_session({TABLE: columns}, 0)
    assert fault.value.body["details"] == f"Invalid operator {written}"
