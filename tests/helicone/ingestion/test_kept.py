"""What is kept beside the rows."""

from __future__ import annotations

from locum.helicone.ingestion.kept import DAYS_30_US, Kept, key

ROW = {"organization_id": "O", "request_id": "R", "scores": {}, "properties": {"desk": "north"}}
KEY = ("o", "r")


def test_a_request_is_told_apart_in_any_letter_case() -> None:
    assert key(ROW) == KEY


def test_scores_wait_for_their_request() -> None:
    kept = Kept()
    kept.wait(KEY, {"a": 1, "b": 1}, 0)
    kept.wait(KEY, {"b": 2}, 5)
    for _ in range(2):  # as where it could not be stored at first
        assert kept.arrived(ROW, None, DAYS_30_US)["scores"] == {"a": 1, "b": 2}
    kept.settled(KEY)
    assert kept.waiting == {}


def test_scores_wait_for_thirty_days() -> None:
    kept = Kept()
    kept.wait(KEY, {"a": 1}, 0)
    assert kept.arrived(ROW, None, DAYS_30_US + 1)["scores"] == {}


def test_scores_that_are_out_of_date_do_not_last_with_later_ones() -> None:
    kept = Kept()
    kept.wait(KEY, {"a": 1}, 0)
    kept.wait(KEY, {"b": 1}, DAYS_30_US + 1)
    assert kept.arrived(ROW, None, DAYS_30_US + 2)["scores"] == {"b": 1}


def test_scores_of_another_organization_wait_on() -> None:
    kept = Kept()
    kept.wait(("p", "r"), {"a": 1}, 0)
    assert kept.arrived(ROW, None, 0)["scores"] == {}


def test_a_new_log_replaces_all_but_scores_and_what_was_given() -> None:
    kept = Kept()
    kept.add(KEY, "Reviewed", "yes")
    before = {**ROW, "scores": {"a": 1}, "properties": {"old": "x", "Reviewed": "yes"}}
    arrived = kept.arrived(ROW, before, 0)
    assert arrived["scores"] == {"a": 1}
    assert arrived["properties"] == {"desk": "north", "Reviewed": "yes"}
    assert ROW["properties"] == {"desk": "north"}


def test_a_row_of_a_dataset_may_have_no_scores() -> None:
    assert Kept().arrived(ROW, {**ROW, "scores": None}, 0)["scores"] == {}


def test_so_many_are_waited_for_and_no_more() -> None:
    kept = Kept()
    for number in range(100_001):
        kept.wait(("o", str(number)), {"a": 1}, 0)
    assert len(kept.waiting) == 100_000
    assert ("o", "0") not in kept.waiting
