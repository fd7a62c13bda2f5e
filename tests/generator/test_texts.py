"""Texts that no recipe changes."""

from __future__ import annotations

from locum.generator import texts


def test_every_country_has_a_weight() -> None:
    assert len(texts.COUNTRIES) == len(texts.COUNTRY_WEIGHTS) == len(set(texts.COUNTRIES))
    assert min(texts.COUNTRY_WEIGHTS) > 0
