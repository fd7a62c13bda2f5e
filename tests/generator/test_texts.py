"""Texts that no recipe changes."""

from __future__ import annotations

from locum.generator import texts
from locum.langsmith.tables import RUN_TYPES


def test_a_run_of_every_type_has_a_message_when_it_fails() -> None:
    """Those of calls of models are the recipe's."""
    assert set(texts.ERRORS) == set(RUN_TYPES) - {"llm"}


def test_every_country_has_a_weight() -> None:
    assert len(texts.COUNTRIES) == len(texts.COUNTRY_WEIGHTS) == len(set(texts.COUNTRIES))
    assert min(texts.COUNTRY_WEIGHTS) > 0
