"""What a transaction wrote, as a record and back."""

from __future__ import annotations

import io
import pickle
import subprocess
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from locum.engine.kept import GONE
from locum.engine.pending import Pending, written
from locum.exceptions import InvalidValue, StartError
from locum.recording import records
from tests.engine.test_layer import ITEMS, LOOSE, NOTES, TABLES


def places() -> Callable[[], int]:
    numbers = count(100)
    return lambda: next(numbers)


def pending() -> Pending:
    made = Pending()
    for table, place, row in (
        (ITEMS, ("a",), {"id": "a", "n": 1}),
        (LOOSE, 1, {"text": "line\nfeed"}),
        (ITEMS, 2, {"n": 2}),
        (NOTES, ("x", 1), {"a": "x", "b": 1, "text": "ü"}),
    ):
        made.put(table, place, written(table, TABLES[table], row))
    made.delete(ITEMS, [("b",)])
    made.delete(NOTES, [("y", 2)])
    return made


def test_what_was_written_is_read() -> None:
    made = pending()
    made.kept = {("n", "k"): frozenset("a"), ("n", ("a", 1)): datetime(2026, 1, 1, tzinfo=UTC)}
    made.kept["n", "gone"] = GONE
    made.kept["n", "ours"] = InvalidValue(("body",), "text", "kind")
    found = records.decoded(records.encoded(made), TABLES, places())
    assert found.kept == made.kept
    assert found.kept["n", "gone"] is GONE
    assert found.tables[ITEMS].lines == {("a",): b'{"id":"a","n":1}', 100: b'{"n":2}'}
    assert found.tables[ITEMS].gone == {("b",): None}
    assert found.tables[LOOSE].lines == {101: b'{"text":"line\\nfeed"}'}
    assert found.tables[NOTES].lines == made.tables[NOTES].lines
    assert found.tables[NOTES].gone == {("y", 2): None}
    assert (found.rows, found.size) == (made.rows, made.size)


def test_nothing_is_read_of_nothing() -> None:
    found = records.decoded(records.encoded(Pending()), TABLES, places())
    assert not found
    assert not found.kept


def test_a_table_that_nobody_declares_is_refused() -> None:
    with pytest.raises(StartError, match="rows of small/items, which no provider declares"):
        records.decoded(records.encoded(pending()), {}, places())


@pytest.mark.parametrize("record", [b"", b"{", b"[1]\n", b'[["small/items",[],2,0]]\n{}\n'])
def test_what_is_no_record_is_refused(record: bytes) -> None:
    with pytest.raises(StartError, match="the recording cannot be read"):
        records.decoded(record, TABLES, places())


@pytest.mark.parametrize("value", [OrderedDict(), lambda: 1, subprocess.Popen, print])
def test_what_could_not_be_read_is_not_written(value: Any) -> None:
    made = Pending()
    made.kept["n", "k"] = value
    with pytest.raises((TypeError, pickle.PicklingError, AttributeError)):
        records.encoded(made)


@pytest.mark.parametrize(
    "text",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"clocum.cli.main\nmain\n(]tR.",
        b"clocum.cli.main\nsys\n.",
        b"\x80\x04\x8c\x0flocum.cli.main\x94\x8c\x0fclick.Exception\x93.",
    ],
)
def test_no_record_has_anything_called(text: bytes) -> None:
    with pytest.raises((pickle.UnpicklingError, ValueError, AttributeError)):
        records._Reader(io.BytesIO(text)).load()
    with pytest.raises(StartError):
        records.decoded(b"[]\n" + text, TABLES, places())
