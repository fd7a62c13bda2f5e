"""Texts that no recipe changes: who is asking."""

from __future__ import annotations

COUNTRIES = ("US", "DE", "GB", "FR", "JP", "IN", "BR")
COUNTRY_WEIGHTS = (30, 20, 15, 10, 10, 10, 5)
TIERS = ("free", "pro", "enterprise")
