"""What runs are counted by, as codes: on runs so few that they are counted by hand."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from locum.stats import facet_index as codes
from tests.oracles.langsmith_rows import feedback, load, run


def test_the_codes_of_runs_are_their_facets_opinions_and_comments(tmp_path: Path) -> None:
    """Opinions are numbered by key, label, score
    and source: helpful 0.5, helpful 1, tone "dry"; comments by key and time: "so", "no", "hm"."""
    first = run("a", tags=["x"], name="n")
    second = run("b", tags=["y", "x"], name="m")
    given = [
        feedback(first, "tone", value="dry", comment="hm", created_at="2026-06-03T00:00:00Z"),
        feedback(second, "helpful", score=1, comment="no", created_at="2026-06-02T00:00:00Z"),
        feedback(second, "helpful", score=0.5, comment="so", created_at="2026-06-01T00:00:00Z"),
        feedback(second, "helpful", score=1, created_at="2026-06-04T00:00:00Z"),
    ]
    engine = load(tmp_path, runs=[first, second, run("c", name="m")], feedback=given)
    every = codes.codes(engine)
    assert every.facets == [
        ("name", "", "m"),
        ("name", "", "n"),
        ("run_type", "", "chain"),
        ("status", "", "success"),
        ("tag", "", "x"),
        ("tag", "", "y"),
    ]
    found = codes.of_runs(engine, np.array([1, 2]))
    assert dict(zip(found.facets.tolist(), found.facet_counts.tolist(), strict=True)) == {
        0: 2,
        2: 2,
        3: 2,
        4: 1,
        5: 1,
    }
    assert (found.opinions.tolist(), found.opinion_counts.tolist()) == ([0, 1], [1, 2])
    assert found.comments.tolist() == [0, 1]
    found = codes.of_runs(engine, np.array([0]))
    assert (found.facets.tolist(), found.comments.tolist()) == ([1, 2, 3, 4], [2])
    assert (found.opinions.tolist(), found.opinion_counts.tolist()) == ([2], [1])


@pytest.mark.parametrize("size", [1, 10, 100, 5000])
@pytest.mark.parametrize("many", [0, 1, 50, 3000])
def test_few_and_many_numbers_are_counted_alike(size: int, many: int) -> None:
    chance = random.Random(f"{size} {many}")  # noqa: S311 - no secret
    numbers = [chance.randrange(size) for _ in range(many)]
    found, counts = codes.occurring(np.array(numbers, dtype=np.int32), size)
    counted = sorted(Counter(numbers).items())
    assert list(zip(found.tolist(), counts.tolist(), strict=True)) == counted
