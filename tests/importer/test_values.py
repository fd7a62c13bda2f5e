"""The values of export rows: read, or refused with what was expected."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from locum.importer.values import (
    Read,
    Unexpected,
    anything,
    boolean,
    count,
    document,
    integer,
    mapped,
    nano_usd,
    one_of,
    text,
    texts,
    time,
    uuid,
)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2026-03-29 01:59:59.1", "2026-03-29T01:59:59.100000Z"),
        ("2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00.000000Z"),
        ("2026-01-01 00:00:00+05", "2025-12-31T19:00:00.000000Z"),
        ("2026-01-01T00:00:00+0530", "2025-12-31T18:30:00.000000Z"),
        ("2026-01-01T00:00:00.123456999Z", "2026-01-01T00:00:00.123456Z"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_time_is_read_as_utc(given: str, read: str) -> None:
    assert time(given) == read


UUID = "aaaaaaaa-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (anything, None, None),
        (text, "", ""),
        (uuid, UUID.upper(), UUID),
        (one_of("a", "b"), "b", "b"),
        (integer, -3, -3),
        (integer, "-3", -3),
        (integer, 12.0, 12),
        (count, 0, 0),
        (boolean, 0, False),
        (boolean, True, True),
        (texts, ["a"], ["a"]),
        (document, '{"a": 1}', {"a": 1}),
        (document, {}, {}),
        (mapped(count), {"a": "5", "b": None}, {"a": 5}),
        (nano_usd, "0.0000000015", (2, True)),
        (nano_usd, 3, (3 * 10**9, False)),
        (nano_usd, Decimal("1E-9"), (1, False)),
    ],
)
def test_a_value_is_read(read: Read, value: Any, expected: Any) -> None:
    found = read(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("read", "value", "told"),
    [
        (text, 5, "a text"),
        (uuid, UUID + "0", "a UUID"),
        (uuid, "{" + UUID + "}", "a UUID"),
        (one_of("a", "b"), "c", "one of a, b"),
        (integer, 1.5, "an integer of 64 bits"),
        (integer, 2**63, "an integer of 64 bits"),
        (integer, True, "an integer of 64 bits"),
        (count, -1, "an integer of 64 bits, 0 or more"),
        (boolean, 2, "true or false"),
        (texts, ["a", None], "a list of texts"),
        (document, "[]", "a JSON object, or the text of one"),
        (document, "{", "a JSON object, or the text of one"),
        (mapped(count), [], "an object"),
        (mapped(count), {"a": -1}, "an integer of 64 bits, 0 or more under 'a'"),
        (nano_usd, 1.5, "an amount of USD, 0 or more"),
        (nano_usd, "-1", "an amount of USD, 0 or more"),
        (nano_usd, "1e99", "an amount of USD that 64 bits hold in nano-USD"),
    ],
)
def test_another_value_is_refused(read: Read, value: Any, told: str) -> None:
    with pytest.raises(Unexpected) as refused:
        read(value)
    assert str(refused.value) == told
