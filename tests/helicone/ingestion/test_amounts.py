"""Numbers of JSON as whole ones."""

from __future__ import annotations

import pytest

from locum.helicone.ingestion import amounts


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        (7.9, 7),
        (-1, 0),
        (2**53 + 1, 2**53),
        (1e300, 2**53),
        (True, 0),
        ("7", 0),
        (None, 0),
        (float("inf"), 0),
    ],
)
def test_count(value: object, expected: int) -> None:
    assert amounts.count(value) == expected


def test_integer_is_cut_toward_zero_and_fits_64_bits() -> None:
    assert [amounts.integer(v) for v in (-3.9, 3.9, -1e300)] == [-3, 3, 1 - 2**63]
