"""An entry of the journal, as JSON and as a line."""

from __future__ import annotations

import pytest

from locum.http.journal import Entry, as_json, line

# 2026-07-15T12:00:00Z is 20,649 days and 12 hours after 1970.
NOON = 20_649 * 86_400 + 12 * 3_600


def test_an_entry_as_json() -> None:
    entry: Entry = (NOON + 0.25, ("GET", "/a", "getA", 200), NOON + 0.2625, None)
    assert as_json(entry) == {
        "time": "2026-07-15T12:00:00.250Z",
        "method": "GET",
        "path": "/a",
        "operation": "getA",
        "status": 200,
        "milliseconds": 12.5,
        "reason": None,
    }


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ((1.0, ("GET", "/a", "getA", 200), 1.0, None), "GET /a 200 0.0 ms getA"),
        ((1.0, ("PUT", "/a", None, 404), 1.00126, "No"), "PUT /a 404 1.3 ms: No"),
        ((1.0, ("GET", "/a", "getA", None), 1.5, None), "GET /a no answer 500.0 ms getA"),
        ((0.0, ("G\x1b[1m", "/\n", None, 404), 0.001, "x\ny"), "G\\x1b[1m /\\n 404 1.0 ms: x\\ny"),
    ],
)
def test_an_entry_is_one_line_whatever_came(entry: Entry, expected: str) -> None:
    assert line(entry) == expected
