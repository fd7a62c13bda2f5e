"""JSON as it is written: integers of any size, and all else as orjson does."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from locum.openapi.json_bytes import written

LARGE = 123456789012345678901234567890


def test_integers_of_any_size_are_exact() -> None:
    value = {"b": [LARGE, -LARGE, 1.5, "é"], "a": None}
    large = "123456789012345678901234567890"
    assert written(value).decode() == f'{{"b":[{large},-{large},1.5,"é"],"a":null}}'
    assert written(value, sorts_keys=True).startswith(b'{"a":null,"b":[')


def test_what_json_has_no_type_for_is_written_alike_beside_them() -> None:
    moment = datetime(2024, 5, 1, 8, 30, tzinfo=UTC)
    assert written([moment, LARGE]) == written([moment])[:-1] + b",%d]" % LARGE


def test_what_is_no_json_is_refused() -> None:
    for value in ({1, 2}, "\ud800", [LARGE, {1, 2}]):
        with pytest.raises(TypeError):
            written(value)
    deep: list[object] = [LARGE]
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(TypeError):
        written(deep)
    assert written([{1, 2}, LARGE], default=len) == b"[2,%d]" % LARGE
    with pytest.raises(ValueError, match="not JSON compliant"):
        written([LARGE, math.nan])
