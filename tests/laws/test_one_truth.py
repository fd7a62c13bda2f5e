"""One truth over HTTP, of small datasets of every kind; `scripts/verify` asks it of all."""

from __future__ import annotations

import pytest

from tests.laws.one_truth import truth_of

# Of each what the others have not: trees, texts, times, sums, nulls, nothing.
NAMES = ("tiny", "unicode", "time-edges", "extreme-values", "null-heavy", "empty")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_twice_is_the_same_and_what_the_rows_say(name: str) -> None:
    truth = truth_of(name)
    assert truth.differences == []
    assert truth.projects == 8
    assert truth.figures > 8 * 4 * 13
