"""Random streams: the same seed gives the same numbers, and a column's draws are its own."""

from __future__ import annotations

import numpy as np
import pytest

from locum.generator.random_streams import Streams, weighted
from tests.oracles.bundled import GENERATED
from tests.oracles.drawn import TINY, drawn


class Salted(Streams):
    """Streams of which one column's are other than the seed's."""

    def __init__(self, seed: int, salted: tuple[str, str]) -> None:
        super().__init__(seed)
        self.salted = salted

    def of(self, table: str, column: str) -> np.random.Generator:
        """Another column's stream for the salted one."""
        return super().of(table, f"{column}, salted" if (table, column) == self.salted else column)


class Recording(Streams):
    """Streams that draw from a new column beside each, and remember what they were asked for."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.asked: list[tuple[str, str]] = []

    def of(self, table: str, column: str) -> np.random.Generator:
        """The column's stream, after use of another."""
        self.asked.append((table, column))
        super().of(table, f"a column after {column}").random(7)
        return super().of(table, column)


def test_a_new_column_changes_no_old_one() -> None:
    streams = Recording(TINY.seed)
    assert drawn(TINY, streams) == drawn()
    assert len(streams.asked) > 40


def test_no_two_columns_share_a_stream() -> None:
    streams = Recording(TINY.seed)
    drawn(TINY, streams)
    assert len(set(streams.asked)) == len(streams.asked)


@pytest.mark.parametrize(
    ("salted", "changed"),
    [
        (("users", "country"), {("helicone/requests", "country_code")}),
        (("requests", "threat"), {("helicone/requests", "threat")}),
        (("runs", "first_tag"), {("langsmith/runs", "tags")}),
        (
            ("talks", "slot.closing"),
            {
                ("langsmith/runs", "inputs"),
                ("langsmith/runs", "outputs"),
                ("langsmith/examples", "outputs"),  # of turns
                ("helicone/requests", "request_body"),
                ("helicone/requests", "response_body"),
            },
        ),
        (("traces", "sdk_version"), {("langsmith/runs", "runtime")}),
        (("session_tags", "created_at"), {("helicone/session_tags", "created_at")}),
        (("traces", "shots"), {("langsmith/runs", "metadata")}),
        (("requests", "prompt_version"), {("helicone/requests", "prompt_version")}),
        (("feedback", "comment"), {("langsmith/feedback", "comment")}),
        (
            ("runs", "cache_read_share"),
            {
                ("langsmith/runs", f"{part}_{of}")
                for part, of in (
                    ("prompt", "cost_nano"),
                    ("total", "cost_nano"),
                    ("prompt", "token_details"),
                    ("prompt", "cost_details_nano"),
                )
            }
            | {
                ("helicone/requests", column)
                for column in (
                    "cost",
                    "prompt_cache_read_tokens",
                    "prompt_cache_write_tokens",
                    "response_body",
                )
            },
        ),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_a_column_drawn_anew_changes_only_what_depends_on_it(
    salted: tuple[str, str], changed: set[tuple[str, str]]
) -> None:
    before, after = drawn(), drawn(TINY, Salted(TINY.seed, salted))
    different = {
        (table, column)
        for table, columns in GENERATED.items()
        for column in columns
        if [row[column] for row in before[table]] != [row[column] for row in after[table]]
    }
    assert different == changed


def test_uniform_numbers_fall_one_into_each_part() -> None:
    numbers = Streams(1).uniform("table", "column", 1000)
    assert sorted((numbers * 1000).astype(int).tolist()) == list(range(1000))


def test_weighted_numbers_take_their_share() -> None:
    """Weights 1, 0, 3 over [0, 1): below 0.25 the first, then the third."""
    numbers = np.array([0.0, 0.249, 0.25, 0.5, 0.999])
    assert weighted(numbers, (1, 0, 3)).tolist() == [0, 0, 2, 2, 2]


def test_log_normal_numbers_have_their_median() -> None:
    numbers = Streams(1).log_normal("table", "column", 100.0, 0.5, 10_001)
    assert np.median(numbers) == pytest.approx(100.0, rel=0.03)


def test_columns_seeds_and_calls_are_told_apart() -> None:
    """A second call for the same column begins at its first number again."""
    first = Streams(1).of("table", "column").random(5).tolist()
    assert Streams(1).of("table", "column").random(5).tolist() == first
    assert Streams(1).of("table", "other").random(5).tolist() != first
    assert Streams(1).of("other", "column").random(5).tolist() != first
    assert Streams(2).of("table", "column").random(5).tolist() != first


def test_flags_are_true_at_their_rate() -> None:
    assert Streams(1).flags("table", "column", 0.25, 1000).sum() == 250
    assert not Streams(1).flags("table", "column", 0, 1000).any()
    assert Streams(1).flags("table", "column", 1, 1000).all()


def test_picks_are_as_frequent_as_their_weights() -> None:
    picked = Streams(1).pick("table", "column", (1, 2, 0, 5), 800)
    assert np.bincount(picked, minlength=4).tolist() == [100, 200, 0, 500]


def test_texts_of_a_pool_are_different_and_the_same_again() -> None:
    pool = Streams(1).pool("table", "column", "city", 40)
    assert len(set(pool)) == 40
    assert Streams(1).pool("table", "column", "city", 40) == pool
    assert Streams(2).pool("table", "column", "city", 40) != pool
