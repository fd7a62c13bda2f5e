"""The splits that an example's metadata name."""

from __future__ import annotations

from typing import Any

import pytest

from locum.langsmith.writing.split_names import splits_of


@pytest.mark.parametrize(
    ("metadata", "splits"),
    [
        (None, ["base"]),
        ({}, ["base"]),
        ({"dataset_split": None}, ["base"]),
        ({"dataset_split": []}, ["base"]),
        ({"dataset_split": 1}, ["base"]),
        ({"dataset_split": "dev"}, ["dev"]),
        ({"dataset_split": ["dev", "test"]}, ["dev", "test"]),
    ],
)
def test_an_example_that_names_no_split_is_in_base(metadata: Any, splits: list[str]) -> None:
    assert splits_of({"metadata": metadata}) == splits
