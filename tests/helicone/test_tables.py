"""How the engine holds Helicone's tables: ClickHouse's defaults, whole milliseconds, sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.engine.tables import load_order
from locum.helicone.tables import TABLES, ZERO_UUID
from tests.oracles.helicone_requests import ORGANISATION, engine_over

ID = "aaaaaaaa-0000-4000-8000-000000000001"
NOON_US = 1_748_779_200_000_000  # 2025-06-01T12:00:00Z, e.g. by GNU date -u +%s


def held(folder: Path, *columns: str, **row: Any) -> Any:
    """These columns of the one request that a file holds."""
    data = engine_over(folder, [{"request_id": ID, "organization_id": ORGANISATION} | row], [])
    ((found),) = data.rows(f"SELECT {', '.join(columns)} FROM helicone_requests")
    return found


def test_what_a_request_leaves_out_is_the_columns_default(tmp_path: Path) -> None:
    """Save where the vendor's column is nullable."""
    texts = ("provider", "model", "user_id", "request_body", "response_body", "prompt_id")
    numbers = ("status", "cost", "prompt_cache_read_tokens", "prompt_cache_write_tokens")
    nullable = ("latency", "prompt_tokens", "country_code", "target_url", "threat")
    others = ("cache_reference_id", "cache_enabled", "request_created_us", "session_id")
    found = held(tmp_path, *texts, *numbers, *nullable, *others)
    assert found[:6] == ("",) * 6
    assert found[6:10] == (0,) * 4
    assert found[10:15] == (None,) * 5
    assert found[15:] == (ZERO_UUID, False, 0, "")


@pytest.mark.parametrize(
    ("written", "held_as"),
    [
        (ID.upper(), ID),
        (ID.replace("-", ""), ID),
        ("no uuid", "no uuid"),
        (None, ZERO_UUID),
    ],
)
def test_a_uuid_is_written_in_one_way(tmp_path: Path, written: Any, held_as: str) -> None:
    assert held(tmp_path, "cache_reference_id", cache_reference_id=written) == (held_as,)


def test_an_organization_compares_in_any_letter_case(tmp_path: Path) -> None:
    assert held(tmp_path, "organization_id", organization_id="My Team") == ("my team",)


@pytest.mark.parametrize(
    ("time", "microseconds"),
    [
        ("2025-06-01T12:00:00.000999Z", NOON_US),
        ("2025-06-01T12:00:00.001999Z", NOON_US + 1000),
        ("2025-06-01T14:00:00+02:00", NOON_US),
    ],
)
def test_a_time_is_cut_to_milliseconds(tmp_path: Path, time: str, microseconds: int) -> None:
    found = held(tmp_path, "request_created_us", "response_created_us", request_created_at=time)
    assert found == (microseconds, None)


def test_a_session_is_named_by_properties_and_has_its_tags(tmp_path: Path) -> None:
    """Tags of one kind, organisation and session, each once and sorted."""
    properties = {"Helicone-Session-Id": "s", "Helicone-Session-Name": "n"}
    row = {"request_id": ID, "organization_id": ORGANISATION, "properties": properties}
    other = "22222222-2222-2222-2222-222222222222"
    tags = [
        {"organization_id": organisation, "entity_type": kind, "entity_id": id_, "tag": tag}
        for organisation, kind, id_, tag in [
            (ORGANISATION.upper(), "session", "s", "b"),
            (ORGANISATION, "session", "s", "a"),
            (ORGANISATION, "session", "s", "a"),
            (ORGANISATION, "request", "s", "request"),
            (ORGANISATION, "session", "t", "other"),
            (other, "session", "s", "theirs"),
        ]
    ]
    data = engine_over(tmp_path, [row], tags)
    assert data.rows("SELECT session_id, session_name, session_tags FROM helicone_requests") == [
        ("s", "n", ["a", "b"])
    ]


def test_every_table_is_named_for_the_vendor() -> None:
    assert {name.split("/")[0] for name in TABLES} == {"helicone"}


def columns(data: Data, names: str) -> list[Any]:
    return data.rows(f"SELECT {names} FROM helicone_requests ORDER BY row")


def test_maps_and_tags_that_are_left_out_are_empty(tmp_path: Path) -> None:
    assert columns(engine_over(tmp_path, [{}], []), "properties, scores, session_tags") == [
        ({}, {}, [])
    ]


def test_what_a_request_says_stays(tmp_path: Path) -> None:
    row = {
        "provider": "P",
        "status": 500,
        "latency": 7,
        "cost": 1_000_000_000,
        "cache_enabled": True,
        "threat": False,
        "scores": {"s": -1},
    }
    data = engine_over(tmp_path, [row], [])
    assert columns(data, ", ".join(row)) == [tuple(row.values())]


def test_a_request_is_of_the_session_that_its_properties_name(tmp_path: Path) -> None:
    """By the very names; a request without them is of the session ''."""
    both = {"Helicone-Session-Id": "s", "Helicone-Session-Name": "n", "other": "o"}
    rows: list[dict[str, Any]] = [
        {"properties": both},
        {"properties": {"Helicone-Session-Name": "n"}},
        {"properties": {"helicone-session-id": "s"}},
        {"properties": {}},
    ]
    data = engine_over(tmp_path, rows, [])
    assert columns(data, "session_id, session_name") == [
        ("s", "n"),
        ("", "n"),
        ("", ""),
        ("", ""),
    ]


def test_tags_are_loaded_before_the_requests_that_they_stand_beside() -> None:
    assert load_order(TABLES) == ["helicone/session_tags", "helicone/requests"]
