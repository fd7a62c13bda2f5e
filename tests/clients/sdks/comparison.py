"""Whether what a client gives is what is expected: field by field, by what a value means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.oracles.run_oracle import micros

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*")
NOTHING: tuple[Any, ...] = (None, {}, [])


class Part(dict[str, Any]):
    """An object of which only these fields are compared."""


def differences(
    expected: Any, actual: Any, untold: frozenset[str] = frozenset(), place: str = ""
) -> Iterator[str]:
    """What differs, each with its place. A field that is not expected must be empty, unless it is
    one of the untold. One that is missing must be expected to be null, or the client's own type
    for the object has no such field."""
    if isinstance(expected, dict) and isinstance(actual, dict) and "microseconds" not in actual:
        for name in expected.keys() & actual.keys() if "type()" in actual else expected:
            yield from differences(expected[name], actual.get(name), untold, f"{place}.{name}")
        more = set() if isinstance(expected, Part) else actual.keys() - expected.keys()
        for name in more - untold - {"type()"}:
            if actual[name] not in NOTHING:
                yield f"{place}.{name}: not expected, found {actual[name]!r:.200}"
    elif isinstance(expected, list | tuple) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f"{place}: expected {len(expected)}, found {len(actual)}"
        for number, (one, other) in enumerate(zip(expected, actual, strict=False)):
            yield from differences(one, other, untold, f"{place}[{number}]")
    elif not _same(expected, actual):
        yield f"{place}: expected {expected!r:.200}, found {actual!r:.200}"


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(actual, dict) and "microseconds" in actual and isinstance(expected, float):
        # A duration of Python has whole microseconds; a percentile may lie between two.
        return bool(abs(Decimal(str(expected)) * 10**6 - actual["microseconds"]) <= 1)
    if isinstance(expected, Decimal):
        return isinstance(actual, str | float | int) and _decimal(expected, actual)
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, str) and isinstance(actual, str):
        return expected == actual or (_is_time(expected, actual) and _instants(expected, actual))
    return bool(expected == actual)


def _decimal(expected: Decimal, actual: str | float) -> bool:
    """Texts must be the very number, without an exponent; a double the nearest to it."""
    if isinstance(actual, str):
        return "e" not in actual.lower() and Decimal(actual) == expected
    return float(actual) == float(expected)


def _is_time(*texts: str) -> bool:
    return all(_TIME.fullmatch(text) for text in texts)


def _instants(one: str, other: str) -> bool:
    return micros(one) == micros(other)
