"""Rows that cannot be loaded do not keep others from being seen."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from locum.engine.layer import Layer, Transaction
from locum.engine.pending import Pending
from locum.engine.sifting import sifted
from locum.engine.tables import Table
from locum.provider import TEXT
from tests.oracles.small_tables import data_of


def pending_of(lines: Iterator[bytes] | list[bytes]) -> Pending:
    pending = Pending()
    pending.delete("t", [("gone",)])
    for number, line in enumerate(lines):
        pending.put("t", number, line)
    return pending


@pytest.mark.parametrize("bad", [[], [0], [6], [0, 3, 4], list(range(7))])
def test_all_but_the_bad_ones_are_kept_in_their_order(bad: list[int]) -> None:
    """And the deletions."""
    lines = [b"bad" if n in bad else f"line {n}".encode() for n in range(7)]
    kept = sifted(pending_of(lines), lambda part: b"bad" not in part.of("t").lines.values())
    assert list(kept.of("t").lines.values()) == [line for line in lines if line != b"bad"]
    assert list(kept.of("t").gone) == [("gone",)]


def test_a_row_that_a_table_cannot_take_is_told_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    select = "SELECT row, CAST(text AS INTEGER) AS n FROM rows"
    tables = {"small/numbers": Table({"text": TEXT}, select)}
    layer = Layer(data_of(tmp_path / "shelf", tables, {"small/numbers": []}))

    def write(transaction: Transaction) -> None:
        transaction.put("small/numbers", [{"text": each} for each in ("1", "two", "3", "4")])

    layer.write(write)
    with caplog.at_level(logging.ERROR):
        found = layer.data().rows("SELECT row, n FROM small_numbers ORDER BY row")
    assert found == [(1, 1), (2, 3), (3, 4)]
    assert [record.getMessage() for record in caplog.records] == [
        """a row of small/numbers cannot be loaded, and is lost: b'{"text":"two"}'"""
    ]
