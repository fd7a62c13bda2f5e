"""The time at which requests are answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from locum.helicone.clock import now_us
from tests.helicone.test_session_rows import call
from tests.oracles.bundled import data_of, find
from tests.oracles.helicone_requests import engine_over

NOON_US = 1_748_779_200_000_000  # 2025-06-01T12:00:00Z
DAY_US = 86_400_000_000


@pytest.mark.parametrize(
    "now", ["2025-06-01T12:00:00Z", "2025-06-01T12:00:00", "2025-06-01T14:00:00+02:00"]
)
def test_it_is_what_the_manifest_says(tmp_path: Path, now: str) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"now": now}))
    assert now_us(engine_over(tmp_path, [call(0, "s")], [])) == NOON_US


def test_it_goes_with_the_times_that_are_served(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"now": "2025-06-01T12:00:00Z"}))
    engine_over(tmp_path, [call(0, "s")], [])
    assert now_us(data_of(find(str(tmp_path)), days=3)) == NOON_US + 3 * DAY_US


@pytest.mark.parametrize("manifest", ["{}", '{"now": "noon"}', '{"now": 5}'])
def test_where_it_says_none_it_is_the_last_time_of_a_request(tmp_path: Path, manifest: str) -> None:
    """Its beginning or its end: here the first request ends last."""
    (tmp_path / "manifest.json").write_text(manifest)
    rows = [
        call(0, "s", response_created_at="2025-06-01T12:00:00Z"),
        call(60, "s", response_created_at="2025-06-01T00:02:00Z"),
        call(90, "s"),
    ]
    assert now_us(engine_over(tmp_path, rows, [])) == NOON_US


def test_nothing_has_no_time(tmp_path: Path) -> None:
    assert now_us(engine_over(tmp_path, [], [])) == 0
