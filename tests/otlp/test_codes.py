"""Codes of google.rpc.Status (google/rpc/code.proto says to which status of HTTP each belongs)."""

from __future__ import annotations

import pytest

from locum.otlp.codes import code


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, 3), (401, 16), (403, 7), (404, 5), (429, 8), (500, 13), (501, 12), (503, 14), (504, 4)],
)
def test_a_status_has_the_code_that_is_mapped_to_it(status: int, expected: int) -> None:
    assert code(status) == expected


def test_any_other_status_is_unknown() -> None:
    assert code(418) == 2
