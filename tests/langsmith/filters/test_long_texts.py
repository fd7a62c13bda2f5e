"""Long texts: read in a time that grows with their length, not with its square."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from locum.exceptions import InvalidPreference
from locum.http.preferences import preferences
from tests.oracles.requests_of_tiny import request


@contextmanager
def seconds_at_most(limit: int) -> Iterator[None]:
    """Raise where it takes longer: far from what is needed, and far below what is quadratic."""

    def late(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(limit)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


SPACES = " " * 90_000


@pytest.mark.parametrize(
    ("operation", "field", "text"),
    [
        ("group_stats", "filter", f'eq(latency, "1{SPACES}x")'),
        ("group_stats", "filter", f'eq(start_time, "2026-01-01T12:00{SPACES}x")'),
        ("group_runs", "metadata_key", "." * 200_000),
    ],
)
def test_a_long_text_holds_nobody_up(
    client: TestClient, world: dict[str, str], operation: str, field: str, text: str
) -> None:
    asked = request(operation, world)
    asked["json"] |= {field: text}
    with seconds_at_most(10):
        assert client.request(**asked).status_code in (200, 400)


@pytest.mark.parametrize("begin", ["a" * 200_000, "a=" + "b" * 200_000, "a" + " " * 200_000])
def test_a_long_preference_holds_nobody_up(begin: str) -> None:
    with seconds_at_most(10), pytest.raises(InvalidPreference):
        preferences(begin + '"')
