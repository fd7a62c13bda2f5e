"""What an import tells: bad rows, and what of the good ones was left out or changed."""

from __future__ import annotations

from collections import Counter

import pytest

from locum.importer.report import Report
from locum.provider import LeftOut


def test_nothing_is_told_where_all_was_taken() -> None:
    report = Report(read=5)
    assert list(report.faults()) == []
    assert list(report.notes()) == []
    assert report.figures() == {"read": 5, "bad": 0, "rounded": 0, "unknown_fields": {}}


@pytest.mark.parametrize(
    ("bad", "shown", "last"),
    [
        (1, 1, "f:0: no"),
        (20, 20, "f:19: no"),
        (21, 21, "… and 1 more bad rows"),
        (1234, 21, "… and 1,214 more bad rows"),
    ],
)
def test_the_first_bad_rows_are_shown(bad: int, shown: int, last: str) -> None:
    report = Report()
    for number in range(bad):
        report.bad_row(f"f:{number}", "no")
    faults = list(report.faults())
    assert (report.bad, len(faults), faults[-1]) == (bad, shown, last)


def test_what_providers_left_out_stands_between_amounts_and_fields() -> None:
    """Not what there is none of; programs are told that there is none."""
    report = Report(
        read=9,
        rounded=1000,
        unknown=Counter(a=2, b=1),
        left_out=[LeftOut("boxes", 3, "3 boxes left out"), LeftOut("lids", 0, "0 lids left out")],
    )
    assert list(report.notes()) == [
        "1,000 amounts were rounded to nano-USD, half to even",
        "3 boxes left out",
        "2 unknown fields left out: 'a' (2 rows), 'b' (1 rows)",
    ]
    assert report.figures() == {
        "read": 9,
        "bad": 0,
        "rounded": 1000,
        "unknown_fields": {"a": 2, "b": 1},
        "boxes": 3,
        "lids": 0,
    }


def test_names_of_fields_are_shown_without_control_characters() -> None:
    (note,) = Report(unknown=Counter({"\x1b[2J": 1})).notes()
    assert note == r"1 unknown fields left out: '\x1b[2J' (1 rows)"
