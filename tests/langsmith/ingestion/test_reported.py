"""What runs report, as runs below them come, change and go."""

from __future__ import annotations

import pytest

from locum.exceptions import InvalidRequest
from locum.langsmith.ingestion.reported import Reported, flat

ID = "0c84e859-506a-44f3-9424-5e5fd10e0c75"


def test_what_nobody_uses_is_null() -> None:
    assert Reported().columns(ID) == {}


def test_a_run_alone_reports_what_it_uses() -> None:
    own = {"total_tokens": 8, "prompt_token_details.a.b": 0}
    assert Reported(own).columns(ID) == {"total_tokens": 8, "prompt_token_details": {"a.b": 0}}


def test_amounts_and_categories_add_up_by_name_and_zero_is_kept() -> None:
    reported = Reported({"total_tokens": 8, "prompt_token_details.audio": 1})
    reported.add({"total_tokens": 2, "prompt_tokens": 0, "prompt_token_details.cache_read": 0})
    reported.add({"total_tokens": 1, "prompt_token_details.audio": 4})
    assert reported.columns(ID) == {
        "total_tokens": 11,
        "prompt_tokens": 0,
        "prompt_token_details": {"audio": 5, "cache_read": 0},
        "usage": {
            "own": {"total_tokens": 8, "prompt_token_details.audio": 1},
            "below": {
                "total_tokens": 2,
                "prompt_tokens": 1,
                "prompt_token_details.cache_read": 1,
                "prompt_token_details.audio": 1,
            },
        },
    }


def test_what_the_last_run_takes_away_is_null_again() -> None:
    reported = Reported({"prompt_tokens": 1})
    for usage in ({"total_tokens": 2}, {"total_tokens": 3}):
        reported.add(usage)
    reported.remove({"total_tokens": 2})
    assert reported.columns(ID)["total_tokens"] == 3
    reported.remove({"total_tokens": 3})
    assert reported.columns(ID) == {"prompt_tokens": 1}


def test_a_row_tells_it_all() -> None:
    reported = Reported({"total_tokens": 8, "total_cost_nano": 5})
    reported.add({"total_tokens": 2, "completion_token_details.reasoning": 3})
    row = reported.columns(ID)
    assert Reported.of_row(row) == reported


def test_a_row_without_the_column_reports_its_own() -> None:
    row = {"total_tokens": 8, "prompt_tokens": None, "prompt_token_details": {"a": 1, "b": None}}
    assert flat(row) == {"total_tokens": 8, "prompt_token_details.a": 1}
    assert Reported.of_row(row) == Reported({"total_tokens": 8, "prompt_token_details.a": 1})


def test_what_64_bits_do_not_hold_is_refused() -> None:
    reported = Reported({"total_tokens": 2**62})
    reported.add({"total_tokens": 2**62 - 1})
    assert reported.columns(ID)["total_tokens"] == 2**63 - 1
    reported.add({"total_tokens": 1})
    with pytest.raises(InvalidRequest, match="total_tokens"):
        reported.columns(ID)


def test_what_a_run_reports_is_added_with_how_many_tell_it() -> None:
    child, parent = Reported({"total_tokens": 1}), Reported({"total_tokens": 8})
    child.add({"total_tokens": 2, "prompt_tokens": 2})
    parent.add_all(child)
    assert parent == Reported(
        {"total_tokens": 8},
        {"total_tokens": 3, "prompt_tokens": 2},
        {"total_tokens": 2, "prompt_tokens": 1},
    )
