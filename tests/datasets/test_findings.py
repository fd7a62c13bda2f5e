"""What is found is told in lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from locum.datasets.findings import Finding, refusal, refuse, warnings
from locum.exceptions import DatasetError

LINES, ROWS = Path("a/runs.jsonl"), Path("a/runs.parquet")


def finding(file: Path = LINES, message: str = "id is null", **more: Any) -> Finding:
    return Finding(file, message, "mend it", **more)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (finding(), "a/runs.jsonl: id is null"),
        (finding(row=7, column="id"), "a/runs.jsonl:7: id is null"),
        (finding(ROWS, row=7), "a/runs.parquet: row 7: id is null"),
        (finding(message="is no table"), "a/runs.jsonl is no table"),
        (finding(row=7, rows=2, also=(9,)), "a/runs.jsonl:7: id is null (and in 9)"),
        (finding(row=7, rows=3, also=(8, 9)), "a/runs.jsonl:7: id is null (and in 8 and 9)"),
        (finding(row=7, rows=3), "a/runs.jsonl:7: id is null (and in 2 others)"),
        (
            finding(row=7, rows=1234, also=(8, 9)),
            "a/runs.jsonl:7: id is null (and in 8, 9 and 1,231 more)",
        ),
    ],
)
def test_a_finding_is_a_line(found: Finding, expected: str) -> None:
    assert str(found) == expected


def test_the_first_error_is_told_and_the_others_are_counted() -> None:
    one = finding(row=1)
    alone = refusal([one])
    assert (str(alone), alone.fix, alone.findings) == (str(one), "mend it", (one,))
    first = refusal([one, finding(row=2), finding(row=3)])
    assert str(first) == "a/runs.jsonl:1: id is null; 2 more in the dataset"
    assert first.fix.startswith("mend it, and see the others by `locum fixtures check`")


def test_doubts_do_not_stop() -> None:
    doubt = finding(is_error=False)
    refuse([])
    refuse([doubt])
    with pytest.raises(DatasetError) as raised:
        refuse([doubt, finding(row=2)])
    assert raised.value.findings == (finding(row=2),)


def test_ten_doubts_are_told_and_the_rest_is_counted() -> None:
    doubts = [evolve(finding(), row=row) for row in range(1, 13)]
    assert list(warnings([])) == []
    assert list(warnings(doubts[:10])) == [f"warning: {doubt}" for doubt in doubts[:10]]
    *first, last = warnings(doubts)
    assert first == [f"warning: {doubt}" for doubt in doubts[:10]]
    assert last == "warning: and 2 more: `locum fixtures check` with the folder lists them"


def test_the_line_that_counts_says_what_lists_the_rest() -> None:
    doubts = [str(number) for number in range(12)]
    assert list(warnings(doubts, "`locum lint`"))[-1] == (
        "warning: and 2 more: `locum lint` lists them"
    )
    assert list(warnings(doubts, ""))[-1] == "warning: and 2 more"
