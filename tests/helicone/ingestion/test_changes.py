"""What comes after a request."""

from __future__ import annotations

from typing import Any

import pytest

from locum.exceptions import UpstreamFault
from locum.helicone.ingestion import changes
from locum.helicone.ingestion.kept import Kept, Waiting
from tests.helicone.ingestion.logs import NOW_US, ORGANIZATION

ID = "6f1c0001-3a2b-7c5d-8e6f-7a8b9c0d1e2f"  # of any version
KEY = (ORGANIZATION, ID)


def row(**columns: Any) -> dict[str, Any]:
    return {
        "organization_id": ORGANIZATION,
        "request_id": ID,
        "request_created_at": "2026-06-14T09:00:00Z",
        "scores": {"a": 1},
        "properties": {"desk": "north"},
        **columns,
    }


def test_a_thumb_is_a_score() -> None:
    assert changes.thumb(ID, rating=True) == {"helicone-score-feedback": 1}
    assert changes.thumb(ID.upper(), rating=False) == {"helicone-score-feedback": 0}


def test_a_thumb_for_what_is_no_id_is_refused() -> None:
    with pytest.raises(UpstreamFault) as raised:
        changes.thumb("r1", rating=True)
    assert raised.value.status == 500
    assert raised.value.body == {"data": None, "error": "Invalid requestId: must be a valid UUID"}


def test_integers_are_scores_and_booleans_have_a_name_of_their_own() -> None:
    given = {"relevance": 80, "grounded": True, "toxic": False, "whole": 5.0, "less": -1}
    assert changes.scores_of(given) == {
        "relevance": 80,
        "grounded-hcone-bool": 1,
        "toxic-hcone-bool": 0,
        "whole": 5,
        "less": -1,
    }


@pytest.mark.parametrize("value", [0.5, "5", None, [1], {}, 1e300])
def test_other_scores_throw(value: Any) -> None:
    with pytest.raises(UpstreamFault) as raised:
        changes.scores_of({"a": value})
    assert raised.value.status == 500
    assert raised.value.body["message"] == "Internal Server Error"


def test_scores_are_merged_and_the_later_wins() -> None:
    before = row(scores={"a": 1, "b": 1})
    scored = changes.scored(before, {"b": 2, "c": 3}, Kept(), KEY, NOW_US)
    assert scored == row(scores={"a": 1, "b": 2, "c": 3})
    assert before["scores"] == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("created", "is_found"),
    [
        ("2026-05-16T09:00:00.124Z", True),
        ("2026-05-16T09:00:00.123Z", False),  # 30 days before
        ("2026-05-16 09:00:00.124", True),  # in UTC
        ("2026-05-16T11:00:00.123+02:00", False),
        (None, False),
    ],
)
def test_a_request_older_than_30_days_is_not_scored(created: str | None, is_found: bool) -> None:  # noqa: FBT001
    kept = Kept()
    scored = changes.scored(row(request_created_at=created), {"b": 2}, kept, KEY, NOW_US)
    assert (scored is not None) is is_found
    assert kept.waiting == {}


def test_scores_of_a_request_that_has_not_come_are_kept() -> None:
    kept = Kept()
    assert changes.scored(None, {"b": 2}, kept, KEY, NOW_US) is None
    assert kept.waiting == {KEY: Waiting({"b": 2}, NOW_US)}


def test_scores_of_what_is_no_id_are_not() -> None:
    kept = Kept()
    assert changes.scored(None, {"b": 2}, kept, (ORGANIZATION, "r1"), NOW_US) is None
    assert kept.waiting == {}


def test_a_property_keeps_its_letter_case_and_lasts() -> None:
    kept = Kept()
    found = changes.with_property(row(), "Reviewed", "yes", kept, KEY)
    assert found == row(properties={"desk": "north", "Reviewed": "yes"})
    assert kept.properties == {KEY: {"Reviewed": "yes"}}


def test_a_property_replaces_one_of_its_name() -> None:
    found = changes.with_property(row(), "desk", "south", Kept(), KEY)
    assert found["properties"] == {"desk": "south"}


def test_a_row_of_a_dataset_may_have_no_properties() -> None:
    found = changes.with_property(row(properties=None), "a", "b", Kept(), KEY)
    assert found["properties"] == {"a": "b"}


def test_a_property_of_an_unknown_request_is_refused() -> None:
    with pytest.raises(UpstreamFault) as raised:
        changes.with_property(None, "a", "b", Kept(), KEY)
    assert (raised.value.status, raised.value.body["error"]) == (500, "Request not found")


@pytest.mark.parametrize(("rating", "text"), [(True, "1"), (False, "0")])
def test_feedback_on_a_session_is_a_property(rating: bool, text: str) -> None:  # noqa: FBT001
    found = changes.with_session_feedback(row(), Kept(), KEY, rating=rating)
    assert found["properties"] == {"desk": "north", "Helicone-Session-Feedback": text}


def test_feedback_on_an_unknown_session_is_refused() -> None:
    with pytest.raises(UpstreamFault) as raised:
        changes.with_session_feedback(None, Kept(), KEY, rating=True)
    assert raised.value.body == {"data": None, "error": "No request found"}


def test_a_tag_is_a_row() -> None:
    assert changes.tagged(ORGANIZATION, "trip", "vip", NOW_US) == {
        "organization_id": ORGANIZATION,
        "entity_type": "session",
        "entity_id": "trip",
        "tag": "vip",
        "created_at": "2026-06-15T09:00:00.123Z",
    }
