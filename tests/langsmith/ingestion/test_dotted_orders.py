"""Places of runs, and what is wrong with them."""

from __future__ import annotations

import re

import pytest

from locum.exceptions import Unanswerable
from locum.langsmith.ingestion import dotted_orders
from locum.langsmith.ingestion.dotted_orders import Place, own_part, read

A = "0c84e859-506a-44f3-9424-5e5fd10e0c75"
B = "a54cdf92-665b-41fd-b328-ac6291b94a7d"
C = "bbc2d4c6-cf3a-41e5-89b5-2cfcbda67958"
T0, T1, T2 = (f"20260601T12000{n}000000Z" for n in range(3))


def test_a_place_tells_who_is_above() -> None:
    place = read(f"{T0}{A}.{T1}{B}.{T1}{C}")
    assert place.ids == (A, B, C)
    assert (place.trace_id, place.parent_run_id, place.ancestors) == (A, B, (A, B))


def test_a_root_has_nobody_above() -> None:
    place = read(T0 + A)
    assert (place.trace_id, place.parent_run_id, place.ancestors) == (A, None, ())


def test_ids_without_dashes_and_in_capitals_are_the_same() -> None:
    order = f"{T0}{A.upper()}.{T1}{B.replace('-', '')}"
    assert read(order) == Place(order, (A, B))


def test_the_own_part_is_the_start_without_punctuation() -> None:
    assert own_part("2026-06-01T12:00:00.000000Z", A) == T0 + A


def test_a_child_stands_below_its_parent() -> None:
    parent = read(f"{T0}{A}.{T1}{B}")
    assert parent.below(T2 + C) == read(f"{T0}{A}.{T1}{B}.{T2}{C}")


def test_a_child_whose_clock_is_late_has_the_time_of_its_parent() -> None:
    parent = read(f"{T0}{A}.{T2}{B}")
    assert parent.below(T1 + C).dotted_order == f"{T0}{A}.{T2}{B}.{T2}{C}"


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("", "dotted_order part '' at index 0 is not YYYYMMDDThhmmssffffffZ and a UUID"),
        ("x", "dotted_order part 'x' at index 0 is not YYYYMMDDThhmmssffffffZ and a UUID"),
        (f"{T0}{A}.", "dotted_order part '' at index 1 is not YYYYMMDDThhmmssffffffZ and a UUID"),
        (f"20260601T120000000Z{A}", "invalid timestamp in dotted_order 20260601T120000000Z"),
        (f"20261301T120000000000Z{A}", "invalid timestamp in dotted_order 20261301T120000000000Z"),
        (f"20260601 120000000000Z{A}", "invalid timestamp in dotted_order 20260601 120000000000Z"),
        (f"2026\u0661601T120000000000Z{A}", "invalid timestamp in dotted_order"),
        (f"{T1}{A}.{T0}{B}", f"timestamp in dotted_order {T0} at index 1 is earlier than that"),
        (f"{T0}{A}.{T1}{B}.{T2}{A}", "dotted_order contains a run twice"),
        (f"{T0}{A[:-1]}", "is not YYYYMMDDThhmmssffffffZ and a UUID"),
    ],
)
def test_what_is_no_place_is_told(order: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        read(order)


def test_parts_that_begin_together_are_in_order() -> None:
    assert read(f"{T0}{A}.{T0}{B}").ids == (A, B)


def check(
    order: str, run: str, trace: str | None, parent: str | None, *, is_create: bool = True
) -> str:
    """What is said of the claim, '' where it holds."""
    try:
        dotted_orders.check(read(order), run, trace, parent, is_create=is_create)
    except Unanswerable as error:
        return str(error)
    return ""


def test_the_words_are_the_vendors() -> None:
    """As langchainjs#9077 quotes them, to the letter."""
    assert check(T0 + A, A, A, B) == (
        "Bad request: invalid 'dotted_order': dotted_order must contain at least two parts for "
        f"child runs for run_id:{A} trace_id:{A} dotted_order:{T0}{A} parent_run_id:{B}"
    )


def test_nothing_is_written_as_the_vendor_does() -> None:
    """As langsmith-java#81 quotes it."""
    assert check(f"{T0}{A}.{T1}{B}", B, A, None).endswith(" parent_run_id:<nil>")


@pytest.mark.parametrize(
    ("order", "run", "trace", "parent", "why"),
    [
        (f"{T0}{A}.{T1}{B}", B, A, None, "dotted_order must contain a single part for root runs"),
        (T0 + A, A, B, None, f"trace_id {B} does not match first part of dotted_order {A}"),
        (f"{T0}{A}.{T1}{B}", C, A, A, f"run_id {C} does not match last part of dotted_order {B}"),
        (
            f"{T0}{A}.{T1}{B}",
            B,
            A,
            C,
            f"parent_run_id {C} does not match second to last part of dotted_order {A}",
        ),
    ],
)
def test_claims_that_contradict_the_place_are_refused(
    order: str, run: str, trace: str, parent: str | None, why: str
) -> None:
    assert f"invalid 'dotted_order': {why} for run_id:{run} " in check(order, run, trace, parent)


def test_claims_that_hold_pass() -> None:
    order = f"{T0}{A}.{T1}{B}"
    assert check(order, B, A, A) == check(T0 + A, A, A, None) == check(T0 + A, A, None, None) == ""


def test_an_update_may_leave_its_parent_out() -> None:
    assert check(f"{T0}{A}.{T1}{B}", B, A, None, is_create=False) == ""
