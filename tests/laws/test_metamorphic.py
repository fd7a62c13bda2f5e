"""How answers change with the request (`relations`), on a share of what scripts/verify tries."""

from __future__ import annotations

import pytest

from tests.laws.relations import RELATIONS
from tests.oracles.verification import Verification


@pytest.fixture(scope="module")
def verification() -> Verification:
    return Verification("tiny")


@pytest.mark.parametrize("relation", RELATIONS)
def test_relation_holds(verification: Verification, relation: str) -> None:
    broken = [seed for seed in range(8) if not verification.holds(relation, seed)]
    assert broken == []
