"""What names say."""

from __future__ import annotations

import pytest

from locum.generate.names import singular, suffix_of, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("created_at", ("created", "at")),
        ("createdAt", ("created", "at")),
        ("HTTPStatusCode", ("http", "status", "code")),
        ("x-request-id", ("x", "request", "id")),
        ("addressLine1", ("address", "line1")),
        ("", ()),
        ("größe", ("gr", "e")),
    ],
)
def test_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


def test_longest_ending_that_is_known_counts() -> None:
    known = {"name", "first_name"}
    assert suffix_of("billingFirstName", known) == "first_name"
    assert suffix_of("nickName", known) == "name"
    assert suffix_of("names", known) is None


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("file_ids", "file_id"),
        ("categories", "category"),
        ("address", "address"),
        ("status", "status"),
        ("data", "data"),
        ("analysis", "analysis"),
    ],
)
def test_singular(name: str, one: str) -> None:
    assert singular(name) == one
