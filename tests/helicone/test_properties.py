"""The names of properties."""

from __future__ import annotations

from pathlib import Path

from locum.helicone import properties
from tests.helicone.test_session_rows import call
from tests.oracles.helicone_requests import ORGANISATION, engine_over

OTHER = "22222222-2222-2222-2222-222222222222"


def test_each_name_of_the_organization_is_there_once_in_order(tmp_path: Path) -> None:
    rows = [
        call(0, None) | {"properties": {"b": "1", "a": ""}},
        call(1, None) | {"properties": {"Z": "1", "b": "2"}},
        call(2, None) | {"properties": None},
        call(3, None, organization_id=OTHER) | {"properties": {"theirs": "1"}},
    ]
    data = engine_over(tmp_path, rows, [])
    assert properties.names(data, ORGANISATION) == ["Z", "a", "b"]
    assert properties.names(data, OTHER) == ["theirs"]
    assert properties.names(data, "33333333-3333-3333-3333-333333333333") == []
