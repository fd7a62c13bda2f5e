"""The fields of filters over examples, and the words of their refusals. What they select is for
tests/langsmith/test_examples.py, where rows are."""

from __future__ import annotations

import pytest

from locum.engine.data import Parameters
from locum.exceptions import FilterError
from locum.langsmith.filters.example_fields import EXAMPLES, mentioned


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ('eq(inputs, "a")', 4, "one of the fields metadata, metadata_key, metadata_value"),
        ('eq(metadata, "a")', 1, "one of has, exists on metadata"),
        ('search(metadata, "a")', 1, "one of has, exists on metadata"),
        ("has(metadata, '[1]')", 15, "a JSON object in quotes"),
        ("exists(metadata, 1)", 18, "a text in quotes"),
    ],
)
def test_a_clause_without_a_meaning_is_refused_with_what_would_have_one(
    text: str, position: int, expected: str
) -> None:
    with pytest.raises(FilterError) as refused:
        EXAMPLES.condition(text, Parameters())
    assert refused.value.position == position
    assert expected in refused.value.expected


@pytest.mark.parametrize(
    "text",
    ['exists(metadata, "a")', 'eq(metadata_key, "a")', "eq(metadata_value, 1)", 'search("a")'],
)
def test_a_condition_on_entries_names_the_table_that_it_reads(text: str) -> None:
    """Which is made when it is first asked for."""
    parameters = Parameters()
    EXAMPLES.condition(text, parameters)
    assert parameters.tables == {"example_entries"}


def test_a_text_never_becomes_part_of_the_statement() -> None:
    parameters = Parameters()
    assert "Robert'" not in mentioned("Robert'); DROP", parameters)
    assert "Robert'); DROP" in parameters.values.values()
