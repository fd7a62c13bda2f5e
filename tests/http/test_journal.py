"""An entry of the journal, as JSON and as a line."""

from __future__ import annotations

import pytest

from locum.http.journal import Entry, as_json, line

# 2026-07-15T12:00:00Z is 20,649 days and 12 hours after 1970.
NOON = 20_649 * 86_400 + 12 * 3_600


def test_an_entry_as_json() -> None:
    entry: Entry = (NOON + 0.25, "GET", "/a", "getA", 200, 12.345, None)
    assert as_json(entry) == {
        "time": "2026-07-15T12:00:00.250Z",
        "method": "GET",
        "path": "/a",
        "operation": "getA",
        "status": 200,
        "milliseconds": 12.3,
        "reason": None,
    }


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ((NOON, "GET", "/a", "getA", 200, 0.04, None), "GET /a 200 0.0 ms getA"),
        ((NOON, "PUT", "/a", None, 404, 1.26, "Not Found"), "PUT /a 404 1.3 ms: Not Found"),
        ((NOON, "GET", "/a", "getA", None, 500.0, None), "GET /a no answer 500.0 ms getA"),
        ((NOON, "G\x1b[1m", "/\n", None, 404, 1.0, "x\ny"), "G\\x1b[1m /\\n 404 1.0 ms: x\\ny"),
    ],
)
def test_an_entry_is_one_line_whatever_came(entry: Entry, expected: str) -> None:
    assert line(entry) == expected
