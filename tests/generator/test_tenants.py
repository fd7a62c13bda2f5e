"""The tenants of every generated dataset, and their keys."""

from __future__ import annotations

import uuid

from locum.generator import tenants
from locum.resources import bundled


def test_the_data_dictionary_tells_tenants_and_keys() -> None:
    text = (bundled("fixtures") / "README.md").read_text(encoding="utf-8")
    told = [*tenants.TENANTS.values(), *(key for key, _, _ in tenants.KEYS)]
    assert [each for each in told if f"`{each}`" not in text] == []


def test_keys_open_tenants_that_there_are() -> None:
    """One of them for reading alone."""
    assert {tenant for _, tenant, _ in tenants.KEYS} == set(tenants.TENANTS.values())
    assert [access for _, _, access in tenants.KEYS] == ["rw", "r", "rw"]
    assert tenants.KEYS[0] == (tenants.DEMO_KEY, tenants.TENANTS["demo"], "rw")


def test_tenants_are_uuids_in_lower_case() -> None:
    for tenant in tenants.TENANTS.values():
        assert str(uuid.UUID(tenant)) == tenant
