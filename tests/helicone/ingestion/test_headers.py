"""What the Helicone-* headers of a log say."""

from __future__ import annotations

from typing import Any

import pytest

from locum.helicone.ingestion.headers import LogHeaders
from tests.helicone.ingestion.logs import NEW_ID


def of(meta: Any = None, **sent: str) -> LogHeaders:
    return LogHeaders.of({name.replace("_", "-"): value for name, value in sent.items()}, meta)


def properties(meta: dict[str, Any]) -> dict[str, str]:
    return of(meta).properties()


def test_headers_of_the_request_win_in_any_letter_case() -> None:
    found = of({"Helicone-User-Id": "meta", "HELICONE-SESSION-ID": "s"}, helicone_user_id="sent")
    assert (found.user_id, found.get("Helicone-Session-Id")) == ("sent", "s")


def test_an_empty_header_of_the_request_wins_too() -> None:
    assert of({"Helicone-User-Id": "meta"}, helicone_user_id="").user_id == ""


@pytest.mark.parametrize("meta", [None, [], "text", 5])
def test_meta_that_is_no_object_carries_nothing(meta: Any) -> None:
    assert of(meta).properties() == {}


def test_values_are_texts_of_javascript() -> None:
    meta = {"Helicone-Property-a": 1, "Helicone-Property-b": None, "Helicone-Property-c": [1, "x"]}
    assert properties(meta) == {"a": "1", "b": "null", "c": "1,x"}


def test_no_text_has_a_nul() -> None:
    assert properties({"Helicone-Property-a": " x\0y "}) == {"a": "xy"}


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("6f1c0001-3a2b-4c5d-8e6f-7a8b9c0d1e2f", "6f1c0001-3a2b-4c5d-8e6f-7a8b9c0d1e2f"),
        ("6F1C0001-3A2B-1C5D-BE6F-7A8B9C0D1E2F", "6f1c0001-3a2b-1c5d-be6f-7a8b9c0d1e2f"),
        ("6f1c0001-3a2b-7c5d-8e6f-7a8b9c0d1e2f", NEW_ID),  # version 7
        ("6f1c0001-3a2b-4c5d-7e6f-7a8b9c0d1e2f", NEW_ID),  # of another variant
        ("00000000-0000-0000-0000-000000000000", NEW_ID),
        ("6f1c0001-3a2b-4c5d-8e6f-7a8b9c0d1e2f0", NEW_ID),
        ("", NEW_ID),
    ],
)
def test_request_id(asked: str, taken: str) -> None:
    assert of({"Helicone-Request-Id": asked}).request_id(lambda: NEW_ID) == taken


def test_names_of_properties_are_lowered_and_named_ones_stay() -> None:
    meta = {
        "Helicone-Property-Desk": "north",
        "helicone-property-TIER": "",
        "Helicone-Property-": "no name",
        "helicone-session-id": "trip",
        "Helicone-Session-Name": "",
        "Helicone-Session-Path": "/a",
        "Helicone-Prompt-Id": "greeting",
        "Helicone-Experiment-Id": "e1",
        "Helicone-Cache-Enabled": "true",
        "Helicone-Cache-Seed": "7",
        "Helicone-Cache-Bucket-Max-Size": "3",
        "Helicone-Cache-Control": "max-age=60",
        "Stripe-Customer-Id": "cus_1",
        "Helicone-User-Id": "ada",
        "plain": "not kept",
    }
    assert properties(meta) == {
        "desk": "north",
        "tier": "",
        "Helicone-Session-Id": "trip",
        "Helicone-Session-Path": "/a",
        "Helicone-Prompt-Id": "greeting",
        "Helicone-Experiment-Id": "e1",
        "Helicone-Cache-Enabled": "true",
        "Helicone-Cache-Seed": "7",
        "Helicone-Cache-Bucket-Max-Size": "3",
        "Helicone-Cache-Control": "max-age=60",
        "stripe_customer_id": "cus_1",
    }


@pytest.mark.parametrize(("said", "kept"), [("12ab", "12"), ("abc", None), ("0", None), ("", None)])
def test_a_seed_is_the_number_that_it_begins_with(said: str, kept: str | None) -> None:
    assert properties({"Helicone-Cache-Seed": said}).get("Helicone-Cache-Seed") == kept


@pytest.mark.parametrize(("said", "is_on"), [("true", True), ("True", False), ("1", False)])
def test_only_the_very_word_asks_the_cache(said: str, is_on: bool) -> None:  # noqa: FBT001
    found = of({"Helicone-Cache-Enabled": said})
    assert found.cache_enabled is is_on
    assert ("Helicone-Cache-Enabled" in found.properties()) is is_on
