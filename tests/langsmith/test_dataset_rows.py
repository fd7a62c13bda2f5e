"""A tenant's datasets as they are read and counted, over rows worked out by hand."""

from __future__ import annotations

from pathlib import Path

from locum.langsmith.dataset_rows import Dataset, datasets_of
from tests.oracles.langsmith_rows import TENANT, at, load, session


def micros(seconds: int) -> int:
    """Of `at`: noon of 1 June 2026, 20,605 days after 1970."""
    return (20_605 * 86_400 + 43_200 + seconds) * 1_000_000


def test_examples_and_experiments_of_the_tenant_are_counted(tmp_path: Path) -> None:
    """Of two experiments one is another tenant's; the example of no time says nothing of it."""
    data = load(
        tmp_path,
        datasets=[
            {"id": "b", "tenant_id": TENANT.upper(), "name": "second"},
            {"id": "a", "tenant_id": TENANT, "metadata": {"n": 1}, "modified_at": at(9)},
            {"id": "c", "tenant_id": "other"},
        ],
        examples=[
            {"id": "e1", "dataset_id": "b", "created_at": at(2), "modified_at": at(3)},
            {"id": "e2", "dataset_id": "b", "created_at": at(1)},
            {"id": "e3", "dataset_id": "b"},
        ],
        sessions=[
            session("s1", reference_dataset_id="b", start_time=at(5)),
            session("s2", reference_dataset_id="b", start_time=at(6), tenant_id="other"),
            session("s3"),
        ],
    )
    nothing = (None, "kv", None)
    of_a = Dataset("a", TENANT, "", *nothing, {"n": 1}, micros(9), micros(9), 0, 0, None)
    of_b = Dataset("b", TENANT, "second", *nothing, None, micros(1), micros(3), 3, 1, micros(5))
    of_c = Dataset("c", "other", "", *nothing, None, 0, 0, 0, 0, None)
    assert datasets_of(data, TENANT) == [of_a, of_b]
    assert datasets_of(data, "other") == [of_c]
    assert datasets_of(data, "nobody") == []
