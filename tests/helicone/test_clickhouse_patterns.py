"""ClickHouse's LIKE and ILIKE as regular expressions."""

from __future__ import annotations

import duckdb
import pytest

from locum.helicone.clickhouse_patterns import expression


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", "(?s)"),
        ("a.b", r"(?s)a\.b"),
        ("%a_", "(?s).*a."),
        ("\\%\\_\\\\", r"(?s)%_\\"),
        ("\\a", r"(?s)\\a"),
        ("a\\", None),
    ],
)
def test_patterns_by_hand(pattern: str, expected: str | None) -> None:
    assert expression(pattern, fold=False) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("%é%", "xÉy", True),
        ("straße", "STRASSE", False),
        ("s", "\N{LATIN SMALL LETTER LONG S}", True),  # RE2 folds it
        ("%s%", "\N{LATIN SMALL LETTER LONG S}", False),  # the search for a text does not
        ("ss", "\N{LATIN SMALL LETTER LONG S}" * 2, False),
        ("%ЖΣ%", "ж\N{GREEK SMALL LETTER SIGMA}", True),
        ("%ЖΣ%", "ж\N{GREEK SMALL LETTER FINAL SIGMA}", False),
        ("i", "İ", False),
        ("a_c", "aéC", True),
        ("a_c", "A\nC", True),
    ],
)
def test_letters_fold_as_in_clickhouse(
    pattern: str,
    text: str,
    expected: bool,  # noqa: FBT001 -- a parameter of the cases above
) -> None:
    """As `SELECT text ILIKE pattern` answers on ClickHouse 26.9."""
    given = {"text": text, "pattern": expression(pattern, fold=True)}
    found = duckdb.execute("SELECT regexp_full_match($text, $pattern)", given).fetchall()
    assert found == [(expected,)]
