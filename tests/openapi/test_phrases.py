"""What statuses are called, whichever Python runs."""

from __future__ import annotations

import pytest

from locum.openapi.phrases import phrase


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, "OK"),
        (404, "Not Found"),
        (413, "Request Entity Too Large"),
        (414, "Request-URI Too Long"),
        (416, "Requested Range Not Satisfiable"),
        (422, "Unprocessable Entity"),
        (299, None),
        (599, None),
    ],
)
def test_a_status_is_called_the_same_by_every_python(status: int, expected: str | None) -> None:
    assert phrase(status) == expected
