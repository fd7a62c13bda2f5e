"""The operations that write: each has a name of the document, and none both answers and is
answered otherwise."""

from __future__ import annotations

from locum.langsmith.operations import HANDLERS
from locum.langsmith.refused import REFUSED
from locum.langsmith.writers import BODY_LIMITS, RAW, WRITERS
from tests.oracles.written_rows import OPERATIONS


def test_every_writer_is_of_an_operation_that_only_writes() -> None:
    assert WRITERS.keys() <= OPERATIONS.keys()
    assert not WRITERS.keys() & HANDLERS.keys()
    assert all(OPERATIONS[name][1] != "get" for name in WRITERS)


def test_raw_bodies_and_limits_are_of_writers() -> None:
    assert {*RAW, *BODY_LIMITS} <= WRITERS.keys()
    for name in RAW:
        assert [*OPERATIONS[name][2]["requestBody"]["content"]] == ["multipart/form-data"]


def test_every_operation_that_writes_has_a_writer_or_is_refused() -> None:
    """Runs are written elsewhere, and what is read by POST changes nothing."""
    assert WRITERS.keys() <= REFUSED.keys()  # until they are wired
