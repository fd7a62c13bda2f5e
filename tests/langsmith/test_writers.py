"""The operations that write: each has a name of the document, and none both answers and is
answered otherwise."""

from __future__ import annotations

from locum.langsmith.operations import HANDLERS
from locum.langsmith.otel import transport
from locum.langsmith.refused import REFUSED
from locum.langsmith.writers import BODY_LIMITS, RAW, WRITERS
from locum.provider_code import Late
from tests.oracles.written_rows import OPERATIONS


def test_every_writer_is_of_an_operation_that_only_writes() -> None:
    assert WRITERS.keys() <= OPERATIONS.keys()
    assert not WRITERS.keys() & HANDLERS.keys()
    assert all(OPERATIONS[name][1] != "get" for name in WRITERS)


def test_raw_bodies_and_limits_are_of_writers() -> None:
    assert {*RAW, *BODY_LIMITS} <= WRITERS.keys()


def test_writers_are_there_when_they_are_first_called() -> None:
    late = [writer for writer in WRITERS.values() if isinstance(writer, Late)]
    assert len(late) == len(WRITERS)
    assert all(callable(writer.function) for writer in late)
    assert BODY_LIMITS["post_otel_v1_traces"] == transport.MOST_BYTES


def test_no_operation_is_both_written_by_and_refused() -> None:
    assert not WRITERS.keys() & REFUSED.keys()


def test_every_operation_that_writes_has_a_writer_or_is_refused() -> None:
    """PUT, PATCH and DELETE always write."""
    writing = {name for name, each in OPERATIONS.items() if each[1] in ("put", "patch", "delete")}
    assert writing <= WRITERS.keys() | REFUSED.keys()
