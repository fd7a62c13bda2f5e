"""Changes: what two of them are together."""

from __future__ import annotations

import pytest

from locum.engine.change import Change, Rows

NONE = Rows()


@pytest.mark.parametrize(
    ("first", "later", "both"),
    [
        (NONE, NONE, NONE),
        (Rows(range(3, 5)), NONE, Rows(range(3, 5))),
        (NONE, Rows(range(3, 5)), Rows(range(3, 5))),
        (Rows(range(3, 5)), Rows(range(5, 9)), Rows(range(3, 9))),
        # A row that was added and then replaced is a new one.
        (Rows(range(3, 5)), Rows(range(5, 6), (1, 4)), Rows(range(3, 6), (1,))),
        (Rows(changed=(7, 9)), Rows(changed=(2, 9)), Rows(changed=(2, 7, 9))),
    ],
)
def test_rows_of_two_changes(first: Rows, later: Rows, both: Rows) -> None:
    assert first.then(later) == both


def test_a_change_has_the_tables_of_both() -> None:
    first = Change({"runs": Rows(range(2, 3)), "feedback": Rows(changed=(1,))})
    later = Change({"runs": Rows(range(3, 4)), "examples": Rows(range(1, 2))})
    assert first.then(later) == Change(
        {
            "runs": Rows(range(2, 4)),
            "feedback": Rows(changed=(1,)),
            "examples": Rows(range(1, 2)),
        }
    )
    assert first.of("examples") == NONE


def test_what_is_whole_stays_so() -> None:
    whole, some = Change(is_whole=True), Change({"runs": Rows(range(2, 3))})
    assert whole.then(some) == whole
    assert some.then(whole) == whole
