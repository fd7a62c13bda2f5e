"""LangSmith's statistics on random requests: what the oracle says, and the invariants hold.

A share of what scripts/verify asks.
"""

from __future__ import annotations

import pytest

from tests.laws.invariants import NAMES
from tests.oracles.langsmith_requests import OPERATIONS
from tests.oracles.verification import Verification


@pytest.mark.parametrize(("dataset", "requests"), [("tiny", 50), ("default", 20)])
def test_answers_are_the_oracles_and_their_parts_add_up(dataset: str, requests: int) -> None:
    """Each invariant has something to say in one of them, and few are about nothing."""
    verification = Verification(dataset)
    faults = [
        fault
        for operation in OPERATIONS
        for seed in range(requests)
        for fault in verification.faults(operation, seed, further=seed % 3 == 0)
    ]
    assert faults == []
    assert set(NAMES) == set(verification.seen)
    assert verification.empty < 0.2 * requests * len(OPERATIONS)
