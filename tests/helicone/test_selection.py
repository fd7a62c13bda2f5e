"""From a request about sessions to the requests and the sessions it is about.

What is selected is tested with rows, in test_session_rows.py.
"""

from __future__ import annotations

import pytest

from locum.engine.data import Parameters
from locum.exceptions import UpstreamFault
from locum.helicone import selection


@pytest.mark.parametrize(
    ("difference", "minutes"), [(0.9, 0), (-0.9, 0), (-1.5, -1), (1440, 1440), (-1440, -1440)]
)
def test_minutes_are_cut_toward_zero(difference: float, minutes: int) -> None:
    assert selection.minutes(difference) == minutes


@pytest.mark.parametrize("difference", [1440.01, -1441, float("nan"), float("inf")])
def test_more_than_a_day_is_refused(difference: float) -> None:
    with pytest.raises(UpstreamFault) as fault:
        selection.minutes(difference)
    assert fault.value.body == {"data": None, "error": "Invalid timezone difference"}


def test_values_never_become_part_of_a_statement() -> None:
    parameters = Parameters()
    chosen = selection.requests(
        "tenant'",
        parameters,
        tree={"request_response_rmt": {"model": {"equals": "model'"}}},
        time_filter={"startTimeUnixMs": 1999, "endTimeUnixMs": 5000},
        since_us=7,
        name="name'",
    )
    searched = selection.containing("text'", ("session_name",), parameters)
    assert "'" not in chosen.replace("''", "").replace("'Helicone-Session-Id'", "")
    assert "'" not in searched
    values = list(parameters.values.values())
    assert values[:-1] == ["tenant'", 1_000_000, 5_000_000, 7, "model'", "name'"]


def test_what_is_not_known_stops_nothing() -> None:
    assert selection.containing("", ("session_name",), Parameters()) == "true"
    assert selection.within(None, Parameters()) == []


def test_a_time_that_the_database_does_not_read_is_none() -> None:
    """After the year 9999."""
    bounds = {"startTimeUnixMs": 0.0, "endTimeUnixMs": 253_402_300_800_000.0}
    assert selection.within(bounds, Parameters()) is None


def test_the_mean_of_nothing_is_0() -> None:
    assert selection.mean(None, 0) == 0
    assert selection.mean(5, 2) == 2.5
    assert repr(selection.mean(4, 2)) == "2"
