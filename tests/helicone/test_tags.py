"""The tags of sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from locum.engine.data import Data
from locum.helicone import tags
from tests.oracles.helicone_requests import ORGANISATION, Row, engine_over

OTHER = "22222222-2222-2222-2222-222222222222"


@pytest.fixture
def newest(tmp_path: Any) -> Callable[..., str | None]:
    """The tag of session s, of these (tag, created_at) and others' ones."""

    def found(*given: tuple[str, str | None], session: str = "s") -> str | None:
        own: Row = {"organization_id": ORGANISATION, "entity_type": "session", "entity_id": "s"}
        rows = [own | {"tag": tag, "created_at": time} for tag, time in given]
        last = {"tag": "not mine", "created_at": "2030-01-01T00:00:00Z"}
        rows += [
            own | last | {"organization_id": OTHER},
            own | last | {"entity_type": "request"},
            own | last | {"entity_id": "other"},
        ]
        data: Data = engine_over(tmp_path, [], rows)
        return tags.newest(data, ORGANISATION, session)

    return found


FIRST, SECOND = "2025-06-01T00:00:00Z", "2025-06-01T00:00:00.001Z"


def test_a_session_without_a_tag_has_none(newest: Callable[..., str | None]) -> None:
    assert newest() is None


def test_a_session_that_is_not_known_has_none(newest: Callable[..., str | None]) -> None:
    assert newest(("a", FIRST), session="S") is None


def test_the_newest_of_several_is_it(newest: Callable[..., str | None]) -> None:
    assert newest(("a", FIRST), ("b", SECOND), ("c", FIRST)) == "b"


def test_of_those_without_a_time_the_last_in_the_table_is_it(
    newest: Callable[..., str | None],
) -> None:
    assert newest(("b", None), ("a", None)) == "a"


def test_one_with_a_time_is_newer_than_those_without(newest: Callable[..., str | None]) -> None:
    assert newest(("a", FIRST), ("b", None)) == "a"


def test_one_that_is_given_again_is_the_newest(newest: Callable[..., str | None]) -> None:
    assert newest(("a", None), ("b", None), ("a", SECOND)) == "a"
